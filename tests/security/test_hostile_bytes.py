"""Whatever comes in: an answer in our one shape, never a failure of ours, never more read or kept than is allowed, never a phone that is stuck.

Examples are drawn the same way each time. TestClient raises what the application raises, so a 500 fails a test here by itself.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.asgi import Answered, ask
from tests.security.estate import PASSWORD, Estate
from tests.security.inventory import TABLE
from tests.security.routes import EVERYTHING_ELSE, MOUNTED
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from xuetan.contracts.error_codes import ERROR_CODES
from xuetan.contracts.limits import (
    EVENT_PAYLOAD_BYTES_MAX,
    SEGMENT_EVENTS_MAX,
    SYNC_HEADER_BYTES_MAX,
    SYNC_REQUEST_BYTES_MAX,
    SYNC_SEGMENTS_MAX,
)
from xuetan.contracts.sync import SegmentHeader, SyncHeader
from xuetan.event_log.segments import deflate, read_columns, segment_hash
from xuetan.kernel.http import REQUEST_BYTES_MAX
from xuetan.kernel.ids import new_id
from xuetan.sync.frames import encode_frame

FEW = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
HUGE = (-1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400)
ODD_TEXTS = (
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "﷽" * 50,
    "'; DROP TABLE account_person; --",
    "{0}{x.__class__}",
    "%s%n",
)


def is_in_our_shape(answer: Any) -> bool:
    body = answer.json()
    known = ERROR_CODES.get(body.get("code", ""))
    return (
        known is not None
        and set(body) == {"code", "message", "retry", "details", "request_id"}
        and known.retry == body["retry"]
    )


def check_refused(answer: Any, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400, 401, 403, 404, 405, 413, 422, 429)), answer.text[:500]
    assert is_in_our_shape(answer), answer.text[:500]


# the frame of /sync/1


def push(phone: DeviceSimulator, body: bytes, **headers: str) -> Any:
    return phone.client.post("/sync/1", content=body, headers={"authorization": f"Bearer {phone.token}", **headers})


def frame_of(header: object) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text


def good_header(**more: Any) -> dict[str, Any]:
    return {"v": 1, "stream": new_id(), "head": 0, "segs": [], "cur": [], "follow": 0, **more}


@FEW
@given(body=st.binary(max_size=400))
def test_any_bytes_are_no_frame_and_harm_nothing(estate: Estate, body: bytes) -> None:
    answer = push(estate.phone("teacher"), body)
    if answer.status_code != 200:
        check_refused(answer, 400, 413)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(HUGE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
HEADER_FIELDS = ("v", "stream", "head", "segs", "cur", "follow", "epoch", "max", "clk", "app", "unknown")


@FEW
@given(
    changes=st.dictionaries(st.sampled_from(HEADER_FIELDS), anything, min_size=1, max_size=3),
    rest=st.binary(max_size=50),
)
def test_any_header_is_answered(estate: Estate, changes: dict[str, Any], rest: bytes) -> None:
    answer = push(estate.phone("teacher"), frame_of({**good_header(), **changes}) + rest)
    if answer.status_code != 200:
        check_refused(answer, 400, 413)


SEGMENT_FIELDS = ("scope", "first", "n", "prev", "hash", "len")


@FEW
@given(
    changes=st.dictionaries(st.sampled_from(SEGMENT_FIELDS), anything | st.integers(-5, 70_000), max_size=4),
    body=st.binary(max_size=60),
)
def test_any_segment_is_answered(estate: Estate, changes: dict[str, Any], body: bytes) -> None:
    segment = {"scope": "pub", "first": 0, "n": 1, "prev": "", "hash": new_id(), "len": len(body) or 1, **changes}
    answer = push(estate.phone("teacher"), frame_of(good_header(segs=[segment, segment])) + body)
    if answer.status_code != 200:
        check_refused(answer, 400, 413)
    else:
        assert [ack[0] for ack in answer.json().get("acks", [])] in (["damaged", "gap"], [])


@pytest.mark.parametrize(
    "header",
    [
        *(good_header(head=number) for number in HUGE),
        *(good_header(max=number) for number in HUGE),
        *(good_header(follow=number) for number in HUGE),
        *(good_header(cur=[[number, number]]) for number in HUGE),
        *(good_header(clk=[number, number, number]) for number in HUGE),
        *(good_header(app=text, epoch=text) for text in ODD_TEXTS),
        *(good_header(stream=text) for text in ODD_TEXTS),
        good_header(cur=[[1]]),
        good_header(cur=[[]]),
        good_header(cur=[[1, 2, 3]]),
        good_header(clk=[]),
        good_header(v=2),
        good_header(v="1"),
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"v":1e99999}',
        b'{"v":' + b"9" * 60_000 + b"}",
        b"null",
        b"",
        b"\xff\xfe{}",
        b'{"v":1,"v":2,"stream":"\\ud800"}',
    ],
    ids=lambda header: repr(header)[:60],
)
def test_odd_headers_are_answered(estate: Estate, header: object) -> None:
    answer = push(estate.phone("teacher"), frame_of(header))
    if answer.status_code != 200:
        check_refused(answer, 400, 413)


def test_lengths_that_lie_are_answered(estate: Estate) -> None:
    phone = estate.phone("teacher")
    good = frame_of(good_header())
    for body in (b"", b"\x00", good[:3], good[:-1], struct.pack("<I", 0xFFFFFFFF) + good[4:], struct.pack("<I", 0)):
        check_refused(push(phone, body), 400, 413)
    segment = {"scope": "pub", "first": 0, "n": 1, "prev": "", "hash": new_id(), "len": 2**40}
    answer = push(phone, frame_of(good_header(segs=[segment])) + b"x")
    assert answer.json()["acks"] == [["damaged"]]


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"x" * (SYNC_REQUEST_BYTES_MAX + 1))),
        ("gzip", gzip.compress(frame_of(good_header()))[:-4]),
        ("gzip", b""),
        ("deflate", zlib.compress(b"x")),
        ("br", b"x"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
        ("\xff", b"x"),
    ],
    ids=["no gzip", "a bomb", "cut short", "empty", "deflate", "br", "twice", "no coding"],
)
def test_codings_that_are_wrong_or_explode_are_refused(estate: Estate, coding: str, body: bytes) -> None:
    phone = estate.phone("teacher")
    headers = {b"authorization": f"Bearer {phone.token}".encode(), b"content-encoding": coding.encode("latin-1")}
    answer = phone.client.post("/sync/1", content=body, headers=headers)
    check_refused(answer, 400, 413)


# what a segment holds

# Cursors beyond every position; a reader of its own pulls and looks at what came.
NOTHING_TO_PULL = [[number, 1 << 50] for number in range(1, 20)]


def seal(phone: DeviceSimulator, text: bytes, n: int) -> tuple[str, SegmentHeader, bytes]:
    stream, body = new_id(), deflate(text)
    scope = phone.own_scope
    return stream, SegmentHeader(scope, 0, n, "", segment_hash(stream, scope, 0, n, "", body), len(body)), body


def push_text(phone: DeviceSimulator, text: bytes, n: int) -> tuple[str, SegmentHeader, Any]:
    """A segment of these columns whose hash is right, in a stream of its own."""
    stream, header, body = seal(phone, text, n)
    answer = push(phone, encode_frame(SyncHeader(1, stream, n, [header], NOTHING_TO_PULL, 0), [body]))
    assert answer.status_code == 200, answer.text
    return stream, header, answer.json()["acks"][0]


def check_nobody_is_stuck(estate: Estate, phone: DeviceSimulator, stream: str, before: SegmentHeader) -> None:
    """The stream goes on, the person's other phone pulls and reads all there is, and the projections take it."""
    text = (
        b'{"v":1,"t0":1,"dt":[0],"s":[["lesson_opened/1","pack","version","lesson"]],"i":[0],"d":[[["p1"],[1],["l1"]]]}'
    )
    body, first = deflate(text), before.first + before.n
    hash_ = segment_hash(stream, before.scope, first, 1, before.hash, body)
    after = SegmentHeader(before.scope, first, 1, before.hash, hash_, len(body))
    answer = push(phone, encode_frame(SyncHeader(1, stream, first + 1, [after], NOTHING_TO_PULL, 0), [body]))
    assert answer.status_code == 200
    assert answer.json()["acks"] == [["ok"]]
    reader = estate.phones.setdefault(
        f"reader of {phone.person_id}", DeviceSimulator(phone.client, phone.person_id, phone.token, now_ms=phone.now_ms)
    )
    for reply in reader.sync():
        for entry in reply.get("entries", []):
            if "d" in entry:
                read_columns(json.dumps(entry["d"]).encode())
    estate.county.services.log.project_now()


