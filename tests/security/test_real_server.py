"""A real process under load that is meant to break it: memory stays bounded, nothing answers 500, the log holds no secret.

Figures are of the process as the system counts them. The limits leave room for what Python keeps for itself, and none for a body,
a bomb or a burst of passwords that is held whole.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from tests.county import County
from tests.security.estate import PASSWORD
from tests.security.hostile import columns, seal
from tests.security.real_server import RealServer
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from xuetan import serving
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import SegmentHeader, SyncHeader
from xuetan.event_log.segments import deflate, segment_hash
from xuetan.kernel.ids import new_id
from xuetan.sync.frames import encode_frame

MB = 1024 * 1024
GROWTH_BYTES_MAX = 160 * MB
CALLERS = 32


@pytest.fixture(scope="module")
def site(schema_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealServer, County]]:
    server, county, _services = RealServer.with_county(tmp_path_factory.mktemp("real") / "data", schema_file)
    county.write(
        lambda session: accounts.set_password(
            session, county.id_of("trainer"), "trainer", PASSWORD, actor=OPERATOR, services=county.services
        )
    )
    server.start()
    county.client = http(server)
    yield server, county
    county.client.close()
    server.stop()
    county.services.database.close()


@pytest.fixture
def growth(site: tuple[RealServer, County]) -> Callable[[], int]:
    """Bytes that the process grew at most since the test began."""
    server, county = site
    phone = county.device_of("teacher") if not PHONES else PHONES[0]
    PHONES[:] = [phone]
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    server.forget_memory_peak()
    before = server.memory_bytes
    return lambda: server.memory_peak_bytes - before


PHONES: list[DeviceSimulator] = []


def http(server: RealServer) -> httpx.Client:
    """A plain client that many threads may share: no certificates to load, no proxy of the environment."""
    limits = httpx.Limits(max_connections=2 * CALLERS)
    return httpx.Client(base_url=server.base_url, timeout=60, verify=False, trust_env=False, limits=limits)


def at_once(call: Callable[[int], object], times: int, callers: int = CALLERS) -> list[object]:
    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(call, range(times)))


def test_it_listens_at_one_address_and_serves_nobody_else(site: tuple[RealServer, County]) -> None:
    server, _ = site
    assert server.listening() == {("127.0.0.1", server.port)}


def test_a_gzip_bomb_is_refused_and_never_unpacked(site: tuple[RealServer, County], growth: Callable[[], int]) -> None:
    _, county = site
    phone = PHONES[0]
    bomb = gzip.compress(b"\x00" * 300 * MB, 6)
    assert len(bomb) < MB
    headers = {"authorization": f"Bearer {phone.token}", "content-encoding": "gzip"}

    def throw(_number: int) -> int:
        return int(county.client.post("/sync/1", content=bomb, headers=headers).status_code)

    assert set(at_once(throw, 16)) == {413}
    assert growth() < GROWTH_BYTES_MAX


def test_segments_that_are_bombs_are_set_aside_and_never_unpacked(
    site: tuple[RealServer, County], growth: Callable[[], int]
) -> None:
    _, county = site
    phone = PHONES[0]
    text = b'{"v":1,"t":[1],"s":[["a/1","b"]],"i":[0],"d":[[]],"x":[["' + b" " * 15 * MB + b'"]]}'
    stream, header, body = seal(phone, text, 1)
    assert len(body) < 65_536
    frame = encode_frame(SyncHeader(1, stream, 1, [header], [], 0), [body], phone.person_id)

    def throw(_number: int) -> object:
        answer = county.client.post("/sync/1", content=frame, headers={"authorization": f"Bearer {phone.token}"})
        return answer.json()["acks"][0][0]

    assert set(at_once(throw, 64)) <= {"aside", "dup"}
    assert growth() < GROWTH_BYTES_MAX


def test_many_large_requests_at_once_are_answered_within_bounds(
    site: tuple[RealServer, County], growth: Callable[[], int]
) -> None:
    server, county = site
    phone = PHONES[0]
    json_text = b'{"code": "' + b"x" * 200_000 + b'"}'
    too_long = b"x" * (3 * MB)
    full = b"\xff\xff\x00\x00" + b" " * (MB - 4)
    bearer = {"authorization": f"Bearer {phone.token}"}
    kinds: list[tuple[str, bytes, dict[str, str]]] = [
        ("/api/1/enrol", json_text, {"content-type": "application/json"}),
        ("/api/1/enrol", too_long, {"content-type": "application/json"}),
        ("/sync/1", too_long, bearer),
        ("/sync/1", full, bearer),
        ("/console/sign-in", b"name=" + b"x" * 200_000, {"content-type": "application/x-www-form-urlencoded"}),
    ]

    def throw(number: int) -> int:
        path, body, headers = kinds[number % len(kinds)]
        try:
            return int(county.client.post(path, content=body, headers=headers).status_code)
        except httpx.TransportError:
            return 0

    assert set(at_once(throw, 120)) <= {0, 303, 400, 403, 413, 422}
    assert growth() < GROWTH_BYTES_MAX
    assert server.is_serving()


def test_a_body_without_end_is_not_kept(site: tuple[RealServer, County], growth: Callable[[], int]) -> None:
    _, county = site

    def endless(_number: int) -> int:
        def pieces() -> Iterator[bytes]:
            for _ in range(500):
                yield b"x" * 131_072

        try:
            headers = {"content-type": "application/json"}
            return int(county.client.post("/api/1/enrol", content=pieces(), headers=headers).status_code)
        except httpx.TransportError:
            return 413

    assert set(at_once(endless, 8, 8)) == {413}
    assert growth() < GROWTH_BYTES_MAX


def raw(server: RealServer, *pieces: bytes, times: int = 1) -> bytes:
    """Send bytes as they are; what came back until the other side ended or said nothing more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        try:
            for piece in pieces:
                for _ in range(times):
                    connection.sendall(piece)
        except OSError:
            return b"closed"
        connection.settimeout(5)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
                if b"\r\n\r\n" in answer:
                    break
        except OSError:
            return answer or b"closed"
        return answer


