"""The room for files at a hub's page, where anybody may hand one in: litter by keys that nobody knows shuts out nobody of the place."""

from __future__ import annotations

import pytest

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import AppError
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.relay import couriers, holding
from xuetan.relay.couriers import keep_file
from xuetan.sync.files import make_file

__all__ = ["backend"]
FILES_MAX = 8


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(couriers, "FILES_MAX", FILES_MAX)


class Page:
    """A hub's page, where files come one after the other."""

    def __init__(self, site: Site, county: County, clock: FixedClock) -> None:
        self.site, self.county, self.clock = site, county, clock

    def hand_in(self, key: SigningKey, device_id: str = "") -> str:
        """Some file that this key signed; what becomes of it."""
        reader = self.county.services.keys.files
        header = FileHeader(1, "transfers", reader.key_id, device_id or new_id(), "name", self.clock.now_ms(), key.spki)
        self.clock.advance_ms(1_000)
        try:
            return keep_file(self.site.services, make_file(header, b"anything", reader.spki, key)).state
        except AppError as error:
            return error.code

    def hand_in_litter(self, count: int, device_id: str = "") -> list[str]:
        return [self.hand_in(SigningKey.generate(), device_id) for _ in range(count)]


@pytest.fixture
def page(site: Site, county: County, clock: FixedClock) -> Page:
    return Page(site, county, clock)


def known(county: County, site: Site) -> tuple[SigningKey, str]:
    device = HubPhone.of(county, "teacher").device
    site.talk()
    assert device.key is not None
    return device.key, device.device_id


def test_litter_that_nobody_has_looked_at_leaves_room_for_the_people_of_the_place(
    page: Page, county: County, site: Site, services: Services
) -> None:
    key, device_id = known(county, site)
    site.line.is_cut = True
    assert page.hand_in_litter(FILES_MAX) == [holding.WAITING] * 4 + ["hub_full"] * 4
    # An id proves nothing.
    assert page.hand_in_litter(1, device_id) == ["hub_full"]
    assert [page.hand_in(key, device_id) for _ in range(5)] == [holding.WAITING] * 4 + ["hub_full"]


def test_litter_gives_way_to_litter_once_the_root_could_not_open_it(page: Page, county: County, site: Site) -> None:
    for _ in range(3):
        assert page.hand_in_litter(2) == [holding.WAITING] * 2
        site.talk()


def test_people_of_the_place_may_use_all_of_it(page: Page, county: County, site: Site) -> None:
    key, device_id = known(county, site)
    site.line.is_cut = True
    assert [page.hand_in(key, device_id) for _ in range(FILES_MAX)] == [holding.WAITING] * FILES_MAX
    assert page.hand_in_litter(1) == ["hub_full"]
