"""The one writer: a push that fails takes nothing of the others with it, and nobody is answered before it is durable."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.event_log import service as event_log
from xuetan.event_log import writer as writing
from xuetan.event_log.ingest import CheckedSegment
from xuetan.event_log.segments import Event
from xuetan.event_log.service import EventLog, Push, Pushed, SentSegment, Wanted
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.database import Database
from xuetan.kernel.errors import BusyError
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import LOG_GATE


def make_push(database: Database, *, person: str | None = None, kind: str = "lesson_opened/1", events: int = 2) -> Push:
    person = person or new_id()
    with database.transaction() as session:
        event_log.add_member(session, f"u:{person}", person, "owner", now_ms=1)
    local = LocalStream()
    for _ in range(events):
        local.append(f"u:{person}", Event(kind, 1, lesson_opened()))
    local.seal()
    segments = [SentSegment(*one) for one in local.sealed]
    return Push(local.stream, person, "phone", events, segments, None, 1)


def wanted(push: Push) -> Wanted:
    return Wanted(push.person_id, {}, 0, 65_536, push.stream, frozenset())


def stored(database: Database, push: Push) -> int:
    with database.reading() as session:
        return len(event_log.list_events(session, f"u:{push.person_id}"))


def write_all(log: EventLog, pushes: Sequence[Push]) -> list[Any]:
    """The outcomes of pushes that are all queued before the writer looks."""

    async def run() -> list[Any]:
        waiting = [asyncio.ensure_future(log.ingest(push, wanted(push))) for push in pushes]
        await asyncio.sleep(0)
        log._writer.start()
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(run())


def test_pushes_of_many_are_written_together_and_each_is_answered(database: Database, log: EventLog) -> None:
    pushes = [make_push(database) for _ in range(150)]
    outcomes = write_all(log, pushes)
    assert all(outcome.pushed.answers == [["ok"]] for outcome in outcomes)
    assert all(outcome.pulled.entries for outcome in outcomes)
    assert all(stored(database, push) == 2 for push in pushes)


def test_a_push_that_fails_in_the_middle_leaves_nothing_and_harms_nobody(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushes = [make_push(database) for _ in range(3)]
    real = writing.write_push

    def failing(run: Any, push: Push, segments: Sequence[CheckedSegment]) -> Pushed:
        pushed = real(run, push, segments)
        if push is pushes[1]:
            raise ZeroDivisionError
        return pushed

    monkeypatch.setattr(writing, "write_push", failing)
    outcomes = write_all(log, pushes)
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert [stored(database, push) for push in pushes] == [2, 0, 2]
    monkeypatch.setattr(writing, "write_push", real)
    assert asyncio.run(_write_again(log, pushes[1])).pushed.answers == [["ok"]]
    assert stored(database, pushes[1]) == 2


async def _write_again(log: EventLog, push: Push) -> Any:
    return await log.ingest(push, wanted(push))


def test_a_push_that_cannot_be_looked_at_harms_nobody(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushes = [make_push(database) for _ in range(2)]
    real = writing.check_push

    def failing(push: Push) -> list[CheckedSegment]:
        if push is pushes[0]:
            raise ZeroDivisionError
        return real(push)

    monkeypatch.setattr(writing, "check_push", failing)
    outcomes = write_all(log, pushes)
    assert isinstance(outcomes[0], ZeroDivisionError)
    assert outcomes[1].pushed.answers == [["ok"]]


def test_a_pull_that_fails_does_not_undo_its_push(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(writing, "pull_small", failing)
    push = make_push(database)
    (outcome,) = write_all(log, [push])
    assert outcome.pushed.answers == [["ok"]]
    assert outcome.pulled is None
    assert stored(database, push) == 2


@pytest.mark.parametrize("rolls_back_itself", [False, True])
def test_a_commit_that_fails_is_told_to_all_and_nothing_is_stored(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch, rolls_back_itself: bool
) -> None:
    class Failing:
        """A connection whose disk is full at the very end."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self._real = real

        @property
        def in_transaction(self) -> bool:
            return self._real.in_transaction

        def execute(self, sql: str, *parameters: Any) -> Any:
            if sql == "COMMIT":
                if rolls_back_itself:
                    self._real.execute("ROLLBACK")
                raise sqlite3.OperationalError("database or disk is full")
            return self._real.execute(sql, *parameters)

        def executemany(self, sql: str, rows: Any) -> Any:
            return self._real.executemany(sql, rows)

        def close(self) -> None:
            self._real.close()

    real_open = database.open_raw
    monkeypatch.setattr(database, "open_raw", lambda *, read_only: Failing(real_open(read_only=read_only)))
    pushes = [make_push(database) for _ in range(2)]
    outcomes = write_all(log, pushes)
    assert all(isinstance(outcome, sqlite3.OperationalError) for outcome in outcomes)
    assert [stored(database, push) for push in pushes] == [0, 0]


