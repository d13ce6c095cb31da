"""The one thread that writes what phones push: many requests, one transaction, one flush to the disk.

Plain pushes go together, in few statements (`batch`). Any other is a SAVEPOINT, so one that fails takes nothing of the
others with it. Nobody gets an answer before the
COMMIT that makes it true. A small pull is read here too, right behind the commit: this connection has the pages at hand
that another would have to read again. Where several processes write, a batch first takes the locks of all that it may
write; one that the server ended for another's sake is written again, a few times.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from xuetan.event_log.batch import Batch
from xuetan.event_log.ingest import CheckedSegment, Push, Pushed, check_push, locks_of, write_push
from xuetan.event_log.pull import Pulled, Wanted, pull_small
from xuetan.kernel.database import Database
from xuetan.kernel.errors import AppError, BusyError, is_busy_database
from xuetan.kernel.sql import RawConnection

BATCH_REQUESTS_MAX = 64
SMALL_PULL_ENTRIES = 8
# How often a batch is written that a server ended for no fault of its own.
ATTEMPTS = 3
logger = logging.getLogger("xuetan.event_log")


class Written(NamedTuple):
    """A push that is durable, and what there is to pull after it; None when that is much or could not be read here."""

    pushed: Pushed
    pulled: Pulled | None


Checked = Sequence[CheckedSegment] | Exception
Outcome = Written | Exception
Writing = asyncio.Future[Written]


class _Job(NamedTuple):
    push: Push
    wanted: Wanted | None
    checked: Sequence[CheckedSegment] | None
    answer: Writing | None


class IngestWriter:
    def __init__(self, database: Database, on_written: Callable[[set[str]], None]) -> None:
        self._database = database
        self._on_written = on_written
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, then end."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def write(self, push: Push, wanted: Wanted, checked: Sequence[CheckedSegment] | None) -> Writing:
        """Queue a push; the future is done when the push is durable, or failed and left nothing. A push that takes
        long to check comes checked; others are checked by this thread, which spares both threads much waiting for
        each other."""
        answer: Writing = asyncio.get_running_loop().create_future()
        self._queue.put(_Job(push, wanted, checked, answer))
        return answer

    def note(self, push: Push) -> None:
        """Queue a push without segments, for its contact alone. Nobody waits for it."""
        self._queue.put(_Job(push, None, (), None))

    def _run(self) -> None:
        connection = self._database.open_raw(read_only=False)
        try:
            while (job := self._queue.get()) is not None:
                jobs = [job]
                ending = self._gather(jobs)
                self._write_batch(connection, jobs)
                if ending:
                    return
        finally:
            connection.close()

    def _gather(self, jobs: list[_Job]) -> bool:
        """Add what waits already; True when the end was called meanwhile."""
        while len(jobs) < BATCH_REQUESTS_MAX:
            try:
                job = self._queue.get_nowait()
            except Empty:
                return False
            if job is None:
                return True
            jobs.append(job)
        return False

    def _write_batch(self, connection: RawConnection, jobs: Sequence[_Job]) -> None:
        scopes: set[str] = set()
        outcomes: list[Outcome]
        try:
            checked = [_check(job) for job in jobs]
            with self._database.push_turn():
                outcomes = self._commit_patiently(connection, jobs, checked)
            outcomes = _with_pulls(connection, jobs, outcomes)
        except Exception as error:
            if not isinstance(error, BusyError):
                logger.exception("a batch of %d pushes was not written", len(jobs))
            outcomes = [error] * len(jobs)
        for outcome in outcomes:
            if isinstance(outcome, Written):
                scopes |= outcome.pushed.scopes
        _answer(jobs, outcomes)
        if scopes:
            self._on_written(scopes)

    def _commit_patiently(
        self, connection: RawConnection, jobs: Sequence[_Job], checked: Sequence[Checked]
    ) -> list[Outcome]:
        """Pushes may be repeated: what was stored is known by its hash. SQLite has waited long enough by itself."""
        attempts = ATTEMPTS if self._database.allows_many_processes else 1
        for _ in range(attempts - 1):
            try:
                return self._commit_together(connection, jobs, checked)
            except BusyError as error:
                logger.warning("a batch of %d pushes is written again: %s", len(jobs), error.__cause__)
        return self._commit_together(connection, jobs, checked)

    def _commit_together(
        self, connection: RawConnection, jobs: Sequence[_Job], checked: Sequence[Checked]
    ) -> list[Outcome]:
        run = connection.execute
        try:
            if connection.in_transaction:
                # What an error left open that could not even be rolled back.
                run("ROLLBACK")
            run("BEGIN IMMEDIATE")
            self._database.lock_for_pushes(connection, (name for job in jobs for name in locks_of(job.push)))
            outcomes = _write_all(connection, jobs, checked)
            run("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                run("ROLLBACK")
            if is_busy_database(error):
                raise BusyError from error
            raise
        return outcomes


def _check(job: _Job) -> Checked:
    try:
        return check_push(job.push) if job.checked is None else job.checked
    except Exception as error:
        logger.exception("a push could not be looked at")
        return error


def _write_all(connection: RawConnection, jobs: Sequence[_Job], checked: Sequence[Checked]) -> list[Outcome]:
    """Together what is plain, in few statements; then each of the others by itself."""
    written = _write_together(connection, jobs, checked)
    return [
        Written(pushed, None) if pushed is not None else _write_one(connection, job, segments)
        for job, segments, pushed in zip(jobs, checked, written, strict=True)
    ]


def _write_together(
    connection: RawConnection, jobs: Sequence[_Job], checked: Sequence[Checked]
) -> Sequence[Pushed | None]:
    """What could be written in one go; None for each push that is to be written by itself."""
    connection.execute("SAVEPOINT together")
    try:
        batch = Batch(connection, [job.push for job in jobs])
        written = [_try_plainly(batch, job, segments) for job, segments in zip(jobs, checked, strict=True)]
        batch.flush(connection)
    except Exception:
        logger.exception("%d pushes were not written together; each is written by itself", len(jobs))
        connection.execute("ROLLBACK TO together")
        written = [None] * len(jobs)
    connection.execute("RELEASE together")
    return written


def _try_plainly(batch: Batch, job: _Job, checked: Checked) -> Pushed | None:
    if isinstance(checked, Exception):
        return None
    batch.begin()
    try:
        return write_push(batch.run, job.push, checked)
    except Exception:
        # Whatever it was, it comes again when the push is written by itself, and is told there.
        batch.undo()
        return None


def _write_one(connection: RawConnection, job: _Job, checked: Checked) -> Outcome:
    if isinstance(checked, Exception):
        return checked
    run = connection.execute
    run("SAVEPOINT push")
    try:
        pushed = write_push(run, job.push, checked)
    except Exception as error:
        run("ROLLBACK TO push")
        run("RELEASE push")
        if isinstance(error, AppError):
            logger.warning("a push of %s was refused: %s", job.push.person_id, error.code)
            return error
        logger.exception("a push was not written")
        return BusyError() if is_busy_database(error) else error
    run("RELEASE push")
    return Written(pushed, None)


def _with_pulls(connection: RawConnection, jobs: Sequence[_Job], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same with what can be answered at once. A pull that fails must never undo the push that it came with."""
    results = list(outcomes)
    asked: list[tuple[int, Pushed, Wanted]] = []
    for place, (job, outcome) in enumerate(zip(jobs, outcomes, strict=True)):
        if isinstance(outcome, Written) and job.wanted is not None:
            pushed = outcome.pushed
            asked.append((place, pushed, job.wanted._replace(proven_firsts=pushed.proven_firsts)))
    try:
        pulls = pull_small(connection.execute, [wanted for _, _, wanted in asked], SMALL_PULL_ENTRIES)
    except Exception:
        logger.exception("%d pulls were not read behind their pushes", len(asked))
        return results
    for (place, pushed, _), pulled in zip(asked, pulls, strict=True):
        results[place] = Written(pushed, pulled)
    return results


def _answer(jobs: Sequence[_Job], outcomes: Sequence[Outcome]) -> None:
    """Tell the waiting requests, once per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Writing, Outcome]]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.answer is not None:
            by_loop.setdefault(job.answer.get_loop(), []).append((job.answer, outcome))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, answers)
        except RuntimeError:
            # The loop closed while its requests were being written: they are durable, and their phones will ask again.
            continue


def _resolve(answers: Sequence[tuple[Writing, Outcome]]) -> None:
    for future, outcome in answers:
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
