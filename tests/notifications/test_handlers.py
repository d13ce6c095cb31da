"""Who is told what: every event that somebody waits for reaches their inbox, once, and nobody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.packs.conftest import SMALL_PACK
from tests.simulation.device import DeviceSimulator
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.events import publish
from xuetan.learning_log.events import FeedbackAnswerArrived, FeedbackArrived, JournalArrived, MessageArrived
from xuetan.mentoring import service as mentoring
from xuetan.programmes import service as programmes

ENTRY = "ENTRY-0000000001"


def inbox(phone: DeviceSimulator) -> list[tuple[str, dict[str, str], str]]:
    phone.sync()
    items = phone.rows(f"p:{phone.person_id}", "inbox_item").values()
    return sorted((item["text_key"], item["params"], item["link"]) for item in items)


@pytest.fixture
def teacher(county: County) -> DeviceSimulator:
    return county.device_of("teacher")


@pytest.fixture
def mentor(county: County, teacher: DeviceSimulator) -> DeviceSimulator:
    """The mentor's phone; both have read about their pair already."""
    county.pair("mentor", "teacher")
    return county.device_of("mentor")


def test_both_hear_of_their_pair_and_of_its_end(county: County, teacher: DeviceSimulator) -> None:
    pair = county.pair("mentor", "teacher")
    mentor = county.device_of("mentor")
    county.write(lambda session: mentoring.end_pair(session, OPERATOR, pair.id, now_ms=county.now_ms))
    assert inbox(teacher) == [
        ("inbox.pair_ended", {"name": "mentor"}, "/inbox"),
        ("inbox.paired_with_mentor", {"mentor": "mentor"}, "/messages"),
    ]
    assert inbox(mentor) == [
        ("inbox.pair_ended", {"name": "teacher"}, "/inbox"),
        ("inbox.paired_with_teacher", {"teacher": "teacher"}, f"/teachers/{teacher.person_id}"),
    ]


def test_a_class_hears_of_a_pack_and_of_its_next_version_once(
    county: County, teacher: DeviceSimulator, folder: Path
) -> None:
    county.publish(folder)
    trainer = county.staff("trainer")
    for _ in range(2):
        county.write(
            lambda session: programmes.assign_pack(
                session, trainer, county.cohort_id, "small-pack", now_ms=county.now_ms
            )
        )
    text = (folder / "pack.toml").read_text(encoding="utf-8")
    (folder / "pack.toml").write_text(text.replace("version = 1", "version = 2"), encoding="utf-8")
    county.publish(folder)
    assert inbox(teacher) == [
        ("inbox.pack_assigned", {"by": "trainer", "pack": "炉子边的一课"}, "/learn/small-pack"),
        ("inbox.pack_updated", {"pack": "炉子边的一课"}, "/learn/small-pack"),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL_PACK, tmp_path / "small-pack"))


def test_a_mentor_hears_of_an_entry_once_however_often_it_is_saved(
    county: County, teacher: DeviceSimulator, mentor: DeviceSimulator
) -> None:
    for key in ("a", "b"):
        event = JournalArrived(key, teacher.person_id, ENTRY, county.now_ms)
        county.write(lambda session, event=event: publish(session, event))
    told = [one for one in inbox(mentor) if one[0] == "inbox.journal_saved"]
    assert told == [("inbox.journal_saved", {"teacher": "teacher"}, f"/teachers/{teacher.person_id}/{ENTRY}")]


def test_feedback_and_its_answer_reach_the_other(
    county: County, teacher: DeviceSimulator, mentor: DeviceSimulator
) -> None:
    feedback = FeedbackArrived("a", teacher.person_id, mentor.person_id, ENTRY, "f", "accept", False, county.now_ms)
    answer = FeedbackAnswerArrived("b", teacher.person_id, mentor.person_id, ENTRY, "f", county.now_ms)
    unknown = FeedbackAnswerArrived("c", teacher.person_id, None, None, "g", county.now_ms)
    for event in (feedback, feedback, answer, answer, unknown):
        county.write(lambda session, event=event: publish(session, event))
    assert ("inbox.feedback_given", {"mentor": "mentor", "feedback": "f"}, f"/journal/{ENTRY}") in inbox(teacher)
    answered = [one for one in inbox(mentor) if one[0] == "inbox.feedback_answered"]
    told = {"teacher": "teacher", "feedback": "f"}
    assert answered == [("inbox.feedback_answered", told, f"/teachers/{teacher.person_id}/{ENTRY}")]


def test_messages_reach_the_other_side(county: County, teacher: DeviceSimulator, mentor: DeviceSimulator) -> None:
    asked = MessageArrived("a", teacher.person_id, teacher.person_id, False, "m1", county.now_ms)
    said = MessageArrived("b", teacher.person_id, mentor.person_id, True, "m2", county.now_ms)
    for event in (asked, said):
        county.write(lambda session, event=event: publish(session, event))
    assert ("inbox.message_sent", {"by": "teacher", "message": "m1"}, f"/teachers/{teacher.person_id}") in inbox(mentor)
    assert ("inbox.message_sent", {"by": "mentor", "message": "m2"}, "/messages") in inbox(teacher)


def test_a_second_device_is_told_to_the_person(county: County, teacher: DeviceSimulator, client: TestClient) -> None:
    assert inbox(teacher) == []
    second = county.device_of("teacher", name="借来的手机")
    # The new phone shows nothing of itself by `phone`.
    told = {"device": "借来的手机", "phone": second.device_id}
    assert inbox(teacher) == [("inbox.new_device", told, "/settings")]
    assert inbox(second) == inbox(teacher)


def test_a_stranger_hears_nothing(county: County, teacher: DeviceSimulator, mentor: DeviceSimulator) -> None:
    stranger, colleague = county.device_of("west-mentor"), county.device_of("colleague")
    event = JournalArrived("a", teacher.person_id, ENTRY, county.now_ms)
    county.write(lambda session: publish(session, event))
    assert inbox(stranger) == inbox(colleague) == []