def columns(value: str, *, kind: str = "message_sent/1", fields: tuple[str, ...] = ("message", "text")) -> bytes:
    """One event whose last field holds this JSON."""
    names = json.dumps([kind, *fields])
    first = '["MMMMMMMMMMMMMMMM"],' if len(fields) > 1 else ""
    return f'{{"v":1,"t0":1,"dt":[0],"s":[{names}],"i":[0],"d":[[{first}[{value}]]]}}'.encode("utf-8", "surrogatepass")


ODD_VALUES = (
    *(json.dumps(text) for text in ODD_TEXTS),
    *(str(number) for number in HUGE),
    "1e999",
    "-1e999",
    "-0.0",
    "1E400",
    "9" * 5000,
    '{"__proto__":{},"constructor":1}',
    '{"a":1,"a":2}',
    '{"\\u0000":1}',
    '{"\\ud800":1}',
    '"' + "x" * 40_000 + '"',
    *(("[" * depth + "]" * depth) for depth in (31, 33, 59, 61, 200, 940, 957, 5_000, 100_000)),
    *(('{"a":' * depth + "1" + "}" * depth) for depth in (31, 33, 61, 957, 20_000)),
    "null",
    "true",
    "[]",
    "{}",
)


@pytest.mark.parametrize("kind", ["message_sent/1", "journal_saved/1", "question_answered/1", "of_next_year/1"])
def test_odd_values_in_an_event_stop_nothing(estate: Estate, kind: str) -> None:
    phone = estate.phone("colleague")
    for value in ODD_VALUES:
        stream, header, ack = push_text(phone, columns(value, kind=kind), 1)
        assert ack[0] in ("ok", "aside"), (value[:80], ack)
        check_nobody_is_stuck(estate, phone, stream, header)


