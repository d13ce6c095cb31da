"""Packs at a hub that go, and what stays: newer versions, recalls, room, and what nobody asks for any more."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.county import County
from tests.hubs.pack_fixtures import (
    SLUG,
    _small_slices,
    bundles_of,
    files_of,
    given,
    has,
    manifest_of,
    read_figures_of,
    recall,
    whole,
)
from tests.hubs.site import Site
from tests.packs.conftest import SMALL_PACK
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.manifest import Keyring, SignedKeyring
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.signing import canonical_json
from xuetan.packs import service as packs
from xuetan.packs.keyring import KEYRING_CONTEXT
from xuetan.programmes import service as programmes
from xuetan.relay import shelf

__all__ = ["_small_slices", "given"]


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


def take_away(county: County) -> None:
    """No class has it any more."""
    scope = f"c:{county.cohort_id}"
    county.write(lambda session: event_log.append_row(session, scope, "pack", SLUG, None, now_ms=county.now_ms))


def test_what_no_class_has_any_more_stays_for_a_while(given: County, site: Site, clock: FixedClock) -> None:
    site.talk()
    take_away(given)
    site.talk()
    clock.advance_ms(shelf.UNASKED_KEPT_MS - 1)
    site.talk()
    assert all(has(site, sha) for sha in files_of(given))
    clock.advance_ms(1)
    site.talk()
    assert not any(has(site, sha) for sha in files_of(given))


def test_it_goes_once_room_is_needed(given: County, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.talk()
    take_away(given)
    monkeypatch.setattr(shelf, "FREE_BYTES_MIN", 1 << 60)
    site.talk()
    assert not any(has(site, sha) for sha in files_of(given))
