"""What an erasure takes is decided by who had a role in the record: nobody else can make it take more."""

from __future__ import annotations

import pytest

from tests.county import County
from tests.learning_log import payloads
from tests.learning_log.test_erasing import ENTRY, Told, entries, told
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import new_thing_id

__all__ = ["told"]
OTHER = "O" * 16


def texts(county: County, scope: str) -> str:
    with county.services.database.reading() as session:
        return str([one.payload for one in event_log.list_events(session, scope)])


@pytest.mark.parametrize("who", ["stranger", "mentor"])
def test_feedback_that_is_called_like_another_entry_does_not_take_that_entry(told: Told, who: str) -> None:
    """`stranger` was never paired: what they send is set aside."""
    phone = told.mentor
    if who == "stranger":
        told.county.add("stranger", "east-school-1", "teacher")
        phone = told.county.device_of("stranger")
    claim = {**payloads.feedback(payloads.journal("x", ENTRY)), "feedback": OTHER}
    phone.record("feedback_given/1", claim, scope=told.phone.own_scope)
    phone.sync()
    told.erase()
    assert entries(told.county) == {OTHER}


def test_a_stranger_does_not_make_feedback_to_another_entry_part_of_it(told: Told) -> None:
    other = payloads.feedback(payloads.journal("备课", OTHER), text="备得好")
    told.mentor.record("feedback_given/1", other, scope=told.phone.own_scope)
    told.mentor.sync()
    told.phone.record("feedback_answered/1", {"feedback": other["feedback"], "text": "谢谢您"})
    told.phone.sync()
    told.county.add("stranger", "east-school-1", "teacher")
    stranger = told.county.device_of("stranger")
    stranger.record("feedback_given/1", {**other, "entry": ENTRY}, scope=told.phone.own_scope)
    stranger.sync()
    told.erase()
    left = texts(told.county, told.phone.own_scope)
    assert "备得好" in left
    assert "谢谢您" in left


def test_an_answer_to_feedback_that_two_entries_share_stays_and_goes_by_its_own_id(told: Told) -> None:
    shared = new_thing_id()
    for entry in (ENTRY, OTHER):
        given = {**payloads.feedback(payloads.journal("x", entry), text=f"说{entry}"), "feedback": shared}
        told.mentor.record("feedback_given/1", given, scope=told.phone.own_scope)
    told.mentor.sync()
    told.phone.record("feedback_answered/1", {"feedback": shared, "text": "谢谢您"})
    told.phone.sync()
    told.erase()
    left = texts(told.county, told.phone.own_scope)
    assert ("谢谢您" in left, f"说{OTHER}" in left, f"说{ENTRY}" in left) == (True, True, False)
    told.erase(thing=shared)
    assert "谢谢您" not in texts(told.county, told.phone.own_scope)