def test_odd_texts_in_every_field_of_every_kind_stop_nothing(estate: Estate) -> None:
    from xuetan.contracts.event_kinds import EVENT_KINDS

    phone = estate.phone("colleague")
    good = {
        "text": '"x"',
        "version": "1",
        "tier": '"text"',
        "parents": "[]",
        "answer": '"a"',
        "score": "1",
        "duration_ms": "1",
    }
    for kind, rule in EVENT_KINDS.items():
        fields = rule.payload.__struct_fields__
        for odd in fields:
            for value in ('"\\u0000"', '"\\ud800"', "-1", "1e400", "[[[]]]", str(2**70)):
                parts = [f"[{value if field == odd else good.get(field, json.dumps('M' * 16))}]" for field in fields]
                names = json.dumps([kind, *fields])
                text = f'{{"v":1,"t0":1,"dt":[0],"s":[{names}],"i":[0],"d":[[{",".join(parts)}]]}}'.encode()
                assert push_text(phone, text, 1)[2][0] in ("ok", "aside"), (kind, odd, value)
    stream, header, _ = push_text(phone, columns('"the last"'), 1)
    check_nobody_is_stuck(estate, phone, stream, header)


def test_what_one_thread_takes_another_can_read(estate: Estate) -> None:
    """Much to inflate is looked at in a thread, where the stack is shallow; it is read in others. A value at the edge of what
    a decoder follows must not be taken in one and stick in the other."""
    phone = estate.phone("colleague")
    import secrets

    ballast = [columns(json.dumps(secrets.token_hex(14_000)), kind="of_next_year/1") for _ in range(6)]
    for depth in (60, 64, 65, 900, 950, 957, 960, 970, 985):
        stream, prev, first, headers, bodies = new_id(), "", 0, [], []
        for text in [columns("[" * depth + "]" * depth), *ballast]:
            body = deflate(text)
            hash_ = segment_hash(stream, phone.own_scope, first, 1, prev, body)
            headers.append(SegmentHeader(phone.own_scope, first, 1, prev, hash_, len(body)))
            bodies.append(body)
            prev, first = hash_, first + 1
        assert sum(map(len, bodies)) > 65_536
        answer = push(phone, encode_frame(SyncHeader(1, stream, first, headers, NOTHING_TO_PULL, 0), bodies))
        assert answer.status_code == 200
        assert {ack[0] for ack in answer.json()["acks"]} <= {"ok", "aside"}
        check_nobody_is_stuck(estate, phone, stream, headers[-1])


