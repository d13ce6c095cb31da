"""The database on a PostgreSQL server: any number of processes on it, with the same order of writing as in one.

Owns how connections are made and what they lock. Ordinary transactions have one holder at a time in the whole
installation, as on SQLite (an advisory lock, released by the server with the transaction); pushes run beside them and
beside each other, under the locks of `lock_for_pushes`. All that was committed is on the disk (synchronous_commit=on,
whatever the server's default is). A connection that the server closed is made anew; what was open on it is answered as
busy and comes again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.adapt import Buffer
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrDumper
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from xuetan.kernel.duties import Duty, SessionDuty
from xuetan.kernel.hints import HintBus, PostgresHints
from xuetan.kernel.sql import LOG_GATE, WRITE_TURN, RawConnection, Rows, numbered

LOCK_SECONDS_MAX = 30.0
IDLE_IN_TRANSACTION_SECONDS_MAX = 120
READERS_MAX = 16
_OPTIONS = {
    "synchronous_commit": "on",
    "timezone": "UTC",
    # A machine that vanished holds nothing for long.
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS_MAX}s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_CONNECT: dict[str, str | int] = {"connect_timeout": 10, "application_name": "xuetan", "client_encoding": "utf8"}
_BEGIN = "BEGIN IMMEDIATE"
_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE)


class _TextDumper(StrDumper):
    """PostgreSQL's text holds no NUL; what people wrote is not refused for one. The log keeps the bytes as they came."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class PostgresBackend:
    allows_many_processes = True

    def __init__(self, url: URL, data_dir: Path) -> None:
        if not url.database:
            raise ValueError("XUETAN_DATABASE_URL must name a SQLite file or a PostgreSQL database")
        self._url = url.set(drivername="postgresql+psycopg")
        self._data_dir = data_dir

    @property
    def shown_as(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @property
    def mark_path(self) -> Path:
        return self._data_dir / "postgresql.mark"

    def make_engine(self, *, read_only: bool) -> Engine:
        engine = create_engine(
            self._url,
            poolclass=QueuePool,
            pool_size=READERS_MAX if read_only else 2,
            max_overflow=READERS_MAX,
            pool_pre_ping=True,
            connect_args={**_CONNECT, "options": _options()},
            # Readers see one moment. Writers have waited for their turn, and see all that was committed before it.
            isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
            hide_parameters=True,
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: "psycopg.Connection[Any]", _record: Any) -> None:
            connection.adapters.register_dumper(str, _TextDumper)
            connection.read_only = read_only

        if not read_only:

            @event.listens_for(engine, "begin")
            def begin(connection: Any) -> None:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_TURN})")

        @event.listens_for(engine, "handle_error")
        def hide(context: ExceptionContext) -> None:
            _without_detail(context.original_exception)
            if context.sqlalchemy_exception is not None:
                context.sqlalchemy_exception.args = (f"{context.original_exception!r}",)

        return engine

    def open_raw(self, *, read_only: bool) -> RawConnection:
        return PostgresConnection(self._connection_string(), read_only=read_only)

    def make_duty(self, name: str) -> Duty:
        return SessionDuty(lambda: self.open_raw(read_only=False), lock_key(f"duty {name}"))

    def make_hints(self) -> HintBus:
        return PostgresHints(lambda: psycopg.connect(self._connection_string(), autocommit=True))

    def lock_for_pushes(self, connection: RawConnection, names: Iterable[str]) -> None:
        """The gate first, then every name, in one order everywhere: two who take them so never wait for each other."""
        connection.execute(f"SELECT pg_advisory_xact_lock_shared({LOG_GATE})")
        keys = sorted({lock_key(name) for name in names})
        connection.execute(
            "SELECT pg_advisory_xact_lock(one.key) FROM unnest(CAST(? AS BIGINT[])) WITH ORDINALITY AS one (key, place)",
            (keys,),
        )

    def _connection_string(self) -> str:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.conninfo.make_conninfo(plain, options=_options(), **_CONNECT)


class PostgresConnection:
    """A `RawConnection`. Made anew at the next statement outside a transaction when the server has closed it."""

    def __init__(self, connection_string: str, *, read_only: bool) -> None:
        self._connection_string = connection_string
        self._read_only = read_only
        self._connection = self._connect()

    @property
    def in_transaction(self) -> bool:
        return self._connection.info.transaction_status in _OPEN

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Rows:
        if sql == "COMMIT" and self._connection.info.transaction_status == TransactionStatus.INERROR:
            # The server would answer it with a rollback, and no error.
            raise psycopg.errors.InFailedSqlTransaction("a transaction in which a statement failed cannot be committed")
        try:
            return self._run(sql, parameters)
        except psycopg.OperationalError as error:
            _without_detail(error)
            if not self._connection.closed or not (self._read_only or sql == _BEGIN):
                raise
        except psycopg.Error as error:
            _without_detail(error)
            raise
        self._connection = self._connect()
        return self._run(sql, parameters)

    def executemany(self, sql: str, rows: Sequence[tuple[Any, ...]], /) -> None:
        """All rows on their way at once, none waiting for another's answer."""
        try:
            self._connection.cursor().executemany(numbered(sql), rows)
        except psycopg.Error as error:
            _without_detail(error)
            raise

    def close(self) -> None:
        self._connection.close()

    def _run(self, sql: str, parameters: tuple[Any, ...]) -> Rows:
        return self._connection.execute("BEGIN" if sql == _BEGIN else numbered(sql), parameters or None)

    def _connect(self) -> "psycopg.Connection[Any]":
        connection = psycopg.connect(self._connection_string, autocommit=True)
        connection.adapters.register_dumper(str, _TextDumper)
        # One type for every whole number: a statement is prepared for the types of its parameters.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        if self._read_only:
            connection.execute("SET default_transaction_read_only = on")
        return connection


def lock_key(name: str) -> int:
    """The number of an advisory lock that stands for this name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def _options() -> str:
    options = {"lock_timeout": f"{LOCK_SECONDS_MAX * 1000:.0f}ms", **_OPTIONS}
    return " ".join(f"-c {name}={value}" for name, value in options.items())


def _without_detail(error: BaseException) -> None:
    """Drop what the server quotes of the rows that it speaks of."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        error.args = (error.diag.message_primary,)
