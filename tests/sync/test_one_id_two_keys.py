"""Two keys for one device id. A claim chooses its id, and ids stand open in every file: what one claim is believed for must not shut
out the phone whose id it is."""

from __future__ import annotations

import pytest
from msgspec import UNSET
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give
from tests.simulation.events import lesson_opened
from tests.sync.forgotten import ASIDE, Forgotten, accept, kept, lessons, run_job, take
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Stranger
from xuetan.kernel.services import Services
from xuetan.sync.couriers import take_file
from xuetan.sync.strangers import Signers, SomeKey, keep


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


def two_of_one_id(county: County, who: str) -> tuple[Forgotten, Forgotten]:
    """The phone that the root forgot, and whoever names its id."""
    phone, other = Forgotten(county), Forgotten(county, who)
    other.device.device_id = phone.device.device_id
    for one in (phone, other):
        one.write(2)
        take(county, one.give())
    return phone, other


def claim_of(county: County, phone: Forgotten) -> Stranger:
    assert phone.device.key is not None
    of = event_log.StrangerKey(phone.device.person_id, phone.device.device_id, phone.device.key.key_id)
    return county.read(lambda session: event_log.get_stranger(session, of))


def check_all_ways_are_open(county: County, phone: Forgotten) -> None:
    """What is kept came in; a hub and a file bring more of it, and get the root's word."""
    assert (phone.stored(), kept(county)) == (lessons(2), [])
    phone.write(1)
    (answer,) = take(county, phone.give())
    assert answer.statement is not UNSET and answer.statement.next == 3
    phone.write(1)
    taken = take_file(county.services, phone.file())
    assert (taken.taken, taken.known, taken.is_done) == (1, 3, True)
    assert taken.device is not None and taken.device.person_id == phone.device.person_id


def test_a_wrong_key_that_was_accepted_does_not_shut_the_right_one_out(county: County) -> None:
    phone, forger = two_of_one_id(county, "teacher")
    accept(county, claim_of(county, forger))
    # Still a stranger's, and still in hand: neither hub nor carrier lets go of it.
    (answer,) = take(county, phone.give())
    assert (answer.acks, answer.error) == ([ASIDE] * 2, UNSET)
    assert take_file(county.services, phone.file()).aside == 2
    accept(county, claim_of(county, phone))
    both = county.read(lambda session: event_log.list_events(session, phone.device.own_scope))
    assert len([one for one in both if one.kind == "lesson_opened/1"]) == 4
    phone.write(1)
    (answer,) = take(county, phone.give())
    assert answer.statement is not UNSET and answer.statement.next == 3
    assert kept(county) == []


def test_another_persons_claim_to_a_phones_id_does_not_shut_the_phone_out(county: County) -> None:
    phone, carrier = two_of_one_id(county, "colleague")
    accept(county, claim_of(county, carrier))
    assert carrier.stored() == lessons(2)
    again = county.device_of("teacher", key=phone.device.key)
    assert again.device_id != phone.device.device_id
    run_job(county, claim_of(county, phone))
    check_all_ways_are_open(county, phone)


def test_a_phone_that_signs_in_while_its_records_are_looked_at_gets_them_in(county: County) -> None:
    phone = Forgotten(county)
    phone.write(2)
    (carried,) = phone.give()
    signer = county.read(lambda session: Signers(session, [carried]).find(carried))
    assert isinstance(signer, SomeKey)
    county.device_of("teacher", key=phone.device.key)
    assert county.services.jobs.count_open() == {}, "nothing was kept when it signed in"
    county.write(lambda session: keep(county.services, session, carried, signer, county.now_ms))
    assert county.services.jobs.count_open() == {"other": 1}
    run_job(county, claim_of(county, phone))
    assert (phone.stored(), kept(county)) == (lessons(2), [])


def test_an_id_that_another_device_has_shuts_nobody_out(county: County) -> None:
    phone, other = Forgotten(county), county.device_of("colleague")
    phone.device.device_id = other.device_id
    phone.write(2)
    take(county, phone.give())
    county.device_of("teacher", key=phone.device.key)
    run_job(county, claim_of(county, phone))
    check_all_ways_are_open(county, phone)
    other.record("lesson_opened/1", lesson_opened())
    assert take(county, give(other))[0].acks == [["ok"]]


def test_nobody_gets_round_a_known_device_by_naming_a_key_of_ones_own(county: County) -> None:
    victim, forger = county.device_of("colleague"), Forgotten(county)
    forger.write(1)
    (one,) = forger.give()
    one.transfer.device, one.transfer.person, one.transfer.sig2 = victim.device_id, victim.person_id, UNSET
    (answer,) = take(county, [one])
    assert answer.acks == [ASIDE]
    one.transfer.person = county.id_of("teacher")
    (answer,) = take(county, [one])
    assert answer.acks == [ASIDE]
    # Both wait for the operator as any stranger's: nothing of it is the victim's.
    assert sorted(one.of.person_id for one in kept(county)) == sorted([victim.person_id, county.id_of("teacher")])
    assert forger.stored() == []
    assert county.read(lambda session: event_log.list_events(session, victim.own_scope)) == []