def test_the_writer_recovers_from_a_transaction_that_could_not_be_rolled_back(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = iter(["COMMIT", "ROLLBACK"])

    class Troubled:
        """A connection whose COMMIT fails, and then its ROLLBACK too, once."""

        def __init__(self, real: sqlite3.Connection) -> None:
            self._real = real
            self._next = next(troubles)

        @property
        def in_transaction(self) -> bool:
            return self._real.in_transaction

        def execute(self, sql: str, *parameters: Any) -> Any:
            if sql == self._next:
                self._next = next(troubles, "")
                raise sqlite3.OperationalError("disk I/O error")
            return self._real.execute(sql, *parameters)

        def executemany(self, sql: str, rows: Any) -> Any:
            return self._real.executemany(sql, rows)

        def close(self) -> None:
            self._real.close()

    real_open = database.open_raw
    with monkeypatch.context() as patch:
        patch.setattr(database, "open_raw", lambda *, read_only: Troubled(real_open(read_only=read_only)))
        push = make_push(database)
        (outcome,) = write_all(log, [push])
    assert isinstance(outcome, sqlite3.OperationalError)
    assert stored(database, push) == 0
    assert asyncio.run(_write_again(log, push)).pushed.answers == [["ok"]]
    assert stored(database, push) == 2


def test_a_database_that_cannot_begin_is_told_as_what_it_is(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        in_transaction = False

        def execute(self, sql: str, *_parameters: Any) -> Any:
            raise sqlite3.OperationalError("disk I/O error")

        def close(self) -> None: ...

    def open_broken(*, read_only: bool) -> Broken:
        return Broken()

    push = make_push(database)
    monkeypatch.setattr(database, "open_raw", open_broken)
    (outcome,) = write_all(log, [push])
    assert isinstance(outcome, sqlite3.OperationalError)


def test_when_another_process_holds_the_database_the_phone_is_told_to_wait(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuetan.kernel.sqlite.BUSY_TIMEOUT_MS", 1)
    monkeypatch.setattr("xuetan.kernel.postgres.LOCK_SECONDS_MAX", 0.01)
    push = make_push(database)
    holder = database.open_raw(read_only=False)
    holder.execute("BEGIN IMMEDIATE")
    if database.allows_many_processes:
        holder.execute(f"SELECT pg_advisory_xact_lock({LOG_GATE})")
    (outcome,) = write_all(log, [push])
    assert isinstance(outcome, BusyError)
    holder.execute("ROLLBACK")
    holder.close()


def test_a_locked_database_in_the_middle_of_a_push_is_told_as_busy(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_arguments: Any) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(writing, "write_push", failing)
    (outcome,) = write_all(log, [make_push(database)])
    assert isinstance(outcome, BusyError)


def test_what_is_queued_when_the_log_stops_is_written_first(database: Database, log: EventLog) -> None:
    pushes = [make_push(database) for _ in range(3)]

    async def run() -> list[Any]:
        waiting = [asyncio.ensure_future(log.ingest(push, wanted(push))) for push in pushes]
        await asyncio.sleep(0)
        log._writer._queue.put(None)
        log._writer.start()
        outcomes = await asyncio.gather(*waiting)
        log._writer._thread.join()  # type: ignore[union-attr]
        return outcomes

    assert all(outcome.pushed.answers == [["ok"]] for outcome in asyncio.run(run()))


def test_a_request_that_went_away_does_not_stop_the_writer(database: Database, log: EventLog) -> None:
    gone, here = make_push(database), make_push(database)

    async def run() -> Any:
        leaving = asyncio.ensure_future(log.ingest(gone, wanted(gone)))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        log._writer.start()
        return await log.ingest(here, wanted(here))

    assert asyncio.run(run()).pushed.answers == [["ok"]]
    assert stored(database, gone) == 2


def test_an_event_loop_that_closed_does_not_stop_the_writer(database: Database, log: EventLog) -> None:
    gone, here = make_push(database), make_push(database)

    async def leave() -> None:
        log._writer.write(gone, wanted(gone), None)

    asyncio.run(leave())
    log._writer.start()
    assert asyncio.run(_write_again(log, here)).pushed.answers == [["ok"]]
    assert stored(database, gone) == 2


def test_a_push_may_be_sealed_and_written_in_ones_own_transaction(database: Database) -> None:
    person, stream = new_id(), new_id()
    scope = f"u:{person}"
    first = event_log.seal_segment(stream, scope, 0, "", [Event("lesson_opened/1", 1, lesson_opened())] * 2)
    second = event_log.seal_segment(stream, scope, 2, first.header.hash, [Event("lesson_opened/1", 1, lesson_opened())])
    with database.transaction() as session:
        event_log.add_member(session, scope, person, "owner", now_ms=1)
        pushed = event_log.write_push(session, Push(stream, person, "here", 3, [first, second], None, 1))
    assert (pushed.answers, pushed.proven) == ([["ok"], ["ok"]], 3)


def test_events_are_listed_in_order_and_entries_are_never_cut(database: Database) -> None:
    person, stream = new_id(), new_id()
    scope, prev = f"u:{person}", ""
    segments = []
    for number in range(130):
        events = [Event("lesson_opened/1", 1, lesson_opened(f"l-{number}-{part}")) for part in range(2)]
        segments.append(event_log.seal_segment(stream, scope, 2 * number, prev, events))
        prev = segments[-1].header.hash
    with database.transaction() as session:
        event_log.add_member(session, scope, person, "owner", now_ms=1)
        event_log.write_push(session, Push(stream, person, "here", 260, segments, None, 1))
    with database.reading() as session:
        everything = event_log.list_events(session, scope)
        assert [event.seq for event in everything] == list(range(260))
        assert [event.seq for event in event_log.list_events(session, scope, limit=3)] == [0, 1, 2, 3]
        assert [event.seq for event in event_log.list_events(session, scope, 129, limit=3)] == [258, 259]
        assert event_log.list_events(session, scope, 130) == event_log.list_events(session, scope, limit=0) == []
        assert event_log.list_events(session, f"u:{new_id()}") == []


def test_a_device_that_only_asks_is_noted_now_and_then(database: Database, log: EventLog) -> None:
    log.start(project=False)
    asking = Push(new_id(), new_id(), "phone", 3, [], None, 1_000)

    def seen() -> list[tuple[str, int, int, int]]:
        asyncio.run(_write_again(log, make_push(database)))
        with database.reading() as session:
            states = event_log.stream_states(session, [asking.person_id, new_id()])
        return [(one.stream, one.head, one.next, one.last_contact_ms) for one in states]

    log.note_contact(asking)
    assert seen() == [(asking.stream, 3, 0, 1_000)]
    log.note_contact(asking._replace(received_ms=30_000))
    assert seen() == [(asking.stream, 3, 0, 1_000)]
    log.note_contact(asking._replace(received_ms=30_001, head=4))
    assert seen() == [(asking.stream, 4, 0, 30_001)]
    log.note_contact(asking._replace(received_ms=90_001, head=4))
    assert seen() == [(asking.stream, 4, 0, 90_001)]


def test_contacts_are_remembered_within_bounds(
    database: Database, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuetan.event_log.log.CONTACTS_REMEMBERED_MAX", 2)
    for _ in range(5):
        log.note_contact(Push(new_id(), new_id(), "phone", 0, [], None, 1))
    assert len(log._contacts) == 2


def test_the_epoch_is_founded_once_and_changed_on_purpose(database: Database, log: EventLog, clock: FixedClock) -> None:
    with database.reading() as session, pytest.raises(RuntimeError, match="never started"):
        event_log.read_epoch(session)
    epoch = log.epoch
    assert EventLog(database, clock).epoch == epoch
    with database.reading() as session:
        assert event_log.read_epoch(session) == epoch
    later = log.begin_new_epoch()
    assert later != epoch
    assert (log.epoch, EventLog(database, clock).epoch) == (later, later)


def test_a_contact_tells_since_when_something_is_missing_and_what_the_phone_said_of_itself(database: Database) -> None:
    push = make_push(database, events=3)._replace(app="1.2.0", clock_offset_ms=-7_200_000)

    def told(**said: Any) -> tuple[int, int, int | None, str, int | None]:
        with database.transaction() as session:
            event_log.write_push(session, push._replace(**said))
            (one,) = event_log.stream_states(session, [push.person_id])
        return one.head, one.next, one.missing_since_ms, one.app, one.clock_offset_ms

    assert told(segments=[], received_ms=10) == (3, 0, 10, "1.2.0", -7_200_000)
    assert told(segments=[], received_ms=20, head=3) == (3, 0, 10, "1.2.0", -7_200_000), "since the first of them"
    assert told(received_ms=30, app="1.3.0", clock_offset_ms=5) == (3, 3, None, "1.3.0", 5)
    assert told(segments=[], received_ms=40, head=5) == (5, 3, 40, "1.2.0", -7_200_000), "what came to rest counts anew"
    assert told(segments=[], received_ms=50, head=7, carried=True) == (7, 3, 40, "1.2.0", -7_200_000)
    assert told(segments=[], received_ms=60, head=4) == (7, 3, 40, "1.2.0", -7_200_000), "a store that came back older"
    assert told(segments=[], received_ms=70, head=2) == (7, 3, 40, "1.2.0", -7_200_000)
    assert told(segments=[], received_ms=80, head=8) == (8, 3, 40, "1.2.0", -7_200_000)
    other = new_id()
    assert told(segments=[], received_ms=90, head=1, stream=other) == (1, 0, 90, "1.2.0", -7_200_000)
