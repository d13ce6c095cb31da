"""Packs at a hub: what its classes have comes by itself, is what the root signed, and is given to phones with no line."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.county import County
from tests.hubs.site import Site
from tests.packs.conftest import SMALL_PACK
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.manifest import Keyring, Manifest, SignedKeyring
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.signing import canonical_json
from xuetan.packs import service as packs
from xuetan.packs.keyring import KEYRING_CONTEXT
from xuetan.programmes import service as programmes
from xuetan.relay import shelf
from xuetan.relay.figures import read_figures
from xuetan.relay.line import NoLineError

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


def test_a_hub_gives_the_packs_of_its_classes_as_the_root_does_with_no_line(given: County, site: Site) -> None:
    site.talk()
    site.line.is_cut = True
    manifest = manifest_of(given)
    assert len(bundles_of(given)) == 2
    for sha in files_of(given):
        assert whole(site.client, sha) == whole(given.client, sha)
    for path in (f"/packs/s/{manifest}", "/packs/keyring"):
        assert site.client.get(path).content == given.client.get(path).content
    page = BeautifulSoup(site.client.get("/").content, "html.parser")
    (shown,) = page.find_all(attrs={"data-testid": "hub-packs"})
    assert shown.get_text().startswith("1")


def test_a_page_of_any_origin_may_read_a_piece_of_a_file(given: County, site: Site) -> None:
    site.talk()
    sha = bundles_of(given)[0]
    asked = {"origin": "https://root", "access-control-request-headers": "range"}
    allowed = site.client.options(f"/packs/b/{sha}", headers=asked)
    piece = site.client.get(f"/packs/b/{sha}", headers={"origin": "https://root", "range": "bytes=5-9"})
    assert (allowed.status_code, allowed.headers["access-control-allow-headers"]) == (204, "range")
    assert allowed.headers["access-control-allow-private-network"] == "true"
    assert piece.content == whole(given.client, sha)[5:10]
    assert piece.headers["access-control-allow-origin"] == "*"
    assert piece.headers["access-control-expose-headers"] == "content-range"
    assert piece.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    for path in (f"/packs/s/{manifest_of(given)}", "/packs/keyring"):
        assert site.client.get(path).headers["access-control-allow-origin"] == "*"


def test_a_file_that_comes_over_a_dying_line_is_fetched_once(given: County, site: Site, clock: FixedClock) -> None:
    site.line.dies_after = 100
    for _ in range(400):
        site.talk()
        if read_figures_of(site)[0] and all(has(site, sha) for sha in bundles_of(given)):
            break
        clock.advance_ms(shelf.DAY_MS)
    site.line.is_cut = True
    for sha in bundles_of(given):
        size = len(whole(site.client, sha))
        assert sha256(whole(site.client, sha)).hexdigest() == sha
        # Each try brought 100 bytes of what was not here yet.
        assert sum(path.endswith(sha) for path in site.line.asked) == -(-size // 100) > 2


def test_records_do_not_wait_for_packs_that_cannot_be_fetched(given: County, site: Site, clock: FixedClock) -> None:
    """Each talk ends well and none of them is longer for it; packs rest, longer and longer."""
    site.line.dies_after = 0
    for _ in range(5):
        site.talk()
    tries = len([path for path in site.line.asked if path.startswith("/packs/b/")])
    clock.advance_ms(shelf.REST_MS)
    site.talk()
    clock.advance_ms(shelf.REST_MS)
    site.talk()
    assert len([path for path in site.line.asked if path.startswith("/packs/b/")]) == tries + 1


def test_a_file_that_is_gone_from_the_shelf_is_fetched_anew_and_not_counted_meanwhile(
    given: County, site: Site
) -> None:
    site.talk()
    blobs = shelf.shelf_blobs(site.services)
    for sha in files_of(given):
        blobs.path_of(sha).unlink()
        site.line.is_cut = True
        with pytest.raises(NoLineError):
            site.talk()
        site.line.is_cut = False
        assert not has(site, sha)
        site.talk()
        assert has(site, sha)
    assert read_figures_of(site) == (1, True)


@pytest.mark.parametrize("kind", ["manifest", "bundle", "signature", "keyring"])
def test_what_was_changed_on_its_way_is_not_given_on_and_is_asked_for_again(
    given: County, site: Site, clock: FixedClock, kind: str
) -> None:
    bundle = bundles_of(given)[0]
    manifest = manifest_of(given)
    site.line.spoilt = {
        "manifest": f"/b/{manifest}",
        "bundle": f"/b/{bundle}",
        "signature": f"/s/{manifest}",
        "keyring": "/packs/keyring",
    }[kind]
    site.talk()
    assert read_figures_of(site) == (0, kind == "bundle")
    asked = len(site.line.asked)
    held_back = bundle if kind == "bundle" else manifest
    assert site.client.get(f"/packs/b/{held_back}").status_code == 404
    site.line.spoilt = ""
    site.talk()
    assert len(site.line.asked) == asked + 1, "not at once"
    clock.advance_ms(shelf.TRY_AGAIN_MS)
    site.talk()
    assert whole(site.client, held_back) == whole(given.client, held_back)


def test_a_newer_version_takes_the_place_of_the_older_once_it_is_here(
    given: County, site: Site, tmp_path: Path, clock: FixedClock
) -> None:
    site.talk()
    before = files_of(given)
    folder = Path(shutil.copytree(SMALL_PACK, tmp_path / "small-pack"))
    source = folder / "pack.toml"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("version = 1", "version = 2", 1), encoding="utf-8")
    lesson = next((folder / "lessons").rglob("*.md"))
    lesson.write_text(lesson.read_text(encoding="utf-8") + "\n\n再读一遍。\n", encoding="utf-8")
    given.publish(folder)
    given.write(lambda session: programmes.refresh_pack_rows(session, SLUG, now_ms=given.now_ms))
    after = files_of(given)
    assert manifest_of(given) not in before
    # The text of the newer one is not to be had: the older stays whole.
    site.line.spoilt = f"/b/{after[1]}"
    site.talk()
    for sha in before:
        assert whole(site.client, sha) == whole(given.client, sha)
    site.line.spoilt = ""
    clock.advance_ms(shelf.TRY_AGAIN_MS)
    site.talk()
    for sha in after:
        assert whole(site.client, sha) == whole(given.client, sha)
    for sha in set(before) - set(after):
        assert site.client.get(f"/packs/b/{sha}").status_code == 404
        assert not shelf.shelf_blobs(site.services).has(sha)


def test_a_recalled_version_is_given_no_more(given: County, site: Site) -> None:
    site.talk()
    recall(given)
    site.talk()
    for sha in files_of(given):
        assert site.client.get(f"/packs/b/{sha}").status_code == 404


def test_a_recalled_version_goes_also_while_other_packs_are_not_to_be_had(
    given: County, site: Site, tmp_path: Path
) -> None:
    site.talk()
    folder = Path(shutil.copytree(SMALL_PACK, tmp_path / "other-pack"))
    source = folder / "pack.toml"
    source.write_text(source.read_text(encoding="utf-8").replace(SLUG, "other-pack", 1), encoding="utf-8")
    given.publish(folder)
    given.write(
        lambda session: programmes.assign_pack(session, OPERATOR, given.cohort_id, "other-pack", now_ms=given.now_ms)
    )
    recall(given)
    site.line.dies_after = 0
    site.talk()
    for sha in files_of(given):
        assert not has(site, sha)


def test_packs_leave_the_disk_to_records(given: County, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "FREE_BYTES_MIN", 1 << 60)
    site.talk()
    assert has(site, manifest_of(given))
    assert not any(has(site, sha) for sha in bundles_of(given))


def test_packs_take_no_more_room_than_they_may_and_give_it_back(given: County, site: Site) -> None:
    site.talk()
    # Settings do not change while a server runs: as after a start with less.
    site.services.settings.__dict__["hub_packs_mb"] = 0
    site.talk()
    assert has(site, manifest_of(given))
    assert not any(has(site, sha) for sha in bundles_of(given))
    assert read_figures_of(site)[0] == 0


def test_what_a_publisher_signed_who_is_trusted_no_more_goes(given: County, site: Site, clock: FixedClock) -> None:
    site.talk()
    keys = given.services.keys
    signed = msgspec.json.decode(packs.get_keyring(given.services), type=SignedKeyring)
    document = msgspec.json.decode(signed.keyring, type=Keyring)
    document.version, document.revoked = document.version + 1, [keys.publisher.key_id]
    text = canonical_json(msgspec.to_builtins(document)).decode()
    newer = SignedKeyring(text, keys.root.key_id, keys.root.sign(KEYRING_CONTEXT + text.encode()))
    (given.services.settings.data_dir / "keys" / "keyring.json").write_bytes(msgspec.json.encode(newer))
    clock.advance_ms(shelf.KEYRING_ASKED_MS)
    site.talk()
    assert not any(has(site, sha) for sha in files_of(given))


def test_who_asks_for_what_is_not_here_is_told_so_and_nothing_is_fetched_for_them(given: County, site: Site) -> None:
    asked = len(site.line.asked)
    for path in (f"/packs/b/{'0' * 64}", f"/packs/s/{'0' * 64}", "/packs/keyring", "/packs/b/../keyring"):
        assert site.client.get(path).status_code == 404, path
    assert site.client.post(f"/packs/b/{'0' * 64}").status_code == 405
    assert len(site.line.asked) == asked
