"""Projections: what other domains make of events, kept up to date beside the log.

Owns the cursors: one per projector and scope, committed together with what the projector did, so that a kill in
between loses and doubles nothing. The log is read before the write transaction begins; the cursors are read again
inside it. A handler that raises is given its events one by one; the one it cannot take is noted and left in the log,
the others go on. Handlers are idempotent. Of several processes one projects at a time; the cursors keep it right where
two believe that it is theirs, and a hint that was lost is made up for by looking everywhere now and then.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlmodel import Session

from xuetan.event_log.entries import Run, run_in
from xuetan.event_log.records import EVENT_COLUMNS, EventRecord, records_of
from xuetan.kernel.clock import Clock
from xuetan.kernel.database import Database
from xuetan.kernel.duties import Alone, Duty
from xuetan.kernel.errors import BusyError, is_busy_database

SCOPES_PER_BATCH = 64
ENTRIES_PER_BATCH = 64
# A batch is one transaction, and phones wait for it to end.
EVENTS_PER_BATCH = 100
RETRY_SECONDS = 1.0
# Where other processes write: how often one that does not project asks whether it should, and how often the one that
# does looks for what it was not told of.
TAKE_OVER_SECONDS = 1.0
LOOK_EVERYWHERE_SECONDS = 5.0
logger = logging.getLogger("xuetan.event_log")

Handler = Callable[[Session, Sequence[EventRecord]], None]


class Projector(NamedTuple):
    """`handle` gets new events of scopes of one letter, in order within a scope; `forget` drops all it ever made."""

    name: str
    scope_letter: str
    kinds: frozenset[str] | None
    handle: Handler
    forget: Callable[[Session], None]


class _Batch(NamedTuple):
    """The entries of one scope in (start, end], as events."""

    scope: str
    start: int
    end: int
    records: list[EventRecord]


class Projectors:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._projectors: dict[str, Projector] = {}
        self._changed = threading.Condition()
        self._grown: set[str] = set()
        self._look_everywhere = True
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._duty: Duty = database.make_duty("projectors") if database.allows_many_processes else Alone()
        self._is_ours = False

    @property
    def is_ours(self) -> bool:
        """This process is the one that projects, as far as it knows."""
        return self._is_ours

    def register(self, projector: Projector) -> None:
        if projector.name in self._projectors:
            raise ValueError(f"a projector named {projector.name} is registered already")
        self._projectors[projector.name] = projector

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="projectors", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._is_ours = False
        self._duty.leave()

    def wake(self, scopes: Iterable[str] | None = None) -> None:
        """Hint that these scopes have grown, or that any may have."""
        with self._changed:
            if scopes is None:
                self._look_everywhere = True
            else:
                self._grown.update(scopes)
            self._changed.notify_all()

    def project_now(self) -> None:
        """Bring every projection up to date in the caller's thread."""
        for projector in self._projectors.values():
            self._catch_up(projector, None)

    def rebuild(self, name: str) -> None:
        """Forget all that a projector made, and make it again from the log."""
        projector = self._projectors[name]
        with self._database.transaction() as session:
            run = run_in(session)
            run("DELETE FROM log_projector_cursor WHERE projector = ?", (name,))
            run("DELETE FROM log_projection_failure WHERE projector = ?", (name,))
            projector.forget(session)
        self._catch_up(projector, None)

    def _run(self) -> None:
        while True:
            if not self._take_duty():
                return
            with self._changed:
                woken = self._changed.wait_for(
                    lambda: self._stopping or self._look_everywhere or bool(self._grown), timeout=self._patience
                )
                if self._stopping:
                    return
                self._look_everywhere |= not woken
                scopes = None if self._look_everywhere else self._grown
                self._look_everywhere, self._grown = False, set()
            try:
                for projector in self._projectors.values():
                    self._catch_up(projector, scopes)
            except Exception as error:
                if not _is_busy(error):
                    logger.exception("projecting failed and will be tried again")
                with self._changed:
                    self._look_everywhere = True
                    self._changed.wait_for(lambda: self._stopping, timeout=RETRY_SECONDS)

    @property
    def _patience(self) -> float | None:
        return LOOK_EVERYWHERE_SECONDS if self._database.allows_many_processes else None

    def _take_duty(self) -> bool:
        """Return when this process is the one to project; False when it stops before."""
        while not self._stopping:
            if self._duty.take():
                if not self._is_ours:
                    self._is_ours = self._look_everywhere = True
                return True
            self._is_ours = False
            with self._changed:
                self._grown.clear()
                self._changed.wait_for(lambda: self._stopping, timeout=TAKE_OVER_SECONDS)
        return False

    def _catch_up(self, projector: Projector, scopes: set[str] | None) -> None:
        while not self._stopping:
            with self._database.reading() as session:
                batches = _read_batches(run_in(session), projector, scopes)
            if not batches:
                return
            self._apply_or_divide(projector, batches)

    def _apply_or_divide(self, projector: Projector, batches: list[_Batch]) -> None:
        """All at once; when that fails, scope by scope; when that fails, event by event."""
        try:
            self._apply(projector, batches)
        except Exception as error:
            if _is_busy(error):
                raise
            if len(batches) > 1:
                for batch in batches:
                    self._apply_or_divide(projector, [batch])
            else:
                self._apply_singly(projector, batches[0])

    def _apply(self, projector: Projector, batches: list[_Batch]) -> None:
        with self._database.transaction() as session:
            run = run_in(session)
            current = [batch for batch in batches if _cursor_of(run, projector.name, batch.scope) == batch.start]
            records = [record for batch in current for record in batch.records]
            if records:
                projector.handle(session, records)
            for batch in current:
                _move_cursor(run, projector.name, batch)

    def _apply_singly(self, projector: Projector, batch: _Batch) -> None:
        with self._database.transaction() as session:
            run = run_in(session)
            if _cursor_of(run, projector.name, batch.scope) != batch.start:
                return
            for record in batch.records:
                try:
                    with session.begin_nested():
                        projector.handle(session, [record])
                        session.flush()
                except Exception as error:
                    if _is_busy(error):
                        raise
                    logger.exception("projector %s could not take %s %d", projector.name, record.stream, record.seq)
                    _note_failure(run, projector.name, record, error, self._clock.now_ms())
            _move_cursor(run, projector.name, batch)


