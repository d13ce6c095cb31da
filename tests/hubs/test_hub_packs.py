"""Packs at a hub: what its classes have comes by itself, is what the root signed, and is given to phones with no line."""

from __future__ import annotations

from hashlib import sha256

import pytest
from bs4 import BeautifulSoup

from tests.county import County
from tests.hubs.pack_fixtures import (
    _small_slices,
    bundles_of,
    files_of,
    given,
    has,
    manifest_of,
    read_figures_of,
    whole,
)
from tests.hubs.site import Site
from xuetan.kernel.clock import FixedClock
from xuetan.relay import shelf
from xuetan.relay.line import NoLineError

__all__ = ["_small_slices", "given"]


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


def test_who_asks_for_what_is_not_here_is_told_so_and_nothing_is_fetched_for_them(given: County, site: Site) -> None:
    asked = len(site.line.asked)
    for path in (f"/packs/b/{'0' * 64}", f"/packs/s/{'0' * 64}", "/packs/keyring", "/packs/b/../keyring"):
        assert site.client.get(path).status_code == 404, path
    assert site.client.post(f"/packs/b/{'0' * 64}").status_code == 405
    assert len(site.line.asked) == asked
