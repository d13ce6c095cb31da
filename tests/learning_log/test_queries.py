"""Who sees what of a teacher, and what the class board says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.county import County
from tests.county_pack import FIRST, SECOND, SLUG
from tests.learning_log import payloads
from tests.simulation.device import DeviceSimulator
from tests.waiting import wait_until
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import AppError, ForbiddenError, NotFoundError
from xuetan.kernel.ids import new_thing_id
from xuetan.learning_log import service as learning_log
from xuetan.mentoring import service as mentoring
from xuetan.programmes import service as programmes

DAY_MS = 86_400_000


@pytest.fixture
def written(stocked: County) -> County:
    """The teacher wrote one entry for the course and one of their own, got feedback and sent a message."""
    stocked.pair("mentor", "teacher")
    phone, mentor = stocked.device_of("teacher"), stocked.device_of("mentor")
    course = payloads.journal("课上的事", "C" * 16, pack=SLUG, lesson=FIRST)
    phone.record("journal_saved/1", course)
    phone.record("journal_saved/1", payloads.journal("自己的事", "O" * 16))
    phone.record("message_sent/1", payloads.message("老师好"))
    phone.sync()
    mentor.sync()
    given = payloads.feedback(course, "revise", "再写一点", paragraph=0)
    mentor.record("feedback_given/1", given, scope=phone.own_scope)
    mentor.sync()
    phone.sync()
    phone.record("feedback_read/1", {"feedback": given["feedback"]})
    phone.record("feedback_answered/1", {"feedback": given["feedback"], "text": "好的"})
    phone.sync()
    stocked.services.log.project_now()
    return stocked


def readable(county: County, actor: learning_log.Actor) -> set[str]:
    """The entries of the teacher that an actor can open; what the list promises is what opening gives."""
    person_id = county.id_of("teacher")
    opened = set()
    for summary in county.read(lambda s: learning_log.list_journal(s, actor, person_id)):
        try:
            county.write(
                lambda s, e=summary.entry: learning_log.read_entry(s, actor, person_id, e, now_ms=county.now_ms)
            )
            opened.add(summary.entry)
        except ForbiddenError:
            pass
        assert summary.may_read is (summary.entry in opened)
    return opened


def test_teacher_and_paired_mentor_read_everything(written: County) -> None:
    for who in ("teacher", "mentor"):
        assert readable(written, written.on_phone(who)) == {"C" * 16, "O" * 16}


def test_a_trainer_reads_what_answers_the_course_and_no_more(written: County) -> None:
    assert readable(written, written.staff("trainer")) == {"C" * 16}


@pytest.mark.parametrize("who", ["mayor", "head"])
def test_an_administrator_sees_that_something_was_written_and_never_what(written: County, who: str) -> None:
    assert readable(written, written.staff(who)) == set()


def test_a_trainer_without_the_teacher_in_a_class_reads_nothing(written: County) -> None:
    person_id = written.id_of("teacher")
    written.write(lambda s: programmes.remove_person(s, OPERATOR, written.cohort_id, person_id, "member", now_ms=1))
    assert readable(written, written.staff("trainer")) == set()


def test_an_entry_begun_as_ones_own_stays_ones_own(written: County) -> None:
    phone = written.device_of("teacher")
    phone.sync()
    own = payloads.journal("自己的事", "O" * 16)
    phone.record("journal_saved/1", payloads.journal("改了", "O" * 16, own["ver"], pack=SLUG, lesson=FIRST))
    phone.sync()
    written.services.log.project_now()
    assert readable(written, written.staff("trainer")) == {"C" * 16}


def test_a_mentor_whose_pairing_ended_reads_no_more(written: County) -> None:
    pair = written.read(lambda s: mentoring.list_pairs(s, OPERATOR))[0]
    written.write(lambda s: mentoring.end_pair(s, OPERATOR, pair.id, now_ms=written.now_ms))
    actor, person_id = written.on_phone("mentor"), written.id_of("teacher")
    for query in (learning_log.list_journal, learning_log.list_messages, learning_log.list_timeline):
        with pytest.raises(NotFoundError):
            written.read(lambda s, query=query: query(s, actor, person_id))


def test_an_entry_opens_with_versions_thread_and_answers(written: County) -> None:
    actor = written.on_phone("teacher")
    view = written.read(lambda s: learning_log.read_entry(s, actor, actor.person_id, "C" * 16, now_ms=1))
    assert [version.text for version in view.versions] == ["课上的事"]
    [one] = view.feedback
    assert (one.verdict, one.text, one.paragraph, one.after) == ("revise", "再写一点", 0, False)
    assert one.by_person_id == written.id_of("mentor")
    assert [text for text, _ in one.answers] == ["好的"]
    assert one.read_ms == written.now_ms


def test_a_reading_by_staff_is_written_down_for_the_teacher(written: County, clock: FixedClock) -> None:
    actor, person_id = written.staff("trainer"), written.id_of("teacher")
    first_ms = written.now_ms
    for _ in range(2):
        written.write(lambda s: learning_log.read_entry(s, actor, person_id, "C" * 16, now_ms=written.now_ms))
        clock.advance_ms(1_000)
    written.services.log.rebuild("learning_log")
    own = written.on_phone("teacher")
    [reading] = written.read(lambda s: learning_log.list_journal_readers(s, own, person_id))
    assert (reading.reader_id, reading.entry) == (actor.person_id, "C" * 16)
    assert (reading.first_ms, reading.last_ms) == (first_ms, first_ms + 1_000)


def test_a_refused_reading_is_not_recorded_as_one(written: County) -> None:
    person_id = written.id_of("teacher")
    readable(written, written.staff("mayor"))
    assert written.read(lambda s: learning_log.list_journal_readers(s, written.on_phone("teacher"), person_id)) == []


def test_messages_are_for_those_who_write_them(written: County) -> None:
    person_id = written.id_of("teacher")
    for who in ("teacher", "mentor"):
        found = written.read(lambda s, who=who: learning_log.list_messages(s, written.on_phone(who), person_id))
        assert [one.text for one in found] == ["老师好"]
    for who in ("trainer", "mayor", "west-trainer"):
        with pytest.raises(NotFoundError):
            written.read(lambda s, who=who: learning_log.list_messages(s, written.staff(who), person_id))


def _calls(county: County, actor: Any) -> dict[str, Callable[[Any], object]]:
    person_id, services = county.id_of("teacher"), county.services
    return {
        "timeline": lambda s: learning_log.list_timeline(s, actor, person_id),
        "progress": lambda s: learning_log.list_progress(s, actor, person_id),
        "attempts": lambda s: learning_log.list_attempts(s, actor, person_id),
        "journal": lambda s: learning_log.list_journal(s, actor, person_id),
        "entry": lambda s: learning_log.read_entry(s, actor, person_id, "C" * 16, now_ms=1),
        "messages": lambda s: learning_log.list_messages(s, actor, person_id),
        "readers": lambda s: learning_log.list_journal_readers(s, actor, person_id),
        "facts": lambda s: learning_log.caseload_facts(s, actor, [actor.person_id, person_id]),
        "board": lambda s: learning_log.class_board(s, actor, county.cohort_id, services=services),
    }


@pytest.mark.parametrize("who", ["west-trainer", "west-mentor", "west-teacher", "colleague"])
def test_for_a_stranger_there_is_no_such_teacher(written: County, who: str) -> None:
    is_staff = who == "west-trainer"
    actor = written.staff(who) if is_staff else written.on_phone(who)
    for name, call in _calls(written, actor).items():
        if name == "board" and not is_staff:
            continue  # only staff can ask for a board at all
        with pytest.raises(NotFoundError):
            written.write(call)
            pytest.fail(name)


def test_staff_of_another_school_see_nothing(written: County) -> None:
    written.add("neighbour", "east-school-2", "administrator")
    for name, call in _calls(written, written.staff("neighbour")).items():
        with pytest.raises(NotFoundError):
            written.write(call)
            pytest.fail(name)


def test_the_timeline_says_what_was_done_without_a_word_of_it(written: County) -> None:
    timeline = written.read(lambda s: learning_log.list_timeline(s, written.staff("head"), written.id_of("teacher")))
    assert [one.kind for one in timeline] == [
        "feedback_answered/1",
        "feedback_read/1",
        "feedback_given/1",
        "message_sent/1",
        "journal_saved/1",
        "journal_saved/1",
    ]
    assert {one.role for one in timeline} == {"owner", "mentor"}
    assert "老师好" not in repr(timeline)
    assert "课上的事" not in repr(timeline)


def test_the_timeline_is_read_in_pages(written: County, clock: FixedClock) -> None:
    phone = written.device_of("teacher")
    for _ in range(3):
        clock.advance_ms(1_000)
        phone.record("lesson_opened/1", payloads.lesson())
    phone.sync()
    written.services.log.project_now()
    actor, person_id = written.staff("trainer"), written.id_of("teacher")
    newest = written.read(lambda s: learning_log.list_timeline(s, actor, person_id, limit=2))
    assert [one.at_ms for one in newest] == [written.now_ms, written.now_ms - 1_000]
    older = written.read(lambda s: learning_log.list_timeline(s, actor, person_id, before_ms=newest[-1].at_ms))
    assert len(older) == 7


def test_an_attempt_shows_both_sums(stocked: County) -> None:
    phone, attempt, other = stocked.device_of("teacher"), new_thing_id(), new_thing_id()
    phone.record("question_answered/1", payloads.answer("q-single", "a", 1, attempt))
    phone.record("question_answered/1", payloads.answer("q-single", "b", 0, attempt))
    phone.record("question_answered/1", payloads.answer("q-multiple", ["a"], 0.5, attempt))
    phone.record("question_answered/1", payloads.answer("q-reflection", "想", None, attempt))
    phone.record("quiz_finished/1", payloads.quiz(attempt, 1.5))
    phone.record("question_answered/1", payloads.answer("q-single", "b", 1, other))
    phone.record("quiz_finished/1", payloads.quiz(other, 1))
    phone.record("quiz_finished/1", payloads.quiz(new_thing_id(), 3))
    phone.sync()
    stocked.services.log.project_now()
    found = stocked.read(lambda s: learning_log.list_attempts(s, stocked.staff("trainer"), stocked.id_of("teacher")))
    results = {one.score: (one.server_score, one.agrees) for one in found}
    assert results == {1.5: (1.5, True), 1.0: (0.0, False), 3.0: (None, None)}


def board(county: County, who: str = "trainer") -> learning_log.ClassBoard:
    return county.read(
        lambda s: learning_log.class_board(s, county.staff(who), county.cohort_id, services=county.services)
    )


def by_name(found: learning_log.ClassBoard) -> dict[str, learning_log.BoardTeacher]:
    return {one.person.name: one for one in found.teachers}


def test_the_board_says_who_is_silent_and_how_far_each_is(stocked: County, clock: FixedClock) -> None:
    phone, colleague = stocked.device_of("teacher"), stocked.device_of("colleague")
    phone.record("lesson_finished/1", payloads.finished())
    phone.record("lesson_opened/1", payloads.lesson(SECOND))
    phone.record("quiz_finished/1", payloads.quiz(new_thing_id(), 3, 6))
    phone.record("journal_saved/1", payloads.journal("一篇", new_thing_id()))
    phone.sync()
    clock.advance_ms(8 * DAY_MS)
    colleague.record("lesson_opened/1", payloads.lesson())
    colleague.sync()
    stocked.add("newcomer", "east-school-2", "teacher")
    stocked.enrol("newcomer")
    stocked.services.log.project_now()
    found = board(stocked)
    [pack] = found.packs
    assert [(one.lesson, one.begun, one.finished) for one in pack.lessons] == [(FIRST, 2, 1), (SECOND, 1, 0)]
    assert pack.lessons[0].title == {"zh-Hans": "第一声铃", "en": "The first bell"}
    teachers = by_name(found)
    assert {name: (one.is_silent, one.silent_days) for name, one in teachers.items()} == {
        "teacher": (True, 8),
        "colleague": (False, 0),
        "newcomer": (True, None),
    }
    one = teachers["teacher"]
    assert (one.lessons_finished, one.lessons_total, one.quiz_share, one.entries) == (1, 2, 0.5, 1)
    assert one.states == {(SLUG, FIRST): "finished", (SLUG, SECOND): "begun"}


def test_the_board_tells_what_phones_hold_and_has_not_arrived(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    phone.sync()
    for _ in range(3):
        phone.record("lesson_opened/1", payloads.lesson())
    phone.stream.seal()
    phone.segments_max = 0
    phone.exchange()
    # The note of a contact without a push is not waited for by the answer.
    wait_until(lambda: by_name(board(stocked))["teacher"].unsent == 3, 20, what="the board knows of the three events")
    one = by_name(board(stocked))["teacher"]
    assert one.last_contact_ms == stocked.now_ms
    assert one.last_active_ms is None


def answer_first(county: County, who: str, *choices: str) -> DeviceSimulator:
    phone = county.device_of(who)
    for choice in choices:
        phone.record("question_answered/1", payloads.answer("q-single", choice, int(choice == "a"), new_thing_id()))
    phone.sync()
    return phone


def test_the_board_names_the_question_that_misleads(stocked: County) -> None:
    stocked.add("third", "east-school-2", "teacher")
    stocked.enrol("third")
    answer_first(stocked, "teacher", "b", "a", "a")
    answer_first(stocked, "colleague", "b")
    answer_first(stocked, "third", "a")
    answer_first(stocked, "west-teacher", "a")
    phone = stocked.device_of("third")
    phone.record("question_answered/1", payloads.answer("q-true-false", True, 1, new_thing_id()))
    phone.sync()
    stocked.services.log.project_now()
    first, second = board(stocked).questions
    assert (first.question, first.stem) == ("q-single", "问题 q-single")
    assert (first.analysis.answers, first.analysis.right, first.analysis.misleads) == (3, 1, True)
    wrong = first.analysis.most_chosen_wrong
    assert wrong is not None
    assert (wrong.key, wrong.label, wrong.count) == ("b", "选项 b", 2)
    assert (second.question, second.analysis.misleads) == ("q-true-false", False)


def test_the_servers_grade_counts_on_the_board(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    phone.record("question_answered/1", payloads.answer("q-single", "b", 1, new_thing_id()))
    phone.sync()
    stocked.services.log.project_now()
    assert board(stocked).questions[0].analysis.right == 0


def test_a_board_shows_only_the_people_of_the_subtree(stocked: County) -> None:
    stocked.enrol("west-teacher")
    assert set(by_name(board(stocked))) == {"teacher", "colleague"}
    assert set(by_name(board(stocked, "mayor"))) == {"teacher", "colleague", "west-teacher"}


def test_a_school_does_not_see_the_board_of_the_countys_class(stocked: County) -> None:
    with pytest.raises(NotFoundError):
        board(stocked, "head")


def test_facts_come_from_the_scope_in_its_order(written: County) -> None:
    facts = written.read(
        lambda s: learning_log.caseload_facts(s, written.on_phone("mentor"), [written.id_of("teacher")])
    )[written.id_of("teacher")]
    assert {(one.entry, one.reviewed) for one in facts.heads} == {("C" * 16, True), ("O" * 16, False)}
    assert [one.by_mentor for one in facts.said] == [False, True, False]
    assert (facts.entries, facts.lessons_finished) == (2, 0)


def test_an_entry_that_does_not_exist_is_not_found(written: County) -> None:
    errors: list[type[AppError]] = []
    for actor in (written.on_phone("teacher"), written.staff("trainer"), written.staff("mayor")):
        with pytest.raises(NotFoundError) as caught:
            written.write(
                lambda s, actor=actor: learning_log.read_entry(s, actor, written.id_of("teacher"), "X" * 16, now_ms=1)
            )
        errors.append(type(caught.value))
    assert set(errors) == {NotFoundError}


def test_a_trainer_elsewhere_in_the_tree_with_the_class_but_not_the_school_reads_nothing(written: County) -> None:
    """The class's place is not enough: the school must be the trainer's too."""
    written.write(
        lambda s: accounts.grant_role(
            s,
            written.id_of("west-trainer"),
            "trainer",
            written.places["east-school-2"],
            actor=OPERATOR,
            services=written.services,
        )
    )
    with pytest.raises(NotFoundError):
        readable(written, written.staff("west-trainer"))
