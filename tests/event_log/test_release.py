"""What was set aside has two ways out, and neither deletes anything: into its scope as a new entry, or a sentence to its sender."""

from __future__ import annotations

import pytest

from tests.event_log.aside import OPERATOR, answer, early_message, items, lessons, message, release, told
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.event_log.errors import NothingToReleaseError
from xuetan.event_log.quarantine import ANSWER_CHARACTERS_MAX
from xuetan.kernel.errors import InvalidRequestError
from xuetan.kernel.ids import new_thing_id


def test_a_segment_comes_in_once_its_writer_has_a_role_as_what_it_always_was(village: Village) -> None:
    teacher = village.teacher_device()
    mentor = early_message(village, teacher, 2)
    (item,) = items(village)
    assert (item.code, item.n, item.is_segment, item.released_ms) == ("not_permitted", 2, True, None)
    with pytest.raises(NothingToReleaseError):
        release(village, item)
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    now_ms = village.services.clock.now_ms()
    teacher.sync()
    seen = [(event.stream, event.seq, event.by, event.role) for event in teacher.events()]
    assert seen == [(mentor.stream.stream, seq, mentor.person_id, "mentor") for seq in range(2)]
    assert told(mentor) == {
        "stream": mentor.stream.stream,
        "seq": 0,
        "n": 2,
        "code": "not_permitted",
        "became": "released",
        "at_ms": now_ms,
    }
    assert items(village) == []
    (kept,) = items(village, only_open=False)
    assert (kept.released_ms, kept.released_by) == (now_ms, "role")
    with pytest.raises(NothingToReleaseError):
        release(village, item)


def test_what_its_writer_may_still_not_write_stays_aside_when_the_rest_comes_in(village: Village) -> None:
    teacher = village.teacher_device()
    mentor = village.teacher_device()
    mentor.record("message_sent/1", message(), scope=teacher.own_scope)
    mentor.record(
        "journal_saved/1",
        {"entry": new_thing_id(), "ver": "A" * 22, "parents": [], "text": "x"},
        scope=teacher.own_scope,
    )
    mentor.record("message_sent/1", message(), scope=teacher.own_scope)
    mentor.sync()
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    teacher.sync()
    assert [event.seq for event in teacher.events()] == [0, 2]
    assert told(mentor)["still"] == [1]
    mentor.stream.acknowledged = 0
    assert mentor.exchange()["acks"] == [["dup", [[1, "not_permitted"]]]]


def test_a_single_event_comes_in_by_the_operators_word_and_nothing_else_of_its_segment_twice(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened("before"))
    phone.record("lesson_opened/1", {**lesson_opened("long"), "note": "x" * 40_000})
    phone.record("lesson_opened/1", lesson_opened("after"))
    phone.sync()
    (item,) = items(village)
    assert (item.code, item.key.seq, item.is_segment) == ("payload_too_large", 1, False)
    assert [event.seq for event in village.stored_events(phone.own_scope)] == [0, 2]
    assert release(village, item) == 1
    stored = village.stored_events(phone.own_scope)
    assert [event.seq for event in stored] == [0, 2, 1]
    assert stored[-1].position == 2
    other = village.device(phone.person_id)
    assert sorted(lessons(other)) == ["after", "before", "long"]
    phone.stream.acknowledged = 0
    assert phone.exchange()["acks"] == [["dup"]]
    assert lessons(phone)[0] == "before"


def test_a_text_that_is_too_long_and_not_for_its_writer_to_say_does_not_come_in(village: Village) -> None:
    phone = village.teacher_device()
    feedback = {"feedback": new_thing_id(), "entry": new_thing_id(), "ver": "A" * 22, "verdict": "accept"}
    phone.record("feedback_given/1", {**feedback, "text": "x" * 40_000})
    phone.sync()
    (item,) = items(village)
    assert (item.code, item.is_segment) == ("kind_not_permitted", False)
    with pytest.raises(NothingToReleaseError):
        release(village, item)


def test_what_is_malformed_stays_and_can_be_answered(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", {**lesson_opened(), "version": "one"})
    phone.sync()
    (item,) = items(village)
    with pytest.raises(NothingToReleaseError):
        release(village, item)
    answer(village, item, "  应用太旧，更新后重新打开这一课就好。 ")
    row = told(phone)
    assert (row["became"], row["answer"], row["code"]) == (
        "answered",
        "应用太旧，更新后重新打开这一课就好。",
        "malformed_event",
    )
    answer(village, item, "不用管它。")
    assert told(phone)["answer"] == "不用管它。"
    assert items(village) == []
    (kept,) = items(village, only_open=False)
    assert (kept.answer, kept.answered_by) == ("不用管它。", OPERATOR)


def test_an_answer_is_a_sentence(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", {})
    phone.sync()
    (item,) = items(village)
    for text in ("", "  ", "长" * (ANSWER_CHARACTERS_MAX + 1)):
        with pytest.raises(InvalidRequestError):
            answer(village, item, text)
    answer(village, item, "长" * ANSWER_CHARACTERS_MAX)
    assert len(told(phone)["answer"]) == ANSWER_CHARACTERS_MAX
