"""What a hub brings to its root once more: only what the root answered without knowing whose it was."""

from __future__ import annotations

from sqlmodel import col, select

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from xuetan.relay.models import RelayDevice, RelayTransfer

__all__ = ["backend"]


def states(site: Site) -> list[str]:
    with site.services.database.reading() as session:
        return list(session.exec(select(RelayTransfer.state).order_by(col(RelayTransfer.number))).all())


def test_what_was_answered_in_earnest_is_not_brought_again_when_its_device_comes_into_the_reach(
    county: County, site: Site
) -> None:
    visitor = HubPhone.of(county, "west-mentor")
    visitor.write("as-a-stranger")
    assert visitor.ask(site).held
    site.talk()
    assert states(site) == ["given"]
    county.pair("west-mentor", "colleague")
    for _ in range(3):
        site.upstream.exchange()
        assert states(site) == ["given"]
    with site.services.database.reading() as session:
        assert session.get(RelayDevice, visitor.device.device_id) is not None
