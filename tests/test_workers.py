"""`xuetan serve --workers 3` on PostgreSQL, its workers killed one after another under load: nothing is lost, nothing is
doubled, and whoever was told `ok` was told the truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.back_ends import POSTGRESQL
from tests.browser.killing import lives
from tests.county import County
from tests.ports import free_port
from tests.simulation.device import DeviceSimulator, SyncRefused
from tests.simulation.events import lesson_opened
from tests.test_serving import is_healthy
from tests.waiting import wait_until
from xuetan.app import build_services
from xuetan.event_log import service as event_log
from xuetan.kernel.services import Services
from xuetan.kernel.sql import run_in
from xuetan.settings import Settings

WORKERS = 3
PHONES = 6
EVENTS_PER_PUSH = 5
KILLS = 5
# Answers of all phones together between two kills.
ANSWERS_BETWEEN_KILLS = 60
START_SECONDS_MAX = 300


@pytest.fixture
def backend() -> str:
    return POSTGRESQL


@contextmanager
def serving(settings: Settings, workers: int, log: Path) -> Iterator[tuple[psutil.Process, int]]:
    port = free_port()
    environment = {
        **os.environ,
        "XUETAN_DATA_DIR": str(settings.data_dir),
        "XUETAN_DATABASE_URL": settings.database_url,
        "XUETAN_PORT": str(port),
        "XUETAN_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LC_ALL": "en_US.UTF-8",
    }
    command = [sys.executable, "-m", "xuetan", "serve", "--no-migrate", "--workers", str(workers)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, cwd=log.parent, stdout=out, stderr=out)
    try:
        wait_until(
            lambda: b"http://127.0.0.1" in log.read_bytes() or process.poll() is not None,
            START_SECONDS_MAX,
            what=log.read_text,
        )
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        finally:
            process.kill()
            process.wait()


class Pushing(threading.Thread):
    """A phone that writes and pushes for as long as it is asked to, through any failure of the line."""

    def __init__(self, phone: DeviceSimulator, answered: threading.Semaphore, stopping: threading.Event) -> None:
        super().__init__(daemon=True)
        self.phone = phone
        self.cut_off = 0
        self.failure: BaseException | None = None
        self._answered = answered
        self._stopping = stopping

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                for _ in range(EVENTS_PER_PUSH):
                    self.phone.record("lesson_opened/1", lesson_opened(f"l-{self.phone.stream.end}"))
                self._push()
        except BaseException as error:
            self.failure = error
            raise

    def _push(self) -> None:
        while not self._stopping.is_set():
            try:
                self.phone.exchange()
            except httpx.TransportError:
                self.cut_off += 1
            except SyncRefused as refused:
                assert refused.status == 503, refused.body
            else:
                self._answered.release()
                return


def workers_of(supervisor: psutil.Process) -> list[psutil.Process]:
    return [child for child in supervisor.children() if lives(child)]


@pytest.mark.timeout(600)
def test_workers_that_are_killed_under_load_lose_nothing_and_double_nothing(settings: Settings, tmp_path: Path) -> None:
    services = build_services(settings)
    with serving(settings, WORKERS, tmp_path / "serve.log") as (supervisor, port):
        assert len(workers_of(supervisor)) == WORKERS
        county = County.found(services, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30))
        phones = [county.device_of("teacher") for _ in range(PHONES)]
        for phone in phones:
            phone.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        answered, stopping = threading.Semaphore(0), threading.Event()
        pushing = [Pushing(phone, answered, stopping) for phone in phones]
        for thread in pushing:
            thread.start()
        for number in range(KILLS):
            for _ in range(ANSWERS_BETWEEN_KILLS):
                assert answered.acquire(timeout=60), (tmp_path / "serve.log").read_text()
            workers = workers_of(supervisor)
            workers[number % len(workers)].send_signal(signal.SIGKILL)
            nothing_told_is_missing(services, phones)
        wait_until(lambda: len(workers_of(supervisor)) == WORKERS, 60, what="as many workers as before")
        stopping.set()
        for thread in pushing:
            thread.join(60)
            assert thread.failure is None
        assert sum(thread.cut_off for thread in pushing) > 0, "some phone was cut off in the middle of a push"
        for phone in [*phones, *phones]:
            phone.sync()
        nothing_told_is_missing(services, phones)
        for phone in phones:
            assert phone.waiting == 0
            assert len(phone.streams) == 1, "a killed worker never looks like a fork"
            assert Counter((event.stream, event.seq) for event in phone.events()) == stored(services, phone.own_scope)
        there = stored(services, phones[0].own_scope)
        wait_until(lambda: projected(services) == len(there), 60, what="one of those that are left projects all of it")
    assert positions(services, phones[0].own_scope) == list(range(1, len(positions(services, phones[0].own_scope)) + 1))
    services.database.close()


def test_a_number_of_workers_needs_postgresql(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "xuetan", "serve", "--workers", "2"]
    environment = {**os.environ, "XUETAN_DATA_DIR": str(tmp_path), "LC_ALL": "en_US.UTF-8"}
    ended = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, "SQLite is served by one process" in ended.stdout) == (1, True), ended


@pytest.mark.timeout(600)
def test_workers_end_with_the_process_that_started_them(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, 2, tmp_path / "serve.log") as (supervisor, port):
        workers = workers_of(supervisor)
        supervisor.kill()
        _, alive = psutil.wait_procs(workers, timeout=60)
        assert alive == []
        assert not is_healthy(port)


def nothing_told_is_missing(services: Services, phones: list[DeviceSimulator]) -> None:
    # What was told before we look is what must be there.
    told = [(phone.stream.stream, phone.stream.acknowledged) for phone in phones]
    there = stored(services, phones[0].own_scope)
    assert set(there.values()) <= {1}
    for stream, acknowledged in told:
        assert {(stream, seq) for seq in range(acknowledged)} <= there.keys()


def stored(services: Services, scope: str) -> Counter[tuple[str, int]]:
    with services.database.reading() as session:
        events = event_log.list_events(session, scope, limit=1_000_000)
    return Counter((event.stream, event.seq) for event in events)


def positions(services: Services, scope: str) -> list[int]:
    with services.database.reading() as session:
        rows = run_in(session)("SELECT position FROM log_entry WHERE scope = ? ORDER BY position", (scope,))
        return [row[0] for row in rows.fetchall()]


def projected(services: Services) -> int:
    with services.database.reading() as session, suppress(IndexError):
        return int(run_in(session)("SELECT COUNT(*) FROM learning_event", ()).fetchone()[0])
    return 0
