"""Readers that follow a log by a number while others write it.

With one identity column for all, as PostgreSQL gives it, numbers are visible in another order than they were given in,
and a reader skips rows for good. With our counters of scopes, taken under a lock until commit, none is ever skipped.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.back_ends import POSTGRESQL
from xuetan.event_log import service as event_log
from xuetan.event_log.entries import insert_row
from xuetan.kernel.database import Database
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import run_in
from xuetan.settings import Settings

WRITERS = 6
TRANSACTIONS = 40
ROWS_PER_TRANSACTION = 5
# So many that what a naive cursor loses is counted in thousands.
NAIVE_ROWS_PER_TRANSACTION = 60
SCOPES = 4
JITTER_SECONDS_MAX = 0.004


@pytest.fixture
def backend() -> str:
    return POSTGRESQL


def race(write: Callable[[int, random.Random, Callable[[], None]], None], read: Callable[[], None]) -> None:
    """Writers write and pause within their transactions while a reader reads; then it reads once more."""
    done = threading.Event()

    def nap(pause: threading.Event, chance: random.Random) -> None:
        pause.wait(chance.uniform(0, JITTER_SECONDS_MAX))

    def run_writer(number: int) -> None:
        chance = random.Random(number)
        pause = threading.Event()
        for _ in range(TRANSACTIONS):
            write(number, chance, lambda: nap(pause, chance))

    def run_reader() -> None:
        while not done.is_set():
            read()

    writers = [threading.Thread(target=run_writer, args=(number,)) for number in range(WRITERS)]
    reader = threading.Thread(target=run_reader)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    read()


def test_a_cursor_over_one_identity_column_skips_rows(settings: Settings) -> None:
    """What we do not do, and why: this test says that the race is real on this machine."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE naive (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, scope INT)")
    local = threading.local()
    cursor, seen = 0, 0

    def connected() -> psycopg.Connection[Any]:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(settings.database_url)
        found: psycopg.Connection[Any] = local.connection
        return found

    def write(_number: int, chance: random.Random, pause: Callable[[], None]) -> None:
        with connected().transaction():
            scopes = [chance.randrange(SCOPES) for _ in range(NAIVE_ROWS_PER_TRANSACTION)]
            connected().execute("INSERT INTO naive (scope) SELECT unnest(CAST(%s AS INT[]))", (scopes,))
            pause()

    def read() -> None:
        nonlocal cursor, seen
        with connected().transaction():
            rows = connected().execute("SELECT id FROM naive WHERE id > %s ORDER BY id", (cursor,)).fetchall()
        if rows:
            seen += len(rows)
            cursor = rows[-1][0]

    race(write, read)
    written = WRITERS * TRANSACTIONS * NAIVE_ROWS_PER_TRANSACTION
    assert written - seen > 1_000, f"skipped for good: {written - seen} of {written}"


def test_a_cursor_over_a_scopes_positions_skips_nothing(settings: Settings) -> None:
    """Each writer is a database of its own, as it would be a process of its own."""
    scopes = [f"p:{new_id()}" for _ in range(SCOPES)]
    databases = [Database(settings) for _ in range(WRITERS)]
    reading = databases[0].open_raw(read_only=True)
    cursors = dict.fromkeys(scopes, 0)
    seen: dict[str, list[int]] = {scope: [] for scope in scopes}

    def write(number: int, chance: random.Random, pause: Callable[[], None]) -> None:
        database = databases[number]
        connection = database.open_raw(read_only=False)
        chosen = [chance.choice(scopes) for _ in range(ROWS_PER_TRANSACTION)]
        connection.execute("BEGIN IMMEDIATE")
        database.lock_for_pushes(connection, (f"scope {scope}" for scope in chosen))
        for scope in chosen:
            insert_row(connection.execute, scope, "inbox_item", new_id(), None, now_ms=1)
        pause()
        connection.execute("COMMIT")
        connection.close()
        if chance.random() < 0.2:
            with database.transaction() as session:
                for scope in chance.sample(scopes, SCOPES):
                    event_log.append_row(session, scope, "inbox_item", new_id(), None, now_ms=1)

    def read() -> None:
        for scope in scopes:
            rows = reading.execute(
                "SELECT position FROM log_entry WHERE scope = ? AND position > ? ORDER BY position",
                (scope, cursors[scope]),
            ).fetchall()
            seen[scope] += [row[0] for row in rows]
            if rows:
                cursors[scope] = rows[-1][0]

    race(write, read)
    with databases[0].reading() as session:
        rows = run_in(session)("SELECT scope, position FROM log_entry ORDER BY position", ()).fetchall()
    reading.close()
    for database in databases:
        database.close()
    assert sum(len(positions) for positions in seen.values()) == len(rows)
    assert len(rows) >= WRITERS * TRANSACTIONS * ROWS_PER_TRANSACTION
    for scope in scopes:
        assert seen[scope] == list(range(1, len(seen[scope]) + 1)), "gap-free and in order"
