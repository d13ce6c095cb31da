"""A database of its own for the log, without an application around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.back_ends import backend
from tests.simulation.village import Village
from xuetan.event_log.service import EventLog
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.database import Database
from xuetan.kernel.services import Services
from xuetan.settings import Settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings)
    yield database
    database.close()


@pytest.fixture
def log(database: Database, clock: FixedClock) -> Iterator[EventLog]:
    """A log that is not started: tests project by hand."""
    log = EventLog(database, clock)
    yield log
    log.stop()


@pytest.fixture
def village(app: FastAPI, client: TestClient, services: Services) -> Village:
    village = Village(services, client)
    village.install(app)
    return village


__all__ = ["backend", "database", "log", "village"]
