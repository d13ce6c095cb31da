"""A small installation, and a push service on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.notifications.receiver import Receiver, running_receiver
from tests.simulation.device import DeviceSimulator
from xuetan.kernel.services import Services


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def phone(county: County, client: TestClient, receiver: Receiver) -> DeviceSimulator:
    """The teacher's phone, with pushes turned on."""
    phone = county.device_of("teacher")
    answer = client.post("/api/1/push/subscription", json=receiver.subscription(), headers=bearer(phone))
    assert (answer.status_code, answer.json()) == (200, {"subscribed": True})
    return phone


@pytest.fixture
def running_jobs(services: Services) -> Iterator[None]:
    services.jobs.poll_seconds = 0.02
    services.jobs.start()
    yield
    services.jobs.stop()


def bearer(device: DeviceSimulator) -> dict[str, str]:
    return {"Authorization": f"Bearer {device.token}"}
