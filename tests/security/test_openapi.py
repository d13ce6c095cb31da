"""The description of the HTTP interface, held against the application by Schemathesis: signed in and not, the same examples each time.

Every answer must be one that the description names, in the shape it names, and no failure of ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.python.asgi import shutdown_lifespans
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.county import County
from tests.security.inventory import DEVICE, HUB, TABLE
from tests.security.routes import MOUNTED, Route
from xuetan.app import create_app
from xuetan.kernel.clock import FixedClock

OPERATIONS = sorted(
    route
    for route in TABLE
    if route[1].startswith(("/api/1/", "/sync/", "/packs/", "/files/", "/hubs/1/")) and route[0] != MOUNTED
)
# The piece of an upload is bytes like any others.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 2026,
        "checks": {
            # A code that nobody has, a frame that is none, an address of no push service: good by the schema, refused by the rules.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "422", "429"]},
        },
        "warnings": False,
    }
)
FEW = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def running(schema_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The described application, which Schemathesis starts, and the token of a device."""
    place = settings_in(tmp_path_factory.mktemp("described"))
    shutil.copy(schema_file, place.data_dir / "xuetan.sqlite")
    app = create_app(place, clock=FixedClock(), run_jobs=False, prepare_schema=False)
    described = schemathesis.openapi.from_asgi("/api/openapi.json", app, config=CONFIG)
    county = County.found(app.state.services, TestClient(app))
    yield described, county.device_of("teacher").token
    shutdown_lifespans()


def every_case(running: Any, route: Route, mode: schemathesis.GenerationMode, **headers: str) -> None:
    """Send requests drawn from the description and hold every answer against it."""
    operation = running[0][route[1]][route[0]]

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers or None)

    check()


MODES = {"right": schemathesis.GenerationMode.POSITIVE, "wrong": schemathesis.GenerationMode.NEGATIVE}


def cases(routes: list[Route]) -> Any:
    """Requests as described for all; wrong ones where there is a body that can be wrong."""
    rows = [
        (route, mode) for route in routes for mode in MODES.values() if mode is MODES["right"] or route[0] == "POST"
    ]
    return pytest.mark.parametrize(
        ("route", "mode"), rows, ids=[f"{' '.join(route)} {mode.value}" for route, mode in rows]
    )


@cases(OPERATIONS)
def test_a_visitor_gets_only_answers_that_are_described(
    running: Any, route: Route, mode: schemathesis.GenerationMode
) -> None:
    every_case(running, route, mode)


@cases([route for route in OPERATIONS if TABLE[route].who == DEVICE])
def test_a_device_gets_only_answers_that_are_described(
    running: Any, route: Route, mode: schemathesis.GenerationMode
) -> None:
    every_case(running, route, mode, Authorization=f"Bearer {running[1]}")


def test_every_operation_that_is_described_is_tested_here(running: Any) -> None:
    paths = running[0].raw_schema["paths"]
    assert {(method.upper(), path) for path, item in paths.items() for method in item} == set(OPERATIONS)


@pytest.mark.parametrize(("scheme", "who"), [("bearer", DEVICE), ("hub", HUB)])
def test_the_description_says_which_operations_need_a_device_or_a_hub(running: Any, scheme: str, who: str) -> None:
    paths = running[0].raw_schema["paths"]
    needing = {
        (method.upper(), path)
        for path, item in paths.items()
        for method, one in item.items()
        if {scheme: []} in one.get("security", [])
    }
    assert needing == {route for route, access in TABLE.items() if access.who == who}
