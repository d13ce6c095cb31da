"""A county at work, seen from the console: a class with a pack, three teachers whose phones wrote, a mentor, staff who can sign in.

Made once; tests that only look share it, tests that change things make people of their own in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.console.office import Office
from tests.county import County
from xuetan.accounts import console_access
from xuetan.app import create_app
from xuetan.kernel.clock import FixedClock
from xuetan.settings import Settings


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """The same hash with the least cost: its strength is not what is tested here."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console_access, "_hasher", lambda: cheap)
        patch.setattr(console_access, "_hash_of_nobody", lambda: cheap.hash("nobody"))
        yield


@pytest.fixture(scope="session")
def office(schema_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(schema_file, folder / "xuetan.sqlite")
    sources = folder / "sources"
    sources.mkdir()
    settings = Settings(**{**settings_in(folder).model_dump(), "pack_sources_dir": sources})
    clock = FixedClock()
    app = create_app(settings, clock=clock, run_jobs=False, prepare_schema=False)
    with TestClient(app, base_url="http://testserver") as client:
        yield Office.open(County.found(app.state.services, client), clock, sources)
