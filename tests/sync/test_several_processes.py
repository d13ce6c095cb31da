"""Two applications on one PostgreSQL database, as two workers are: each takes pushes, one projects, and what one was told
reaches the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.back_ends import POSTGRESQL
from tests.county import County
from tests.simulation.device import DeviceSimulator, SyncRefused
from tests.simulation.events import lesson_opened
from tests.waiting import wait_until
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import create_app
from xuetan.event_log.service import EventLog
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.hints import PostgresHints
from xuetan.kernel.services import Services
from xuetan.kernel.sql import run_in
from xuetan.settings import Settings
from xuetan.sync.service import ACTOR_REMEMBERED_MS

SECONDS_MAX = 60


@pytest.fixture
def backend() -> str:
    return POSTGRESQL


@pytest.fixture
def workers(settings: Settings, clock: FixedClock) -> Iterator[tuple[TestClient, TestClient]]:
    apps = [create_app(settings, clock=clock, run_jobs=False, prepare_schema=False) for _ in range(2)]
    with (
        TestClient(apps[0], base_url="http://testserver") as one,
        TestClient(apps[1], base_url="http://testserver") as two,
    ):
        for client in (one, two):
            hints = services_of(client).database.hints
            assert isinstance(hints, PostgresHints)
            assert hints.wait_listening(SECONDS_MAX)
        yield one, two


def services_of(client: TestClient) -> Services:
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    return services


@pytest.fixture
def phone(workers: tuple[TestClient, TestClient]) -> DeviceSimulator:
    """A teacher's phone that has spoken with both."""
    one, two = workers
    phone = County.found(services_of(one), one).device_of("teacher")
    for client in (two, one, two):
        phone.client = client
        phone.sync()
    return phone


def revoke(services: Services, phone: DeviceSimulator) -> None:
    with services.database.transaction() as session:
        accounts.revoke_device(session, phone.device_id, OPERATOR, services=services)


def test_a_phone_alternates_between_workers_with_one_stream_and_one_cursor(
    workers: tuple[TestClient, TestClient], phone: DeviceSimulator
) -> None:
    for number in range(10):
        phone.client = workers[number % 2]
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        phone.sync()
    assert [event.payload["lesson"] for event in phone.events()] == [f"l-{number}" for number in range(10)]
    assert len(phone.streams) == 1


def test_a_revoked_device_is_refused_by_the_other_worker_too(
    workers: tuple[TestClient, TestClient], phone: DeviceSimulator
) -> None:
    """The clock stands, so what a worker remembers never grows old: the hint alone does it."""
    revoke(services_of(workers[0]), phone)
    wait_until(lambda: is_refused(phone), SECONDS_MAX, what="the other worker knows")


def test_where_the_hint_is_lost_a_revoked_device_is_refused_after_the_stated_time(
    workers: tuple[TestClient, TestClient], phone: DeviceSimulator, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_of(workers[0]).database.hints, "send", lambda *_: None)
    revoke(services_of(workers[0]), phone)
    assert not is_refused(phone)
    clock.advance_ms(ACTOR_REMEMBERED_MS)
    assert is_refused(phone)


def test_one_worker_projects_what_the_other_was_given_and_takes_over_when_it_ends(
    settings: Settings, clock: FixedClock, workers: tuple[TestClient, TestClient], phone: DeviceSimulator
) -> None:
    logs = [services_of(client).log for client in workers]
    wait_until(lambda: [is_projecting(log) for log in logs].count(True) == 1, SECONDS_MAX, what="one of them projects")
    projecting = [is_projecting(log) for log in logs].index(True)
    phone.client = workers[1 - projecting]
    phone.record("lesson_opened/1", lesson_opened("first"))
    phone.sync()
    wait_until(lambda: projected(services_of(workers[0])) == 1, SECONDS_MAX, what="projected by the other")
    logs[projecting].stop()
    phone.record("lesson_opened/1", lesson_opened("second"))
    phone.sync()
    wait_until(lambda: projected(services_of(workers[0])) == 2, SECONDS_MAX, what="projected by the one that is left")
    assert is_projecting(logs[1 - projecting])


def test_a_new_epoch_reaches_every_worker(workers: tuple[TestClient, TestClient]) -> None:
    one, two = (services_of(client).log for client in workers)
    assert isinstance(one, EventLog)
    assert isinstance(two, EventLog)
    before = two.epoch
    begun = one.begin_new_epoch()
    assert begun != before
    wait_until(lambda: two.epoch == begun, SECONDS_MAX, what="the other answers with it")


def is_refused(phone: DeviceSimulator) -> bool:
    try:
        phone.exchange()
    except SyncRefused as refused:
        assert refused.status == 401
        return True
    return False


def is_projecting(log: object) -> bool:
    assert isinstance(log, EventLog)
    return log._projectors.is_ours


def projected(services: Services) -> int:
    with services.database.reading() as session:
        return int(run_in(session)("SELECT COUNT(*) FROM learning_event", ()).fetchone()[0])
