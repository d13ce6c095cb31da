"""A hub without a line, then with one: what phones gave arrives once, what the root said comes to phones, and nothing is lost
with the hub."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from xuetan.relay.line import NoLineError
from xuetan.relay.models import RelaySegment


def test_what_a_hub_took_while_the_root_was_cut_off_arrives_once_when_they_are_joined(
    county: County, site: Site
) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    site.line.is_cut = True
    for lesson in ("first", "second", "third"):
        teacher.write(lesson)
        answer = teacher.ask(site)
        assert [one.next for one in answer.held] == [len(teacher.device.stream.events)]
        assert not answer.statements
    with pytest.raises(NoLineError):
        site.upstream.exchange()
    assert stored_lessons(county, "teacher") == []
    assert teacher.device.waiting == 3

    site.line.is_cut = False
    site.talk()
    assert stored_lessons(county, "teacher") == ["first", "second", "third"]
    answer = teacher.ask(site)
    assert [one.next for one in answer.statements] == [3]
    assert teacher.device.waiting == 0
    site.talk()
    assert stored_lessons(county, "teacher") == ["first", "second", "third"]


def test_the_loss_of_a_hub_after_held_loses_and_doubles_nothing(
    county: County, site: Site, make_site: Callable[[str], Site]
) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    site.line.is_cut = True
    teacher.write("first", "second")
    assert teacher.ask(site).held
    # The hub is gone; the phone meets the root, which it has been counting on all along.
    teacher.device.sync()
    assert stored_lessons(county, "teacher") == ["first", "second"]
    # Its disk turns up again, and a new hub takes what comes next.
    site.line.is_cut = False
    site.talk()
    other = make_site("other")
    other.join(county, "east")
    other.talk()
    teacher.held.clear()
    teacher.write("third")
    teacher.ask(other)
    other.talk()
    assert stored_lessons(county, "teacher") == ["first", "second", "third"]


def test_a_phone_alternates_between_hub_and_root_with_one_cursor(county: County, site: Site) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    scope = teacher.device.own_scope
    for round_ in range(4):
        teacher.write(f"lesson-{round_}")
        (teacher.ask(site) if round_ % 2 else teacher.device.sync())
        site.talk()
        (mentor.device.sync() if round_ % 2 else mentor.ask(site))
        before = dict(mentor.device.cursors)
        mentor.device.exchange() if round_ % 2 else mentor.ask(site)
        assert mentor.device.cursors == before
    mentor.ask(site)
    mentor.device.sync()
    assert mentor.lessons(scope) == [f"lesson-{number}" for number in range(4)]
    reader = HubPhone.of(county, "mentor")
    assert reader.lessons(scope) == mentor.lessons(scope)
    (number,) = (number for number, (followed, _role) in reader.device.follow.items() if followed == scope)
    assert reader.device.cursors[number] == mentor.device.cursors[number]


def test_teacher_and_mentor_see_each_others_work_on_one_hub_without_the_root(county: County, site: Site) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    site.talk()
    site.line.is_cut = True
    teacher.write("by-the-stove")
    teacher.write_entry("今天读了十本书。")
    teacher.ask(site)
    answer = mentor.ask(site)
    assert mentor.provisional_lessons() == ["by-the-stove", "今天读了十本书。"]
    assert mentor.lessons(teacher.device.own_scope) == []
    assert {entry["by"] for entry in mentor.provisional} == {county.id_of("teacher")}
    again = mentor.ask(site, prov=answer.prov)
    assert (again.prov, isinstance(again.provisional, list)) == (answer.prov, False)

    site.line.is_cut = False
    site.talk()
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    assert mentor.lessons(teacher.device.own_scope) == ["by-the-stove"]


def test_a_question_asked_again_is_held_once(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first", "second")
    question = teacher.question(site)
    for _ in range(3):
        response = site.client.post("/hub/1", content=question)
        assert [one.next for one in teacher.read(site, response.content).held] == [2]
    teacher.write("third")
    teacher.ask(site, carried=None)
    site.talk()
    assert stored_lessons(county, "teacher") == ["first", "second", "third"]
    with site.services.database.reading() as session:
        assert len(session.exec(select(RelaySegment)).all()) == 3
