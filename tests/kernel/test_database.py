"""Transactions: one writer at a time and in turn, all or nothing, on the disk when told; readers never wait and never write."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tests.back_ends import SQLITE, backend
from tests.conftest import settings_in
from tests.postgres import PostgresServer
from xuetan.kernel.database import Database, WriteTurn, call_after_commit
from xuetan.kernel.errors import BusyError
from xuetan.kernel.events import EventHandlers, publish
from xuetan.kernel.sql import run_in
from xuetan.settings import Settings


@pytest.fixture
def place(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """An empty database."""
    if backend == SQLITE:
        yield settings_in(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield settings_in(tmp_path, url)


@pytest.fixture
def database(place: Settings) -> Iterator[Database]:
    database = Database(place)
    with database.transaction() as session:
        number = "BIGINT GENERATED ALWAYS AS IDENTITY" if database.allows_many_processes else "INTEGER PRIMARY KEY"
        session.execute(text(f"CREATE TABLE note (number {number}, text TEXT)"))
    yield database
    database.close()


def notes(database: Database) -> list[str]:
    with database.reading() as session:
        return [row[0] for row in session.execute(text("SELECT text FROM note ORDER BY number"))]


def note(session: Session, words: str) -> None:
    session.execute(text("INSERT INTO note (text) VALUES (:words)"), {"words": words})


def test_a_transaction_that_ends_well_is_kept_and_one_that_raises_is_not(database: Database) -> None:
    with database.transaction() as session:
        note(session, "kept")
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        note(session, "gone")
        raise ZeroDivisionError
    assert notes(database) == ["kept"]


def test_a_reader_sees_one_moment_and_cannot_write(database: Database) -> None:
    with database.reading() as reader:
        assert reader.execute(text("SELECT count(*) FROM note")).scalar() == 0
        with database.transaction() as session:
            note(session, "later")
        assert reader.execute(text("SELECT count(*) FROM note")).scalar() == 0
    assert notes(database) == ["later"]
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.reading() as reader:
        note(reader, "never")


def test_a_second_transaction_in_one_thread_is_an_error_and_no_deadlock(database: Database) -> None:
    with (
        database.transaction(),
        pytest.raises(RuntimeError, match="already open"),
        database.transaction(),
    ):
        raise AssertionError
    with database.transaction() as session:
        note(session, "usable again")


def test_what_is_to_follow_a_commit_follows_it_and_only_it(database: Database) -> None:
    seen: list[list[str]] = []
    with database.transaction() as session:
        note(session, "first")
        call_after_commit(session, lambda: seen.append(notes(database)))
        assert seen == []
    assert seen == [["first"]]
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        call_after_commit(session, lambda: seen.append([]))
        raise ZeroDivisionError
    assert seen == [["first"]]


def test_writers_of_many_threads_wait_in_turn_and_lose_nothing(database: Database) -> None:
    def write(number: int) -> None:
        for turn in range(10):
            with database.transaction() as session:
                count = session.execute(text("SELECT count(*) FROM note")).scalar()
                note(session, f"{number}-{turn}-{count}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [int(words.rsplit("-", 1)[1]) for words in notes(database)] == list(range(60))


def test_turns_are_taken_in_the_order_of_asking() -> None:
    turn = WriteTurn()
    order: list[int] = []
    threads = []

    def take(number: int) -> None:
        with turn.taken():
            order.append(number)

    with turn.taken():
        for number in range(5):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while len(turn._waiting) <= number:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(5))


def test_who_waits_too_long_is_told_that_it_is_busy_and_harms_nobody() -> None:
    turn = WriteTurn(seconds_max=0.01)
    outcomes: list[type[Exception]] = []

    def take() -> None:
        try:
            with turn.taken():
                outcomes.append(AssertionError)
        except BusyError as error:
            outcomes.append(type(error))

    with turn.taken():
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert outcomes == [BusyError]
    with turn.taken():
        pass


def test_a_turn_that_is_handed_on_in_the_last_moment_is_taken() -> None:
    turn = WriteTurn(seconds_max=0.0)
    real_lock = threading.Lock

    class LastMoment:
        """A lock whose wait ends just before it is released."""

        def __init__(self) -> None:
            self._real = real_lock()

        def acquire(self, timeout: float = -1) -> bool:
            if timeout == 0.0:
                turn._hand_on()
                return False
            return self._real.acquire()

        def release(self) -> None:
            self._real.release()

    turn._take()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xuetan.kernel.database.threading.Lock", LastMoment)
        turn._take()
    turn._hand_on()
    assert not turn._is_taken


def test_everything_is_on_the_disk_when_it_is_told(database: Database) -> None:
    if database.allows_many_processes:
        with database.transaction() as session:
            assert run_in(session)("SHOW synchronous_commit").fetchone() == ("on",)
        writer, reader = database.open_raw(read_only=False), database.open_raw(read_only=True)
        assert writer.execute("SHOW synchronous_commit").fetchone() == ("on",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("INSERT INTO note (text) VALUES ('x')")
        writer.close()
        reader.close()
        return
    for connection in (database.open_raw(read_only=False), database.open_raw(read_only=True)):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        connection.close()
    reader = database.open_raw(read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO note (text) VALUES ('x')")
    reader.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://localhost", "mysql://localhost/x"])
def test_a_database_that_would_not_last_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SQLite file"):
        Database(Settings(_env_file=None, data_dir=tmp_path, database_url=url))


def test_events_run_their_handlers_in_the_same_transaction(database: Database) -> None:
    class Told:
        def __init__(self, words: str) -> None:
            self.words = words

    database.handlers.register(Told, lambda session, event: note(session, event.words))
    database.handlers.register(Told, lambda session, event: note(session, event.words.upper()))
    with database.transaction() as session:
        publish(session, Told("a"))
        publish(session, "nobody listens")
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        publish(session, Told("b"))
        raise ZeroDivisionError
    assert notes(database) == ["a", "A"]


def test_a_handler_that_raises_takes_the_fact_with_it(database: Database) -> None:
    def refuse(_session: Session, _event: int) -> None:
        raise ZeroDivisionError

    database.handlers.register(int, refuse)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        note(session, "gone")
        publish(session, 5)
    assert notes(database) == []
    EventHandlers().dispatch(session, 5)


def test_migrations_make_the_same_schema_as_the_tables_say(place: Settings) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from xuetan.app import build_services
    from xuetan.kernel.tables import Table

    database = build_services(place).database
    database.migrate()
    database.migrate()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
    database.close()


__all__ = ["backend"]
