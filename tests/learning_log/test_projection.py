"""From events to tables: once, whatever is repeated; the same after a rebuild; stopped by nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from tests.county import County
from tests.county_pack import FIRST, SECOND, SLUG, write_pack
from tests.learning_log import payloads
from tests.simulation.device import DeviceSimulator
from tests.waiting import wait_until
from xuetan.contracts.event_kinds import EVENT_KINDS
from xuetan.event_log.service import EventRecord, list_events
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import new_id, new_thing_id
from xuetan.learning_log import models, projection
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.quizzes import QuizShelf

RIGHT: dict[str, Any] = {
    "q-single": "a",
    "q-multiple": ["a", "b"],
    "q-true-false": True,
    "q-numeric": "十二分钟",
    "q-short": "复式 教学。",
    "q-matching": [["p1.l", "p1.r"], ["p2.l", "p2.r"], ["p3.l", "p3.r"]],
    "q-ordering": ["s1", "s2", "s3"],
}


def rows(county: County, table: type[Any]) -> list[Any]:
    return county.read(lambda session: session.exec(select(table)).all())


def tables(county: County) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the projector made."""
    return {
        table.__tablename__: sorted(repr(row.model_dump()) for row in rows(county, table))
        for table in models.PROJECTIONS
    }


def project(county: County) -> None:
    county.services.log.project_now()


def study(phone: DeviceSimulator, attempt: str) -> None:
    """A lesson read, its quiz answered with two mistakes, an entry written and changed."""
    phone.record("lesson_opened/1", payloads.lesson())
    phone.record("lesson_finished/1", payloads.finished())
    for question, right in RIGHT.items():
        wrong = question in ("q-single", "q-multiple")
        given_answer = {"q-single": "b", "q-multiple": ["a", "c"]}[question] if wrong else right
        phone.record("question_answered/1", payloads.answer(question, given_answer, 0 if wrong else 1, attempt))
    phone.record("question_answered/1", payloads.answer("q-reflection", "我想……", None, attempt))
    phone.record("quiz_finished/1", payloads.quiz(attempt, 5))
    entry = new_thing_id()
    first = payloads.journal("第一稿", entry, pack=SLUG, lesson=FIRST, prompt="？")
    phone.record("journal_saved/1", first)
    phone.record("journal_saved/1", payloads.journal("第二稿", entry, first["ver"], pack=SLUG, lesson=FIRST))


def test_a_lesson_a_quiz_and_an_entry_arrive(stocked: County) -> None:
    phone, attempt = stocked.device_of("teacher"), new_thing_id()
    study(phone, attempt)
    phone.sync()
    project(stocked)
    progress = rows(stocked, models.LessonProgress)
    assert [(one.lesson, one.opened_ms, one.finished_ms) for one in progress] == [
        (FIRST, stocked.now_ms, stocked.now_ms)
    ]
    assert len(rows(stocked, models.QuestionAnswer)) == 8
    assert [(one.score, one.score_max) for one in rows(stocked, models.QuizResult)] == [(5.0, 7)]
    assert {one.text for one in rows(stocked, models.JournalVersion)} == {"第一稿", "第二稿"}
    events = rows(stocked, models.LearningEvent)
    assert len(events) == len(phone.stream.events)
    assert {event.deferred for event in events} == {None}


def test_every_kind_is_graded_again_and_both_results_are_kept(stocked: County) -> None:
    phone, attempt = stocked.device_of("teacher"), new_thing_id()
    for question, right in RIGHT.items():
        phone.record("question_answered/1", payloads.answer(question, right, 0.25, attempt))
    phone.record("question_answered/1", payloads.answer("q-reflection", "我想……", None, attempt))
    phone.sync()
    project(stocked)
    found = {
        one.question: (one.phone_score, one.server_score, one.grading) for one in rows(stocked, models.QuestionAnswer)
    }
    assert found == dict.fromkeys(RIGHT, (0.25, 1.0, "graded")) | {"q-reflection": (None, None, "not_gradable")}


