"""What comes down: only what a person follows now, cut at entries, blank where set aside, and again after an epoch."""

from __future__ import annotations

import json

from tests.simulation.device import DeviceSimulator
from tests.simulation.events import journal_saved, lesson_opened
from tests.simulation.village import Village
from xuetan.contracts.limits import PULL_BYTES_MIN
from xuetan.event_log.service import EventLog
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import run_in
from xuetan.sync.frames import decode_frame, encode_frame

DEVICE_ROW = {"name": "phone", "enrolled_ms": 1, "revoked": False}


def without_cursors(phone: DeviceSimulator, **changes: object) -> dict[str, object]:
    """The answer to a request that names no cursor."""
    header, bodies = decode_frame(phone.frame(), phone.person_id)
    header.cur = []
    for name, value in changes.items():
        setattr(header, name, value)
    return phone.send(encode_frame(header, bodies, phone.person_id))


def test_the_first_answer_gives_epoch_and_follow_list(village: Village) -> None:
    phone = village.teacher_device()
    reply = phone.exchange()
    assert reply["follow"] == [2, [[1, f"u:{phone.person_id}", "owner"], [2, f"p:{phone.person_id}", "owner"]]]
    assert len(reply["epoch"]) == 22
    assert phone.exchange().keys() == {"t"}, "the epoch is told to who does not name it"


def test_rows_go_down_and_the_highest_position_is_the_newest(village: Village) -> None:
    phone = village.teacher_device()
    scope = f"p:{phone.person_id}"
    village.row(scope, "device", "a", DEVICE_ROW)
    village.row(scope, "device", "b", DEVICE_ROW)
    village.row(scope, "device", "a", {**DEVICE_ROW, "revoked": True})
    village.row(scope, "device", "b", None)
    phone.sync()
    assert phone.rows(scope) == {("device", "a"): {**DEVICE_ROW, "revoked": True}}
    assert phone.cursors == {2: 4}


def test_what_this_request_proved_comes_without_its_columns(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened())
    frame = phone.frame()
    (entry,) = phone.send(frame)["entries"]
    assert entry == {"r": 1, "p": 1, "f": 0, "n": 1}
    assert phone.send(frame)["entries"] == [entry], "a dup is proven too"
    phone.exchange()
    entry = without_cursors(phone)["entries"][0]  # type: ignore[index]
    assert entry["d"]["s"] == [0]


def test_entries_are_cut_at_the_size_asked_for_and_one_always_comes(village: Village) -> None:
    writer = village.teacher_device()
    reader = village.device(writer.person_id, pull_bytes_max=1)
    for number in range(30):
        writer.record(
            "journal_saved/1",
            journal_saved("".join(chr(0x4E00 + (number * 997 + k * 31) % 20_000) for k in range(1_500))),
        )
        writer.sync()
    village.row(f"p:{writer.person_id}", "device", "a", DEVICE_ROW)
    replies = reader.sync()
    sizes = [len(json.dumps(one["entries"], ensure_ascii=False).encode()) for one in replies if "entries" in one]
    assert len(sizes) > 10
    assert max(sizes) <= PULL_BYTES_MIN + 200
    assert [one.get("more", False) for one in replies if "entries" in one] == [True] * (len(sizes) - 1) + [False]
    assert reader.events() == writer.events()
    assert reader.rows(f"p:{writer.person_id}")


def test_a_scope_whose_first_entry_does_not_fit_waits_for_the_next_answer(village: Village) -> None:
    writer = village.teacher_device()
    writer.record("journal_saved/1", journal_saved("字" * 2_700))
    writer.sync()
    village.row(f"p:{writer.person_id}", "device", "a", {**DEVICE_ROW, "name": "x" * 500})
    reader = village.device(writer.person_id, pull_bytes_max=8_192)
    first, second, *_ = reader.sync()
    assert ([(one["r"], one["p"]) for one in first["entries"]], first["more"]) == ([(1, 1)], True)
    assert ([(one["r"], one["p"]) for one in second["entries"]], "more" in second) == ([(2, 1)], False)


def test_an_entry_larger_than_the_size_asked_for_comes_alone(village: Village) -> None:
    writer = village.teacher_device()
    for _ in range(2):
        writer.record("journal_saved/1", journal_saved("字" * 8_000))
        writer.stream.seal()
    writer.sync()
    reader = village.device(writer.person_id, pull_bytes_max=8_192)
    first, second, *_ = reader.sync()
    assert (len(first["entries"]), first["more"], len(second["entries"])) == (1, True, 1)
    assert "more" not in second


def test_a_long_history_is_pulled_in_one_large_answer(village: Village) -> None:
    writer = village.teacher_device()
    for number in range(140):
        writer.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        writer.stream.seal()
    writer.sync()
    reader = village.device(writer.person_id, pull_bytes_max=1_000_000)
    assert len(reader.exchange()["entries"]) == 140
    assert reader.events() == writer.events()


