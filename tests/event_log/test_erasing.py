"""Erasing by right: what was said is nowhere any more, nothing else is touched, and nothing brings it back."""

from __future__ import annotations

import pytest

from tests.event_log.erasures import (
    SECRET,
    begin_new_epoch,
    broken,
    erase,
    everything_stored,
    forget_all,
    message,
    said,
    teacher_with_three,
    texts,
    tombstone,
)
from tests.simulation.village import Village
from xuetan.event_log import service as event_log
from xuetan.event_log.columns import Event, Origin
from xuetan.event_log.segments import event_hash
from xuetan.kernel.ids import b64url_encode


def test_one_event_goes_and_its_neighbours_of_the_same_segment_stay(village: Village) -> None:
    phone = teacher_with_three(village)
    reader_before = village.device(village.mentor_of(phone.person_id))
    reader_before.sync()
    done = erase(village, phone)
    assert (done.events, done.files) == (1, [])
    assert said(village, phone) == ["早上好", "明天见"]
    assert SECRET not in everything_stored(village)
    assert not broken(village)
    late = village.device(village.mentor_of(phone.person_id))
    late.sync()
    assert texts(late, phone.own_scope) == ["早上好", "明天见"]
    assert SECRET not in str(late.replies)
    reader_before.sync()
    (row,) = reader_before.rows(phone.own_scope, "erased").values()
    assert (row["office"], row["reason"], row["what"]) == ("县教育局", "家长要求", "entry")
    assert [event[:2] for event in row["events"]] == [[phone.stream.stream, 1]]
    assert row["entries"] == [[1, [1]]]


def test_everything_of_a_scope_goes_with_its_times(village: Village) -> None:
    phone = teacher_with_three(village)
    assert erase(village, phone, whole=True).events == 3
    late = village.device(village.mentor_of(phone.person_id))
    late.sync()
    assert texts(late, phone.own_scope) == []
    (entry,) = [one for one in late.replies[-2]["entries"] + late.replies[0].get("entries", []) if "f" in one][:1]
    assert entry["d"]["i"] == [None] * 3
    assert set(entry["d"]["t"]) == {0}
    assert not broken(village)


def test_a_writer_who_reads_the_scope_no_more_hears_of_it_all_the_same(village: Village) -> None:
    teacher = village.teacher_device()
    mentor = village.device(village.mentor_of(teacher.person_id))
    mentor.record("message_sent/1", message(SECRET), scope=teacher.own_scope)
    mentor.sync()
    village.end(teacher.own_scope, mentor.person_id, "mentor")
    erase(village, teacher)
    mentor.sync()
    assert len(mentor.rows(f"p:{mentor.person_id}", "erased")) == 1


def test_the_same_bytes_again_are_known_and_bring_nothing_back(village: Village) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    begin_new_epoch(village)
    phone.sync()
    assert said(village, phone) == ["早上好", "明天见"]
    phone.record("message_sent/1", message("后来"))
    phone.sync()
    assert (phone.waiting, said(village, phone)) == (0, ["早上好", "明天见", "后来"])
    assert not broken(village)


def test_after_a_restore_the_old_bytes_come_in_without_what_was_erased(village: Village) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    forget_all(village)
    phone.sync()
    assert (phone.waiting, said(village, phone)) == (0, ["早上好", "明天见"])
    assert SECRET not in everything_stored(village)
    assert not broken(village)


@pytest.mark.parametrize("with_erasures", [False, True], ids=["known", "list lost"])
def test_what_remains_on_the_phone_fills_a_root_that_was_put_back(village: Village, with_erasures: bool) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    phone.sync()
    tombstone(phone)
    phone.record("message_sent/1", message("后来"))
    forget_all(village, with_erasures=with_erasures)
    phone.sync()
    assert (phone.waiting, said(village, phone)) == (0, ["早上好", "明天见", "后来"])
    assert SECRET not in everything_stored(village)
    assert not broken(village)
    phone.stream.acknowledged = 0
    assert phone.exchange()["acks"] == [["dup"], ["dup"]]


def test_a_copy_of_the_phone_that_says_it_again_in_another_stream_brings_its_place_alone(village: Village) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    phone._begin_stream(phone.stream, 0)
    phone.record("message_sent/1", message("新的"))
    phone.sync()
    assert sorted(said(village, phone)) == sorted(["早上好", "明天见", "早上好", "明天见", "新的"])
    assert SECRET not in everything_stored(village)
    assert not broken(village)


def test_another_event_at_the_same_place_of_another_history_is_not_touched(village: Village) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    forget_all(village)
    scope, event = phone.stream.events[1]
    phone.stream.events[1] = (scope, event_log.Event(event.kind, event.ts, message("别的话")))
    phone.stream.sealed.clear()
    phone.sync()
    assert said(village, phone) == ["早上好", "别的话", "明天见"]


def test_the_quarantine_keeps_nothing_of_it_and_lets_the_rest_in(village: Village) -> None:
    teacher = village.teacher_device()
    early = village.teacher_device()
    for text in (SECRET, "您好"):
        early.record("message_sent/1", message(text), scope=teacher.own_scope)
    early.sync()
    assert erase(village, teacher).events == 1
    assert SECRET not in everything_stored(village)
    village.give(teacher.own_scope, early.person_id, "mentor")
    assert said(village, teacher) == ["您好"]
    assert not broken(village)


def test_a_damaged_tombstone_is_told_as_damaged(village: Village) -> None:
    phone = teacher_with_three(village)
    tombstone(phone)
    header, _left = phone.stream.sealed[0]
    header.gone = b64url_encode(bytes(32))
    phone.stream.acknowledged = 0
    forget_all(village)
    phone.exchange()
    assert phone.exchange()["acks"] == [["damaged"]]


def test_what_somebody_else_repeated_of_it_goes_alone_after_a_restore_too(village: Village) -> None:
    """Whoever copies a record into their own, with its origins, and has that erased takes nothing of it away."""
    phone, other = teacher_with_three(village), village.teacher_device()
    for seq, one in enumerate(event_log.read_segment(phone.stream.sealed[0][1])):
        assert one is not None
        origin = Origin(phone.stream.stream, seq, event_hash(one.kind, one.ts, one.payload))
        other.stream.append(other.own_scope, Event(one.kind, one.ts, one.payload, origin))
    other.sync()
    assert erase(village, other, whole=True).events == 3
    assert (said(village, phone), said(village, other)) == (["早上好", SECRET, "明天见"], [])
    forget_all(village)
    phone.sync()
    other.sync()
    assert (said(village, phone), said(village, other)) == (["早上好", SECRET, "明天见"], [])
    assert not broken(village)