def begin_anew(run: Run, projector: str, scope: str) -> None:
    """Have a projector see a scope from its beginning again, after what it made of it was dropped. Its cursor is put below where any
    beginning was before, so that what was read of the scope before this transaction is not taken up behind it."""
    run(
        """UPDATE log_projector_cursor SET position = CASE WHEN position < 0 THEN position - 1 ELSE -1 END
           WHERE projector = ? AND scope = ?""",
        (projector, scope),
    )
    # One that had seen nothing of it may be reading now.
    run(
        """INSERT INTO log_projector_cursor (projector, scope, position) VALUES (?, ?, -1)
           ON CONFLICT (projector, scope) DO NOTHING""",
        (projector, scope),
    )
    run("DELETE FROM log_projection_failure WHERE projector = ? AND scope = ?", (projector, scope))


def _is_busy(error: Exception) -> bool:
    return isinstance(error, BusyError) or is_busy_database(error)


_PENDING = """
SELECT s.scope, COALESCE(c.position, 0) FROM log_scope s
LEFT JOIN log_projector_cursor c ON c.projector = ? AND c.scope = s.scope WHERE s.head > COALESCE(c.position, 0)
"""


def _read_batches(run: Run, projector: Projector, scopes: set[str] | None) -> list[_Batch]:
    """What a projector has not seen of scopes of its letter: of these scopes, or of all."""
    letter = projector.scope_letter
    if scopes is None:
        beginning = letter if letter == "pub" else letter + ":"
        sql = f"{_PENDING} AND SUBSTR(s.scope, 1, {len(beginning)}) = ? LIMIT {SCOPES_PER_BATCH}"
        pending = run(sql, (projector.name, beginning)).fetchall()
    else:
        ours = sorted(scope for scope in scopes if scope.partition(":")[0] == letter)
        pending = []
        for start in range(0, len(ours), SCOPES_PER_BATCH):
            some = ours[start : start + SCOPES_PER_BATCH]
            marks = ",".join("?" * len(some))
            pending = run(f"{_PENDING} AND s.scope IN ({marks})", (projector.name, *some)).fetchall()
            if pending:
                break
    batches: list[_Batch] = []
    room = EVENTS_PER_BATCH
    for scope, start in pending:
        if room <= 0:
            break
        batches.append(_read_batch(run, projector, scope, int(start), room))
        room -= len(batches[-1].records)
    return batches


def _read_batch(run: Run, projector: Projector, scope: str, start: int, room: int) -> _Batch:
    """The next entries of a scope: whole ones, until they hold as many events as there is room for."""
    rows = run(
        f"SELECT {EVENT_COLUMNS} FROM log_entry WHERE scope = ? AND position > ? ORDER BY position LIMIT ?",  # noqa: S608
        (scope, start, ENTRIES_PER_BATCH),
    ).fetchall()
    records: list[EventRecord] = []
    end = start
    for row in rows:
        end = int(row[0])
        if row[2] is not None:
            kinds = projector.kinds
            records.extend(one for one in records_of(scope, row) if kinds is None or one.kind in kinds)
        if len(records) >= room:
            break
    return _Batch(scope, start, end, records)


def _cursor_of(run: Run, projector: str, scope: str) -> int:
    row = run(
        "SELECT position FROM log_projector_cursor WHERE projector = ? AND scope = ?", (projector, scope)
    ).fetchone()
    return int(row[0]) if row else 0


def _move_cursor(run: Run, projector: str, batch: _Batch) -> None:
    run(
        """INSERT INTO log_projector_cursor (projector, scope, position) VALUES (?, ?, ?)
           ON CONFLICT (projector, scope) DO UPDATE SET position = excluded.position""",
        (projector, batch.scope, batch.end),
    )


def _note_failure(run: Run, projector: str, record: EventRecord, error: Exception, now_ms: int) -> None:
    run(
        """INSERT INTO log_projection_failure (projector, scope, position, seq, error, failed_ms)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
        (projector, record.scope, record.position, record.seq, f"{type(error).__name__}: {error}"[:500], now_ms),
    )
