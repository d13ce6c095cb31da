"""Fixtures that every Python test may use: settings, services and an application over a fresh database, with a clock
that stands.

The schema is made once and copied, so a fresh database costs milliseconds on SQLite and a third of a second on
PostgreSQL. Tests run on SQLite unless their `conftest.py` says `from tests.back_ends import backend`. Jobs are not
started; tests that need them start `services.jobs` themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.back_ends import POSTGRESQL, SQLITE
from tests.postgres import PostgresServer
from xuetan.app import build_services, create_app
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.settings import Settings

# Examples are few enough for every run; time is the machine's matter, not a property's.
hypothesis.settings.register_profile("xuetan", deadline=None, max_examples=60)
hypothesis.settings.load_profile("xuetan")


# The files that take minutes, each kind's longest first: begun late, one of them would run alone at the end.
LONG_FILES = (
    "test_bad_lines.py",
    "test_worlds.py",
    "test_workers.py",
    "test_tabs_and_power.py",
    "test_accessibility.py",
    "test_nothing_is_lost.py",
    "test_courier.py",
    "test_photos.py",
    "test_other_engines.py",
    "test_hub.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: what is quick and most often wrong is told first, and Playwright keeps an event loop in its
    process from then on."""
    items.sort(key=_turn_of)


def _turn_of(item: pytest.Item) -> tuple[bool, int]:
    name = item.path.name
    return item.path.parent.name == "browser", LONG_FILES.index(name) if name in LONG_FILES else len(LONG_FILES)


def settings_in(folder: Path, database_url: str = "") -> Settings:
    """Settings of an installation in this folder, whatever the environment says; on SQLite unless told otherwise."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database_url,
        blob_url="",
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run, started for the first test that wants it."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def schema_database(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database on `postgres` with all tables and no row."""
    name = postgres.create()
    services = build_services(settings_in(tmp_path_factory.mktemp("schema"), postgres.url_of(name)))
    services.database.create_all()
    services.jobs.migrate()
    services.database.close()
    return name


@pytest.fixture
def backend() -> str:
    """Where a test's database is."""
    return SQLITE


@pytest.fixture
def settings(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Iterator[Settings]:
    folder = tmp_path / "data"
    folder.mkdir()
    if backend == POSTGRESQL:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(request.getfixturevalue("schema_database")) as url:
            yield settings_in(folder, url)
    else:
        shutil.copy(request.getfixturevalue("schema_file"), folder / "xuetan.sqlite")
        yield settings_in(folder)


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
