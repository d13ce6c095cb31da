"""Durable jobs: work that is promised inside a transaction and done after it, whatever dies in between.

Owns the only dealings with DBOS, whose tables lie in the application's own database so that a job is enqueued in
the transaction that needs it. Does not know what any job does. Invariants: a job is on file if and only if its
transaction committed; one process per installation runs jobs (it has the duty), so a job found running at
start belongs to a dead process and is taken up again; a step that was recorded is never run again, and a step cut
short is, so steps are idempotent.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient
from dbos._serialization import DBOSPortableJSONSerializer
from sqlalchemy.orm import Session

from xuetan.kernel.duties import Duty

APPLICATION = "xuetan"
# Fixed, not a hash of the code: jobs begun before an upgrade are taken up after it.
JOB_PROTOCOL_VERSION = "1"
# Where the tables of jobs lie on PostgreSQL.
JOBS_SCHEMA = "dbos"
QUEUE = "jobs"
WORKFLOW = "xuetan_job"
CONCURRENT_JOBS_MAX = 4
# A job during which the process died this often is the likely reason.
RECOVERY_ATTEMPTS_MAX = 50
STEP_ATTEMPTS = 4
KEPT_DAYS = 30
KEEP_SECONDS = 1.0
STAND_DOWN_SECONDS = 5.0

T = TypeVar("T")
JobFunction = Callable[..., None]
log = logging.getLogger(__name__)


class JobsStopping(BaseException):
    """Ends a job between two steps when the process stops. The job stays on file and is taken up at the next start.

    No `Exception`, so that it passes every handler between a step and DBOS, which would else record a failure."""


class UnknownJobError(RuntimeError):
    """A job on file names a function that this process did not register."""


@dataclass(frozen=True)
class JobState:
    """What is known of a job: `state` is waiting, running, done or failed."""

    job_id: str
    state: str
    error: str | None


class Steps:
    """What a job function runs its work through. Every `run` is recorded under its place in the order of steps, so
    a job asks for the same steps in the same order each time; what a step returns is JSON."""

    def __init__(self, stopping: threading.Event, retry_seconds: float) -> None:
        self._stopping = stopping
        self._retry_seconds = retry_seconds

    def run(self, name: str, work: Callable[[], T], *, attempts: int = STEP_ATTEMPTS) -> T:
        """Do `work` unless an earlier life of this job recorded its result; try again on any error up to
        `attempts`."""
        if self._stopping.is_set():
            raise JobsStopping
        options: Any = {"name": name}
        if attempts > 1:
            options |= {"retries_allowed": True, "max_attempts": attempts, "interval_seconds": self._retry_seconds}
        try:
            return DBOS.run_step(options, work)
        except Exception:
            # Cut off while stopping: not the job's failure, and nothing may be told of one.
            if self._stopping.is_set():
                raise JobsStopping from None
            raise


class Jobs:
    """The face of durable jobs. Build one per process; `migrate` once before the first enqueue; `start` where jobs
    shall run."""

    def __init__(self, database_url: str, duty: Duty, *, poll_seconds: float = 0.5, retry_seconds: float = 1.0) -> None:
        self._database_url = database_url
        self._duty = duty
        self.poll_seconds = poll_seconds
        self.retry_seconds = retry_seconds
        self._functions: dict[str, JobFunction] = {}
        self._client_field: DBOSClient | None = None
        self._stopping = threading.Event()
        # Ends the jobs of one launch; another process may go on with them.
        self._halting = threading.Event()
        self._running = threading.Event()
        self._keeper: threading.Thread | None = None
        self._active = 0
        self._changed = threading.Condition()

    def migrate(self) -> None:
        """Create or update the job tables. Cheap when they are there. Never call it inside a transaction."""
        _quieten()
        DBOS.migrate(self._database_url)

    def register(self, name: str, function: JobFunction) -> None:
        """`function(steps, *args)` does jobs of this name. Names outlive releases: give a changed job a new one."""
        if name in self._functions:
            raise ValueError(f"a job named {name} is registered already")
        self._functions[name] = function

    def enqueue(self, session: Session, name: str, *args: Any, key: str | None = None, delay_ms: int = 0) -> str:
        """Put a job on file in the caller's transaction; it runs after commit, or never if that rolls back.

        `args` are JSON. Two enqueues with the same name and key are one job. Returns the job's id."""
        if name not in self._functions:
            raise ValueError(f"no job named {name} is registered")
        options: Any = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "app_version": JOB_PROTOCOL_VERSION,
        }
        if key is not None:
            options["workflow_id"] = f"{name}:{key}"
        if delay_ms > 0:
            options["delay_seconds"] = delay_ms / 1000
        handle: Any = self._client().enqueue_in_transaction(session, options, name, list(args))
        return str(handle.workflow_id)

    def start(self) -> bool:
        """Begin to run jobs, recovering those of a process that died. When another process of this installation
        runs them, return False and take over as soon as it ends."""
        if self._running.is_set():
            return True
        self._stopping.clear()
        launched = self._try_launch()
        if not launched:
            log.info("another process runs the jobs; waiting to take over")
        self._keeper = threading.Thread(target=self._keep, name="jobs-keeper", daemon=True)
        self._keeper.start()
        return launched

    def stop(self, *, grace_seconds: float = 5.0) -> None:
        """Stop taking jobs, let running steps end for `grace_seconds`, and leave unfinished jobs on file."""
        self._stopping.set()
        self._halting.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        if self._running.is_set():
            self._stand_down(grace_seconds)
        if self._client_field is not None:
            self._client_field.destroy()
            self._client_field = None

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set() or self._halting.is_set()

    def wait_idle(self, timeout_seconds: float) -> None:
        """Return when no job waits or runs (postponed ones aside); TimeoutError else. Works in any process."""
        deadline = time.monotonic() + timeout_seconds
        pause = threading.Event()
        while self._list(["ENQUEUED", "PENDING"], limit=1):
            if time.monotonic() > deadline:
                raise TimeoutError(f"jobs still wait or run after {timeout_seconds} s")
            pause.wait(0.02)

    def find_job(self, job_id: str) -> JobState | None:
        found = self._client().list_workflows(workflow_ids=[job_id], load_input=False, application_name=APPLICATION)
        return _job_state(found[0]) if found else None

    def list_failed(self, limit: int = 50) -> list[JobState]:
        """The newest jobs that gave up, for the operator."""
        states = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"]
        return [_job_state(one) for one in self._list(states, limit=limit, newest_first=True)]

    def count_open(self, limit: int = 5000) -> dict[str, int]:
        """Jobs that wait, are postponed or run, by name; those without a key of their own under `other`."""
        counts: dict[str, int] = {}
        for one in self._list(["ENQUEUED", "DELAYED", "PENDING"], limit=limit):
            name = str(one.workflow_id).partition(":")[0]
            name = name if name in self._functions else "other"
            counts[name] = counts.get(name, 0) + 1
        return counts

    def _list(self, states: list[str], *, limit: int, newest_first: bool = False) -> list[Any]:
        return list(
            self._client().list_workflows(
                status=states, limit=limit, sort_desc=newest_first, load_input=False, application_name=APPLICATION
            )
        )

    def _client(self) -> DBOSClient:
        if self._client_field is None:
            _quieten()
            self._client_field = DBOSClient(
                system_database_url=self._database_url,
                application_name=APPLICATION,
                serializer=DBOSPortableJSONSerializer(),
                lazy=True,
            )
        return self._client_field

    def _keep(self) -> None:
        """Take over as soon as nobody has the duty; stand down when it is ours no longer, as after the server was away."""
        while not self._stopping.wait(KEEP_SECONDS):
            try:
                if not self._running.is_set():
                    self._try_launch()
                elif not self._duty.holds():
                    log.warning("the duty of running jobs was lost; standing down")
                    self._halting.set()
                    self._stand_down(STAND_DOWN_SECONDS)
            except Exception:
                log.exception("the jobs could not be taken up or put down; trying again")

    def _stand_down(self, grace_seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._active == 0, timeout=grace_seconds)
        DBOS.destroy(destroy_registry=True)
        self._running.clear()
        self._release()

    def _try_launch(self) -> bool:
        if not self._acquire():
            return False
        self._halting.clear()
        try:
            self._launch()
        except BaseException:
            self._release()
            raise
        self._running.set()
        return True

    def _launch(self) -> None:
        _quieten()
        config: Any = {
            "name": APPLICATION,
            "system_database_url": self._database_url,
            "application_version": JOB_PROTOCOL_VERSION,
            "executor_id": APPLICATION,
            "serializer": DBOSPortableJSONSerializer(),
            "enable_otlp": False,
            "run_migrations": False,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.2,
        }
        DBOS(config=config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS_MAX)(self._run_job_function())
        # Before launch, so that the first look for queues finds it.
        self._client().register_queue(
            QUEUE, worker_concurrency=CONCURRENT_JOBS_MAX, polling_interval_sec=self.poll_seconds
        )
        self._forget_old_jobs()
        DBOS.launch()

    def _run_job_function(self) -> Callable[[str, list[Any]], None]:
        steps = Steps(self._halting, self.retry_seconds)
        functions = self._functions

        def run_job(name: str, args: list[Any]) -> None:
            function = functions.get(name)
            if function is None:
                raise UnknownJobError(f"no job named {name} is registered")
            try:
                with self._counted():
                    function(steps, *args)
            except Exception as error:
                log.error("job %s gave up: %s", name, error)
                raise

        return run_job

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def _forget_old_jobs(self) -> None:
        """Jobs that ended long ago leave the database; those that failed stay until an operator looked at them."""
        before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - KEPT_DAYS * 86_400))
        client = self._client()
        while True:
            ended = client.list_workflows(
                status="SUCCESS", completed_before=before, limit=500, load_input=False, load_output=False
            )
            if not ended:
                return
            client.delete_workflows([one.workflow_id for one in ended])

    def _acquire(self) -> bool:
        if not _one_runner.acquire(blocking=False):
            return False
        if self._duty.take():
            return True
        _one_runner.release()
        return False

    def _release(self) -> None:
        self._duty.leave()
        _one_runner.release()


# DBOS is one per process.
_one_runner = threading.Lock()


def _quieten() -> None:
    """DBOS would add its own handler to the console; its warnings go the way of all our logs instead."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)


def _job_state(status: Any) -> JobState:
    names = {"ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "running", "SUCCESS": "done"}
    error = None if status.error is None else str(status.error)
    return JobState(str(status.workflow_id), names.get(str(status.status), "failed"), error)
