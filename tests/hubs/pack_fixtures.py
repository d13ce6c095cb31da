"""The small pack, given to a class of a hub's place, and what of it the hub has."""

from __future__ import annotations

import msgspec
import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.hubs.site import Site
from tests.packs.conftest import SMALL_PACK
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.manifest import Manifest
from xuetan.event_log import service as event_log
from xuetan.packs import service as packs
from xuetan.programmes import service as programmes
from xuetan.relay import shelf
from xuetan.relay.figures import read_figures

SLUG = "small-pack"


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small pack is smaller than one slice."""
    monkeypatch.setattr(shelf, "SLICE_BYTES", 700)


@pytest.fixture
def given(county: County, site: Site) -> County:
    """A class of the county `east` has been given the small pack since its hub last heard of the root."""
    assert site.line.asked
    county.enrol("teacher")
    county.publish(SMALL_PACK)
    county.write(
        lambda session: programmes.assign_pack(session, OPERATOR, county.cohort_id, SLUG, now_ms=county.now_ms)
    )
    return county


def manifest_of(county: County, version: int | None = None) -> str:
    card = county.read(lambda session: packs.get_pack_card(session, SLUG, version))
    return str(card["manifest"])


def bundles_of(county: County, version: int | None = None) -> list[str]:
    body = county.client.get(f"/packs/b/{manifest_of(county, version)}").content
    return [bundle.blob for bundle in msgspec.json.decode(body, type=Manifest).bundles]


def files_of(county: County, version: int | None = None) -> list[str]:
    return [manifest_of(county, version), *bundles_of(county, version)]


def read_figures_of(site: Site) -> tuple[int, bool]:
    """How many packs can be had here, and whether anything came."""
    with site.services.database.reading() as session:
        figures = read_figures(session)
    assert figures is not None
    return figures.packs, figures.packs_bytes > 0


def recall(county: County) -> None:
    row = {"slug": SLUG, "version": 1, "reason": {"en": "A figure was wrong."}}
    county.write(lambda session: event_log.append_row(session, "pub", "pack_recalled", SLUG, row, now_ms=county.now_ms))


def has(site: Site, sha: str) -> bool:
    """It is given to phones."""
    return bool(site.client.get(f"/packs/b/{sha}").status_code == 200)


def whole(client: TestClient, sha: str) -> bytes:
    """As phones ask: by range, so that no compressed copy comes."""
    answer = client.get(f"/packs/b/{sha}", headers={"range": "bytes=0-"})
    assert answer.status_code == 206, answer.text
    return answer.content
