"""Segments as bytes: golden examples, bounded inflation, columns that survive every value a phone may write."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.packing import pack, write_steps
from xuetan.event_log.segments import (
    CODED,
    NESTING_MAX,
    Event,
    Origin,
    TooLargeError,
    UnreadableError,
    blank_columns,
    claimed_bytes,
    deflate,
    event_hash,
    inflate,
    is_nested_too_deep,
    read_columns,
    segment_hash,
    write_columns,
)
from xuetan.kernel.ids import new_id

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
STREAM = "A" * 22

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(["lesson_opened/1", "tool_used/2", "thing/9"])
origins = st.none() | st.builds(Origin, st.just(STREAM), st.integers(0, 99), st.just("B" * 21 + "A"))
events = st.builds(Event, kinds, st.integers(-(10**12), 10**13), st.dictionaries(texts, values, max_size=4), origins)


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text("utf-8"))


def event_of(found: dict[str, Any]) -> Event:
    origin = Origin(*found["origin"]) if "origin" in found else None
    return Event(found["kind"], found["ts"], found["payload"], origin)


def as_a_phone_reads(event: Event) -> Event:
    """Numbers as JavaScript has them: one that is whole is the same, spelled with or without its zero."""

    def read(value: Any) -> Any:
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, list):
            return [read(one) for one in value]
        return {key: read(one) for key, one in value.items()} if isinstance(value, dict) else value

    return Event(event.kind, event.ts, read(event.payload), event.origin)


def test_golden_chains_are_written_and_sealed_byte_for_byte() -> None:
    for chain in golden("segments.json")["chains"]:
        first, prev = 0, ""
        for segment in chain["segments"]:
            written = [event_of(one) for one in segment["events"]]
            assert write_columns(written).decode() == segment["columns"]
            body = base64.b64decode(segment["body"])
            assert inflate(body).decode() == segment["columns"]
            assert read_columns(inflate(body)) == written
            assert (segment["first"], segment["prev"], segment["n"]) == (first, prev, len(written))
            sealed = segment_hash(chain["stream"], segment["scope"], first, len(written), prev, body)
            assert sealed == segment["hash"]
            first, prev = first + len(written), sealed


def test_golden_event_hashes_are_reproduced() -> None:
    for found in golden("event_hashes.json")["events"]:
        assert event_hash(found["kind"], found["ts"], found["payload"]) == found["hash"]


@given(st.lists(events, min_size=1, max_size=12))
def test_columns_give_back_every_event_as_it_was(written: list[Event]) -> None:
    assert read_columns(write_columns(written)) == [as_a_phone_reads(one) for one in written]


@given(st.lists(events, min_size=1, max_size=12), st.data())
def test_blanked_events_leave_no_trace_and_the_others_stay(written: list[Event], data: st.DataObject) -> None:
    blanks = data.draw(st.sets(st.integers(0, len(written) - 1)))
    blanked = blank_columns(write_columns(written), blanks)
    kept = [None if index in blanks else as_a_phone_reads(one) for index, one in enumerate(written)]
    assert read_columns(blanked) == kept
    assert read_columns(blank_columns(blanked, blanks)) == read_columns(blanked)


def test_what_a_blank_event_said_is_nowhere_in_the_columns() -> None:
    secret = Event("secret_kind/1", 5, {"secret_field": "secret value"}, Origin(STREAM, 1, "C" * 21 + "A"))
    told = blank_columns(write_columns([Event("lesson_opened/1", 4, {"pack": "p"}), secret]), {1})
    assert b"secret" not in told
    assert b"C" * 21 not in told


def test_any_change_of_what_a_segment_says_changes_its_hash() -> None:
    parts: dict[str, Any] = {
        "stream": STREAM, "scope": "u:x", "first": 3, "n": 2, "prev": "D" * 21 + "A", "body": b"body",
    }  # fmt: skip
    changed: dict[str, Any] = {
        "stream": new_id(), "scope": "u:y", "first": 4, "n": 3, "prev": "", "body": b"Body",
    }  # fmt: skip
    seals = {segment_hash(**{**parts, name: value}) for name, value in changed.items()} | {segment_hash(**parts)}
    assert len(seals) == len(parts) + 1


@pytest.mark.parametrize(
    "wrong",
    [{"stream": "AAAA"}, {"prev": "AAAA"}, {"prev": "not base64url!"}, {"scope": "ü" * 128}, {"first": 1 << 32}],
)
def test_parts_that_cannot_be_written_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"base64url|parts of a segment"):
        segment_hash(**{"stream": STREAM, "scope": "pub", "first": 0, "n": 1, "prev": "", "body": b"", **wrong})


def test_a_bomb_that_says_it_is_small_is_refused_with_little_memory() -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = (60_000).to_bytes(3) + b"".join(bomb.compress(bytes(1 << 20)) for _ in range(200)) + bomb.flush()
    tracemalloc.start()
    with pytest.raises(UnreadableError):
        inflate(packed, 65_536)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_an_inflated_text_of_exactly_the_limit_is_taken() -> None:
    assert inflate(deflate(b"x" * 1000), 1000) == b"x" * 1000
    with pytest.raises(TooLargeError):
        inflate(deflate(b"x" * 1001), 1000)


@pytest.mark.parametrize(
    ("text", "too_deep"),
    [
        (b"[[1],[2]]", False),
        (b"[" + b"[1]," * 200 + b"2]", False),
        (b'["' + b"[" * 200 + b'","\\\\","\\"[[["]', False),
        (b"[" * NESTING_MAX + b"]" * NESTING_MAX, False),
        (b"[1," * NESTING_MAX + b'{"a":1}' + b"]" * NESTING_MAX, True),
        (b"[" * (NESTING_MAX + 1) + b"]" * (NESTING_MAX + 1), True),
        (b'{"a":[' * 40 + b"1" + b"]}" * 40, True),
        (b"[" * 70, True),
        (b"[]" * 70 + b"]", True),
    ],
)
def test_how_deep_a_text_nests_is_known_without_reading_it(text: bytes, too_deep: bool) -> None:
    assert is_nested_too_deep(text) == too_deep


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\0\0", b"\0\0\x02no", deflate(b"{}")[:-1], deflate(b"{}") + b"more", b"\0\0\x02" + zlib.compress(b"{}"),
        b"\0\0\x01" + deflate(b"{}")[3:], b"\0\0\x03" + deflate(b"{}")[3:],
    ],
)  # fmt: skip
def test_bytes_that_are_not_a_length_and_that_much_deflated_are_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        inflate(body)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"null", b"[]", b"{}", b"\xff", b'{"v":1}', b'{"v":1,"t":[0],"s":[["k"]],"i":[0],"d":5,"x":[]}',
        b'{"v":1,"t":[NaN],"s":[["k"]],"i":[0],"d":[],"x":[]}', b"[" * 5000, b'{"v":' + b"[" * 5000,
        b'{"v":1,"t":[0],"s":[["\\ud800"]],"i":[0],"d":[],"x":[]}',
    ],
)  # fmt: skip
def test_text_that_is_no_columns_is_unreadable(text: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_columns(text)


def test_a_value_that_cannot_be_decoded_costs_only_its_own_place() -> None:
    text = b'{"v":1,"t":[1,1,1],"s":[["k/1","a"]],"i":[0,0,0],"d":[[]],"x":[["fine","\\ud800",1e999]]}'
    assert [one.payload["a"] for one in read_columns(text) if one] == ["fine", {"\0": None}, {"\0": None}]
    huge = b'{"v":1,"t":[1,1],"s":[["k/1","a"]],"i":[0,0],"d":[[]],"x":[[7,1e999]]}'
    assert [one.payload["a"] for one in read_columns(huge) if one] == [7, None]


coded_texts = st.lists(
    st.text(max_size=30)
    | st.sampled_from(["question_answered/1", "a" * 600, "A" * 16, "Ab_-" * 12, '"', "\\", "AbCdEfGhIjKlMnOpQrStUv"])
    | st.integers(),
    max_size=12,
).map(lambda parts: json.dumps(parts, ensure_ascii=False).encode())


@given(coded_texts)
def test_a_text_that_was_coded_comes_back(text: bytes) -> None:
    body = pack(text)
    assert inflate(body) == text
    assert len(body) <= len(deflate(text))
    assert claimed_bytes(body) == len(text)


CODED_TEXT = b'{"v":1,"u":1000,"t":[1770000000],"s":[7],"i":[0],"d":[[]],"x":["AbCdEfGhIjKlMnOp"]}'
CODED_BODY = pack(CODED_TEXT)


def test_ids_go_as_bytes_behind_the_coded_text() -> None:
    assert CODED_BODY[0] == 0x80
    assert CODED_BODY.endswith(base64.urlsafe_b64decode("AbCdEfGhIjKlMnOp"))


@pytest.mark.parametrize(
    "body",
    [
        CODED_BODY[:2], CODED_BODY[:3], CODED_BODY[:-1], CODED_BODY[:-12], CODED_BODY + b"x", CODED_BODY[:-12] + b"x" * 13,
        bytes([128, 0, len(CODED_TEXT) - 1]) + CODED_BODY[3:],
        bytes([128, 0, len(CODED_TEXT) + 1]) + CODED_BODY[3:], b"\0" + CODED_BODY[1:], b"\x80\0\x05" + deflate(b"{}"),
    ],
)  # fmt: skip
def test_coded_bytes_that_do_not_come_out_even_are_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        inflate(body)


@pytest.mark.parametrize("holes", [b"\x01" + b"9" * 7, b"\x010" * 20_000, b"\x011" * 20_000])
def test_holes_take_no_more_than_the_text_may_have(holes: bytes) -> None:
    coded = write_steps(holes, [(1, 0)] * len(holes))
    for said in (len(holes), 1 << 20):
        with pytest.raises(UnreadableError):
            inflate((said | CODED).to_bytes(3) + coded)


@given(st.binary(max_size=200))
def test_any_coded_bytes_are_a_text_or_unreadable(tail: bytes) -> None:
    try:
        inflate(b"\x80\x10\0" + tail)
    except UnreadableError:
        return
