"""SIGKILL at any moment of a push: whatever a phone was told is there, once, and whatever it was not told comes again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.ports import free_port
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.waiting import wait_until
from xuetan.app import build_services, create_app
from xuetan.event_log import service as event_log
from xuetan.kernel.services import Services
from xuetan.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PHONES = 4
EVENTS_PER_PUSH = 5
# After how many answers the server is killed, while other pushes are on their way.
KILLS_AFTER = (1, 17)


@contextmanager
def server(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "tests.sync.server_process",
        str(settings.data_dir),
        str(port),
        settings.database_url,
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_until(lambda: is_up(port) or process.poll() is not None, 60, what="the server answers")
        yield process
    finally:
        process.kill()
        process.wait()


def is_up(port: int) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    return False


class Pushing(threading.Thread):
    """A phone that writes and pushes until the line is cut, and remembers what it was told."""

    def __init__(self, phone: DeviceSimulator, answered: threading.Semaphore) -> None:
        super().__init__(daemon=True)
        self.phone = phone
        self._answered = answered
        self._number = 0

    def run(self) -> None:
        with suppress(httpx.TransportError):
            while True:
                for _ in range(EVENTS_PER_PUSH):
                    self.phone.record("lesson_opened/1", lesson_opened(f"l-{len(self.phone.stream.events)}"))
                self.phone.exchange()
                self._answered.release()


@pytest.mark.timeout(180)
def test_every_acknowledged_event_survives_a_killed_server_once(settings: Settings) -> None:
    services = build_services(settings)
    county = County.found(services, None)
    port = free_port()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        phones: list[DeviceSimulator] = []
        for kill_after in KILLS_AFTER:
            with server(settings, port) as process:
                if not phones:
                    county.client = client
                    phones = [county.device_of("teacher") for _ in range(PHONES)]
                push_until_killed(process, phones, kill_after)
            nothing_told_is_missing(services, phones)
    with TestClient(create_app(settings, run_jobs=False, prepare_schema=False)) as client:
        for phone in [*phones, *phones]:
            phone.client = client
            phone.sync()
    nothing_told_is_missing(services, phones)
    for phone in phones:
        assert phone.waiting == 0
        assert len(phone.streams) == 1, "a killed server never looks like a fork"
        seen = Counter((event.stream, event.seq) for event in phone.events())
        assert seen == stored(services, phone.own_scope)
    services.database.close()


def push_until_killed(process: subprocess.Popen[bytes], phones: list[DeviceSimulator], kill_after: int) -> None:
    answered = threading.Semaphore(0)
    pushing = [Pushing(phone, answered) for phone in phones]
    for thread in pushing:
        thread.start()
    for _ in range(kill_after):
        assert answered.acquire(timeout=60)
    process.send_signal(signal.SIGKILL)
    for thread in pushing:
        thread.join(60)
        assert not thread.is_alive()


def nothing_told_is_missing(services: Services, phones: list[DeviceSimulator]) -> None:
    there = stored(services, phones[0].own_scope)
    assert set(there.values()) <= {1}
    for phone in phones:
        told = {(phone.stream.stream, seq) for seq in range(phone.stream.acknowledged)}
        assert told <= there.keys()


def stored(services: Services, scope: str) -> Counter[tuple[str, int]]:
    with services.database.reading() as session:
        events = event_log.list_events(session, scope, limit=1_000_000)
    return Counter((event.stream, event.seq) for event in events)