column_values = st.one_of(
    st.sampled_from(ODD_VALUES[:20]),
    anything.map(lambda value: json.dumps(value, ensure_ascii=True)),
    st.text(max_size=12),
)


@FEW
@given(
    parts=st.fixed_dictionaries(
        {
            "v": st.sampled_from(["1", "1", "1", "2", "null"]),
            "t0": st.sampled_from(["1", "1770000000000", str(2**60), "-1", "1.5"]),
            "dt": st.sampled_from(["[0,1]", "[0]", "[1,1]", "[]", f"[0,{2**62}]"]),
            "s": st.sampled_from(
                [
                    '[["message_sent/1","message","text"]]',
                    '[["x"]]',
                    "[[]]",
                    '[["a/1","f","f"]]',
                    '[["a/1"],["b/1","f"]]',
                ]
            ),
            "i": st.sampled_from(["[0,0]", "[0]", "[0,1]", "[null,0]", "[-1,0]", "[]"]),
            "d": st.lists(st.lists(column_values, max_size=3), max_size=2).map(
                lambda shapes: "[" + ",".join("[[" + "],[".join(shape) + "]]" for shape in shapes) + "]"
            ),
            "o": st.sampled_from(["[]", '[[0,"x",1,"y"]]', f'[[0,"{"A" * 22}",5,"{"A" * 22}"]]', "[[9,1]]", "null"]),
        }
    ),
    n=st.integers(1, 3),
)
def test_any_columns_are_kept_and_stop_nothing(estate: Estate, parts: dict[str, str], n: int) -> None:
    phone = estate.phone("colleague")
    text = "{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}"
    stream, header, ack = push_text(phone, text.encode("utf-8", "surrogatepass"), n)
    assert ack[0] in ("ok", "aside")
    if ack[0] == "aside":
        assert ack[1] in ("unreadable_segment", "segment_too_large")
    check_nobody_is_stuck(estate, phone, stream, header)


def test_a_segment_that_explodes_is_set_aside_and_the_next_one_goes_through(estate: Estate) -> None:
    phone = estate.phone("colleague")
    for text, n in (
        (b'{"v":1' + b" " * 5_000_000 + b"}", 1),
        (columns('"x"'), SEGMENT_EVENTS_MAX + 1),
        (b"\x00" * 1_100_000, 1),
    ):
        stream, header, ack = push_text(phone, text, n)
        assert ack == ["aside", "segment_too_large"]
        check_nobody_is_stuck(estate, phone, stream, header)
    assert push_text(phone, columns(json.dumps("字" * EVENT_PAYLOAD_BYTES_MAX)), 1)[2] == [
        "ok",
        [[0, "payload_too_large"]],
    ]


# sizes


def pieces_of(size: int, piece: int = 16_384) -> Iterator[bytes]:
    for start in range(0, size, piece):
        yield b"x" * min(piece, size - start)


BOUNDED = [("POST", "/sync/1", SYNC_REQUEST_BYTES_MAX), ("POST", "/api/1/enrol", REQUEST_BYTES_MAX)]
BOUNDED += [("POST", "/api/1/session", REQUEST_BYTES_MAX), ("POST", "/api/1/push/subscription", REQUEST_BYTES_MAX)]


