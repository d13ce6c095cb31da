"""The county as fixtures. It is built once and its data folder copied, so a test soon has a real installation.

`county` has people, a class and a published pack; in `stocked` the class was given the pack.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.back_ends import POSTGRESQL
from tests.conftest import settings_in
from tests.county import County
from tests.county_pack import SLUG, write_pack
from tests.postgres import PostgresServer
from xuetan.app import create_app
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.programmes import service as programmes
from xuetan.settings import Settings


@pytest.fixture(scope="session")
def founded(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], tuple[County, str]]:
    """By back end, a county at rest with the name of its database on PostgreSQL; copied, never used."""

    @cache
    def found(backend: str) -> tuple[County, str]:
        folder = tmp_path_factory.mktemp("founded")
        name, url = "", ""
        (folder / "data").mkdir()
        if backend == POSTGRESQL:
            server: PostgresServer = request.getfixturevalue("postgres")
            name = server.create(request.getfixturevalue("schema_database"))
            url = server.url_of(name)
        else:
            shutil.copy(request.getfixturevalue("schema_file"), folder / "data" / "xuetan.sqlite")
        settings = settings_in(folder / "data", url)
        app = create_app(settings, clock=FixedClock(), run_jobs=False, prepare_schema=False)
        with TestClient(app, base_url="http://testserver") as client:
            county = County.found(app.state.services, client)
            county.publish(write_pack(folder / "v1"))
        return county, name

    return found


@pytest.fixture
def settings(
    tmp_path: Path, backend: str, founded: Callable[[str], tuple[County, str]], request: pytest.FixtureRequest
) -> Iterator[Settings]:
    county, name = founded(backend)
    shutil.copytree(county.services.settings.data_dir, tmp_path / "data")
    if not name:
        yield settings_in(tmp_path / "data")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(name) as url:
        yield settings_in(tmp_path / "data", url)


@pytest.fixture
def county(backend: str, founded: Callable[[str], tuple[County, str]], app: FastAPI, client: TestClient) -> County:
    services: Services = app.state.services
    return founded(backend)[0].moved_to(services, client)


@pytest.fixture
def stocked(county: County) -> County:
    county.write(
        lambda session: programmes.assign_pack(
            session, county.staff("trainer"), county.cohort_id, SLUG, now_ms=county.now_ms
        )
    )
    return county
