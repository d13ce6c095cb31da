"""A small pack to break, and what building it needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.county import StepsAtOnce
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.services import Services
from xuetan.kernel.signing import KeyStore
from xuetan.kernel.storage import BlobStore
from xuetan.packs import jobs
from xuetan.packs import service as packs

SMALL_PACK = Path(__file__).parents[1] / "data" / "small-pack"

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small pack."""
    return Path(shutil.copytree(SMALL_PACK, tmp_path / "small-pack"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """edit(file, old, new): replace a text that stands in the file."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.fixture
def county(services: Services) -> str:
    """The root organisation."""
    with services.database.transaction() as session:
        root = accounts.create_organisation(session, None, "county", "云岭县", actor=OPERATOR, now_ms=1)
    return root.id


@pytest.fixture
def publish(services: Services, county: str) -> Callable[[Path], packs.BuildView]:
    """Build and publish a folder by the steps of the job, here and now; the build as it ended.
    (`test_killed_builds` has the job itself.)"""

    def build(folder: Path) -> packs.BuildView:
        source = packs.read_source(folder, services)
        with services.database.transaction() as session:
            build_id = packs.request_build(session, services, OPERATOR, source)
        with suppress(MemoryError):
            jobs.build_pack(services, StepsAtOnce(), build_id)  # type: ignore[arg-type]
        with services.database.reading() as session:
            return packs.get_build(session, OPERATOR, build_id)

    return build
