"""At a hub, as at the root, a mentor who reads from the pairing on gets nothing of before: neither mirrored nor provisional, and not from
a hub that does not know of such a thing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import UNSET

from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from xuetan.event_log import mirror
from xuetan.event_log import service as event_log
from xuetan.hubs.exchange import read_reach
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.sql import run_in
from xuetan.mentoring import service as mentoring

SECRET, OPEN = "结对以前的心事", "结对以后写的"


def new_mentor(county: County) -> HubPhone:
    county.add("another mentor", "east", "mentor")
    return HubPhone.of(county, "another mentor")


def pair(county: County, *, reads_all: bool) -> mentoring.PairView:
    return county.write(
        lambda session: mentoring.create_pair(
            session,
            county.staff("trainer"),
            county.id_of("another mentor"),
            county.id_of("teacher"),
            "",
            now_ms=county.now_ms,
            reads_all=reads_all,
        )
    )


def said(phone: HubPhone, site: Site) -> str:
    """All that a hub says to a phone that asks from the beginning, whatever it names."""
    found = ""
    for cur, follow in (([], 0), ([[number, 0] for number in range(1, 40)], phone.device.follow_version)):
        answer = phone.read(
            site, site.client.post("/hub/1", content=phone.question(site, cur=cur, follow=follow)).content
        )
        found += msgspec.json.encode(answer).decode()
    return found


def texts(phone: HubPhone, scope: str) -> list[str]:
    return [event.payload["text"] for event in phone.device.events(scope)]


def test_neither_mirrored_nor_provisional_words_of_before_are_told(
    county: County, site: Site, clock: FixedClock
) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), new_mentor(county)
    teacher.write_entry(SECRET + "，已送到")
    teacher.device.sync()
    teacher.write_entry(SECRET + "，还在手机里")
    clock.advance_ms(60_000)
    pair(county, reads_all=False)
    clock.advance_ms(60_000)
    teacher.write_entry(OPEN)
    site.talk()
    assert teacher.ask(site).held
    mentor.device.sync()
    mentor.ask(site)
    assert mentor.provisional_lessons()[-1] == OPEN and SECRET not in str(mentor.provisional)
    assert SECRET not in said(mentor, site)
    site.talk()
    mentor.ask(site)
    assert texts(mentor, teacher.device.own_scope) == [OPEN]
    assert mentor.provisional == [] and SECRET not in said(mentor, site)
    head = county.read(lambda session: event_log.read_head(session, teacher.device.own_scope))
    assert head in mentor.device.cursors.values(), "it comes to the end of the scope"


def test_less_and_more_reach_the_phone_through_the_hub(county: County, site: Site, clock: FixedClock) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), new_mentor(county)
    teacher.write_entry(SECRET)
    teacher.device.sync()
    clock.advance_ms(60_000)
    one = pair(county, reads_all=True)
    site.talk()
    mentor.ask(site)
    scope = teacher.device.own_scope
    assert texts(mentor, scope) == [SECRET]
    for reads_all, seen in ((False, []), (True, [SECRET])):
        county.write(
            lambda session, wanted=reads_all: mentoring.change_reading(  # type: ignore[misc]
                session, county.staff("trainer"), one.id, reads_all=wanted, now_ms=county.now_ms
            )
        )
        site.talk()
        mentor.ask(site)
        assert texts(mentor, scope) == seen
        assert (SECRET in said(mentor, site)) == reads_all


def test_a_hub_of_before_gives_nothing_of_such_a_scope_and_no_list_without_it(
    county: County, make_site: Callable[[str], Site], clock: FixedClock
) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), new_mentor(county)
    teacher.write_entry(SECRET)
    teacher.device.sync()
    clock.advance_ms(60_000)
    pair(county, reads_all=False)
    mentor.device.sync()
    before = mentor.device.follow_version
    site = make_site("hub")
    site.join(county, "east")
    site.talk()
    reach = county.read(lambda session: read_reach(session, county.places["east"]))
    for one in reach.people:
        one.bounded, one.bounded_version = UNSET, UNSET
    with site.services.database.transaction() as session:
        mirror.write_reach(run_in(session), reach)
    assert SECRET not in said(mentor, site)
    mentor.ask(site)
    assert mentor.device.follow_version == before
    assert any(scope == teacher.device.own_scope for scope, _role in mentor.device.follow.values())
