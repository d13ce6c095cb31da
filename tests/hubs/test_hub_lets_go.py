"""What a hub gives up, once the root has it in a verified backup: what stands in its stream there, and nothing else. The root's stream
may hold another history."""

from __future__ import annotations

import pytest
from sqlmodel import select

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from tests.simulation.carrying import sign
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey
from xuetan.relay.models import RelaySegment

__all__ = ["backend"]


def kept(site: Site) -> list[tuple[int, str | None]]:
    """Where each segment that the hub keeps begins, and what the root answered."""
    with site.services.database.reading() as session:
        rows = session.exec(select(RelaySegment.first, RelaySegment.answer).order_by(RelaySegment.first)).all()  # type: ignore[arg-type]
    return [(first, answer) for first, answer in rows]


def back_up(county: County, phone: HubPhone) -> None:
    """As after a verified backup: all that stands in the phone's stream is in it."""
    stream = phone.device.stream.stream
    ends = [end for end in county.read(event_log.list_stream_ends) if end[0] == stream]
    county.write(lambda session: event_log.mark_safe(session, ends))


def copy_of(county: County, phone: HubPhone) -> HubPhone:
    """The same device as its storage was before it wrote anything."""
    copy = HubPhone.of(county, "teacher")
    copy.device.key, copy.device.device_id = phone.device.key, phone.device.device_id
    copy.device.stream.stream = phone.device.stream.stream
    return copy


def test_what_the_root_has_in_its_place_and_in_a_backup_is_let_go(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first", "second")
    teacher.device.record("lesson_opened/1", {"pack": "p"}, scope=f"u:{county.id_of('mentor')}")
    teacher.device.stream.seal()
    assert teacher.ask(site).held
    site.talk()
    assert kept(site) == [(0, "ok"), (1, "ok"), (2, "aside")]
    back_up(county, teacher)
    site.talk()
    assert kept(site) == []


@pytest.mark.parametrize("revoked", [False, True])
def test_a_fork_is_kept_though_the_other_history_is_in_a_backup(county: County, site: Site, revoked: bool) -> None:
    teacher = HubPhone.of(county, "teacher")
    copy = copy_of(county, teacher)
    site.talk()
    teacher.write("first", "second")
    teacher.device.sync()
    back_up(county, teacher)
    if revoked:
        county.write(
            lambda session: accounts.revoke_device(session, copy.device.device_id, OPERATOR, services=county.services)
        )
    copy.write("of-the-copy")
    assert copy.ask(site).held
    for _ in range(2):
        site.talk()
        assert kept(site) == [(0, "device_revoked" if revoked else "fork")]


def test_what_came_under_anothers_stream_is_kept_though_that_stream_is_in_a_backup(county: County, site: Site) -> None:
    teacher, other = HubPhone.of(county, "teacher"), HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first")
    teacher.device.sync()
    back_up(county, teacher)
    other.device.stream.stream = teacher.device.stream.stream
    other.write("under-its-stream")
    assert other.ask(site).held
    for _ in range(2):
        site.talk()
        assert kept(site) == [(0, "stream_of_another")]


def test_what_came_behind_a_gap_is_kept_though_another_history_filled_its_place(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    copy = copy_of(county, teacher)
    site.talk()
    copy.write("first", "of-the-copy")
    # The beginning went to another hub, which is gone.
    stream = copy.device.stream
    assert copy.ask(site, carried=[sign(copy.device, stream, stream.sealed[1:])]).held
    site.talk()
    teacher.write("other", "words")
    teacher.device.sync()
    back_up(county, teacher)
    site.talk()
    assert kept(site) == [(1, "gap")]


def test_what_a_forgotten_phone_signed_is_kept_though_another_history_of_its_stream_is_in_a_backup(
    county: County, site: Site
) -> None:
    teacher = HubPhone.of(county, "teacher")
    forgotten = copy_of(county, teacher)
    forgotten.device.key, forgotten.device.device_id = SigningKey.generate(), new_id()
    site.talk()
    teacher.write("first")
    teacher.device.sync()
    back_up(county, teacher)
    forgotten.write("of-the-forgotten")
    assert forgotten.ask(site).held
    for _ in range(2):
        site.talk()
        assert kept(site) == [(0, "device_unknown")]
