"""A hub whose clock has no battery: it comes up in 1970, and jumps ahead when somebody tells it the time. Nothing that it keeps waits
longer for that, and nothing is dropped."""

from __future__ import annotations

import dataclasses

import pytest
from sqlmodel import select

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from xuetan.event_log import strangers
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey
from xuetan.relay import holding
from xuetan.relay.models import RelayTransfer
from xuetan.relay.upstream import Upstream

__all__ = ["backend"]
DAY_MS = 86_400_000
YEARS_MS = 20 * 366 * DAY_MS


def with_clock(site: Site, ms: int) -> Upstream:
    """What the hub says to the root when its clock stands there."""
    return Upstream(dataclasses.replace(site.services, clock=FixedClock(ms)), site.line)


def states(site: Site) -> list[str]:
    with site.services.database.reading() as session:
        return list(session.exec(select(RelayTransfer.state).order_by(RelayTransfer.number)).all())  # type: ignore[arg-type]


@pytest.fixture
def no_room_for_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The root says that it has none: what a stranger gave goes on waiting."""
    monkeypatch.setattr(strangers, "ALL_BYTES_MAX", 0)


def give_as_stranger(county: County, site: Site) -> None:
    """A phone of which the root never heard, or not any more."""
    stranger = HubPhone.of(county, "colleague")
    stranger.device.device_id, stranger.device.key = new_id(), SigningKey.generate()
    stranger.write("whose")
    assert stranger.ask(site).refused == "device_unknown"


def waits_until(site: Site) -> int:
    with site.services.database.reading() as session:
        return session.exec(select(RelayTransfer.try_after_ms).where(RelayTransfer.state == holding.WAITING)).one()


@pytest.mark.usefixtures("no_room_for_strangers")
def test_a_wait_that_began_before_the_clock_fell_back_to_1970_is_over(county: County, site: Site) -> None:
    give_as_stranger(county, site)
    site.talk()
    assert waits_until(site) > county.now_ms
    with_clock(site, 0).exchange()
    # It was brought, and begins its wait by this clock.
    assert 0 < waits_until(site) < DAY_MS


@pytest.mark.usefixtures("no_room_for_strangers")
@pytest.mark.parametrize("whose", ["hub", "root"])
def test_a_clock_that_jumps_ahead_by_years_drops_nothing(
    county: County, site: Site, clock: FixedClock, whose: str
) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("given")
    teacher.ask(site)
    give_as_stranger(county, site)
    site.talk()
    before = states(site)
    assert sorted(before) == [holding.GIVEN, holding.WAITING]
    upstream = with_clock(site, county.now_ms + YEARS_MS)
    if whose == "root":
        clock.advance_ms(YEARS_MS)
    for _ in range(3):
        upstream.exchange()
    assert states(site) == before


@pytest.mark.usefixtures("no_room_for_strangers")
def test_after_the_root_was_heard_long_enough_they_go(
    county: County, site: Site, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "KEPT_MS", 5 * DAY_MS)
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("given")
    teacher.ask(site)
    give_as_stranger(county, site)
    site.talk()
    counts = []
    for _ in range(7):
        clock.advance_ms(DAY_MS)
        # The hub's own clock stands in 1970 all the while.
        with_clock(site, 0).exchange()
        counts.append(len(states(site)))
    assert counts == [2, 2, 2, 2, 2, 0, 0]
