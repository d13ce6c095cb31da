"""The frame of a request: golden examples, and any bytes at all."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.contracts.limits import PULL_BYTES_MIN, SYNC_HEADER_BYTES_MAX, SYNC_SEGMENTS_MAX
from xuetan.contracts.sync import SegmentHeader, SyncHeader
from xuetan.kernel.errors import AppError, RequestTooLargeError
from xuetan.kernel.ids import b64url_decode, new_id
from xuetan.sync.errors import MalformedFrameError, UnsupportedVersionError
from xuetan.sync.frames import decode_frame, encode_frame

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden" / "sync_frames.json"
PERSON = "p" * 22
SEGMENT = SegmentHeader("u:x", 0, 1, "", "A" * 22, 3)


def frame_of(header: Any, rest: bytes = bytes(16 * 20)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + rest


PARTS = {"v": 1, "head": 0, "follow": 0, "cur": [], "off": None, "max": 8_192, "app": "", "first": 0, "segs": []}


def header(**changes: Any) -> list[Any]:
    return list({**PARTS, **changes}.values())


def test_golden_frames_are_decoded_and_written_byte_for_byte() -> None:
    for found in json.loads(GOLDEN.read_text("utf-8"))["frames"]:
        frame = base64.b64decode(found["frame"])
        decoded, bodies = decode_frame(frame, found["person"])
        assert msgspec.to_builtins(decoded) == {"max": PULL_BYTES_MIN, "app": "", **found["says"]}
        assert [base64.b64encode(body).decode() for body in bodies] == found["bodies"]
        assert encode_frame(decoded, bodies, found["person"]) == frame
        assert frame[4:].startswith(found["header"].encode())


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (b"", MalformedFrameError),
        (b"\0\0\0", MalformedFrameError),
        (struct.pack("<I", 5) + b"{}", MalformedFrameError),
        (frame_of(b""), MalformedFrameError),
        (frame_of(b"\xff\xfe"), MalformedFrameError),
        (frame_of(b"[" * 9000), MalformedFrameError),
        (frame_of({}), MalformedFrameError),
        (frame_of([]), MalformedFrameError),
        (frame_of([1]), MalformedFrameError),
        (frame_of(header(v="1")), MalformedFrameError),
        (frame_of(header(v=2)), UnsupportedVersionError),
        (frame_of([2, "quite", {"dif": "ferent"}]), UnsupportedVersionError),
        (frame_of(header(), b"x" * 31), MalformedFrameError),
        (frame_of(header(segs=[["u:x", 1, 1]]), b"x" * 47), MalformedFrameError),
        (frame_of(header(first=1, segs=[["u:x", 1, 1]]), b"x" * 63), MalformedFrameError),
        (frame_of(header(head=-1)), MalformedFrameError),
        (frame_of(header(head=2**53)), MalformedFrameError),
        (frame_of(header(follow=2**53)), MalformedFrameError),
        (frame_of(header(cur=[1])), MalformedFrameError),
        (frame_of(header(cur=[1, 2, 3])), MalformedFrameError),
        (frame_of(header(cur=[1, 2**64])), MalformedFrameError),
        (frame_of(header(off=2**53)), MalformedFrameError),
        (frame_of(header(first=-1, segs=[["u:x", 1, 1]])), MalformedFrameError),
        (frame_of(header(segs=[["u:x", 0, 1]])), MalformedFrameError),
        (frame_of(header(segs=[["u:x", 1, 0]])), MalformedFrameError),
        (frame_of(header(first=2**32, segs=[["u:x", 1, 1]])), MalformedFrameError),
        (frame_of(header(segs=[["u:x", 2**31, 1]] * 2)), MalformedFrameError),
        (frame_of(b" " * (SYNC_HEADER_BYTES_MAX + 1)), RequestTooLargeError),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_told_so(frame: bytes, error: type[AppError]) -> None:
    with pytest.raises(error):
        decode_frame(frame, PERSON)


def test_too_many_segments_are_asked_for_in_smaller_requests() -> None:
    many = SyncHeader(1, new_id(), 0, [SEGMENT] * (SYNC_SEGMENTS_MAX + 1), [], 0)
    with pytest.raises(RequestTooLargeError):
        decode_frame(encode_frame(many, [b"abc"] * len(many.segs), PERSON), PERSON)


def test_bodies_that_are_cut_short_stay_short_and_what_follows_is_left_alone() -> None:
    two = SyncHeader(1, new_id(), 0, [SEGMENT, SEGMENT], [], 0)
    assert decode_frame(encode_frame(two, [b"abc", b"d"], PERSON), PERSON)[1] == [b"abc", b"d"]
    assert decode_frame(encode_frame(two, [b"abc"], PERSON), PERSON)[1] == [b"abc", b""]
    assert decode_frame(encode_frame(two, [b"abc", b"def", b"later"], PERSON), PERSON)[1] == [b"abc", b"def"]


def test_parts_of_a_later_version_are_not_looked_at() -> None:
    segment = ["u:", 1, 1, "later"]
    decoded, _ = decode_frame(frame_of([*header(segs=[segment]), {"held": "by a hub"}], b"\1" * 49), "x")
    assert (decoded.stream, decoded.epoch) == ("AQEBAQEBAQEBAQEBAQEBAQ", "AQEBAQEBAQEBAQEBAQEBAQ")
    assert [(one.scope, one.n) for one in decoded.segs] == [("u:x", 1)]


def test_what_follows_from_what_stands_before_is_not_written() -> None:
    stream, person = new_id(), new_id()
    hashes = [new_id() for _ in range(3)]
    segs = [
        SegmentHeader(f"u:{person}", 7, 2, new_id(), hashes[0], 3),
        SegmentHeader(f"p:{person}", 9, 1, hashes[0], hashes[1], 3),
        SegmentHeader(f"u:{new_id()}", 10, 5, hashes[1], hashes[2], 3),
    ]
    said = SyncHeader(1, stream, 15, segs, [[1, 4]], 2, new_id(), 8_192, -5, "1.0.0")
    frame = encode_frame(said, [b"abc"] * 3, person)
    assert decode_frame(frame, person) == (said, [b"abc"] * 3)
    assert frame.count(b64url_decode(hashes[0])) == 1
    assert person.encode() not in frame


@given(st.binary(max_size=300))
def test_any_bytes_are_a_frame_or_an_error_with_a_code(frame: bytes) -> None:
    try:
        decode_frame(frame, PERSON)
    except AppError as error:
        assert error.status in (400, 413)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*PARTS, "later"]), json_values), st.binary(max_size=100))
def test_any_header_is_a_frame_or_an_error_with_a_code(changes: dict[str, Any], rest: bytes) -> None:
    try:
        decode_frame(frame_of(header(**changes), rest), PERSON)
    except AppError as error:
        assert error.status in (400, 413)


@pytest.mark.parametrize("scope", ["u:", "u::", "p:", "p:::", "u", "c:{}", "u:{}", "p:{}", "u:{}x", "pub", ""])
def test_every_scope_can_be_said_also_one_that_reads_like_ones_own(scope: str) -> None:
    person = new_id()
    named = scope.format(person)
    header = SyncHeader(1, new_id(), 1, [SegmentHeader(named, 0, 1, "", new_id(), 1)], [], 0)
    decoded, _ = decode_frame(encode_frame(header, [b"x"], person), person)
    assert [one.scope for one in decoded.segs] == [named]
