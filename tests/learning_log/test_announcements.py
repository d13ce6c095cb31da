"""What arrived is told to other domains once, and not again by a rebuild."""

from __future__ import annotations

from typing import Any

from tests.county import County
from tests.learning_log import payloads
from xuetan.kernel.ids import new_thing_id
from xuetan.learning_log.events import FeedbackAnswerArrived, FeedbackArrived, JournalArrived, MessageArrived


def listen(county: County) -> list[Any]:
    told: list[Any] = []
    for kind in (JournalArrived, FeedbackArrived, FeedbackAnswerArrived, MessageArrived):
        county.services.database.handlers.register(kind, lambda _session, event: told.append(event))
    return told


def test_each_arrival_is_told_with_who_is_concerned(county: County) -> None:
    county.pair("mentor", "teacher")
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    teacher_id, mentor_id = phone.person_id, mentor.person_id
    told = listen(county)
    entry = payloads.journal("一篇", new_thing_id())
    given = payloads.feedback(entry, "talk")
    phone.record("journal_saved/1", entry)
    phone.record("lesson_opened/1", payloads.lesson())
    phone.sync()
    mentor.sync()
    mentor.record("feedback_given/1", given, scope=phone.own_scope)
    mentor.record("message_sent/1", payloads.message(), scope=phone.own_scope)
    mentor.sync()
    county.services.log.project_now()
    phone.record("feedback_answered/1", {"feedback": given["feedback"], "text": "好"})
    phone.record("feedback_answered/1", {"feedback": "N" * 16, "text": "没有这条"})
    phone.sync()
    county.services.log.project_now()
    known = [
        (type(event).__name__, event.teacher_id, getattr(event, "mentor_id", getattr(event, "by_person_id", "")))
        for event in told
    ]
    assert known == [
        ("JournalArrived", teacher_id, ""),
        ("FeedbackArrived", teacher_id, mentor_id),
        ("MessageArrived", teacher_id, mentor_id),
        ("FeedbackAnswerArrived", teacher_id, mentor_id),
        ("FeedbackAnswerArrived", teacher_id, None),
    ]
    assert told[1].verdict == "talk"
    assert told[2].by_mentor
    assert told[3].entry == entry["entry"]


def test_a_rebuild_tells_nobody_twice(county: County) -> None:
    phone, told = county.device_of("teacher"), listen(county)
    phone.record("journal_saved/1", payloads.journal("一篇", new_thing_id()))
    phone.sync()
    county.services.log.project_now()
    for projector in ("learning_log", "learning_announcements"):
        county.services.log.rebuild(projector)
    assert len({event.event_key for event in told}) == 1
    assert len(told) <= 2
