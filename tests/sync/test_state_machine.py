"""Phones, people and accidents in any order (`accidents.py`), on both back ends."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.back_ends import POSTGRESQL
from tests.conftest import settings_in
from tests.postgres import PostgresServer
from tests.sync.accidents import Accidents
from xuetan.settings import Settings


@pytest.mark.timeout(300)
def test_whatever_happens_nothing_is_lost_or_doubled_or_shown_to_a_stranger(
    schema_file: Path, backend: str, request: pytest.FixtureRequest
) -> None:
    def make_settings(stack: ExitStack) -> Settings:
        """Of a fresh installation on this kind of database."""
        url = ""
        if backend == POSTGRESQL:
            server: PostgresServer = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database(request.getfixturevalue("schema_database")))
        made = settings_in(Path(stack.enter_context(tempfile.TemporaryDirectory())), url)
        if not url:
            (made.data_dir / "xuetan.sqlite").write_bytes(schema_file.read_bytes())
        return made

    Accidents.make_settings = staticmethod(make_settings)  # type: ignore[assignment]
    # A database of PostgreSQL takes longer to make than all that happens in it.
    runs = int(os.environ.get("XUETAN_MACHINE_RUNS", "15")) // (3 if backend == POSTGRESQL else 1)
    run_state_machine_as_test(
        Accidents,
        settings=settings(
            max_examples=runs,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
