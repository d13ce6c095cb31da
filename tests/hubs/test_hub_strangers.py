"""Phones of strangers, dropped mentors and revoked devices at a hub: what it does not tell, and does not believe."""

from __future__ import annotations

import msgspec

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.simulation.carrying import sign
from tests.simulation.events import lesson_opened, message_sent
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.kernel.signing import SigningKey
from xuetan.mentoring import service as mentoring
from xuetan.relay.models import RelayTransfer


def test_a_phone_of_another_county_gives_and_gets_nothing_of_this_one(county: County, site: Site) -> None:
    teacher, stranger = HubPhone.of(county, "teacher"), HubPhone.of(county, "west-teacher")
    site.talk()
    teacher.write("ours")
    teacher.ask(site)
    stranger.write("theirs")
    answer = stranger.ask(site)
    assert answer.refused == "device_unknown"
    assert not isinstance(answer.entries, list) and not isinstance(answer.provisional, list)
    assert answer.statements == [] and not isinstance(answer.follow, list)
    # It is carried all the same: the root knows whose it is.
    assert [one.next for one in answer.held] == [1]
    site.talk()
    assert stored_lessons(county, "west-teacher") == ["theirs"]


def test_a_mentor_reads_no_teacher_at_a_hub_after_the_pair_has_ended(county: County, site: Site) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    scope = teacher.device.own_scope
    site.talk()
    teacher.write("before")
    teacher.ask(site)
    mentor.ask(site)
    assert mentor.provisional_lessons() == ["before"]
    pair = county.read(lambda session: mentoring.list_pairs(session, OPERATOR))[0]
    county.write(lambda session: mentoring.end_pair(session, OPERATOR, pair.id, now_ms=county.now_ms))
    site.talk()
    teacher.write("after")
    teacher.ask(site)
    mentor.ask(site)
    assert scope not in mentor.device.scopes()
    assert mentor.provisional_lessons() == []
    # What the mentor wrote late is marked, not refused.
    mentor.device.record("message_sent/1", message_sent(), scope=scope)
    mentor.ask(site)
    teacher.ask(site)
    assert [entry["after"] for entry in teacher.provisional] == [True]


def test_a_revoked_device_reads_nothing_at_a_hub_and_what_it_gives_is_kept_for_the_operator(
    county: County, site: Site
) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    county.write(
        lambda session: accounts.revoke_device(session, teacher.device.device_id, OPERATOR, services=county.services)
    )
    site.talk()
    teacher.write("too-late")
    answer = teacher.ask(site)
    assert answer.refused == "device_revoked"
    assert len(answer.held) == 1
    assert not isinstance(answer.entries, list) and not isinstance(answer.follow, list)
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    site.talk()
    assert stored_lessons(county, "teacher") == []
    aside = county.read(lambda session: event_log.list_set_aside(session, county.id_of("teacher")))
    assert [one.code for one in aside] == ["device_revoked"]


def test_who_never_had_a_role_puts_nothing_before_anybody(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    site.talk()
    colleague.device.record("lesson_opened/1", lesson_opened(lesson="planted"), scope=teacher.device.own_scope)
    colleague.ask(site)
    teacher.ask(site)
    assert teacher.provisional == []


def test_nobody_speaks_provisionally_under_the_stream_of_another(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    mentor = HubPhone.of(county, "mentor")
    county.pair("mentor", "colleague")
    site.talk()
    teacher.write("mine")
    teacher.ask(site)
    site.talk()
    colleague.device.streams[0].stream = teacher.device.stream.stream
    colleague.write("planted")
    colleague.ask(site)
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    site.talk()
    assert stored_lessons(county, "teacher") == ["mine"]


def test_a_device_that_the_hub_does_not_know_yet_is_forwarded_and_known_once_the_hub_has_a_line(
    county: County, site: Site
) -> None:
    mentor = HubPhone.of(county, "mentor")
    site.talk()
    teacher = HubPhone.of(county, "teacher")
    teacher.write("new-phone")
    assert teacher.ask(site).refused == "device_unknown"
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    site.talk()
    assert stored_lessons(county, "teacher") == ["new-phone"]
    answer = teacher.ask(site)
    assert not isinstance(answer.refused, str)
    assert [one.next for one in answer.statements] == [1]


def test_what_another_key_signed_in_a_devices_name_is_not_taken(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("forged")
    teacher.device.key = SigningKey.generate()
    response = site.client.post("/hub/1", content=teacher.question(site))
    assert (response.status_code, response.json()["code"]) == (422, "file_altered")


def test_a_transfer_of_another_device_inside_ones_own_question_is_not_held(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    site.talk()
    teacher.write("mine")
    teacher.device.stream.seal()
    stolen = sign(colleague.device, teacher.device.stream, teacher.device.stream.sealed)
    as_teachers = stolen._replace(
        transfer=msgspec.structs.replace(
            stolen.transfer, person=teacher.device.person_id, device=teacher.device.device_id
        )
    )
    answer = colleague.ask(site, carried=[as_teachers])
    assert (answer.held, answer.refused) == ([], "signature_wrong")
    with site.services.database.reading() as session:
        assert session.get(RelayTransfer, 1) is None
