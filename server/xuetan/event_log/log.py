"""The running event log of one process: the thread that writes pushes, the thread that projects, the connections that
read.

Knows the epoch. Started and stopped by the application; everything it does is durable, so stopping it at any moment
loses nothing.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from anyio import to_thread
from sqlmodel import Session

from xuetan.contracts.limits import SEGMENT_INFLATED_BYTES_MAX
from xuetan.event_log.ahead import write_ahead
from xuetan.event_log.entries import run_in
from xuetan.event_log.history import found_epoch, write_epoch
from xuetan.event_log.history_mark import HistoryMark
from xuetan.event_log.ingest import Push, check_push
from xuetan.event_log.projectors import Handler, Projector, Projectors
from xuetan.event_log.pull import Outlook, Pulled, Wanted, look_out, pull
from xuetan.event_log.segments import claimed_bytes
from xuetan.event_log.writer import IngestWriter, Written
from xuetan.kernel.clock import Clock
from xuetan.kernel.database import Database
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.hints import UNKNOWN
from xuetan.kernel.sql import RawConnection

# A device that only asks is noted at most this often; the note costs a flush to the disk.
CONTACT_INTERVAL_MS = 60_000
# Pushes of more text are checked in a thread of their own, so that those of other phones are not kept waiting. Text, not
# bytes on the way: a kilobyte may hold a megabyte of it.
CHECKED_BY_WRITER_BYTES_MAX = 262_144
# A push of more is sent again in halves. One segment is always looked at.
PUSH_TEXT_BYTES_MAX = 4 * SEGMENT_INFLATED_BYTES_MAX
CONTACTS_REMEMBERED_MAX = 50_000
MARK_INTERVAL_MS = 60_000
AHEAD_INTERVAL_MS = 3_600_000
# Hints between processes.
GROWN, EPOCH = "grown", "epoch"
logger = logging.getLogger("xuetan.event_log")


class EventLog:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._projectors = Projectors(database, clock)
        self._writer = IngestWriter(database, self._on_written)
        self._mark = HistoryMark(database.backend.mark_path)
        self._marked_ms: int | None = None
        self._readers: SimpleQueue[RawConnection] = SimpleQueue()
        self._contacts: OrderedDict[tuple[str, str], tuple[str, int, int]] = OrderedDict()
        self._ahead: dict[tuple[str, str], int] = {}
        self._warned_ms: int | None = None
        self._epoch: str | None = None
        database.hints.subscribe(GROWN, self._hear_of_growth)
        database.hints.subscribe(EPOCH, lambda _text: self._forget_epoch())

    def start(self, *, project: bool = True) -> None:
        """Begin to take pushes; and to project, unless another process does. HistoryPutBackError when the database is an
        older copy of itself."""
        epoch = self._load_epoch()
        with self._reader() as connection:
            self._mark.check(connection.execute, epoch)
        self._write_mark()
        self._database.hints.start()
        self._writer.start()
        if project:
            self._projectors.start()

    def stop(self) -> None:
        self._writer.stop()
        self._projectors.stop()
        if self._marked_ms is not None:
            self._try_to_mark()
        while True:
            try:
                self._readers.get_nowait().close()
            except Empty:
                return

    @property
    def epoch(self) -> str:
        known = self._epoch
        return known if known is not None else self._load_epoch()

    def begin_new_epoch(self) -> str:
        """Another history, after a restore from a backup."""
        with self._database.transaction() as session:
            epoch = self._epoch = write_epoch(run_in(session), self._clock.now_ms())
        self._write_mark()
        self._database.hints.send(EPOCH)
        # Who asked for it tells it in words.
        logger.info("a new epoch begins: %s; every phone will send again what it still has", epoch)
        return epoch

    async def ingest(self, push: Push, wanted: Wanted) -> Written:
        """Have a push written, and what is new read behind it if that is little."""
        text_bytes = sum(claimed_bytes(segment.body) for segment in push.segments)
        if text_bytes > PUSH_TEXT_BYTES_MAX and len(push.segments) > 1:
            raise RequestTooLargeError
        self._remember(push)
        checked = None
        if text_bytes > CHECKED_BY_WRITER_BYTES_MAX:
            checked = await to_thread.run_sync(check_push, push)
        return await self._writer.write(push, wanted, checked)

    def note_contact(self, push: Push) -> None:
        """Note that a device spoke without pushing, unless that was noted a moment ago. Not waited for."""
        known = self._contacts.get((push.person_id, push.device_id))
        if known is None or known[:2] != (push.stream, push.head) or push.received_ms - known[2] >= CONTACT_INTERVAL_MS:
            self._remember(push)
            self._writer.note(push)

    def note_ahead(self, person_id: str, device_id: str) -> None:
        """A phone of this history has read further than it goes. Kept for the operator and told in the log, each now and then."""
        now_ms = self._clock.now_ms()
        if now_ms - self._ahead.get((person_id, device_id), -AHEAD_INTERVAL_MS) < AHEAD_INTERVAL_MS:
            return
        if len(self._ahead) >= CONTACTS_REMEMBERED_MAX:
            self._ahead.clear()
        self._ahead[person_id, device_id] = now_ms
        with self._database.transaction() as session:
            write_ahead(session, person_id, device_id, now_ms)
        if self._warned_ms is None or now_ms - self._warned_ms >= AHEAD_INTERVAL_MS:
            self._warned_ms = now_ms
            logger.warning(
                "phones have read further than this database goes: was it put back from a copy? Then end the server and"
                " run `xuetan new-epoch`, so that phones send again what it lost"
            )

    def look_out(self, wanted: Wanted) -> Outlook:
        with self._reader() as connection:
            return look_out(connection.execute, wanted)

    def pull(self, wanted: Wanted, outlook: Outlook) -> Pulled:
        with self._reader() as connection:
            return pull(connection.execute, wanted, outlook)

    def register_projector(
        self,
        name: str,
        handle: Handler,
        *,
        forget: Callable[[Session], None],
        scope_letter: str = "u",
        kinds: Iterable[str] | None = None,
    ) -> None:
        """Have `handle(session, records)` see every event of these kinds (all, if none are named) in scopes of this
        letter.

        `forget(session)` deletes all that the projector made; a rebuild starts with it."""
        chosen = frozenset(kinds) if kinds is not None else None
        self._projectors.register(Projector(name, scope_letter, chosen, handle, forget))

    def wake(self) -> None:
        self._tell_of_growth(UNKNOWN)

    def project_now(self) -> None:
        self._projectors.project_now()

    def rebuild(self, name: str) -> None:
        self._projectors.rebuild(name)

    def _on_written(self, scopes: set[str]) -> None:
        self._tell_of_growth(" ".join(scopes))
        if self._marked_ms is None or self._clock.now_ms() - self._marked_ms >= MARK_INTERVAL_MS:
            self._try_to_mark()

    def _tell_of_growth(self, scopes: str) -> None:
        """Wake the process that projects; most often it is this one."""
        if self._database.allows_many_processes and not self._projectors.is_ours:
            self._database.hints.send(GROWN, scopes)
        else:
            self._hear_of_growth(scopes)

    def _hear_of_growth(self, scopes: str) -> None:
        self._projectors.wake(scopes.split() or None)

    def _forget_epoch(self) -> None:
        """Another process may have begun another history."""
        if self._database.allows_many_processes:
            self._epoch = None
            self._load_epoch()

    def _try_to_mark(self) -> None:
        """An old mark notices less; a push must not fail for it."""
        try:
            self._write_mark()
        except Exception:
            logger.exception("the mark of this history was not written")

    def _write_mark(self) -> None:
        self._marked_ms = self._clock.now_ms()
        with self._reader() as connection:
            self._mark.write(connection.execute, self.epoch)

    def _load_epoch(self) -> str:
        with self._database.transaction() as session:
            epoch = self._epoch = found_epoch(run_in(session), self._clock.now_ms())
        return epoch

    def _remember(self, push: Push) -> None:
        key = (push.person_id, push.device_id)
        self._contacts[key] = (push.stream, push.head, push.received_ms)
        self._contacts.move_to_end(key)
        if len(self._contacts) > CONTACTS_REMEMBERED_MAX:
            self._contacts.popitem(last=False)

    @contextmanager
    def _reader(self) -> Iterator[RawConnection]:
        try:
            connection = self._readers.get_nowait()
        except Empty:
            connection = self._database.open_raw(read_only=True)
        try:
            yield connection
        finally:
            self._readers.put(connection)


__all__ = ["EventLog", "Outlook", "Pulled", "Push", "Wanted", "Written"]
