"""The quarantine has an end: beyond it a phone keeps what it has, and what came before is untouched."""

from __future__ import annotations

import pytest

from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log import ingest
from xuetan.event_log import service as event_log
from xuetan.event_log.errors import QuarantineFullError
from xuetan.event_log.segments import Event, segment_hash
from xuetan.event_log.service import Push, SentSegment
from xuetan.kernel.database import Database
from xuetan.kernel.ids import new_id


class Phone:
    """One stream of good and unreadable segments, in the order they were sealed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.person = new_id()
        self.local = LocalStream()
        with database.transaction() as session:
            event_log.add_member(session, f"u:{self.person}", self.person, "owner", now_ms=1)

    def seal_good(self) -> None:
        self.local.append(f"u:{self.person}", Event("lesson_opened/1", 1, lesson_opened()))
        self.local.seal()

    def seal_bad(self, size: int = 100) -> None:
        scope, first, body = f"u:{self.person}", self.local.sealed_end, b"\0" + b"x" * (size - 1)
        prev = self.local.sealed[-1][0].hash if self.local.sealed else ""
        hash_ = segment_hash(self.local.stream, scope, first, 1, prev, body)
        self.local.sealed.append((SegmentHeader(scope, first, 1, prev, hash_, size), body))
        self.local.events.append((scope, Event("unreadable/1", 0, {})))

    def push(self, start: int = 0, end: int | None = None) -> list[list[object]]:
        segments = [SentSegment(*one) for one in self.local.sealed[start:end]]
        push = Push(self.local.stream, self.person, "phone", len(self.local.sealed), segments, None, 1)
        with self.database.transaction() as session:
            return event_log.write_push(session, push).answers

    def kept(self) -> int:
        with self.database.reading() as session:
            return len(event_log.list_set_aside(session, self.person))


@pytest.fixture
def phone(database: Database) -> Phone:
    return Phone(database)


def test_a_full_quarantine_takes_what_is_good_and_leaves_the_rest_on_the_phone(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 2)
    phone.seal_bad()
    phone.seal_bad()
    phone.seal_good()
    phone.seal_bad()
    phone.seal_good()
    bad = ["aside", "unreadable_segment"]
    assert phone.push() == [bad, bad, ["ok"], ["gap", 3], ["gap", 3]]
    with pytest.raises(QuarantineFullError):
        phone.push(3)
    assert phone.kept() == 2
    assert [answer[0] for answer in phone.push(0, 3)] == ["dup"] * 3
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 3)
    assert phone.push(3) == [bad, ["ok"]]


def test_what_was_answered_or_let_in_makes_room_for_more(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 1)
    phone.seal_bad()
    phone.seal_bad()
    phone.seal_good()
    bad = ["aside", "unreadable_segment"]
    assert phone.push() == [bad, ["gap", 1], ["gap", 1]]
    with pytest.raises(QuarantineFullError):
        phone.push(1)
    with phone.database.transaction() as session:
        (item,) = event_log.list_aside_items(session, only_open=True, limit=9)
        event_log.answer_aside(session, item.key, "看过了。", by="operator", now_ms=1)
    assert phone.push(1) == [bad, ["ok"]], "the good work behind it goes on"
    assert phone.kept() == 2


def test_the_quarantine_of_a_device_is_bounded_in_bytes(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "QUARANTINE_BYTES_MAX", 1_000)
    phone.seal_bad(900)
    phone.seal_bad(101)
    assert phone.push() == [["aside", "unreadable_segment"], ["gap", 1]]


def test_a_quarantine_that_is_full_is_told_as_429_and_to_come_later() -> None:
    assert QuarantineFullError().status == 429


def test_what_was_set_aside_is_counted_by_reason_without_its_bytes(phone: Phone) -> None:
    phone.seal_bad()
    phone.seal_bad()
    phone.push()
    with phone.database.reading() as session:
        (count,) = event_log.count_set_aside(session, [phone.person, new_id()])
    assert (count.person_id, count.code, count.events) == (phone.person, "unreadable_segment", 2)
    assert not hasattr(count, "body")