@pytest.mark.parametrize(("method", "path", "bytes_max"), BOUNDED, ids=[path for _, path, _ in BOUNDED])
def test_a_body_without_end_is_refused_as_soon_as_it_is_too_long(
    estate: Estate, method: str, path: str, bytes_max: int
) -> None:
    phone = estate.phone("teacher")
    headers = ((b"authorization", f"Bearer {phone.token}".encode()), (b"content-type", b"application/json"))
    answer = ask(estate.client, method, path, headers=headers, pieces=pieces_of(1 << 40))
    assert answer.status == 413
    assert json.loads(answer.body)["code"] == "request_too_large"
    assert answer.pieces_read <= bytes_max // 16_384 + 1


@pytest.mark.parametrize("length", [b"1048577", b"99999999999", b"9" * 40])
def test_a_body_that_says_it_is_too_long_is_not_read_at_all(estate: Estate, length: bytes) -> None:
    for method, path in sorted(TABLE):
        if method not in (MOUNTED, EVERYTHING_ELSE[0]) and not (path.startswith("/console") and length == b"1048577"):
            answer = ask(estate.client, method, path, headers=((b"content-length", length),), pieces=pieces_of(1 << 30))
            assert answer.status in (413, 303), (method, path)
            assert answer.pieces_read == 0


def test_nobody_has_the_console_read_an_upload_before_signing_in(estate: Estate) -> None:
    kind = b"multipart/form-data; boundary=x"
    start = b'--x\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'

    def upload() -> Iterator[bytes]:
        yield start
        yield from pieces_of(1 << 30)

    answer = ask(estate.client, "POST", "/console/packs/build", headers=((b"content-type", kind),), pieces=upload())
    assert answer.status == 303
    assert answer.pieces_read == 0
    answer = ask(estate.client, "POST", "/console/sign-in", headers=((b"content-type", kind),), pieces=upload())
    assert answer.status == 413
    assert answer.pieces_read <= 100


def test_more_segments_and_longer_headers_than_allowed_are_refused(estate: Estate) -> None:
    phone = estate.phone("teacher")
    segment = {"scope": "pub", "first": 0, "n": 1, "prev": "", "hash": new_id(), "len": 1}
    check_refused(push(phone, frame_of(good_header(segs=[segment] * (SYNC_SEGMENTS_MAX + 1)))), 413)
    check_refused(push(phone, frame_of(good_header(app="x" * SYNC_HEADER_BYTES_MAX))), 413)


# JSON endpoints, headers, addresses, the console

JSON_PATHS = ("/api/1/enrol", "/api/1/session/nonce", "/api/1/session", "/api/1/push/subscription")
JSON_BODIES = (
    b"",
    b"\x00",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"1e999999",
    b"9" * 5_000,
    b'"\\ud800"',
    b'{"code":"\\ud800","public_key":"\\u0000","device":"\\udfff"}',
    b'{"code":1e400,"device":-1,"nonce":[],"endpoint":null,"keys":"x"}',
    json.dumps({"code": "\x00", "public_key": "\x00", "device_name": "\x00"}).encode(),
    json.dumps({"code": "A" * 64, "public_key": "x" * 399, "device_name": "\ud800"}).encode(),
    json.dumps({"device": "A" * 22, "nonce": "\ud800", "signature": "\x00"}).encode(),
    json.dumps({"device": "A" * 22 + "\n", "nonce": "x", "signature": "x"}).encode(),
    json.dumps({"endpoint": "https://\x00", "keys": {"p256dh": "\x00", "auth": "é"}}).encode(),
    json.dumps({"endpoint": "https://[", "keys": {"p256dh": "A", "auth": "A"}}).encode(),
    json.dumps({"endpoint": "https://a:99999999/", "keys": {"p256dh": "A", "auth": "A"}}).encode(),
)


