"""A mentor mends and takes back feedback: in any order of arrival, and nobody but who wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county import County
from tests.learning_log import payloads
from tests.simulation.device import DeviceSimulator
from xuetan.kernel.ids import new_thing_id
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.journal import FeedbackView
from xuetan.learning_log.teacher import caseload_facts

ENTRY = "E" * 16


@pytest.fixture
def given(county: County) -> tuple[County, DeviceSimulator, DeviceSimulator, dict[str, Any]]:
    """A teacher's entry with a mentor's feedback, arrived."""
    county.pair("mentor", "teacher")
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    entry = payloads.journal("一篇", ENTRY)
    phone.record("journal_saved/1", entry)
    phone.sync()
    mentor.sync()
    first = payloads.feedback(entry, "revise", "写下题木")
    mentor.record("feedback_given/1", first, scope=phone.own_scope)
    mentor.sync()
    county.services.log.project_now()
    return county, phone, mentor, first


def shown(county: County) -> list[FeedbackView]:
    actor = county.on_phone("teacher")
    view = county.read(lambda s: learning_log.read_entry(s, actor, actor.person_id, ENTRY, now_ms=1))
    return list(view.feedback)


def send(county: County, device: DeviceSimulator, kind: str, payload: dict[str, Any], scope: str) -> None:
    device.record(kind, payload, scope=scope)
    device.sync()
    county.services.log.project_now()


def test_a_change_stands_in_the_place_of_the_first_words(
    given: tuple[County, DeviceSimulator, DeviceSimulator, dict[str, Any]],
) -> None:
    county, phone, mentor, first = given
    send(county, phone, "feedback_answered/1", {"feedback": first["feedback"], "text": "哪个？"}, phone.own_scope)
    mended = {
        **first,
        "feedback": new_thing_id(),
        "text": "写下题目",
        "verdict": "accept",
        "replaces": first["feedback"],
    }
    send(county, mentor, "feedback_given/1", mended, phone.own_scope)
    [one] = shown(county)
    assert (one.text, one.verdict, one.is_withdrawn, one.changed_ms) == ("写下题目", "accept", False, county.now_ms)
    assert [text for text, _ in one.answers] == ["哪个？"]


def test_what_is_withdrawn_is_said_without_its_words_and_the_entry_waits_again(
    given: tuple[County, DeviceSimulator, DeviceSimulator, dict[str, Any]],
) -> None:
    county, phone, mentor, first = given
    send(county, mentor, "feedback_withdrawn/1", {"feedback": first["feedback"]}, phone.own_scope)
    [one] = shown(county)
    assert (one.text, one.is_withdrawn) == ("", True)
    staff, teacher_id = county.staff("trainer"), phone.person_id
    facts = county.read(lambda s: caseload_facts(s, staff, [teacher_id]))[teacher_id]
    assert [head.reviewed for head in facts.heads] == [False]
    again = {**first, "feedback": new_thing_id(), "replaces": first["feedback"]}
    send(county, mentor, "feedback_given/1", again, phone.own_scope)
    assert [(one.text, one.is_withdrawn) for one in shown(county)] == [("写下题木", False)]


def test_a_withdrawal_that_comes_first_counts_when_the_feedback_comes(county: County) -> None:
    county.pair("mentor", "teacher")
    phone, mentor = county.device_of("teacher"), county.device_of("mentor")
    entry = payloads.journal("一篇", ENTRY)
    send(county, phone, "journal_saved/1", entry, phone.own_scope)
    late = payloads.feedback(entry)
    send(county, mentor, "feedback_withdrawn/1", {"feedback": late["feedback"]}, phone.own_scope)
    assert shown(county) == []
    send(county, mentor, "feedback_given/1", late, phone.own_scope)
    assert [one.is_withdrawn for one in shown(county)] == [True]


def test_nobody_changes_or_withdraws_what_another_wrote(
    given: tuple[County, DeviceSimulator, DeviceSimulator, dict[str, Any]],
) -> None:
    county, phone, _mentor, first = given
    county.pair("west-mentor", "teacher")
    other = county.device_of("west-mentor")
    forged = {**first, "feedback": new_thing_id(), "text": "不是我写的", "replaces": first["feedback"]}
    send(county, other, "feedback_given/1", forged, phone.own_scope)
    send(county, other, "feedback_withdrawn/1", {"feedback": first["feedback"]}, phone.own_scope)
    # A teacher's phone may not write the kind at all.
    send(county, phone, "feedback_withdrawn/1", {"feedback": first["feedback"]}, phone.own_scope)
    assert [(one.text, one.is_withdrawn) for one in shown(county)] == [("写下题木", False), ("不是我写的", False)]
