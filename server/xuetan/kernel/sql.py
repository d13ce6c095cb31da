"""SQL written by hand, once, for SQLite and PostgreSQL alike. Owns the seam between a statement and its database.

A statement is run by a `Run`: of a session (`run_in`) or of a raw connection (`RawConnection.execute`). What to keep to:

- Parameters are `?`, in order; no `?` and no `%` inside a literal. None, bool, int, float, str and bytes go in and come out.
- After `ON CONFLICT … DO UPDATE SET`, name the table of what is there already: `head = log_scope.head + 1`.
- Booleans are TRUE and FALSE. Counts that may pass two thousand million are BigInteger columns.
- A sum of BigInteger columns is `CAST(SUM(n) AS BIGINT)`; every selected column is grouped by or aggregated.
- Text is compared for equality; what is put in order by it is for the eye alone (collations differ), NULLs have no order
  that can be relied on, and LIKE ignores case on one side only.
- One question about many things is `IN (*)` or `(VALUES *)`, run by `read_each` or `read_pairs`; what is written many
  times, `RawConnection.executemany`.
- No rowid, PRAGMA, INSERT OR …, JSON functions. `ON CONFLICT (…)` and `RETURNING` are on both.
- After a statement failed, only `ROLLBACK` or `ROLLBACK TO` may follow: an error that is caught needs a SAVEPOINT
  around it (`session.begin_nested()`).
- Who reads and then writes what follows from it is safe in `Database.transaction`, which has one holder at a time on
  both. Pushes run beside it on PostgreSQL, each under the locks that `Database.lock_for_pushes` took. What both write
  (positions and entries of scopes, streams, the quarantine) is written in a session only after `enter_log(run)`, which
  `take_position` and `write_push` call; call it yourself before anything else that pushes also write.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, product
from typing import Any, Protocol, TypeVar

from sqlmodel import Session

POSTGRESQL = "postgresql"
_ENTERED = "xuetan_entered_log"
# Held shared by transactions that write pushes and alone by one that appends by a session, so that these two, which take
# rows of scopes in different orders, never wait for each other. One number for every installation: locks are per database.
LOG_GATE = 0x78756574616E0001
WRITE_TURN = 0x78756574616E0002
# Things in one question.
MANY_MAX = 64
Thing = TypeVar("Thing")


class Rows(Protocol):
    def fetchone(self) -> Any: ...

    def fetchall(self) -> Sequence[Any]: ...


class Run(Protocol):
    """Runs one statement with positional parameters."""

    def __call__(self, sql: str, parameters: tuple[Any, ...], /) -> Rows: ...


class RawConnection(Protocol):
    """A bare connection in autocommit mode: each statement for itself, unless `BEGIN IMMEDIATE` began a transaction
    that `COMMIT` or `ROLLBACK` ends. One thread at a time."""

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Rows: ...

    def executemany(self, sql: str, rows: Sequence[tuple[Any, ...]], /) -> object:
        """The statement once for each row, inside a transaction."""

    def close(self) -> None: ...


class KnownRows:
    """Rows that were read before they were asked for."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> Sequence[Any]:
        return self._rows


class SessionRun:
    """Runs SQL in the transaction of a session."""

    __slots__ = ("_is_postgresql", "_run", "_session")

    def __init__(self, session: Session) -> None:
        connection = session.connection()
        self._session = session
        self._run = connection.exec_driver_sql
        self._is_postgresql = connection.dialect.name == POSTGRESQL

    def __call__(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Rows:
        return self._run(numbered(sql) if self._is_postgresql else sql, parameters)

    def enter_log(self) -> None:
        """Wait until no push is being written elsewhere, and keep others from beginning until this transaction ends."""
        if not self._is_postgresql:
            return
        # A savepoint that is rolled back gives up the locks that were taken in it.
        innermost = self._session.get_nested_transaction() or self._session.get_transaction()
        if self._session.info.get(_ENTERED) is not innermost:
            self._run(f"SELECT pg_advisory_xact_lock({LOG_GATE})")
            self._session.info[_ENTERED] = innermost


def run_in(session: Session) -> SessionRun:
    """SQL in the transaction of this session."""
    return SessionRun(session)


def enter_log(run: Run) -> None:
    """To be called before a transaction writes what pushes write too. Costs nothing where it was called before."""
    if isinstance(run, SessionRun):
        run.enter_log()


def read_each(run: Run, sql: str, *lists: Iterable[str]) -> Iterator[Any]:
    """The rows of a statement whose `IN (*)` stand for these lists of different texts, in order. In no order of rows where a
    list is longer than MANY_MAX."""
    for parts in product(*(_parts(list(one)) for one in lists)):
        padded = [part + part[-1:] * (_size(len(part)) - len(part)) for part in parts]
        yield from run(_with_lists(sql, tuple(map(len, padded))), tuple(chain(*padded))).fetchall()


def read_pairs(run: Run, sql: str, pairs: Iterable[tuple[str, int]]) -> Iterator[Any]:
    """The rows of a statement whose `(VALUES *)` stands for pairs of a text that is not empty and a number."""
    for part in _parts(list(pairs)):
        padded = part + [("", 0)] * (_size(len(part)) - len(part))
        yield from run(_with_pairs(sql, len(padded)), tuple(chain(*padded))).fetchall()


def _parts(things: list[Thing]) -> list[list[Thing]]:
    return [things[start : start + MANY_MAX] for start in range(0, len(things), MANY_MAX)]


def _size(count: int) -> int:
    """Statements come in a few lengths, so that a database knows them again."""
    return 1 << (count - 1).bit_length()


@cache
def _with_lists(sql: str, sizes: tuple[int, ...]) -> str:
    for size in sizes:
        sql = sql.replace("IN (*)", f"IN ({', '.join('?' * size)})", 1)
    return sql


@cache
def _with_pairs(sql: str, size: int) -> str:
    rows = ", ".join(["(CAST(? AS TEXT), CAST(? AS BIGINT))"] + ["(?, ?)"] * (size - 1))
    return sql.replace("VALUES *", f"VALUES {rows}")


_numbered: dict[str, str] = {}


def numbered(sql: str) -> str:
    """The statement with psycopg's placeholders. The set of statements is that of the source, so it is remembered."""
    known = _numbered.get(sql)
    if known is None:
        known = _numbered[sql] = sql.replace("%", "%%").replace("?", "%s")
    return known
