"""One installation for all tests that only knock at doors, made once; tests that change who may what make their own county."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.county import County
from tests.security.estate import Estate
from xuetan.accounts import console_access
from xuetan.app import create_app
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes() -> Iterator[None]:
    with cheaply_hashed():
        yield


@contextmanager
def cheaply_hashed() -> Iterator[None]:
    """The same hash with the least cost: its strength is not what is tested here."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console_access, "_hasher", lambda: cheap)
        patch.setattr(console_access, "_hash_of_nobody", lambda: cheap.hash("nobody"))
        yield


@pytest.fixture(scope="session")
def estate(schema_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    settings = settings_in(tmp_path_factory.mktemp("estate"))
    shutil.copy(schema_file, settings.data_dir / "xuetan.sqlite")
    app = create_app(settings, clock=FixedClock(), run_jobs=False, prepare_schema=False)
    with TestClient(app, base_url="http://testserver") as client:
        with cheaply_hashed():
            made = Estate.found(County.found(app.state.services, client))
        yield made


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    """An installation for one test alone."""
    return County.found(services, client)
