"""Fixtures that every Python test may use: settings, services and an application over a fresh SQLite file, with a
clock that stands.

The schema is made once and copied, so a fresh database costs milliseconds. Jobs are not started; tests that need them
start `services.jobs` themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from xuetan.app import build_services, create_app
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.settings import Settings

# Examples are few enough for every run; time is the machine's matter, not a property's.
hypothesis.settings.register_profile("xuetan", deadline=None, max_examples=60)
hypothesis.settings.load_profile("xuetan")


def settings_in(folder: Path) -> Settings:
    """Settings of an installation in this folder, whatever the environment says."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        database_url="",
        public_url="http://testserver",
        secure_cookies=False,
        push_allow_loopback=True,
    )


@pytest.fixture(scope="session")
def schema_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no row."""
    services = build_services(settings_in(tmp_path_factory.mktemp("schema")))
    services.database.create_all()
    services.jobs.migrate()
    with services.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    services.database.close()
    return services.database.path


@pytest.fixture
def settings(tmp_path: Path, schema_file: Path) -> Settings:
    settings = settings_in(tmp_path / "data")
    settings.data_dir.mkdir()
    shutil.copy(schema_file, settings.data_dir / "xuetan.sqlite")
    return settings


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> FastAPI:
    return create_app(settings, clock=clock, run_jobs=False, prepare_schema=False)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """An HTTP client of the running application: log and projectors are started."""
    with TestClient(app, base_url="http://testserver") as client:
        yield client


@pytest.fixture
def services(app: FastAPI, client: TestClient) -> Services:
    """The services of the running application that `client` talks to."""
    found: Services = app.state.services
    return found
