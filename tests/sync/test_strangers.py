"""What a phone signed that this installation does not know, after a restore to a time before it signed in: kept apart for the
operator, told to nobody, and taken in the ordinary way once its key is believed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec import UNSET
from starlette.testclient import TestClient

from tests.county import County
from tests.sync.forgotten import ASIDE, Forgotten, accept, kept, lessons, run_job, take
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.sync.couriers import take_file


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


def test_what_a_hub_brings_of_an_unknown_phone_is_kept_once_and_shown_to_nobody(county: County) -> None:
    phone = Forgotten(county)
    phone.write(3)
    for _ in range(2):
        (answer,) = take(county, phone.give())
        assert (answer.acks, answer.error, answer.statement) == ([ASIDE] * 3, UNSET, UNSET)
    (stranger,) = kept(county)
    assert (stranger.of.person_id, stranger.of.device_id) == (phone.device.person_id, phone.device.device_id)
    assert (stranger.events, stranger.is_known_person, stranger.transfers) == (3, True, 1)
    assert phone.stored() == []
    assert county.read(lambda session: event_log.list_set_aside(session, phone.device.person_id)) == []
    other = county.device_of("teacher")
    other.sync()
    assert not [one for one in other.events() if one.kind == "lesson_opened/1"]
    assert other.rows(f"p:{phone.device.person_id}", "set_aside") == {}
    contents = county.read(lambda session: event_log.read_of_stranger(session, stranger.of, 2))
    assert contents.scopes == [(phone.device.own_scope, 3)]
    assert [one.event.payload["lesson"] for one in contents.events if one.event] == lessons(2)


def test_once_the_operator_accepts_the_key_all_of_it_goes_the_ordinary_way(county: County) -> None:
    phone = Forgotten(county)
    phone.write(130)
    take(county, phone.give())
    (stranger,) = kept(county)
    accept(county, stranger)
    assert phone.stored() == lessons(130)
    assert kept(county) == []
    assert county.read(event_log.find_broken_streams) == set()
    # Whoever brings it again hears the root's word, so that the phone gets its receipt.
    answers = take(county, phone.give())
    assert answers[-1].statement is not UNSET and answers[-1].statement.next == 130
    known = county.read(lambda session: event_log.get_stranger(session, stranger.of))
    assert (known.accepted_by, known.transfers) == (OPERATOR.person_id, 0)


def test_an_accepted_key_opens_nothing_until_its_person_signs_in_on_that_phone(county: County) -> None:
    phone = Forgotten(county)
    phone.write(1)
    take(county, phone.give())
    accept(county, kept(county)[0])
    answer = county.client.post("/api/1/session/nonce", json={"device": phone.device.device_id})
    assert (answer.status_code, answer.json()["code"]) == (401, SignInRequiredError.code)
    again = county.device_of("teacher", key=phone.device.key)
    assert again.device_id == phone.device.device_id
    assert county.client.post("/api/1/session/nonce", json={"device": again.device_id}).status_code == 200


def test_a_file_of_an_unknown_phone_is_kept_and_its_carrier_may_forget_it(county: County) -> None:
    phone = Forgotten(county)
    phone.write(2)
    taken = take_file(county.services, phone.file())
    assert (taken.name, taken.taken, taken.aside, taken.is_done, taken.receipt) == ("王老师", 0, 2, True, None)
    (stranger,) = kept(county)
    assert (stranger.name, stranger.events) == ("王老师", 2)
    accept(county, stranger)
    assert phone.stored() == lessons(2)


def test_a_phone_that_signs_in_again_under_another_id_is_known_by_its_key(county: County) -> None:
    phone = Forgotten(county)
    phone.write(2)
    take(county, phone.give())
    again = county.device_of("teacher", key=phone.device.key)
    assert again.device_id != phone.device.device_id
    run_job(county, kept(county)[0])
    assert (phone.stored(), kept(county)) == (lessons(2), [])
    phone.write(1)
    taken = take_file(county.services, phone.file())
    assert (taken.taken, taken.known, taken.is_done) == (1, 2, True)
    (answer,) = take(county, phone.give())
    assert answer.statement is not UNSET and answer.statement.next == 3


def test_what_was_thrown_away_is_refused_for_good_and_its_carriers_let_go(county: County) -> None:
    phone = Forgotten(county)
    phone.write(1)
    take(county, phone.give())
    (stranger,) = kept(county)
    county.write(lambda session: event_log.throw_stranger_away(session, stranger.of, "operator", now_ms=9))
    assert kept(county) == []
    (answer,) = take(county, phone.give())
    assert (answer.error, answer.acks) == ("device_revoked", UNSET)
    assert take_file(county.services, phone.file()).is_done
    assert (kept(county), phone.stored()) == ([], [])


def test_a_longer_copy_takes_the_place_of_a_shorter_one(county: County) -> None:
    phone = Forgotten(county)
    for _ in range(3):
        phone.write(1)
        take(county, phone.give())
    (stranger,) = kept(county)
    assert (stranger.transfers, stranger.events) == (1, 3)
    phone.write(1)
    take(county, phone.give(first=2))
    (stranger,) = kept(county)
    assert stranger.transfers == 2
    contents = county.read(lambda session: event_log.read_of_stranger(session, stranger.of, 50))
    assert [one.seq for one in contents.events] == [0, 1, 2, 3]


def without_key(one: Carried) -> Carried:
    one.transfer.by = UNSET
    return one


def by_another_key(one: Carried) -> Carried:
    one.transfer.by = SigningKey.generate().spki
    return one


def with_a_changed_body(one: Carried) -> Carried:
    return one._replace(bodies=[*one.bodies[:-1], one.bodies[-1] + b"x"])


FORGERIES: dict[str, tuple[Callable[[Carried], Carried], str]] = {
    "names no key": (without_key, "device_unknown"),
    "names a key that did not sign": (by_another_key, "signature_wrong"),
    "a body is another": (with_a_changed_body, "device_unknown"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_nobody_signed_is_not_kept(county: County, name: str) -> None:
    forge, code = FORGERIES[name]
    phone = Forgotten(county)
    phone.write(2)
    (answer,) = take(county, [forge(phone.give()[0])])
    assert (answer.error, answer.acks) == (code, UNSET)
    assert kept(county) == []


def test_a_claim_for_somebody_who_is_not_here_is_kept_and_cannot_be_accepted(county: County) -> None:
    phone = Forgotten(county)
    phone.device.person_id = new_id()
    phone.write(1)
    take(county, phone.give())
    (stranger,) = kept(county)
    assert not stranger.is_known_person
    with pytest.raises(Exception, match="not_found"):
        accept(county, stranger)
    assert len(kept(county)) == 1


def test_what_is_kept_of_a_stranger_is_as_it_came(county: County) -> None:
    phone = Forgotten(county)
    phone.write(2)
    given = phone.give()
    take(county, given)
    (stranger,) = kept(county)
    back = county.read(
        lambda session: event_log.list_kept_of_stranger(session, stranger.of.person_id, stranger.of.key_id, 9)
    )
    assert [(msgspec.to_builtins(one.transfer), list(one.bodies)) for one in back] == [
        (msgspec.to_builtins(one.transfer), list(one.bodies)) for one in given
    ]
