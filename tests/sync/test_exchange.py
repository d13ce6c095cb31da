"""The exchange between phones and the server, line by line of the table in docs/sync-protocol.md."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from tests.simulation.device import DeviceSimulator
from tests.simulation.events import feedback_given, journal_saved, lesson_opened, message_sent, question_answered
from tests.simulation.sealing import LocalStream
from tests.simulation.village import Village
from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log.segments import Event, Origin, deflate, event_hash, segment_hash, write_columns
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import run_in
from xuetan.sync.frames import decode_frame, encode_frame


def answered(phone: DeviceSimulator, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        phone.record("question_answered/1", question_answered(f"q-{number}"))


def reseal(stream: LocalStream, body: bytes, n: int, scope: str) -> None:
    """Append a sealed segment whose hash is right, whatever its body says."""
    first = stream.sealed_end
    prev = stream.sealed[-1][0].hash if stream.sealed else ""
    hash_ = segment_hash(stream.stream, scope, first, n, prev, body)
    stream.sealed.append((SegmentHeader(scope, first, n, prev, hash_, len(body)), body))
    stream.events.extend([(scope, Event("unreadable/1", 0, {}))] * n)


def test_what_a_phone_recorded_arrives_once_and_in_order(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 40)
    phone.sync()
    stored = village.stored_events(phone.own_scope)
    assert [event.seq for event in stored] == list(range(40))
    assert [event.payload["question"] for event in stored] == [f"q-{number}" for number in range(40)]
    assert phone.waiting == 0


def test_each_new_segment_is_answered_ok_and_proven(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 3)
    phone.record("lesson_opened/1", lesson_opened(), scope="u:" + village.person())
    answered(phone, 2)
    reply = phone.exchange()
    assert reply["acks"] == [["ok"], ["aside", "not_permitted"], ["ok"]]
    assert reply["next"] == 6


def test_the_same_bytes_again_are_a_dup_and_store_nothing(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 3)
    frame = phone.frame()
    first, second = phone.send(frame), phone.send(frame)
    assert (first["acks"], second["acks"]) == ([["ok"]], [["dup"]])
    assert first["next"] == second["next"] == 3
    assert len(village.stored_events(phone.own_scope)) == 3


def test_a_damaged_body_is_not_stored_and_the_rest_not_looked_at(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.stream.seal()
    answered(phone, 2, start=2)
    frame = bytearray(phone.frame())
    frame[-40] ^= 1
    reply = phone.send(bytes(frame))
    assert reply["acks"] == [["ok"], ["damaged"]]
    assert reply["next"] == 2
    phone.sync()
    assert len(village.stored_events(phone.own_scope)) == 4


@pytest.mark.parametrize(
    "change", [{"scope": "u:another"}, {"prev": "B" * 21 + "A"}, {"hash": "A" * 22}, {"first": 3}, {"n": 5}]
)
def test_a_header_that_was_changed_on_the_way_is_damaged(village: Village, change: dict[str, object]) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.sync()
    answered(phone, 2, start=2)
    phone.stream.seal()
    header, body = phone.stream.sealed[1]
    good = {name: getattr(header, name) for name in header.__struct_fields__}
    phone.stream.sealed[1] = (SegmentHeader(**{**good, **change}), body)
    assert phone.send(phone.frame())["acks"] == [["damaged"]]
    phone.stream.sealed[1] = (header, body)
    assert phone.send(phone.frame())["acks"] == [["ok"]]


def test_a_hole_is_answered_with_the_place_to_go_back_to(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.sync()
    answered(phone, 2, start=2)
    phone.stream.seal()
    answered(phone, 2, start=4)
    phone.stream.seal()
    phone.stream.acknowledged = 4
    reply = phone.exchange()
    assert reply["acks"] == [["gap", 2]]
    assert "next" not in reply
    phone.sync()
    assert len(village.stored_events(phone.own_scope)) == 6


def test_a_new_stream_that_does_not_begin_at_its_beginning_is_a_hole(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 1)
    phone.stream.seal()
    answered(phone, 1)
    phone.stream.acknowledged = 1
    assert phone.exchange()["acks"] == [["gap", 0]]


def copy_of(phone: DeviceSimulator, village: Village) -> DeviceSimulator:
    """A phone that was restored from a copy of this one's database; the same device to the server."""
    twin = DeviceSimulator(village.client, phone.person_id, phone.token, phone.device_id, now_ms=phone.now_ms)
    stream = phone.stream
    twin.streams = [
        LocalStream(stream.stream, list(stream.events), list(stream.sealed), stream.acknowledged, stream.ends_at)
    ]
    twin.epoch = phone.epoch
    return twin


