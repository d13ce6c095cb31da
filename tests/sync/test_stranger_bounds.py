"""How much strangers may leave here, and that nobody takes the room of others by making up people."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.sync.forgotten import ASIDE, Forgotten, kept, take
from xuetan.event_log import service as event_log
from xuetan.event_log import strangers
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services
from xuetan.sync.couriers import take_file


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


def nobodys(county: County) -> Forgotten:
    phone = Forgotten(county)
    phone.device.person_id = new_id()
    phone.write(1)
    return phone


def hand_in(county: County, carrier: DeviceSimulator, data: bytes) -> bool:
    """Whether the carrier is done with it."""
    headers = {"authorization": f"Bearer {carrier.token}"}
    answer = county.client.post("/sync/1/files", content=data, headers=headers).json()
    return bool(answer["done"])


@pytest.mark.parametrize("bound", ["KEY_BYTES_MAX", "PERSON_BYTES_MAX", "ALL_BYTES_MAX", "NOBODYS_BYTES_MAX"])
def test_no_stranger_fills_the_server_and_what_has_no_room_stays_with_its_carrier(
    county: County, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(strangers, bound, 2_000)
    phone = Forgotten(county)
    if bound == "NOBODYS_BYTES_MAX":
        phone.device.person_id = new_id()
    phone.write(1)
    (first,) = take(county, phone.give())
    assert first.acks == [ASIDE]
    phone.write(40)
    (answer,) = take(county, phone.give())
    assert (answer.acks, answer.error) == ([["full"]] * 41, "quarantine_full")
    assert not take_file(county.services, phone.file()).is_done
    # What was kept stays, and known people are not in its way.
    assert kept(county)[0].events == 1
    known = county.device_of("colleague")
    known.record("lesson_opened/1", lesson_opened())
    assert take(county, give(known))[0].acks == [["ok"]]


@pytest.mark.parametrize("bound", ["PERSON_KEYS_MAX", "KEYS_MAX"])
def test_keys_are_counted_too(county: County, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(strangers, bound, 1)
    one, two = Forgotten(county), Forgotten(county)
    for phone, acks in ((one, [ASIDE]), (two, [["full"]]), (one, [ASIDE])):
        phone.write(1) if not phone.device.stream.events else None
        assert take(county, phone.give())[0].acks == acks


def test_claims_for_nobody_take_no_room_of_phones_of_real_people(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "NOBODYS_KEYS_MAX", 2)
    monkeypatch.setattr(strangers, "KEYS_MAX", 1)
    answers = [take(county, nobodys(county).give())[0].acks for _ in range(3)]
    assert answers == [[ASIDE], [ASIDE], [["full"]]]
    phone = Forgotten(county)
    phone.write(1)
    assert take(county, phone.give())[0].acks == [ASIDE]
    county.write(lambda session: event_log.throw_nobodys_away(session, "operator", now_ms=9))
    assert [one.of.device_id for one in kept(county)] == [phone.device.device_id]
    assert take(county, nobodys(county).give())[0].acks == [ASIDE]


def test_who_waits_is_listed_however_many_were_settled_since(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "NOBODYS_KEYS_MAX", 1)
    monkeypatch.setattr(strangers, "KEYS_MAX", 1)
    waiting = Forgotten(county)
    waiting.write(1)
    take(county, waiting.give())
    for number in range(3):
        county.services.clock.advance_ms(1_000)  # type: ignore[attr-defined]
        take(county, nobodys(county).give())
        county.write(lambda session, now_ms=number: event_log.throw_nobodys_away(session, "operator", now_ms=now_ms))
    assert [one.of.device_id for one in kept(county)] == [waiting.device.device_id]
    listed = county.read(lambda session: event_log.list_strangers(session, only_open=False))
    assert [one.transfers for one in listed] == [1, 0]


def test_what_somebody_brings_home_themselves_gets_in_whatever_is_claimed_in_their_name(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "PERSON_KEYS_MAX", 2)
    monkeypatch.setattr(strangers, "PERSON_BYTES_MAX", 3_000)
    for _ in range(3):
        forger = Forgotten(county)
        forger.write(1)
        take(county, forger.give())
    assert len(kept(county)) == 2
    phone = Forgotten(county)
    phone.write(10)
    (answer,) = take(county, phone.give())
    assert answer.error == "quarantine_full"
    colleague, now = county.device_of("colleague"), county.device_of("teacher")
    assert [hand_in(county, one, phone.file()) for one in (colleague, now)] == [False, True]
    assert [one.events for one in kept(county) if one.of.device_id == phone.device.device_id] == [10]