def test_what_waits_behind_a_push_comes_with_it_however_much_it_is(village: Village) -> None:
    writer = village.teacher_device()
    reader = village.device(writer.person_id)
    for number in range(40):
        writer.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        writer.exchange()
    reader.record("lesson_opened/1", lesson_opened("mine"))
    reply = reader.exchange()
    assert len(reply["entries"]) == 41
    assert "d" not in reply["entries"][-1]


def test_set_aside_events_go_down_blank_and_named(village: Village) -> None:
    writer = village.teacher_device()
    writer.record("lesson_opened/1", lesson_opened("first"))
    writer.record("lesson_opened/1", {"secret": "no lesson at all"})
    writer.record("lesson_opened/1", lesson_opened("third"))
    writer.sync()
    reader = village.device(village.mentor_of(writer.person_id))
    reply = reader.exchange()
    (entry,) = [one for one in reply["entries"] if "s" in one]
    assert entry["x"] == [1]
    assert entry["d"]["i"] == [0, None, 0]
    assert "secret" not in json.dumps(reply)
    assert [event.payload["lesson"] for event in reader.events(writer.own_scope)] == ["first", "third"]


def test_the_follow_list_comes_when_it_changed_and_only_then(village: Village) -> None:
    phone = village.teacher_device()
    phone.sync()
    cohort = f"c:{new_id()}"
    village.give(cohort, phone.person_id, "member")
    village.row(cohort, "cohort", "x", {"cohort": "x", "name": {}, "programme": {}})
    reply = phone.exchange()
    assert reply["follow"] == [
        3,
        [[1, phone.own_scope, "owner"], [2, f"p:{phone.person_id}", "owner"], [3, cohort, "member"]],
    ]
    assert [entry["r"] for entry in reply["entries"]] == [3]
    assert "follow" not in phone.exchange()
    village.end(cohort, phone.person_id, "member")
    reply = phone.exchange()
    assert [number for number, _, _ in reply["follow"][1]] == [1, 2]
    assert phone.rows(cohort) == {}


def test_a_scope_that_came_back_is_pulled_again_under_its_new_number(village: Village) -> None:
    phone = village.teacher_device()
    cohort = f"c:{new_id()}"
    village.give(cohort, phone.person_id, "member")
    village.row(cohort, "cohort", "x", {"cohort": "x", "name": {}, "programme": {}})
    phone.sync()
    village.end(cohort, phone.person_id, "member")
    village.give(cohort, phone.person_id, "trainer")
    phone.sync()
    assert phone.follow[4] == (cohort, "trainer")
    assert len(phone.rows(cohort)) == 1


def test_cursors_of_scopes_that_are_not_followed_open_nothing(village: Village) -> None:
    stranger = village.teacher_device()
    stranger.record("journal_saved/1", journal_saved("private"))
    stranger.sync()
    curious = village.teacher_device()
    reply = without_cursors(curious, cur=[[number, 0] for number in range(20)], follow=2)
    assert "entries" not in reply
    assert "private" not in json.dumps(reply)


def test_another_epoch_takes_no_segments_and_answers_with_epoch_and_clock_alone(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened())
    phone.epoch = new_id()
    reply = phone.send(phone.frame())
    assert reply.keys() == {"epoch", "t"}
    assert village.stored_events(phone.own_scope) == []


def test_after_a_restore_phones_send_everything_again_and_nothing_is_doubled(village: Village) -> None:
    log = village.services.log
    assert isinstance(log, EventLog)
    phone = village.teacher_device()
    other = village.device(phone.person_id)
    for number in range(3):
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        phone.sync()
    other.sync()
    log.begin_new_epoch()
    phone.record("lesson_opened/1", lesson_opened("after"))
    phone.sync()
    other.sync()
    assert phone.epoch == other.epoch == log.epoch
    assert [event.payload["lesson"] for event in other.events()] == ["l-0", "l-1", "l-2", "after"]
    assert len(village.stored_events(phone.own_scope)) == 4


def test_a_root_that_lost_its_last_days_gets_them_back_from_the_phones(village: Village) -> None:
    log = village.services.log
    assert isinstance(log, EventLog)
    phone = village.teacher_device()
    for number in range(4):
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        phone.sync()
        if number == 1:
            village.services.database.engine.dispose()
    with village.services.database.transaction() as session:
        run = run_in(session)
        run("DELETE FROM log_entry WHERE first >= 2", ())
        chain = run("SELECT hash FROM log_entry WHERE first = 1", ()).fetchone()[0]
        run("UPDATE log_stream SET next = 2, chain = ?", (chain,))
        run("UPDATE log_scope SET head = 2 WHERE scope = ?", (phone.own_scope,))
    log.begin_new_epoch()
    phone.sync()
    assert [event.payload["lesson"] for event in village.stored_events(phone.own_scope)] == [f"l-{n}" for n in range(4)]
    assert phone.waiting == 0