def test_an_answer_is_graded_in_the_language_it_was_given_in(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    for given_answer, language in (
        ("Multigrade teaching", "en"),
        ("Multigrade teaching", "zh-Hans"),
        ("复式教学", "ug"),
    ):
        phone.record(
            "question_answered/1", payloads.answer("q-short", given_answer, 1, new_thing_id(), language=language)
        )
    phone.sync()
    project(stocked)
    found = sorted((one.language, one.server_score) for one in rows(stocked, models.QuestionAnswer))
    assert found == [("en", 1.0), ("ug", 1.0), ("zh-Hans", 0.0)]


def test_an_answer_is_judged_by_the_version_that_was_answered(stocked: County, tmp_path: Path) -> None:
    stocked.publish(write_pack(tmp_path / "v2", version=2, single_right="b"))
    phone = stocked.device_of("teacher")
    for version in (1, 2):
        phone.record("question_answered/1", payloads.answer("q-single", "a", 1, new_thing_id(), version=version))
    phone.sync()
    project(stocked)
    found = {one.version: one.server_score for one in rows(stocked, models.QuestionAnswer)}
    assert found == {1: 1.0, 2: 0.0}


def test_an_answer_to_a_version_that_is_not_here_yet_is_graded_when_it_comes(stocked: County, tmp_path: Path) -> None:
    phone = stocked.device_of("teacher")
    phone.record("question_answered/1", payloads.answer("q-single", "b", 1, new_thing_id(), version=2))
    phone.sync()
    project(stocked)
    assert [(one.server_score, one.grading) for one in rows(stocked, models.QuestionAnswer)] == [(None, "pack_unknown")]
    stocked.publish(write_pack(tmp_path / "v2", version=2, single_right="b"))
    assert [(one.server_score, one.grading) for one in rows(stocked, models.QuestionAnswer)] == [(1.0, "graded")]
    before = tables(stocked)
    stocked.services.log.rebuild(projection.PROJECTOR)
    assert tables(stocked) == before


def test_a_question_that_the_pack_never_had_is_kept_ungraded(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    phone.record("question_answered/1", payloads.answer("q-none", "a", 1, new_thing_id()))
    phone.record("question_answered/1", payloads.answer("q-single", "a", 1, new_thing_id(), lesson="99-none"))
    phone.record("question_answered/1", payloads.answer("q-single", "a", 1, new_thing_id(), pack="no-such-pack"))
    phone.sync()
    project(stocked)
    gradings = sorted(one.grading for one in rows(stocked, models.QuestionAnswer))
    assert gradings == ["pack_unknown", "question_unknown", "question_unknown"]


def test_a_rebuild_makes_the_same_tables(stocked: County, clock: FixedClock) -> None:
    stocked.pair("mentor", "teacher")
    phone, second, mentor = (stocked.device_of(who) for who in ("teacher", "teacher", "mentor"))
    study(phone, new_thing_id())
    phone.sync()
    clock.advance_ms(5_000)
    study(second, new_thing_id())
    second.record("no_such_kind/1", {"pack": "x", "later": [1]})
    second.sync()
    mentor.sync()
    entry = next(event for event in mentor.events(f"u:{phone.person_id}") if event.kind == "journal_saved/1")
    given_feedback = payloads.feedback(entry.payload)
    mentor.record("feedback_given/1", given_feedback, scope=f"u:{phone.person_id}")
    mentor.record("feedback_withdrawn/1", {"feedback": given_feedback["feedback"]}, scope=f"u:{phone.person_id}")
    mentor.record("message_sent/1", payloads.message(), scope=f"u:{phone.person_id}")
    mentor.sync()
    phone.record("feedback_read/1", {"feedback": given_feedback["feedback"]})
    phone.record("feedback_answered/1", {"feedback": given_feedback["feedback"], "text": "谢谢"})
    phone.sync()
    project(stocked)
    before = tables(stocked)
    assert all(before.values())
    stocked.services.log.rebuild(projection.PROJECTOR)
    assert tables(stocked) == before


def test_replaying_every_event_changes_nothing(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    study(phone, new_thing_id())
    phone.sync()
    project(stocked)
    before = tables(stocked)
    records = stocked.read(lambda session: list_events(session, phone.own_scope))

    def replay(session: Session) -> None:
        projection.project(session, records, QuizShelf(stocked.services.blobs))
        projection.project(session, [*records, *records], QuizShelf(stocked.services.blobs))

    stocked.write(replay)
    assert tables(stocked) == before


def test_an_event_that_was_emitted_again_after_a_fork_counts_once(stocked: County) -> None:
    """A database was copied: both phones go on under one stream, so the second has to emit its part again."""
    phone = stocked.device_of("teacher")
    phone.record("lesson_opened/1", payloads.lesson())
    phone.sync()
    copied = phone.stream.events[:]
    phone.record("lesson_finished/1", payloads.finished())
    phone.sync()
    copy = DeviceSimulator(phone.client, phone.person_id, phone.token, phone.device_id, phone.key, now_ms=phone.now_ms)
    copy.stream.stream = phone.stream.stream
    for scope, event in copied:
        copy.stream.append(scope, event)
    copy.record("quiz_finished/1", payloads.quiz(new_thing_id(), 3))
    copy.record("lesson_finished/1", payloads.finished(SECOND))
    copy.sync()
    project(stocked)
    assert len(copy.streams) == 2
    kinds = sorted((one.kind, one.lesson) for one in rows(stocked, models.LearningEvent))
    assert kinds == [
        ("lesson_finished/1", FIRST),
        ("lesson_finished/1", SECOND),
        ("lesson_opened/1", FIRST),
        ("quiz_finished/1", FIRST),
    ]


def test_two_devices_writing_the_same_entry_leave_two_heads(stocked: County) -> None:
    one, other = stocked.device_of("teacher"), stocked.device_of("teacher")
    base = payloads.journal("开头", new_thing_id())
    one.record("journal_saved/1", base)
    one.sync()
    other.sync()
    one.record("journal_saved/1", payloads.journal("在学校写的", base["entry"], base["ver"]))
    other.record("journal_saved/1", payloads.journal("在家写的", base["entry"], base["ver"]))
    one.sync()
    other.sync()
    project(stocked)
    actor = stocked.on_phone("teacher")
    [summary] = stocked.read(lambda s: learning_log.list_journal(s, actor, actor.person_id))
    assert (summary.versions, summary.heads) == (3, 2)
    view = stocked.read(
        lambda s: learning_log.read_entry(s, actor, actor.person_id, base["entry"], now_ms=stocked.now_ms)
    )
    assert {version.text for version in view.versions if version.is_head} == {"在学校写的", "在家写的"}


def test_the_same_version_from_two_devices_is_one_version(stocked: County) -> None:
    """Two devices that merge the same heads write the same version."""
    payload = payloads.journal("合在一起", new_thing_id(), "A" * 22, "B" * 22)
    for phone in (stocked.device_of("teacher"), stocked.device_of("teacher")):
        phone.record("journal_saved/1", payload)
        phone.sync()
    project(stocked)
    assert [one.ver for one in rows(stocked, models.JournalVersion)] == [payload["ver"]]
    assert len(rows(stocked, models.LearningEvent)) == 2


def test_a_version_with_a_wrong_name_hides_no_other(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    honest = payloads.journal("真的", new_thing_id())
    phone.record("journal_saved/1", honest)
    phone.record("journal_saved/1", {**honest, "text": "同一个名字，别的内容"})
    phone.sync()
    project(stocked)
    found = {one.text: one.misnamed for one in rows(stocked, models.JournalVersion)}
    assert found == {"真的": False, "同一个名字，别的内容": True}


def test_an_unknown_kind_is_kept_and_stops_nothing(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    phone.record("photo_taken/3", {"anything": {"nested": [1, 2]}})
    phone.record("lesson_opened/1", payloads.lesson())
    phone.sync()
    project(stocked)
    found = {one.kind: one.deferred for one in rows(stocked, models.LearningEvent)}
    assert found == {"photo_taken/3": "unknown_kind", "lesson_opened/1": None}


def some_record(kind: str, payload: dict[str, Any], **more: Any) -> EventRecord:
    known: dict[str, Any] = {"seq": 0, "ts": 1, "clock_offset_ms": None, "origin": None, **more}
    return EventRecord(
        scope="u:" + "A" * 22,
        position=1,
        stream=new_id(),
        kind=kind,
        received_ms=10,
        person_id="A" * 22,
        role="owner",
        after=False,
        payload=payload,
        **known,
    )


@pytest.mark.parametrize(
    ("record", "deferred"),
    [
        (some_record("lesson_opened/1", {}), "malformed_payload"),
        (some_record("lesson_opened/1", {"pack": 1, "version": "x", "lesson": None}), "malformed_payload"),
        (some_record("lesson_opened/1", {**payloads.lesson(), "version": 2**62}), "not_canonical"),
        (some_record("lesson_opened/1", {**payloads.lesson(), "more": "\ud800"}), "not_canonical"),
        (some_record("lesson_opened/1", payloads.lesson(), ts=2**80), "not_canonical"),
        (some_record("lesson_opened/1", payloads.lesson(), ts=-(2**80)), "not_canonical"),
        (
            some_record("journal_saved/1", {"entry": "E" * 16, "ver": "V" * 22, "parents": [1], "text": ""}),
            "malformed_payload",
        ),
        (some_record("", {}), "unknown_kind"),
        (some_record("message_sent/1", {"message": "M" * 16, "text": "空\0白"}), None),
    ],
)
def test_what_is_malformed_is_deferred(county: County, record: EventRecord, deferred: str | None) -> None:
    """The gateway sets such events aside; the projector must not depend on it."""
    county.write(lambda session: projection.project(session, [record], QuizShelf(county.services.blobs)))
    assert [one.deferred for one in rows(county, models.LearningEvent)] == [deferred]


PLAUSIBLE = st.sampled_from([1, 0.5, SLUG, FIRST, "q-single", "E" * 16, "V" * 22, [], ["V" * 22], "accept", "正文"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted({field for kind in EVENT_KINDS.values() for field in kind.payload.__struct_fields__}))
PAYLOADS = st.dictionaries(FIELDS | st.text(max_size=4), PLAUSIBLE | JSON_VALUES, max_size=12)
SENT = st.lists(st.tuples(st.sampled_from([*projection._KINDS, "new_kind/1"]), PAYLOADS), max_size=4)


class UndoneError(Exception):
    """Ends a transaction without keeping what it did."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENT)
def test_no_payload_stops_the_projector(stocked: County, sent: list[tuple[str, dict[str, Any]]]) -> None:
    records = [some_record(kind, payload, seq=seq) for seq, (kind, payload) in enumerate(sent)]
    with pytest.raises(UndoneError), stocked.services.database.transaction() as session:
        projection.project(session, records, QuizShelf(stocked.services.blobs))
        assert len(session.exec(select(models.LearningEvent)).all()) == len(records)
        raise UndoneError


def test_the_order_in_which_phones_arrive_does_not_matter_to_progress(stocked: County, clock: FixedClock) -> None:
    early, late = stocked.device_of("teacher"), stocked.device_of("teacher")
    early.record("lesson_finished/1", payloads.finished())
    at_ms = stocked.now_ms
    clock.advance_ms(60_000)
    late.record("lesson_finished/1", payloads.finished())
    late.sync()
    early.sync()
    project(stocked)
    assert [one.finished_ms for one in rows(stocked, models.LessonProgress)] == [at_ms]


def test_projecting_goes_on_by_itself_after_a_push(stocked: County) -> None:
    phone = stocked.device_of("teacher")
    phone.record("lesson_opened/1", payloads.lesson())
    phone.sync()
    wait_until(lambda: rows(stocked, models.LessonProgress), 20, what="the projector sees the push")