def test_a_head_without_end_is_not_kept(site: tuple[RealServer, County], growth: Callable[[], int]) -> None:
    server, _ = site
    for start, piece in (
        (b"GET / HTTP/1.1\r\nhost: x\r\n", b"x-filler: " + b"y" * 60_000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx-filler: ", b"y" * 65_536),
        (b"GET /", b"y" * 65_536),
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            sent = 0
            connection.sendall(start)
            with pytest.raises(OSError):
                for _ in range(1000):
                    connection.sendall(piece)
                    sent += len(piece)
            assert sent < 20 * MB
    chunk = b"POST /api/1/enrol HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(chunk)
        with pytest.raises(OSError):
            for _ in range(1000):
                connection.sendall(b"x-trailer: " + b"y" * 60_000 + b"\r\n")
    assert growth() < GROWTH_BYTES_MAX


def test_a_burst_of_passwords_does_not_take_the_memory_of_the_machine(
    site: tuple[RealServer, County], growth: Callable[[], int]
) -> None:
    """Each hash takes 64 MB while it is reckoned, by design; forty at once would take a small machine down."""
    server, _ = site
    statuses = []
    lock = threading.Lock()

    def guess(number: int) -> None:
        with http(server) as client:
            page = client.get("/console/sign-in").text
            csrf = page.split('name="csrf" value="')[1].split('"')[0]
            answer = client.post("/console/sign-in", data={"name": f"n{number}", "password": PASSWORD, "csrf": csrf})
            with lock:
                statuses.append(answer.status_code)

    at_once(guess, 40, 40)
    assert set(statuses) <= {403, 429, 503}
    assert growth() < 3 * 64 * MB


def chain_of(phone: DeviceSimulator, texts: Iterable[bytes]) -> Iterator[tuple[SegmentHeader, bytes]]:
    """Segments of one event each that follow one another in one stream; `texts` are their bodies as they are sent."""
    prev = ""
    for first, body in enumerate(texts):
        hash_ = segment_hash(FLOOD, phone.own_scope, first, 1, prev, body)
        yield SegmentHeader(phone.own_scope, first, 1, prev, hash_, len(body)), body
        prev = hash_


FLOOD = "F" * 21 + "A"


def pour(
    phone: DeviceSimulator, segments: Iterator[tuple[SegmentHeader, bytes]], at_once: int
) -> Iterator[httpx.Response]:
    """The answers, request after request."""
    while some := list(itertools.islice(segments, at_once)):
        headers, bodies = zip(*some, strict=True)
        frame = encode_frame(SyncHeader(1, FLOOD, 1, list(headers), [[1, 1 << 40]], 0), bodies, phone.person_id)
        yield phone.client.post("/sync/1", content=frame, headers={"authorization": f"Bearer {phone.token}"})


def test_a_million_segments_in_one_request_are_refused_unread(
    site: tuple[RealServer, County], growth: Callable[[], int]
) -> None:
    _, county = site
    one = b'["pub",1,1]'
    listed = b'[1,0,0,[],0,8192,"",0,[' + one
    bearer = {"authorization": f"Bearer {PHONES[0].token}"}
    for count, gzipped in ((1_000_000, True), (60_000, False), (5_000, False), (65, False)):
        header = listed + (b"," + one) * (count - 1) + b"]]"
        frame = struct.pack("<I", len(header)) + header
        more = {"content-encoding": "gzip"} if gzipped else {}
        answer = county.client.post(
            "/sync/1", content=gzip.compress(frame, 6) if gzipped else frame, headers=bearer | more
        )
        assert answer.status_code == 413, (count, answer.text)
    assert growth() < GROWTH_BYTES_MAX


def test_five_thousand_segments_of_one_event_are_taken_and_read_within_bounds(
    site: tuple[RealServer, County], growth: Callable[[], int]
) -> None:
    _, county = site
    phone = county.device_of("colleague")
    phone.sync()
    body = deflate(columns('"x"', kind="lesson_opened/1", fields=("lesson",)))
    for answer in pour(phone, chain_of(phone, itertools.repeat(body, 5_000)), 64):
        assert answer.status_code == 200
        assert {ack[0] for ack in answer.json()["acks"]} == {"ok"}
    reader = DeviceSimulator(county.client, phone.person_id, phone.token, now_ms=lambda: county.now_ms)
    read = sum(entry.get("n", 0) for reply in reader.sync() for entry in reply.get("entries", []))
    assert read >= 5_000
    assert growth() < GROWTH_BYTES_MAX


def test_a_chain_of_garbage_fills_its_senders_quarantine_and_nothing_else(
    site: tuple[RealServer, County], growth: Callable[[], int]
) -> None:
    _, county = site
    phone = county.device_of("west-teacher")
    phone.sync()
    garbage = (random.Random(number).randbytes(60_000) for number in itertools.count())
    statuses = []
    for answer in pour(phone, chain_of(phone, garbage), 16):
        statuses.append(answer.status_code)
        if answer.status_code != 200:
            break
        assert {ack[0] for ack in answer.json()["acks"]} <= {"aside", "gap"}
        assert len(statuses) < 40, "the quarantine has no end"
    assert answer.status_code == 429
    assert answer.json()["code"] == "quarantine_full"
    assert growth() < GROWTH_BYTES_MAX
    # Neither this person's own work nor anybody else's waits for it.
    for other in (phone, county.device_of("west-mentor")):
        other.record("lesson_opened/1", lesson_opened())
        other.sync()
        assert other.waiting == 0


@pytest.mark.parametrize(
    "request_text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /console/people?q=\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /console/sign-in?next=\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /sync/1 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sync/1 HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nxxxxxx",
        b"POST /sync/1 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
        b"GET /sync/1 HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET //evil.example/%2e%2e HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=range(19),
)
def test_http_that_is_none_is_answered_or_closed(site: tuple[RealServer, County], request_text: bytes) -> None:
    server, _ = site
    answer = raw(server, request_text)
    status = answer.split(b" ")[1] if answer.startswith(b"HTTP/1.1 ") else b""
    assert not status.startswith(b"5") or status == b"503", answer[:400]
    assert b"evil.example" not in answer
    assert server.is_serving()


def test_the_log_of_the_process_holds_no_secret_and_no_failure(site: tuple[RealServer, County]) -> None:
    server, county = site
    phone = county.device_of("colleague")
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    phone.renew_session()
    county.client.post("/sync/1", content=columns('"x"'), headers={"authorization": f"Bearer {phone.token}"})
    county.client.post("/api/1/enrol", content=json.dumps({"code": "ABCDE-FGHJK", "public_key": new_id()}))
    for secret in (phone.token, county.code_of("colleague"), PASSWORD, "ABCDE-FGHJK", phone.enrolment["token"]):
        assert secret not in server.log
    assert "Traceback" not in server.log, server.log[-3000:]


def test_a_head_that_never_ends_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly it trickles in: a connection is not held open by promising a request."""
    monkeypatch.setattr(serving, "HEAD_SECONDS_MAX", 0.3)

    async def trickle() -> bytes:
        config = uvicorn.Config(lambda *_: None, log_level="critical")
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(lambda: serving.BoundedHttp(config, state, {}), "127.0.0.1", 0)
        async with listener:
            reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return answer

    assert asyncio.run(trickle()) == b""
