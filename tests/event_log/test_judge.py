"""Where a segment stands in its stream: the table of the protocol, line by line, and what an answer may claim."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.event_log.judge import ANOTHER, CONTINUES, DUP, KnownSegment, Ledger, Place, StreamState, place_of

BOUND = StreamState("teacher", "phone", 20, "chain")


def judged(state: StreamState = BOUND, known: KnownSegment | None = None, **changes: Any) -> Place:
    sent = {"person_id": "teacher", "device_id": "phone", "first": 20, "prev": "chain", "hash_": "new", **changes}
    return place_of(state, known=known, **sent)


@pytest.mark.parametrize(
    ("changes", "known", "expected"),
    [
        ({}, None, CONTINUES),
        ({"prev": "other"}, None, Place("fork", 0)),
        ({"first": 21}, None, Place("gap", 20)),
        ({"first": 10, "hash_": "old"}, KnownSegment(10, "old"), DUP),
        ({"first": 10, "hash_": "new"}, KnownSegment(10, "old"), Place("fork", 10)),
        ({"first": 12, "hash_": "old"}, KnownSegment(10, "old"), Place("fork", 10)),
        ({"first": 10, "hash_": "lost by the store"}, None, Place("fork", 0)),
        ({"person_id": "stranger"}, None, ANOTHER),
        ({"device_id": "other phone"}, None, ANOTHER),
        ({"device_id": "other phone", "first": 10}, KnownSegment(10, "new"), ANOTHER),
        ({"person_id": "stranger", "first": 99}, None, ANOTHER),
    ],
)
def test_a_segment_of_a_bound_stream(changes: dict[str, Any], known: KnownSegment | None, expected: Place) -> None:
    assert judged(known=known, **changes) == expected


def test_a_new_stream_begins_at_its_first_event() -> None:
    assert judged(StreamState(), first=0, prev="") == CONTINUES
    assert judged(StreamState(), first=5, prev="") == Place("gap", 0)
    assert judged(StreamState(), first=0, prev="something") == Place("fork", 0)


@given(
    first=st.integers(0, 30),
    prev=st.sampled_from(["chain", "other"]),
    hash_=st.sampled_from(["old", "new"]),
    begin=st.integers(0, 19),
)
def test_no_answer_sends_a_phone_beyond_what_is_stored(first: int, prev: str, hash_: str, begin: int) -> None:
    known = KnownSegment(min(begin, first), "old") if first < BOUND.next else None
    place = judged(first=first, prev=prev, hash_=hash_, known=known)
    assert place.number <= BOUND.next
    if place.verdict == "fork":
        assert place.number <= first
    if place.verdict == "gap":
        assert place.number < first


def test_a_ledger_proves_only_what_stands_before_the_first_refusal() -> None:
    ledger = Ledger()
    assert ledger.proven is None
    ledger.take(["dup"], 10)
    ledger.take(["ok"], 20)
    ledger.stop(["fork", 20], 2, 20)
    assert ledger.proven == 20
    assert ledger.answers == [["dup"], ["ok"], ["fork", 20], ["gap", 20], ["gap", 20]]


def test_what_is_kept_for_another_stream_proves_nothing() -> None:
    ledger = Ledger()
    ledger.keep_aside(["aside", "stream_of_another"])
    assert ledger.proven is None
