"""The database as a SQLite file: one process, one writer at a time, readers that never wait. All that was committed is
on the disk (WAL, synchronous=FULL)."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from xuetan.kernel.duties import Duty, FileDuty
from xuetan.kernel.hints import HintBus, LocalHints
from xuetan.kernel.sql import RawConnection

BUSY_TIMEOUT_MS = 10_000
READERS_MAX = 16


class SqliteBackend:
    allows_many_processes = False

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise ValueError("XUETAN_DATABASE_URL must name a SQLite file or a PostgreSQL database")
        self.path = Path(url.database)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._url = url

    @property
    def shown_as(self) -> str:
        return str(self.path)

    @property
    def mark_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.mark")

    def make_engine(self, *, read_only: bool) -> Engine:
        engine = create_engine(
            self._url,
            poolclass=QueuePool,
            pool_size=READERS_MAX if read_only else 2,
            max_overflow=READERS_MAX,
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
            # What people wrote, and hashes of their secrets, do not belong in a log line about a statement that failed.
            hide_parameters=True,
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: Any) -> None:
            connection.isolation_level = None
            _prepare_connection(connection, read_only=read_only)

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

        return engine

    def open_raw(self, *, read_only: bool) -> RawConnection:
        connection = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
        _prepare_connection(connection, read_only=read_only)
        return connection

    def make_duty(self, name: str) -> Duty:
        return FileDuty(self.path.with_name(f"{name}.lock"))

    def make_hints(self) -> HintBus:
        return LocalHints()

    def lock_for_pushes(self, connection: RawConnection, names: Iterable[str]) -> None:
        """Nothing: BEGIN IMMEDIATE has the whole file."""


def _prepare_connection(connection: sqlite3.Connection, *, read_only: bool) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-16384")
    if read_only:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()
