"""A county with a hub that has joined, and another that has not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.back_ends import POSTGRESQL
from tests.county import County
from tests.hubs.site import Site, hub_app, hub_settings
from tests.postgres import PostgresServer
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    county = County.found(services, client)
    county.pair("mentor", "teacher")
    return county


@pytest.fixture
def make_site(
    county: County, clock: FixedClock, tmp_path: Path, schema_file: Path, backend: str, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Site]]:
    """Makes hubs, each in a folder of its own, on the root's kind of database."""
    with ExitStack() as stack:

        def make(name: str) -> Site:
            url = ""
            if backend == POSTGRESQL:
                server: PostgresServer = request.getfixturevalue("postgres")
                url = stack.enter_context(server.database(request.getfixturevalue("schema_database")))
            settings = hub_settings(tmp_path / name, schema_file, url)
            app = hub_app(settings, clock)
            client = stack.enter_context(TestClient(app, base_url="http://hub"))
            return Site.make(settings, clock, client, app, county.client)

        yield make


@pytest.fixture
def site(make_site: Callable[[str], Site], county: County) -> Site:
    """The hub of the county `east`, which knows what the root knows."""
    site = make_site("hub")
    site.join(county, "east")
    site.talk()
    return site