@pytest.mark.parametrize("path", JSON_PATHS)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_odd_bodies_are_refused_in_words(estate: Estate, path: str, content_type: str) -> None:
    headers = {"authorization": f"Bearer {estate.phone('teacher').token}", "content-type": content_type}
    for body in JSON_BODIES:
        estate.county.services.rate_limiter.forget("wrong-code:testclient")
        check_refused(estate.client.post(path, content=body, headers=headers), 400, 401, 403, 413, 422)


@FEW
@given(path=st.sampled_from(JSON_PATHS), body=anything)
def test_any_json_is_refused_in_words(estate: Estate, path: str, body: object) -> None:
    headers = {"authorization": f"Bearer {estate.phone('teacher').token}", "content-type": "application/json"}
    answer = estate.client.post(path, content=json.dumps(body).encode(), headers=headers)
    check_refused(answer, 400, 401, 403, 422, 429)


ODD_HEADERS = [
    (b"authorization", value)
    for value in (
        b"",
        b"Bearer",
        b"Bearer \x00",
        b"Bearer \xff\xfe",
        b"bearer\tx",
        b"Bearer " + b"x" * 60_000,
        b"\x01\x02",
    )
]
ODD_HEADERS += [
    (b"accept-language", value) for value in (b"\xff", b"en;q=\x00", b"," * 5000, b"zh" * 5000, b"*;q=x", b";;;")
]
ODD_HEADERS += [
    (b"content-type", value) for value in (b"\xff\x00", b"multipart/form-data", b"multipart/form-data; boundary=", b";")
]
ODD_HEADERS += [(b"content-length", value) for value in (b"-1", b"x", b"1e9", b"\xb2", b"")]
ODD_HEADERS += [
    (b"range", b"bytes=-"),
    (b"if-none-match", b"\xff" * 100),
    (b"origin", b"\xff"),
    (b"cookie", b"\xff=\xfe; ;;="),
]
ODD_HEADERS += [
    (b"host", b""),
    (b"host", b"\xff\x00"),
    (b"host", b"a:b:c"),
    (b"content-encoding", b"\xff"),
    (b"hx-request", b"\xff"),
]


def test_odd_headers_of_http_are_answered_at_every_address(estate: Estate) -> None:
    for method, path in sorted(TABLE):
        if method in (MOUNTED, EVERYTHING_ELSE[0]):
            method, path = "GET", "/" if method != MOUNTED else f"{path}/{'a' * 64}"  # noqa: PLW2901
        for header in ODD_HEADERS:
            answer = ask(estate.client, method, path, headers=(header,))
            assert answer.status < 500 or path == "/", (method, path, header)


ODD_SEGMENTS = ("\x00", "..", "%00", "\ufffd", "a" * 5000, "-1", "🜁", "'", "{{7*7}}", "\n", " ", "a/b", "\\")
ODD_QUERIES = (b"page=-1", b"page=0", b"page=" + b"9" * 5000, b"page=1e9", b"page=%00", b"page=\xff", b"page=&page=2")
ODD_QUERIES += (
    b"q=%00&role=%ff",
    b"q=%ED%A0%80",
    b"next=//evil.example",
    b"next=%5c%5cevil",
    b"lesson=%00&language=%00",
    b"%",
    b"=" * 999,
)


def test_odd_addresses_are_answered(estate: Estate) -> None:
    cookie = ((b"cookie", f"xuetan_console={estate.browser('mayor').cookies['xuetan_console']}".encode()),)
    for method, path in sorted(TABLE):
        if method not in ("GET", "DELETE"):
            continue
        for odd in ODD_SEGMENTS if "{" in path else ():
            name = path[path.index("{") : path.index("}") + 1]
            real = path.replace(name, odd).replace("{", "").replace("}", "")
            answer = ask(estate.client, method, real, headers=cookie)
            assert answer.status < 500, (path, odd)
        for query in ODD_QUERIES:
            answer = ask(estate.client, method, path.replace("{", "").replace("}", ""), headers=cookie, query=query)
            assert answer.status < 500, (path, query)
            assert "evil" not in answer.headers.get("location", "")


