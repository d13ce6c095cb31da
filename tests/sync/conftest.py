"""A village of phones over a running application."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.back_ends import backend
from tests.simulation.village import Village
from xuetan.kernel.services import Services


@pytest.fixture
def village(app: FastAPI, client: TestClient, services: Services) -> Village:
    village = Village(services, client)
    village.install(app)
    return village


__all__ = ["backend", "village"]
