"""A database that was put back from a copy is noticed, and no phone can feign it."""

from __future__ import annotations

import sqlite3

import pytest

from tests.event_log.test_writer import make_push
from tests.postgres import PostgresServer
from xuetan.event_log import service as event_log
from xuetan.event_log.history_mark import HistoryPutBackError
from xuetan.event_log.service import EventLog
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.database import Database


def write(database: Database) -> None:
    push = make_push(database)
    with database.transaction() as session:
        event_log.write_push(session, push)


def run_once(database: Database, clock: FixedClock) -> str:
    log = EventLog(database, clock)
    log.start(project=False)
    epoch = log.epoch
    log.stop()
    return epoch


class Keeper:
    """An operator who copies a database at rest, and puts the copy over it."""

    def __init__(self, database: Database, request: pytest.FixtureRequest) -> None:
        self._database = database
        self._postgres: PostgresServer | None = None
        if database.allows_many_processes:
            self._postgres = request.getfixturevalue("postgres")

    def copy(self) -> str:
        self._database.close()
        if self._postgres is not None:
            return self._postgres.create(self._name)
        kept = f"{self._database.path}.kept"
        with sqlite3.connect(self._database.path) as source, sqlite3.connect(kept) as target:
            source.backup(target)
        return kept

    def put_back(self, kept: str) -> None:
        self._database.close()
        if self._postgres is not None:
            self._postgres.drop(self._name)
            self._postgres.create(kept, name=self._name)
            return
        with sqlite3.connect(kept) as source, sqlite3.connect(self._database.path) as target:
            source.backup(target)

    @property
    def _name(self) -> str:
        name = self._database.engine.url.database
        assert name
        return name


@pytest.fixture
def keeper(database: Database, request: pytest.FixtureRequest) -> Keeper:
    return Keeper(database, request)


def test_a_database_that_was_put_back_is_not_served_until_a_new_epoch_began(
    database: Database, clock: FixedClock, keeper: Keeper
) -> None:
    write(database)
    first = run_once(database, clock)
    yesterday = keeper.copy()
    write(database)
    assert run_once(database, clock) == first
    keeper.put_back(yesterday)
    with pytest.raises(HistoryPutBackError, match="xuetan new-epoch"):
        run_once(database, clock)
    later = EventLog(database, clock).begin_new_epoch()
    assert later != first
    assert run_once(database, clock) == later


def test_an_older_epoch_is_not_served_either(database: Database, clock: FixedClock, keeper: Keeper) -> None:
    write(database)
    run_once(database, clock)
    yesterday = keeper.copy()
    EventLog(database, clock).begin_new_epoch()
    keeper.put_back(yesterday)
    with pytest.raises(HistoryPutBackError):
        run_once(database, clock)


def test_a_mark_that_cannot_be_read_is_no_reason_to_trust(database: Database, clock: FixedClock) -> None:
    run_once(database, clock)
    database.backend.mark_path.write_bytes(b"{")
    with pytest.raises(HistoryPutBackError):
        run_once(database, clock)


def test_a_mark_that_cannot_be_written_fails_no_push(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("xuetan.event_log.log.HistoryMark.write", no_room)
    log = EventLog(database, clock)
    log._on_written(set())
    log.stop()


def test_a_process_that_was_killed_starts_again(database: Database, clock: FixedClock) -> None:
    log = EventLog(database, clock)
    log.start(project=False)
    write(database)
    epoch = log.epoch
    assert run_once(database, clock) == epoch
    log.stop()


def test_a_database_without_its_mark_is_taken_as_it_is(database: Database, clock: FixedClock) -> None:
    write(database)
    epoch = run_once(database, clock)
    database.backend.mark_path.unlink()
    assert run_once(database, clock) == epoch
