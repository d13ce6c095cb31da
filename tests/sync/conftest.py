"""A village of phones over a running application."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from xuetan.kernel.services import Services

from tests.simulation.village import Village


@pytest.fixture
def village(app: FastAPI, client: TestClient, services: Services) -> Village:
    village = Village(services, client)
    village.install(app)
    return village