def test_a_copied_phone_forks_and_both_histories_are_kept(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 3)
    phone.sync()
    twin = copy_of(phone, village)
    phone.record("journal_saved/1", journal_saved("the first phone's"))
    twin.record("journal_saved/1", journal_saved("the copy's"))
    twin.record("journal_saved/1", journal_saved("the copy's second"))
    phone.sync()
    reply = twin.exchange()
    assert reply["acks"] == [["fork", 3]]
    assert "next" not in reply
    twin.sync()
    texts = [event.payload.get("text") for event in village.stored_events(phone.own_scope)]
    assert texts == [None, None, None, "the first phone's", "the copy's", "the copy's second"]
    again = village.stored_events(phone.own_scope)[-2]
    assert again.origin == Origin(phone.stream.stream, 3, event_hash("journal_saved/1", again.ts, again.payload))


def test_an_acknowledgement_covers_only_what_this_request_proved(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 3)
    phone.sync()
    twin = copy_of(phone, village)
    answered(phone, 2, start=3)
    phone.sync()
    twin.record("journal_saved/1", journal_saved("the copy's"))
    twin.stream.seal()
    twin.stream.acknowledged, twin.segments_max = 0, 1
    reply = twin.exchange()
    assert (reply["acks"], reply["next"]) == ([["dup"]], 3), "the server has five events, this request proved three"
    twin.sync()
    assert "the copy's" in [event.payload.get("text") for event in village.stored_events(phone.own_scope)]


def test_a_fork_says_how_much_can_still_be_right(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 4)
    phone.sync()
    other = LocalStream(phone.stream.stream)
    for number in range(2):
        other.append(phone.own_scope, Event("question_answered/1", 1, question_answered(f"q-{number}")))
    other.seal()
    phone.streams = [other]
    assert phone.send(phone.frame())["acks"] == [["fork", 0]]
    inside = SegmentHeader(phone.own_scope, 2, 1, other.sealed[0][0].hash, "", 0)
    body = deflate(write_columns([Event("lesson_opened/1", 1, lesson_opened())]))
    inside.hash = segment_hash(other.stream, inside.scope, 2, 1, inside.prev, body)
    inside.len = len(body)
    other.sealed = [(inside, body)]
    other.append(phone.own_scope, Event("lesson_opened/1", 1, lesson_opened()))
    assert phone.send(phone.frame())["acks"] == [["fork", 0]]


