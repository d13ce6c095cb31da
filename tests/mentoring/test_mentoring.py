"""Pairs and caseloads through the services and real phones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.county import County
from tests.learning_log import payloads
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import AppError, ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.kernel.ids import new_thing_id
from xuetan.mentoring import service as mentoring
from xuetan.mentoring.errors import AlreadyPairedError, OwnPairError
from xuetan.mentoring.events import PairCreated, PairEnded

DAY_MS = 86_400_000


def create(county: County, who: str, mentor: str, teacher: str, goals: str = "") -> mentoring.PairView:
    return county.write(
        lambda session: mentoring.create_pair(
            session, county.staff(who), county.id_of(mentor), county.id_of(teacher), goals, now_ms=county.now_ms
        )
    )


def end(county: County, pair: mentoring.PairView, who: str = "trainer") -> None:
    county.write(lambda session: mentoring.end_pair(session, county.staff(who), pair.id, now_ms=county.now_ms))


def caseload(county: County, actor: Any, mentor: str = "mentor") -> list[tuple[str, str]]:
    county.services.log.project_now()
    lines = county.read(lambda s: mentoring.list_caseload(s, actor, county.id_of(mentor), now_ms=county.now_ms))
    return [(line.pair.teacher.name, line.need.reason_key) for line in lines]


def test_a_pair_reaches_both_phones_and_opens_the_teachers_scope_to_the_mentor(county: County) -> None:
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    phone.record("journal_saved/1", payloads.journal("写在结对以前", new_thing_id()))
    phone.sync()
    pair = create(county, "trainer", "mentor", "teacher", " 每周一篇日志 ")
    row = {
        "mentor": mentor.person_id,
        "mentor_name": "mentor",
        "teacher": phone.person_id,
        "teacher_name": "teacher",
        "teacher_organisation": "east-school-1",
        "active": True,
        "goals": "每周一篇日志",
    }
    for device in (phone, mentor):
        device.sync()
        assert device.rows(f"p:{device.person_id}", "pair") == {("pair", pair.id): row}
    assert [event.payload["text"] for event in mentor.events(phone.own_scope)] == ["写在结对以前"]
    assert ("person_card", phone.person_id) in mentor.rows(phone.own_scope)


def test_an_ended_pair_ends_reading_but_not_writing(county: County) -> None:
    """The mentor wrote with no network, not knowing that the pairing had ended."""
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    pair = create(county, "trainer", "mentor", "teacher")
    phone.sync()
    mentor.sync()
    mentor.record("message_sent/1", payloads.message("写在路上"), scope=phone.own_scope)
    end(county, pair)
    phone.record("message_sent/1", payloads.message("结束以后写的"))
    phone.sync()
    mentor.sync()
    phone.sync()
    texts = {event.payload["text"]: event.after for event in phone.events()}
    assert texts == {"写在路上": True, "结束以后写的": False}
    assert phone.own_scope not in mentor.scopes()
    assert "结束以后写的" not in repr(mentor.entries)
    for device in (phone, mentor):
        assert not device.rows(f"p:{device.person_id}", "pair")["pair", pair.id]["active"]


def test_pairing_again_after_an_end_reads_again(county: County, clock: FixedClock) -> None:
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    first = create(county, "trainer", "mentor", "teacher")
    end(county, first)
    end(county, first)
    clock.advance_ms(1)
    second = create(county, "trainer", "mentor", "teacher")
    assert second.id != first.id
    mentor.sync()
    assert phone.own_scope in mentor.scopes()
    states = {key: body["active"] for (_, key), body in mentor.rows(f"p:{mentor.person_id}", "pair").items()}
    assert states == {first.id: False, second.id: True}


def test_two_people_are_paired_once_at_a_time(county: County) -> None:
    create(county, "trainer", "mentor", "teacher")
    with pytest.raises(AlreadyPairedError):
        create(county, "trainer", "mentor", "teacher")


def test_a_second_mentor_does_not_end_the_first(county: County) -> None:
    county.add("second", "east", "mentor")
    create(county, "trainer", "mentor", "teacher")
    pair = create(county, "trainer", "second", "teacher")
    end(county, pair)
    roles = county.read(lambda s: event_log.roles_in(s, f"u:{county.id_of('teacher')}", county.id_of("mentor")))
    assert roles.current == {"mentor"}


@pytest.mark.parametrize(
    ("mentor", "teacher", "error"),
    [
        ("teacher", "colleague", ForbiddenError),
        ("mentor", "trainer", ForbiddenError),
        ("mentor", "mentor", InvalidRequestError),
        ("west-mentor", "teacher", NotFoundError),
        ("mentor", "west-teacher", NotFoundError),
    ],
)
def test_only_a_mentor_and_a_teacher_of_the_subtree_are_paired(
    county: County, mentor: str, teacher: str, error: type[AppError]
) -> None:
    with pytest.raises(error):
        create(county, "trainer", mentor, teacher)


def test_goals_have_a_length(county: County) -> None:
    with pytest.raises(InvalidRequestError):
        create(county, "trainer", "mentor", "teacher", "x" * 1001)


def test_a_stranger_neither_pairs_nor_ends_nor_sees(county: County) -> None:
    pair = create(county, "trainer", "mentor", "teacher")
    stranger, mentor, teacher = county.staff("west-trainer"), county.id_of("mentor"), county.id_of("teacher")
    calls: dict[str, Callable[[Any], object]] = {
        "create_pair": lambda s: mentoring.create_pair(s, stranger, mentor, teacher, "", now_ms=1),
        "end_pair": lambda s: mentoring.end_pair(s, stranger, pair.id, now_ms=1),
        "end_nothing": lambda s: mentoring.end_pair(s, stranger, "no such pair", now_ms=1),
    }
    for name, call in calls.items():
        with pytest.raises(NotFoundError):
            county.write(call)
            pytest.fail(name)
    assert county.read(lambda s: mentoring.list_pairs(s, stranger)) == []
    assert caseload(county, stranger) == []
    for who in ("west-teacher", "west-mentor", "colleague"):
        assert county.read(lambda s, who=who: mentoring.list_pairs(s, county.on_phone(who))) == []
        assert caseload(county, county.on_phone(who)) == []


def test_who_sees_which_pairs(county: County) -> None:
    create(county, "trainer", "mentor", "teacher")
    pair = create(county, "trainer", "mentor", "colleague")
    end(county, pair)

    def seen(actor: Any, **more: Any) -> set[str]:
        return {one.teacher.name for one in county.read(lambda s: mentoring.list_pairs(s, actor, **more))}

    assert seen(county.staff("trainer")) == seen(county.staff("mayor")) == {"teacher", "colleague"}
    assert seen(county.staff("head")) == {"teacher"}
    assert seen(county.staff("trainer"), active_only=True) == {"teacher"}
    assert seen(county.staff("trainer"), mentor_id=county.id_of("west-mentor")) == set()
    assert seen(county.on_phone("colleague")) == {"colleague"}


def test_pairing_and_its_end_are_told(county: County) -> None:
    told: list[Any] = []
    for kind in (PairCreated, PairEnded):
        county.services.database.handlers.register(kind, lambda _session, event: told.append(event))
    pair = create(county, "trainer", "mentor", "teacher")
    end(county, pair)
    end(county, pair)
    assert [type(event) for event in told] == [PairCreated, PairEnded]
    assert {(event.mentor_name, event.teacher_name) for event in told} == {("mentor", "teacher")}


def test_the_caseload_is_ordered_by_need(county: County, clock: FixedClock) -> None:
    for name in ("silent", "struggling", "waiting", "fine", "asking"):
        county.add(name, "east-school-2", "teacher")
    for name in ("teacher", "silent", "struggling", "waiting", "fine", "asking"):
        create(county, "trainer", "mentor", name)
    phones = {name: county.device_of(name) for name in ("silent", "struggling", "waiting", "fine", "asking")}
    phones["silent"].record("lesson_opened/1", payloads.lesson())
    clock.advance_ms(13 * DAY_MS)
    phones["waiting"].record("journal_saved/1", payloads.journal("一篇", new_thing_id()))
    clock.advance_ms(2 * DAY_MS)
    phones["asking"].record("message_sent/1", payloads.message())
    for _ in range(2):
        phones["struggling"].record("quiz_finished/1", payloads.quiz(new_thing_id(), 2))
    phones["fine"].record("lesson_opened/1", payloads.lesson())
    for phone in phones.values():
        phone.sync()
    expected = [
        ("waiting", "need.entry_waiting"),
        ("asking", "need.message_new"),
        ("teacher", "need.never_started"),
        ("silent", "need.silent"),
        ("struggling", "need.low_scores"),
        ("fine", "need.on_track"),
    ]
    assert caseload(county, county.on_phone("mentor")) == expected
    assert caseload(county, county.staff("trainer")) == expected
    assert caseload(county, county.staff("head")) == [("teacher", "need.never_started")]


def test_an_answer_takes_a_teacher_out_of_waiting_and_a_change_puts_them_back(county: County) -> None:
    create(county, "trainer", "mentor", "teacher")
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    first = payloads.journal("一稿", new_thing_id())
    phone.record("journal_saved/1", first)
    phone.sync()
    assert caseload(county, county.on_phone("mentor")) == [("teacher", "need.entry_new")]
    mentor.sync()
    mentor.record("feedback_given/1", payloads.feedback(first, "revise"), scope=phone.own_scope)
    mentor.sync()
    assert caseload(county, county.on_phone("mentor")) == [("teacher", "need.on_track")]
    phone.record("journal_saved/1", payloads.journal("二稿", first["entry"], first["ver"]))
    phone.sync()
    assert caseload(county, county.on_phone("mentor")) == [("teacher", "need.entry_new")]


def test_a_question_stays_until_a_mentor_writes_back_whatever_is_said_of_an_entry(county: County) -> None:
    create(county, "trainer", "mentor", "teacher")
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    entry = payloads.journal("一稿", new_thing_id())
    phone.record("message_sent/1", payloads.message())
    phone.record("journal_saved/1", entry)
    phone.sync()
    mentor.sync()
    mentor.record("feedback_given/1", payloads.feedback(entry, "accept"), scope=phone.own_scope)
    mentor.sync()
    assert caseload(county, county.on_phone("mentor")) == [("teacher", "need.message_new")]
    mentor.record("message_sent/1", payloads.message(), scope=phone.own_scope)
    mentor.sync()
    assert caseload(county, county.on_phone("mentor")) == [("teacher", "need.on_track")]


def test_the_end_of_a_pair_takes_the_teacher_off_the_caseload(county: County) -> None:
    pair = create(county, "trainer", "mentor", "teacher")
    end(county, pair)
    assert caseload(county, county.on_phone("mentor")) == []
    assert county.read(lambda s: mentoring.list_pairs(s, OPERATOR))[0].ended_ms == county.now_ms


def test_nobody_is_half_of_a_pair_they_make(county: County) -> None:
    mentor = county.id_of("mentor")
    county.write(
        lambda s: accounts.grant_role(
            s, mentor, "trainer", county.staff("trainer").organisation_id, actor=OPERATOR, services=county.services
        )
    )
    with pytest.raises(OwnPairError):
        create(county, "mentor", "mentor", "teacher")