ODD_FORMS = (
    b"",
    b"%",
    b"=&=&&",
    b"person=%00&cohort=%00&role=%00&name=%00&organisation=%ff&goals=%ED%A0%80",
    b"due_day=9999-99-99&cohort=x&note=" + b"x" * 9000,
    b"due_day=-1&person=:&person=a:b:c&role=member",
    b"name=" + b"%F0%9F%9C%81" * 500 + b"&programme=new&programme_name=x&organisation=x",
    b"&".join(b"f%d=x" % number for number in range(2000)),
    b"csrf=second&password=" + b"x" * 5000 + b"&sign_in_name=%00",
)


def test_odd_forms_are_answered(estate: Estate) -> None:
    mayor = estate.browser("mayor")
    cookie = (b"cookie", f"xuetan_console={mayor.cookies['xuetan_console']}".encode())
    for method, path in sorted(TABLE):
        if method != "POST" or not path.startswith("/console") or path.endswith("/sign-out"):
            continue
        real = path.replace("{", "").replace("}", "")
        for form in ODD_FORMS:
            body = f"csrf={mayor.csrf()}&".encode() + form
            headers = (cookie, (b"content-type", b"application/x-www-form-urlencoded"))
            answer = ask(estate.client, method, real, headers=headers, pieces=[body])
            assert answer.status < 500, (path, form[:80])
        for kind in (b"multipart/form-data", b"multipart/form-data; boundary=x", b"application/json", b"text/plain"):
            for body in (
                b"",
                b"--x\r\n",
                b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--",
                b"\x00" * 500,
                b"--x" * 9000,
            ):
                answer = ask(estate.client, method, real, headers=(cookie, (b"content-type", kind)), pieces=[body])
                assert answer.status < 500, (path, kind, body[:40])


ODD_NOTICES = (
    "[" * 3000,
    '["done","signed_out",{"x":"\\ud800"}]',
    '["done","member_removed",{"name":"\\ud800"}]',
    "[1,2]",
    "{}",
)
ODD_NOTICES += (
    '["done",1,{}]',
    '["done","signed_out",[1]]',
    '["done","signed_out",{"key":1,"language":2}]',
    "null",
    '["\\ud800","a",{}]',
)
ODD_NOTICES += (
    '["done","member_removed",{"name":"<script>alert(1)</script>"}]',
    '["done","members_added",{"count":' + "9" * 3000 + "}]",
)


def test_a_notice_that_is_not_ours_is_dropped_or_shown_as_text(estate: Estate) -> None:
    from xuetan.kernel.ids import b64url_encode

    for notice in (*ODD_NOTICES, None):
        value = "\xff\xfe" if notice is None else b64url_encode(notice.encode())
        headers = ((b"cookie", b"xuetan_notice=" + value.encode("latin-1")),)
        answer: Answered = ask(estate.client, "GET", "/console/sign-in", headers=headers)
        assert answer.status == 200, (notice or "")[:80]
        assert b"<script>alert" not in answer.body


def test_a_name_that_is_markup_is_shown_as_text(estate: Estate) -> None:
    name = "<script>alert(1)</script>'\"&"
    person = estate.county.add(name, "east-school-1", "teacher")
    mayor = estate.browser("mayor")
    for path in (
        "/console/people",
        f"/console/people/{person.id}",
        "/console/people?q=%3Cscript%3Ealert(1)",
        "/console/pairs",
    ):
        page = mayor.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    answer = estate.browser().sign_in("<script>alert(1)</script>", PASSWORD)
    assert "<script>alert" not in answer.text


def test_after_all_this_no_projector_has_stumbled_and_a_phone_still_syncs(estate: Estate) -> None:
    def failures(session: Any) -> list[Any]:
        sql = "SELECT projector, scope, position, seq, error FROM log_projection_failure"
        return list(session.connection().exec_driver_sql(sql))

    estate.county.services.log.project_now()
    assert estate.county.read(failures) == []
    phone = estate.county.device_of("west-teacher")
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    assert phone.waiting == 0
