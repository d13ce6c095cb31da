"""Pushes written together are what they would be one by one, in few statements."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.event_log import service as event_log
from xuetan.event_log import writer as writing
from xuetan.event_log.batch import Batch, NotPlainError
from xuetan.event_log.ingest import check_push, locks_of, write_push
from xuetan.event_log.segments import Event
from xuetan.event_log.service import Push, Pushed, SentSegment
from xuetan.kernel.database import Database
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import KnownRows, RawConnection, Rows, run_in

PHONES = 12
TURNS = 10


class Counting:
    """A connection that counts how often the database is asked."""

    def __init__(self, real: RawConnection) -> None:
        self._real = real
        self.statements: list[str] = []

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Rows:
        self.statements.append(sql)
        return self._real.execute(sql, parameters)

    def executemany(self, sql: str, rows: Sequence[tuple[Any, ...]], /) -> object:
        self.statements.append(sql)
        return self._real.executemany(sql, rows)

    def close(self) -> None:
        self._real.close()


class Phone:
    """A phone whose requests are now and then what they should not be."""

    def __init__(self, number: int, cohort: str) -> None:
        self.person, self.device = new_id(), f"phone{number}"
        self.scopes = (f"u:{self.person}", cohort, f"u:{new_id()}")
        self.local = LocalStream()
        self.sent = 0

    def next_push(self, chance: random.Random, turn: int) -> Push:
        for _ in range(chance.randrange(1, 4)):
            # Now and then into a scope of nobody it knows, or of a kind that may not come: set aside.
            scope = chance.choices(self.scopes, (8, 3, 1))[0]
            kind = chance.choices(("lesson_opened/1", "pair_made/1"), (9, 1))[0]
            self.local.append(scope, Event(kind, turn, lesson_opened(f"l-{turn}")))
            self.local.seal()
        # Again what was sent already, or with a hole before it.
        start = max(0, self.sent + chance.choices((0, -1, 1), (8, 2, 1))[0])
        segments = [SentSegment(*one) for one in self.local.sealed[start:]]
        if start <= self.sent:
            self.sent = len(self.local.sealed)
        return Push(self.local.stream, self.person, self.device, turn, segments, chance.choice((None, 5)), turn)


def open_scopes(database: Database, phones: list[Phone]) -> None:
    with database.transaction() as session:
        for phone in phones:
            event_log.add_member(session, phone.scopes[0], phone.person, "owner", now_ms=1)
            event_log.add_member(session, phone.scopes[1], phone.person, "member", now_ms=1)


def write_one_by_one(database: Database, pushes: list[Push]) -> list[Pushed]:
    with database.transaction() as session:
        return [event_log.write_push(session, push) for push in pushes]


def write_together(database: Database, pushes: list[Push]) -> tuple[list[Pushed], int]:
    """What became of them, and how many of them were plain."""
    connection = database.open_raw(read_only=False)
    connection.execute("BEGIN IMMEDIATE")
    database.lock_for_pushes(connection, (name for push in pushes for name in locks_of(push)))
    jobs = [writing._Job(push, None, None, None) for push in pushes]
    checked = [check_push(push) for push in pushes]
    plain = writing._write_together(connection, jobs, checked)
    outcomes = [
        pushed if pushed is not None else write_push(connection.execute, push, segments)
        for push, segments, pushed in zip(pushes, checked, plain, strict=True)
    ]
    connection.execute("COMMIT")
    connection.close()
    return outcomes, sum(one is not None for one in plain)


def contents(database: Database) -> dict[str, list[Any]]:
    """All that pushes write, but for the order of entries of several phones in one scope."""
    with database.reading() as session:
        run = run_in(session)
        found = {
            "entries": """SELECT scope, stream, first, n, hash, person_id, role, clock_offset_ms, received_ms, set_aside, body,
                row_kind, row_key, row_body FROM log_entry""",
            "positions": "SELECT scope, position FROM log_entry",
            "heads": "SELECT scope, head FROM log_scope",
            "streams": "SELECT stream, person_id, device_id, next, chain FROM log_stream",
            "contacts": "SELECT person_id, device_id, stream, head, seen_ms, missing_since_ms FROM log_contact",
            "aside": "SELECT person_id, stream, seq, hash, device_id, n, scope, prev, code, body FROM log_set_aside",
        }
        return {name: sorted(map(repr, map(tuple, run(sql, ()).fetchall()))) for name, sql in found.items()}


@pytest.mark.parametrize("seed", range(2))
def test_pushes_written_together_are_what_they_would_be_one_by_one(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    cohort = f"c:{new_id()}"
    phones = [Phone(number, cohort) for number in range(PHONES)]
    open_scopes(database, phones)
    plain = pushed = 0
    answers: list[list[Any]] = []
    turns = [[phone.next_push(chance, turn) for phone in phones] for turn in range(1, TURNS)]
    for pushes in turns:
        outcomes, count = write_together(database, pushes)
        plain, pushed = plain + count, pushed + len(pushes)
        answers.append([(one.answers, one.proven, one.proven_firsts, one.scopes) for one in outcomes])
    together = contents(database)
    forget_all(database)
    again = [
        [(one.answers, one.proven, one.proven_firsts, one.scopes) for one in write_one_by_one(database, pushes)]
        for pushes in turns
    ]
    assert answers == again
    assert contents(database) == together
    assert together["aside"] and 0 < plain < pushed, "both ways were walked"


def forget_all(database: Database) -> None:
    with database.transaction() as session:
        for table in ("log_entry", "log_scope", "log_stream", "log_contact", "log_set_aside"):
            run_in(session)(f"DELETE FROM {table}", ())


def test_a_batch_asks_the_database_as_often_for_many_pushes_as_for_one(database: Database) -> None:
    chance = random.Random(1)
    counts = []
    for size in (1, 40):
        phones = [Phone(number, f"c:{new_id()}") for number in range(size)]
        open_scopes(database, phones)
        pushes = [
            phone.next_push(chance, 1)._replace(segments=[]) if number % 3 else _plain_push(phone)
            for number, phone in enumerate(phones)
        ]
        connection = Counting(database.open_raw(read_only=False))
        connection.execute("BEGIN IMMEDIATE")
        database.lock_for_pushes(connection, (name for push in pushes for name in locks_of(push)))
        connection.statements.clear()
        plain = writing._write_together(
            connection, [writing._Job(push, None, None, None) for push in pushes], [check_push(push) for push in pushes]
        )
        counts.append(len(connection.statements))
        assert None not in plain
        connection.execute("COMMIT")
        connection.close()
    assert counts[0] == counts[1] <= 10


def _plain_push(phone: Phone) -> Push:
    local = LocalStream()
    local.append(phone.scopes[0], Event("lesson_opened/1", 1, lesson_opened()))
    local.seal()
    return Push(local.stream, phone.person, phone.device, 1, [SentSegment(*one) for one in local.sealed], None, 1)


def test_a_push_that_is_not_plain_leaves_nothing_in_its_batch(database: Database) -> None:
    phone = Phone(1, f"c:{new_id()}")
    open_scopes(database, [phone])
    good, bad = _plain_push(phone), _plain_push(phone)
    foreign = LocalStream()
    foreign.append(phone.scopes[0], Event("lesson_opened/1", 1, lesson_opened()))
    foreign.append(phone.scopes[2], Event("lesson_opened/1", 1, lesson_opened()))
    foreign.seal()
    bad = bad._replace(stream=foreign.stream, segments=[SentSegment(*one) for one in foreign.sealed])
    connection = database.open_raw(read_only=False)
    connection.execute("BEGIN IMMEDIATE")
    batch = Batch(connection, [bad, good])
    batch.begin()
    with pytest.raises(NotPlainError):
        write_push(batch.run, bad, check_push(bad))
    batch.undo()
    batch.begin()
    assert write_push(batch.run, good, check_push(good)).answers == [["ok"]]
    batch.flush(connection)
    connection.execute("COMMIT")
    rows = connection.execute("SELECT position, stream FROM log_entry WHERE scope = ?", (phone.scopes[0],)).fetchall()
    connection.close()
    assert [tuple(row) for row in rows] == [(1, good.stream)]


def test_a_batch_that_cannot_be_written_together_is_written_one_by_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if somebody had taken a position past the locks."""
    phones = [Phone(number, f"c:{new_id()}") for number in range(3)]
    open_scopes(database, phones)
    real = Batch._take_position

    def always_first(batch: Batch, parameters: tuple[Any, ...]) -> Rows:
        real(batch, parameters)
        batch._new_heads[parameters[0]] = 1
        return KnownRows(((1,),))

    pushes = [_plain_push(phone) for phone in phones]
    assert [one.answers for one in write_together(database, pushes)[0]] == [[["ok"]]] * 3
    monkeypatch.setattr(Batch, "_take_position", always_first)
    again = [_plain_push(phone) for phone in phones]
    outcomes, plain = write_together(database, again)
    assert plain == 0
    assert [one.answers for one in outcomes] == [[["ok"]]] * 3
