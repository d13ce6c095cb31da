"""The database: engines, transactions and the schema's conventions. Owns the only COMMIT of the ordinary path.

One request or job is one `with database.transaction() as session:` in one thread; it has one holder at a time in the
whole installation, commits once at the end and rolls back on any error. Writers of this process queue at one lock, so
they wait in turn. Reading never waits: `with database.reading() as session:` sees one snapshot and cannot write. All
that was committed is on the disk. What SQLite and PostgreSQL do differently is in `kernel.sqlite` and
`kernel.postgres`; how to write SQL for both, in `kernel.sql`.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlmodel import Session

from xuetan.kernel.duties import Duty
from xuetan.kernel.errors import BusyError
from xuetan.kernel.events import SESSION_KEY, EventHandlers
from xuetan.kernel.hints import HintBus
from xuetan.kernel.postgres import PostgresBackend
from xuetan.kernel.sql import RawConnection
from xuetan.kernel.sqlite import SqliteBackend
from xuetan.kernel.tables import Table
from xuetan.settings import Settings

WRITE_TURN_SECONDS_MAX = 30.0
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


class Backend(Protocol):
    """What SQLite and PostgreSQL do each in their way."""

    @property
    def allows_many_processes(self) -> bool: ...

    @property
    def shown_as(self) -> str:
        """Where it is, for people; without a password."""

    @property
    def mark_path(self) -> Path:
        """Where the mark of this database's history lies."""

    def make_engine(self, *, read_only: bool) -> Engine: ...

    def open_raw(self, *, read_only: bool) -> RawConnection: ...

    def make_duty(self, name: str) -> Duty: ...

    def make_hints(self) -> HintBus: ...

    def lock_for_pushes(self, connection: RawConnection, names: Iterable[str]) -> None: ...


def make_backend(settings: Settings) -> Backend:
    """The back end that the settings name. ValueError when it is neither a SQLite file nor a PostgreSQL database."""
    url = make_url(settings.effective_database_url)
    match url.get_backend_name():
        case "sqlite":
            return SqliteBackend(url)
        case "postgresql":
            return PostgresBackend(url, settings.data_dir)
    raise ValueError("XUETAN_DATABASE_URL must name a SQLite file or a PostgreSQL database")


class Database:
    def __init__(self, settings: Settings) -> None:
        self.backend = make_backend(settings)
        self.handlers = EventHandlers()
        self.write_turn = WriteTurn()
        self.engine = self.backend.make_engine(read_only=False)
        self._reading_engine = self.backend.make_engine(read_only=True)
        self.hints = self.backend.make_hints()

    @property
    def allows_many_processes(self) -> bool:
        """Several processes may serve from this database, and pushes are written beside ordinary transactions."""
        return self.backend.allows_many_processes

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """For writing, and for reading."""
        return self.engine, self._reading_engine

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        assert isinstance(self.backend, SqliteBackend), "only SQLite has a file"
        return self.backend.path

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

    def open_raw(self, *, read_only: bool) -> RawConnection:
        """A bare connection in autocommit mode for the measured path. Whoever writes through it holds `push_turn()`."""
        return self.backend.open_raw(read_only=read_only)

    def push_turn(self) -> AbstractContextManager[None]:
        """The right to write through a raw connection: the write turn, where the database has but one writer."""
        return nullcontext() if self.allows_many_processes else self.write_turn.taken()

    def lock_for_pushes(self, connection: RawConnection, names: Iterable[str]) -> None:
        """Right after BEGIN IMMEDIATE: have everything that these names stand for alone until the transaction ends. Two
        transactions that name all that they will write never wait for each other in a circle."""
        self.backend.lock_for_pushes(connection, names)

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        with self.write_turn.taken():
            command.upgrade(self.alembic_config(), "head")

    def newest_revision(self) -> str | None:
        """The revision that this release's `migrate` leads to."""
        return ScriptDirectory.from_config(self.alembic_config()).get_current_head()

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

    def make_duty(self, name: str) -> Duty:
        """What one process on this database does at a time."""
        return self.backend.make_duty(name)

    def close(self) -> None:
        self.hints.close()
        self.engine.dispose()
        self._reading_engine.dispose()


def call_after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Run `callback` once this session's transaction is durable: for hints that may be lost, like waking a thread."""
    session.info[_AFTER_COMMIT].append(callback)
