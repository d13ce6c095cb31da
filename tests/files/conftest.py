"""A county of phones, one of which has a paired mentor."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.back_ends import backend
from tests.county import County
from tests.simulation.device import DeviceSimulator
from xuetan.kernel.services import Services

__all__ = ["backend"]


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


@pytest.fixture
def teacher(county: County) -> DeviceSimulator:
    return county.device_of("teacher")
