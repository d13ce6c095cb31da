"""Hubs that were revoked before phones of every place were told so: they are told once."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from xuetan.accounts.service import OPERATOR
from xuetan.hubs import service as hubs
from xuetan.wiring import BEGINNINGS

__all__ = ["backend"]


def count_rows(session: Session) -> int:
    return int(session.execute(text("SELECT COUNT(*) FROM log_entry WHERE row_kind = 'hub_revoked'")).scalar_one())


def test_hubs_revoked_before_there_was_a_row_are_told_of_at_the_next_start_and_once(county: County, site: Site) -> None:
    assert hubs.tell_of_revoked in BEGINNINGS
    hubs.tell_of_revoked(county.services)
    assert county.read(count_rows) == 0, "a hub in use is no news"
    (hub,) = county.read(lambda session: hubs.list_hubs(session, OPERATOR))
    # As a version before left it: revoked, and no row in the scope of all.
    revoke = text("UPDATE hub_hub SET revoked_ms = 7 WHERE id = :hub")
    county.write(lambda session: session.execute(revoke, {"hub": hub.id}))
    for _start in range(2):
        hubs.tell_of_revoked(county.services)
        assert county.read(count_rows) == 1
    stranger = HubPhone.of(county, "west-mentor")
    assert [row["hub"] for row in stranger.device.rows("pub", "hub_revoked").values()] == [hub.id]
