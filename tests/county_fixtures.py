"""The county as fixtures. It is built once and its data folder copied, so a test soon has a real installation.

`county` has people, a class and a published pack; in `stocked` the class was given the pack.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.county import County
from tests.county_pack import SLUG, write_pack
from xuetan.app import create_app
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.programmes import service as programmes
from xuetan.settings import Settings


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, schema_file: Path) -> County:
    """A county at rest; copied, never used."""
    folder = tmp_path_factory.mktemp("founded")
    settings = settings_in(folder / "data")
    settings.data_dir.mkdir()
    shutil.copy(schema_file, settings.data_dir / "xuetan.sqlite")
    app = create_app(settings, clock=FixedClock(), run_jobs=False, prepare_schema=False)
    with TestClient(app, base_url="http://testserver") as client:
        county = County.found(app.state.services, client)
        county.publish(write_pack(folder / "v1"))
    return county


@pytest.fixture
def settings(tmp_path: Path, founded: County) -> Settings:
    shutil.copytree(founded.services.settings.data_dir, tmp_path / "data")
    return settings_in(tmp_path / "data")


@pytest.fixture
def county(founded: County, app: FastAPI, client: TestClient) -> County:
    services: Services = app.state.services
    return founded.moved_to(services, client)


@pytest.fixture
def stocked(county: County) -> County:
    county.write(
        lambda session: programmes.assign_pack(
            session, county.staff("trainer"), county.cohort_id, SLUG, now_ms=county.now_ms
        )
    )
    return county
