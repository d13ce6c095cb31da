"""Whatever comes to /sync/1: an answer in our one shape, never a failure of ours, never more read than is allowed.

Examples are drawn the same way each time. TestClient raises what the application raises, so a 500 fails a test here
by itself.
"""

from __future__ import annotations

import gc
import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.security.asgi import ask
from tests.security.estate import Estate
from tests.security.hostile import (
    FEW,
    HUGE,
    NOTHING_TO_PULL,
    ODD_TEXTS,
    anything,
    check_refused,
    columns,
    frame_of,
    good_header,
    push,
)
from tests.security.inventory import TABLE
from tests.security.routes import EVERYTHING_ELSE, MOUNTED
from xuetan.contracts.limits import (
    SYNC_HEADER_BYTES_MAX,
    SYNC_REQUEST_BYTES_MAX,
    SYNC_SEGMENTS_MAX,
)
from xuetan.contracts.sync import SegmentHeader, SyncHeader
from xuetan.event_log.segments import deflate, segment_hash
from xuetan.kernel.http import REQUEST_BYTES_MAX
from xuetan.kernel.ids import new_id
from xuetan.sync.frames import encode_frame


@FEW
@given(body=st.binary(max_size=400))
def test_any_bytes_are_no_frame_and_harm_nothing(estate: Estate, body: bytes) -> None:
    answer = push(estate.phone("teacher"), body)
    if answer.status_code != 200:
        check_refused(answer, 400, 413)


HEADER_FIELDS = ("v", "head", "follow", "cur", "off", "max", "app", "first", "segs", "unknown")


@FEW
@given(
    changes=st.dictionaries(st.sampled_from(HEADER_FIELDS), anything, min_size=1, max_size=3),
    rest=st.binary(max_size=50),
)
def test_any_header_is_answered(estate: Estate, changes: dict[str, Any], rest: bytes) -> None:
    answer = push(estate.phone("teacher"), frame_of({**good_header(), **changes}) + rest)
    if answer.status_code != 200:
        check_refused(answer, 400, 413)


SEGMENT_FIELDS = ("scope", "n", "len")


@FEW
@given(
    changes=st.dictionaries(st.sampled_from(SEGMENT_FIELDS), anything | st.integers(-5, 70_000), max_size=4),
    body=st.binary(max_size=60),
)
def test_any_segment_is_answered(estate: Estate, changes: dict[str, Any], body: bytes) -> None:
    segment = list({"scope": "pub", "n": 1, "len": len(body) or 1, **changes}.values())
    answer = push(estate.phone("teacher"), frame_of(good_header(segs=[segment, segment])) + body)
    if answer.status_code != 200:
        check_refused(answer, 400, 413)
    else:
        assert [ack[0] for ack in answer.json().get("acks", [])] in (["damaged", "gap"], [])


def what_is_odd(header: object) -> str:
    """A name that is the same in every process: without the stream, which is drawn."""
    told = (
        {name: value for name, value in header.items() if name not in ("v", "stream")}
        if isinstance(header, dict)
        else header
    )
    return repr(told)[:60]


@pytest.mark.parametrize(
    "header",
    [
        *(good_header(head=number) for number in HUGE),
        *(good_header(max=number) for number in HUGE),
        *(good_header(follow=number) for number in HUGE),
        *(good_header(cur=[number, number]) for number in HUGE),
        *(good_header(off=number) for number in HUGE),
        *(good_header(first=number) for number in HUGE),
        *(good_header(first=number, segs=[["pub", 1, 1]]) for number in HUGE),
        *(good_header(segs=[["pub", number, number]]) for number in HUGE),
        *(good_header(segs=[[text, 1, 1]]) for text in ODD_TEXTS),
        *(good_header(app=text, later=text) for text in ODD_TEXTS),
        good_header(cur=[1]),
        good_header(cur=[[1, 2]]),
        good_header(cur=[1, 2, 3]),
        good_header(off=[]),
        good_header(v=2),
        good_header(v="1"),
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"[1e99999]",
        b"[" + b"9" * 60_000 + b"]",
        b"null",
        b"",
        b"\xff\xfe{}",
        b'[1,0,0,[],0,8192,"",0,[["\\ud800",1,1]]]',
        b'{"v":1,"stream":"\\ud800"}',
    ],
    ids=what_is_odd,
)
def test_odd_headers_are_answered(estate: Estate, header: object) -> None:
    answer = push(estate.phone("teacher"), frame_of(header))
    if answer.status_code != 200:
        check_refused(answer, 400, 413)


def test_lengths_that_lie_are_answered(estate: Estate) -> None:
    phone = estate.phone("teacher")
    good = frame_of(good_header())
    for body in (b"", b"\x00", good[:3], good[:-17], struct.pack("<I", 0xFFFFFFFF) + good[4:], struct.pack("<I", 0)):
        check_refused(push(phone, body), 400, 413)
    answer = push(phone, frame_of(good_header(segs=[["pub", 1, 2**40]])) + b"x")
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


@pytest.mark.parametrize("path", ["/", "/healthz", "/packs/keyring", "/console/sign-in", "/console/static/console.css"])
def test_a_body_where_none_belongs_is_not_kept_and_harms_nothing(
    estate: Estate, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(estate.client, "GET", path, pieces=pieces_of(1 << 40))
    assert answer.status in (200, 304, 413, 503)
    assert answer.pieces_read <= 64
    gc.collect()
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize("length", [b"1048577", b"99999999999", b"9" * 40])
def test_a_body_that_says_it_is_too_long_is_not_read_at_all(estate: Estate, length: bytes) -> None:
    for method, path in sorted(TABLE):
        may_be_longer = path.startswith(("/console", "/sync/1/files", "/hubs/1")) and length == b"1048577"
        if method not in (MOUNTED, EVERYTHING_ELSE[0]) and not may_be_longer:
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
    check_refused(push(phone, frame_of(good_header(segs=[["pub", 1, 1]] * (SYNC_SEGMENTS_MAX + 1)))), 413)
    check_refused(push(phone, frame_of(good_header(later="x" * SYNC_HEADER_BYTES_MAX))), 413)


def test_a_small_request_that_holds_much_text_is_sent_again_in_halves(estate: Estate) -> None:
    """A kilobyte may hold a megabyte of text that takes a second to look at; sixty of them in one request would stop everybody."""
    phone = estate.phone("colleague")
    text = columns('"' + "x" * 1_000_000 + '"')
    stream, headers, bodies, prev = new_id(), [], [], ""
    for first in range(SYNC_SEGMENTS_MAX):
        body = deflate(text)
        prev_before, prev = prev, segment_hash(stream, phone.own_scope, first, 1, prev, body)
        headers.append(SegmentHeader(phone.own_scope, first, 1, prev_before, prev, len(body)))
        bodies.append(body)
    assert sum(map(len, bodies)) < 100_000
    taken, many = 0, SYNC_SEGMENTS_MAX
    while taken < 4:
        part = slice(taken, taken + many)
        answer = push(
            phone,
            encode_frame(SyncHeader(1, stream, 64, headers[part], NOTHING_TO_PULL, 0), bodies[part], phone.person_id),
        )
        if answer.status_code == 413:
            check_refused(answer, 413)
            many //= 2
        else:
            assert {ack[0] for ack in answer.json()["acks"]} == {"ok"}
            taken += many
    assert many >= 1