def test_another_chain_before_the_right_place_is_a_fork_from_the_beginning(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.sync()
    body = deflate(write_columns([Event("lesson_opened/1", 1, lesson_opened())]))
    prev = "A" * 22
    hash_ = segment_hash(phone.stream.stream, phone.own_scope, 2, 1, prev, body)
    phone.stream.sealed.append((SegmentHeader(phone.own_scope, 2, 1, prev, hash_, len(body)), body))
    phone.stream.append(phone.own_scope, Event("lesson_opened/1", 1, lesson_opened()))
    assert phone.exchange()["acks"] == [["fork", 0]]


def test_what_the_store_lost_is_emitted_again(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.sync()
    with village.services.database.transaction() as session:
        run_in(session)("DELETE FROM log_entry WHERE stream = ?", (phone.stream.stream,))
    phone.stream.acknowledged = 0
    assert phone.exchange()["acks"] == [["fork", 0]]
    phone.sync()
    assert len(village.stored_events(phone.own_scope)) == 2


def test_a_stream_of_another_device_is_kept_aside_and_moves_nothing(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.sync()
    for thief in (village.device(phone.person_id), village.teacher_device()):
        thief.streams = [LocalStream(phone.stream.stream)]
        thief.record("journal_saved/1", journal_saved("mine"))
        frame = thief.frame()
        for _ in range(2):
            reply = thief.send(frame)
            assert reply["acks"] == [["aside", "stream_of_another"]]
            assert "next" not in reply
        kept = [one for one in village.set_aside(thief.person_id) if one.code == "stream_of_another"]
        assert [one.n for one in kept] == [1]
        assert kept[0].body == thief.stream.sealed[0][1]
        thief.sync()
        told = thief.rows(f"p:{thief.person_id}", "set_aside")
        assert told == {}, "a row would speak of the owner's good event"
        texts = [event.payload.get("text") for event in village.stored_events(thief.own_scope)]
        assert texts.count("mine") == 1, "emitted again under a stream of its own"
    answered(phone, 1, start=2)
    assert phone.exchange()["acks"] == [["ok"]]


def test_nothing_a_phone_sends_can_block_its_stream(village: Village) -> None:
    phone = village.teacher_device()
    stranger = village.person()
    bodies = [
        (b"\0not even deflated", 3),
        (deflate(b"no columns"), 1),
        (deflate(b'{"v":1}'), 1),
        (deflate(bytes(2_000_000)), 1),
        (bytes(70_000), 1),
        (deflate(write_columns([Event("lesson_opened/1", 1, lesson_opened())])), 7),
    ]
    for body, n in bodies:
        reseal(phone.stream, body, n, phone.own_scope)
    for scope in (
        f"u:{stranger}",
        f"p:{stranger}",
        "pub",
        "x:nowhere",
        "",
        "u:\0",
        "p:" + phone.person_id,
        "c:" + new_id(),
    ):
        reseal(phone.stream, deflate(write_columns([Event("lesson_opened/1", 1, lesson_opened())])), 1, scope)
    end = phone.stream.end
    answered(phone, 1)
    reply = phone.exchange()
    codes = ["unreadable_segment"] * 3 + ["segment_too_large"] * 2 + ["unreadable_segment"] + ["not_permitted"] * 8
    assert reply["acks"] == [["aside", code] for code in codes] + [["ok"]]
    assert reply["next"] == end + 1
    assert [event.seq for event in village.stored_events(phone.own_scope)] == [end]
    assert [(one.code, one.body) for one in village.set_aside(phone.person_id)][:3] == [
        ("unreadable_segment", body) for body, _ in bodies[:3]
    ]
    assert village.stored_events(f"u:{stranger}") == []
    phone.sync()
    assert [row["code"] for row in phone.rows(f"p:{phone.person_id}", "set_aside").values()] == codes


def test_a_segment_set_aside_is_told_again_when_it_comes_again(village: Village) -> None:
    phone = village.teacher_device()
    reseal(phone.stream, b"\0unreadable", 2, phone.own_scope)
    frame = phone.frame()
    assert phone.send(frame)["acks"] == [["aside", "unreadable_segment"]]
    reply = phone.send(frame)
    assert reply["acks"] == [["dup", [[0, "unreadable_segment"], [1, "unreadable_segment"]]]]
    assert reply["next"] == 2
    assert len(village.set_aside(phone.person_id)) == 1


def test_after_what_was_set_aside_a_fork_is_still_seen(village: Village) -> None:
    phone = village.teacher_device()
    answered(phone, 2)
    phone.sync()
    reseal(phone.stream, b"\0unreadable", 2, phone.own_scope)
    phone.sync()
    phone.stream.sealed.pop()
    del phone.stream.events[2:]
    phone.stream.acknowledged = 2
    reseal(phone.stream, b"another", 2, phone.own_scope)
    assert phone.exchange()["acks"] == [["fork", 2]]


def test_a_rejected_event_does_not_block_the_next_one(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened())
    phone.record("lesson_opened/1", {"pack": "no lesson"})
    phone.record("feedback_given/1", feedback_given())
    phone.record("message_sent/1", message_sent("x" * 40_000))
    phone.record("kind_of_next_year/3", {"anything": [1, None]})
    phone.record("lesson_opened/1", lesson_opened("last"))
    bad = [[1, "malformed_event"], [2, "kind_not_permitted"], [3, "payload_too_large"]]
    frame = phone.frame()
    assert phone.send(frame)["acks"] == [["ok", bad]]
    assert phone.send(frame)["acks"] == [["dup", bad]]
    assert [event.seq for event in village.stored_events(phone.own_scope)] == [0, 4, 5]
    assert [(one.seq, one.code, one.body) for one in village.set_aside(phone.person_id)] == [
        (seq, code, None) for seq, code in bad
    ]
    phone.sync()
    told = phone.rows(f"p:{phone.person_id}", "set_aside")
    assert [[row["seq"], row["code"]] for row in told.values()] == bad


def test_a_kind_that_is_not_known_goes_down_like_any_other(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("kind_of_next_year/3", {"anything": [1, None], "deep": {"er": True}})
    phone.sync()
    other = village.device(phone.person_id)
    other.sync()
    assert [event.payload for event in other.events()] == [{"anything": [1, None], "deep": {"er": True}}]


@pytest.mark.parametrize("offset", [None, 0, 250, -86_400_000])
def test_the_clock_of_a_phone_is_kept_beside_its_events(
    village: Village, clock: FixedClock, offset: int | None
) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened(), ts=1_000)
    header, bodies = decode_frame(phone.frame(), phone.person_id)
    header.off = UNSET if offset is None else offset
    phone.apply(phone.stream, phone.send(encode_frame(header, bodies, phone.person_id)))
    (event,) = village.stored_events(phone.own_scope)
    assert (event.ts, event.received_ms, event.clock_offset_ms) == (1_000, clock.now_ms(), offset)
    reader = village.device(phone.person_id)
    reader.sync()
    (entry,) = [one for one in reader.entries.values() if "s" in one]
    assert (entry["at"], entry.get("off")) == (clock.now_ms(), offset)


def test_mentor_and_teacher_read_each_other(village: Village) -> None:
    teacher = village.teacher_device()
    mentor = village.device(village.mentor_of(teacher.person_id))
    teacher.record("journal_saved/1", journal_saved())
    teacher.sync()
    mentor.sync()
    assert [event.payload["text"] for event in mentor.events(teacher.own_scope)] == [journal_saved()["text"]]
    mentor.record("feedback_given/1", feedback_given("写得真好"), scope=teacher.own_scope)
    mentor.sync()
    teacher.sync()
    answer = teacher.events()[-1]
    assert (answer.payload["text"], answer.by, answer.role, answer.after) == (
        "写得真好",
        mentor.person_id,
        "mentor",
        False,
    )


def test_who_once_mentored_still_writes_and_is_marked_and_no_longer_reads(village: Village) -> None:
    teacher = village.teacher_device()
    mentor = village.device(village.mentor_of(teacher.person_id))
    teacher.record("journal_saved/1", journal_saved("before"))
    teacher.sync()
    mentor.sync()
    village.end(teacher.own_scope, mentor.person_id, "mentor")
    teacher.record("journal_saved/1", journal_saved("after"))
    teacher.sync()
    mentor.record("feedback_given/1", feedback_given("late"), scope=teacher.own_scope)
    mentor.sync()
    assert teacher.own_scope not in mentor.scopes()
    assert [event.payload["text"] for event in mentor.events(teacher.own_scope)] == ["late"]
    teacher.sync()
    assert [(event.payload["text"], event.after) for event in teacher.events()][-1] == ("late", True)


def test_two_phones_of_one_teacher_writing_at_once_lose_and_double_nothing(village: Village) -> None:
    first = village.teacher_device()
    second = village.device(first.person_id)
    for number in range(5):
        first.record("lesson_opened/1", lesson_opened(f"first-{number}"))
        second.record("lesson_opened/1", lesson_opened(f"second-{number}"))
        first.exchange()
        second.exchange()
    first.sync()
    second.sync()
    first.sync()
    assert first.events() == second.events()
    assert sorted(event.payload["lesson"] for event in first.events()) == [
        f"{name}-{number}" for name in ("first", "second") for number in range(5)
    ]
    assert [event.position for event in first.events()] == list(range(1, 11))
