"""The database: engines, transactions and the schema's conventions. Owns the only COMMIT of the ordinary path.

One request or job is one `with database.transaction() as session:` in one thread; it begins with BEGIN IMMEDIATE,
commits once at the end and rolls back on any error. Writers of this process queue at one lock instead of polling
SQLite, so they wait in turn. Reading never waits: `with database.reading() as session:` sees one snapshot and cannot
write. All that was committed is on the disk (WAL, synchronous=FULL).
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from xuetan.kernel.errors import BusyError
from xuetan.kernel.events import SESSION_KEY, EventHandlers
from xuetan.kernel.tables import Table
from xuetan.settings import Settings

BUSY_TIMEOUT_MS = 10_000
WRITE_TURN_SECONDS_MAX = 30.0
READERS_MAX = 16
_AFTER_COMMIT = "xuetan_after_commit"


class WriteTurn:
    """The right to write. One holder at a time, in the order of asking: whoever lets go hands it to the next, so a thread
    that writes again and again cannot keep others waiting. A second turn in the same thread is a programming error.
    """

    def __init__(self, seconds_max: float = WRITE_TURN_SECONDS_MAX) -> None:
        self._seconds_max = seconds_max
        self._state = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False
        self._holder: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a transaction is already open in this thread: pass its session on instead")
        self._take()
        self._holder = me
        try:
            yield
        finally:
            self._holder = None
            self._hand_on()

    def _take(self) -> None:
        with self._state:
            if not self._is_taken:
                self._is_taken = True
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=self._seconds_max):
            return
        with self._state:
            if called in self._waiting:
                self._waiting.remove(called)
                raise BusyError
        # It was handed on between the end of the wait and here.

    def _hand_on(self) -> None:
        with self._state:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class Database:
    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.effective_database_url)
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            raise ValueError("XUETAN_DATABASE_URL must name a SQLite file")
        self.url = url
        self.path = Path(url.database)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.handlers = EventHandlers()
        self.write_turn = WriteTurn()
        self.engine = self._make_engine(read_only=False)
        self._reading_engine = self._make_engine(read_only=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that may write; committed durably when the block ends, rolled back when it raises."""
        with self.write_turn.taken(), Session(self.engine, expire_on_commit=False) as session:
            session.info[SESSION_KEY] = self.handlers
            callbacks: list[Callable[[], None]] = []
            session.info[_AFTER_COMMIT] = callbacks
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise
        for callback in callbacks:
            callback()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one snapshot; a write in it fails."""
        with Session(self._reading_engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def open_raw(self, *, read_only: bool) -> sqlite3.Connection:
        """A bare connection in autocommit mode for the measured path. Whoever writes through it holds `write_turn`."""
        connection = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
        _prepare_connection(connection, read_only=read_only)
        return connection

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        with self.write_turn.taken():
            command.upgrade(self.alembic_config(), "head")

    def create_all(self) -> None:
        """Make the schema at once from the tables that were imported, and mark it as newest. For tests."""
        with self.write_turn.taken():
            Table.metadata.create_all(self.engine)
            command.stamp(self.alembic_config(), "head")

    def alembic_config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", "xuetan:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["engine"] = self.engine
        return config

    def close(self) -> None:
        self.engine.dispose()
        self._reading_engine.dispose()

    def _make_engine(self, *, read_only: bool) -> Engine:
        engine = create_engine(
            self.url,
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


def call_after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Run `callback` once this session's transaction is durable: for hints that may be lost, like waking a thread."""
    session.info[_AFTER_COMMIT].append(callback)


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
