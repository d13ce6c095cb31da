"""The two back ends, and the fixture that runs every test of a folder on both: `from tests.back_ends import backend` in
its conftest."""

from __future__ import annotations

import pytest

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
