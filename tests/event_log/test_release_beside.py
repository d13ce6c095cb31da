"""What is let in stands beside its stream and takes nothing away; what of it can be read, and what is none."""

from __future__ import annotations

import pytest

from tests.event_log.aside import OPERATOR, answer, early_message, items, release
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import InvalidRequestError, NotFoundError
from xuetan.kernel.ids import new_id


def test_what_came_under_anothers_stream_may_come_in_beside_it_and_takes_nothing_away(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened("mine"))
    phone.sync()
    second = village.device(phone.person_id)
    second.stream.stream = phone.stream.stream
    second.record("lesson_opened/1", lesson_opened("second"))
    second.exchange()
    (item,) = items(village)
    assert item.code == "stream_of_another"
    with pytest.raises(InvalidRequestError):
        answer(village, item, "这句话说不到点上。")
    assert release(village, item) == 1
    both = {event.payload["lesson"] for event in village.stored_events(phone.own_scope)}
    assert both == {"mine", "second"}
    phone.stream.acknowledged = 0
    assert phone.exchange()["acks"] == [["dup"]], "the released segment has no place in the stream"


def test_what_was_let_in_goes_down_whole_also_to_whoever_wrote_at_that_place_of_the_stream(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened("mine"))
    phone.send(phone.frame())
    second = village.device(phone.person_id)
    second.stream.stream = phone.stream.stream
    second.record("lesson_opened/1", lesson_opened("second"))
    second.exchange()
    (item,) = items(village)
    release(village, item)
    # Its first answer was lost: this one proves the place that both stand at.
    entries = [entry for entry in phone.exchange()["entries"] if "f" in entry]
    assert [("d" in entry, entry["f"]) for entry in entries] == [(False, 0), (True, 0)]


def test_a_stream_is_whole_before_and_after_a_release(village: Village) -> None:
    teacher = village.teacher_device()
    mentor = early_message(village, teacher)
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert items(village) == []
    with village.services.database.reading() as session:
        assert event_log.find_broken_streams(session) == set()


def test_what_can_be_read_is_read_and_what_cannot_is_said(village: Village) -> None:
    teacher = village.teacher_device()
    early_message(village, teacher)
    (item,) = items(village)
    with village.services.database.reading() as session:
        contents = event_log.read_aside(session, item.key)
    assert contents.code == "not_permitted"
    assert [one.event.payload["text"] for one in contents.events if one.event] == ["你好"]
    assert not contents.may_release


def test_there_is_nothing_under_a_key_that_was_made_up(village: Village) -> None:
    key = event_log.read_aside_key(f"{new_id()}.{new_id()}.0.{new_id()}.{new_id()}")
    with village.services.database.transaction() as session:
        for ask in (
            lambda: event_log.read_aside(session, key),
            lambda: event_log.release_aside(session, key, by=OPERATOR, now_ms=1),
            lambda: event_log.answer_aside(session, key, "x", by=OPERATOR, now_ms=1),
        ):
            with pytest.raises(NotFoundError):
                ask()
