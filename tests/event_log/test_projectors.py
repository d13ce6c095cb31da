"""Projections: each event once, whatever fails, dies or is rebuilt; and one bad event never stops the others."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream
from tests.waiting import wait_until
from xuetan.event_log import service as event_log
from xuetan.event_log.segments import Event
from xuetan.event_log.service import EventLog, EventRecord, Push, SentSegment
from xuetan.kernel.database import Database
from xuetan.kernel.errors import BusyError
from xuetan.kernel.ids import new_id


class Counting:
    """A projector that counts lessons in a table, and fails when told to."""

    def __init__(self, database: Database) -> None:
        self.fails_on: set[str] = set()
        self.error: Exception = ValueError("cannot take it")
        self.calls: list[int] = []
        with database.transaction() as session:
            session.execute(
                text("CREATE TABLE counted (stream TEXT, seq INTEGER, lesson TEXT, PRIMARY KEY (stream, seq))")
            )

    def handle(self, session: Session, records: Sequence[EventRecord]) -> None:
        self.calls.append(len(records))
        for record in records:
            values = {"stream": record.stream, "seq": record.seq, "lesson": record.payload["lesson"]}
            session.execute(text("INSERT INTO counted VALUES (:stream, :seq, :lesson)"), values)
            if record.payload["lesson"] in self.fails_on:
                raise self.error

    def forget(self, session: Session) -> None:
        session.execute(text("DELETE FROM counted"))

    def lessons(self, database: Database) -> Counter[str]:
        with database.reading() as session:
            return Counter(row[0] for row in session.execute(text("SELECT lesson FROM counted")))


@pytest.fixture
def counting(database: Database, log: EventLog) -> Counting:
    counting = Counting(database)
    log.register_projector("counting", counting.handle, forget=counting.forget, kinds=["lesson_opened/1"])
    return counting


class Teacher:
    def __init__(self, database: Database) -> None:
        self.database, self.person, self.local = database, new_id(), LocalStream()
        with database.transaction() as session:
            event_log.add_member(session, f"u:{self.person}", self.person, "owner", now_ms=1)

    def study(self, *lessons: str, kind: str = "lesson_opened/1") -> None:
        before = self.local.end
        for lesson in lessons:
            self.local.append(f"u:{self.person}", Event(kind, 1, lesson_opened(lesson)))
        self.local.seal()
        segments = [SentSegment(*one) for one in self.local.segments_from(before)]
        push = Push(self.local.stream, self.person, "phone", self.local.end, segments, None, 1)
        with self.database.transaction() as session:
            assert event_log.write_push(session, push).proven == self.local.end


def failures(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text("SELECT projector, seq FROM log_projection_failure"))]


def test_every_event_is_projected_once(database: Database, log: EventLog, counting: Counting) -> None:
    teachers = [Teacher(database) for _ in range(3)]
    for lesson in ("one", "two"):
        for teacher in teachers:
            teacher.study(lesson)
        log.project_now()
        log.project_now()
    assert counting.lessons(database) == {"one": 3, "two": 3}


def test_only_kinds_and_scopes_that_were_asked_for_are_seen(
    database: Database, log: EventLog, counting: Counting
) -> None:
    seen: list[str] = []
    log.register_projector("all", lambda _s, records: seen.extend(r.kind for r in records), forget=lambda _s: None)
    log.register_projector("open", lambda _s, records: seen.append("?"), forget=lambda _s: None, scope_letter="pub")
    teacher = Teacher(database)
    teacher.study("one")
    teacher.study("two", kind="lesson_of_next_year/1")
    with database.transaction() as session:
        body = {"person": teacher.person, "name": "n", "organisation": "o"}
        event_log.append_row(session, f"u:{teacher.person}", "person_card", teacher.person, body, now_ms=1)
    log.project_now()
    assert seen == ["lesson_opened/1", "lesson_of_next_year/1"]
    assert counting.lessons(database) == {"one": 1}


def test_one_event_that_cannot_be_taken_does_not_stop_the_others(
    database: Database, log: EventLog, counting: Counting
) -> None:
    counting.fails_on = {"bad"}
    first, second = Teacher(database), Teacher(database)
    first.study("one", "bad", "three")
    second.study("four")
    log.project_now()
    assert counting.lessons(database) == {"one": 1, "three": 1, "four": 1}
    assert failures(database) == [("counting", 1)]
    first.study("five")
    log.project_now()
    assert counting.lessons(database)["five"] == 1


def test_a_rebuild_takes_what_failed_before(database: Database, log: EventLog, counting: Counting) -> None:
    counting.fails_on = {"bad"}
    teacher = Teacher(database)
    teacher.study("one", "bad", "three")
    log.project_now()
    counting.fails_on = set()
    log.rebuild("counting")
    assert counting.lessons(database) == {"one": 1, "bad": 1, "three": 1}
    assert failures(database) == []


def test_a_busy_database_is_no_fault_of_an_event(database: Database, log: EventLog, counting: Counting) -> None:
    teacher = Teacher(database)
    teacher.study("one")
    counting.fails_on, counting.error = {"one"}, BusyError()
    with pytest.raises(BusyError):
        log.project_now()
    locked = OperationalError("x", None, sqlite3.OperationalError("database is locked"))
    counting.error = locked
    with pytest.raises(OperationalError):
        log.project_now()
    counting.fails_on = set()
    log.project_now()
    assert counting.lessons(database) == {"one": 1}
    assert failures(database) == []


def test_a_database_that_turns_busy_while_events_are_taken_singly_is_tried_again(
    database: Database, log: EventLog, counting: Counting
) -> None:
    counting.fails_on = {"bad"}
    teacher = Teacher(database)
    teacher.study("one", "bad")
    errors = iter([ValueError("at first"), BusyError(), ValueError("in the end"), ValueError("and singly")])
    real = counting.handle

    def handle(session: Session, records: Sequence[EventRecord]) -> None:
        if any(record.payload["lesson"] == "bad" for record in records):
            raise next(errors)
        real(session, records)

    log2 = EventLog(database, log._clock)
    log2.register_projector("singly", handle, forget=counting.forget)
    with pytest.raises(BusyError):
        log2.project_now()
    assert counting.lessons(database) == {}
    log2.project_now()
    assert counting.lessons(database) == {"one": 1}
    assert failures(database) == [("singly", 1)]


def test_large_backlogs_are_taken_in_small_transactions(database: Database, log: EventLog, counting: Counting) -> None:
    teachers = [Teacher(database) for _ in range(70)]
    for teacher in teachers:
        teacher.study(*(f"l{number}" for number in range(4)))
    teachers[0].study(*(f"m{number}" for number in range(450)))
    log.project_now()
    assert sum(counting.lessons(database).values()) == 70 * 4 + 450
    assert all(size <= 100 + 500 for size in counting.calls)
    assert len(counting.calls) > 2, "scopes come in any order, so 730 events make three batches or more"


def test_two_runners_at_once_project_once(database: Database, log: EventLog, counting: Counting) -> None:
    teacher = Teacher(database)
    teacher.study("one")
    other = EventLog(database, log._clock)
    seen: list[str] = []

    def handle(session: Session, records: Sequence[EventRecord]) -> None:
        counting.handle(session, records)

    other.register_projector("counting", handle, forget=counting.forget)

    def meddle(_session: Session, _records: Sequence[EventRecord]) -> None:
        seen.append("first")

    log.register_projector("meddling", meddle, forget=lambda _s: None)
    batches = _stale_batches(database, log)
    other.project_now()
    log._projectors._apply_or_divide(log._projectors._projectors["counting"], batches)
    counting.fails_on = {"one"}
    log._projectors._apply_singly(log._projectors._projectors["counting"], batches[0])
    assert counting.lessons(database) == {"one": 1}


def _stale_batches(database: Database, log: EventLog) -> list:  # type: ignore[type-arg]
    from xuetan.event_log.entries import run_in
    from xuetan.event_log.projectors import _read_batches

    with database.reading() as session:
        return _read_batches(run_in(session), log._projectors._projectors["counting"], None)


def test_a_running_log_projects_what_it_is_told_of_and_what_it_was_not(
    database: Database, log: EventLog, counting: Counting
) -> None:
    before = Teacher(database)
    before.study("early")
    log.start()
    wait_until(lambda: counting.lessons(database)["early"], 10, what="caught up at start")
    before.study("one")
    log._projectors.wake([f"u:{before.person}", "pub"])
    wait_until(lambda: counting.lessons(database)["one"], 10, what="woken for a scope")
    before.study("two")
    log.wake()
    wait_until(lambda: counting.lessons(database)["two"], 10, what="woken for any scope")


def test_a_running_log_tries_again_after_an_error(
    database: Database, log: EventLog, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuetan.event_log.projectors.RETRY_SECONDS", 0.01)
    teacher = Teacher(database)
    teacher.study("one")
    errors = iter([BusyError(), RuntimeError("the log itself cannot be read")])
    reading = database.reading

    def failing() -> object:
        for error in errors:
            raise error
        return reading()

    monkeypatch.setattr(database, "reading", failing)
    log.start()
    wait_until(lambda: "one" in _counted(database, reading), 10, what="projected in the end")


def _counted(database: Database, reading: object) -> list[str]:
    with reading() as session:  # type: ignore[operator]
        return [row[0] for row in session.execute(text("SELECT lesson FROM counted"))]


def test_a_name_is_registered_once(log: EventLog, counting: Counting) -> None:
    with pytest.raises(ValueError, match="registered already"):
        log.register_projector("counting", counting.handle, forget=counting.forget)


def test_a_log_that_is_not_to_project_does_not(database: Database, log: EventLog, counting: Counting) -> None:
    Teacher(database).study("one")
    log.start(project=False)
    log.stop()
    assert counting.calls == []
