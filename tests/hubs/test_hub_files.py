"""Files that are handed in at a hub: a year of them fits, since what the root has taken gives way; the same file is known again, and
the root, put back, gets what it lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.simulation.carrying import give
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import AppError
from xuetan.kernel.signing import SigningKey
from xuetan.relay import couriers, holding
from xuetan.relay.couriers import DONE, keep_file
from xuetan.relay.mirroring import drop
from xuetan.relay.models import RelayFile
from xuetan.relay.state import get_state
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers

__all__ = ["backend"]
DAY_MS = 86_400_000


def make(county: County, phone: HubPhone, lesson: str, reader: SigningKey | None = None) -> bytes:
    """A file with all that this phone has, and one lesson more."""
    phone.write(lesson)
    assert phone.device.key is not None
    reader = reader or county.services.keys.files
    key, device = phone.device.key, phone.device.device_id
    header = FileHeader(1, "transfers", reader.key_id, device, "name", 7, key.spki, phone.file_key.spki)
    return make_file(header, encode_transfers(give(phone.device)), reader.spki, key)


def kept(site: Site) -> list[tuple[str, bool]]:
    """The state of each file that is known, and whether its bytes are here."""
    with site.services.database.reading() as session:
        rows = session.exec(select(RelayFile.state, RelayFile.data).order_by(RelayFile.received_ms)).all()  # type: ignore[arg-type]
    return [(state, bool(data)) for state, data in rows]


@pytest.fixture
def hand_in(county: County, site: Site, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], str]:
    """Hands a file in at a hub that has room for two; its state."""
    monkeypatch.setattr(couriers, "FILES_MAX", 2)

    def hand_in(data: bytes) -> str:
        clock.advance_ms(1_000)
        return keep_file(site.services, data).state

    return hand_in


def test_what_the_root_took_gives_way_and_is_known_again(
    county: County, site: Site, hand_in: Callable[[bytes], str]
) -> None:
    teacher = HubPhone.of(county, "teacher")
    files = [make(county, teacher, f"lesson-{number}") for number in range(5)]
    for data in files:
        assert hand_in(data) == holding.WAITING
        site.talk()
    assert kept(site) == [(DONE, False)] * 3 + [(DONE, True)] * 2
    assert stored_lessons(county, "teacher") == [f"lesson-{number}" for number in range(5)]
    for data in files:
        again = keep_file(site.services, data)
        assert (again.state, again.receipt is not None) == (DONE, True)
    assert len(kept(site)) == 5


def test_what_waits_never_gives_way(county: County, site: Site, hand_in: Callable[[bytes], str]) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    for number in range(2):
        hand_in(make(county, teacher, f"lesson-{number}"))
    with pytest.raises(AppError) as refused:
        hand_in(make(county, teacher, "too-much"))
    assert refused.value.code == "hub_full"
    site.talk()
    assert hand_in(make(county, teacher, "now")) == holding.WAITING


def make_older(site: Site, by_ms: int) -> None:
    with site.services.database.transaction() as session:
        state = get_state(session)
        state.age_ms += by_ms
        session.add(state)


def test_what_the_root_cannot_open_gives_way_after_a_while(
    county: County, site: Site, hand_in: Callable[[bytes], str]
) -> None:
    teacher = HubPhone.of(county, "teacher")
    hand_in(make(county, teacher, "litter", SigningKey.generate()))
    site.talk()
    site.line.is_cut = True
    hand_in(make(county, teacher, "waits"))
    last = make(county, teacher, "last")
    with pytest.raises(AppError):
        hand_in(last)
    assert kept(site) == [(holding.REFUSED, True), (holding.WAITING, True)]
    make_older(site, couriers.REFUSED_KEPT_MS + DAY_MS)
    assert hand_in(last) == holding.WAITING
    assert kept(site) == [(holding.REFUSED, False)] + [(holding.WAITING, True)] * 2


def test_what_the_root_cannot_open_keeps_half_of_the_room_when_there_is_none_for_others(
    county: County, site: Site, hand_in: Callable[[bytes], str]
) -> None:
    teacher = HubPhone.of(county, "teacher")
    for number in range(2):
        hand_in(make(county, teacher, f"litter-{number}", SigningKey.generate()))
        site.talk()
        make_older(site, DAY_MS)
    assert kept(site) == [(holding.REFUSED, True)] * 2
    site.line.is_cut = True
    assert hand_in(make(county, teacher, "lesson")) == holding.WAITING
    assert kept(site) == [(holding.REFUSED, False), (holding.REFUSED, True), (holding.WAITING, True)]
    with pytest.raises(AppError):
        hand_in(make(county, teacher, "more"))


def test_bytes_go_by_themselves_after_a_while_and_all_of_it_after_a_year(
    county: County, site: Site, clock: FixedClock, hand_in: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "TAKEN_KEPT_MS", 2 * DAY_MS)
    monkeypatch.setattr(couriers, "KEPT_MS", 4 * DAY_MS)
    hand_in(make(county, HubPhone.of(county, "teacher"), "lesson"))
    site.talk()
    days = []
    for _ in range(6):
        clock.advance_ms(DAY_MS)
        site.upstream.exchange()
        days.append(kept(site))
    assert days == [[(DONE, True)]] * 2 + [[(DONE, False)]] * 2 + [[]] * 2


def test_a_root_that_was_put_back_is_brought_what_is_still_here(
    county: County, site: Site, hand_in: Callable[[bytes], str]
) -> None:
    teacher = HubPhone.of(county, "teacher")
    files = [make(county, teacher, f"lesson-{number}") for number in range(3)]
    for data in files:
        hand_in(data)
        site.talk()
    with site.services.database.transaction() as session:
        drop(session, get_state(session))
    assert kept(site) == [(holding.WAITING, True)] * 2
    # Its bytes were let go; who hands it in again is not told of a root that is no more.
    asked = len(site.line.asked)
    site.talk()
    assert site.line.asked[asked:].count("/hubs/1/files") == 2
    assert hand_in(files[0]) == holding.WAITING
