"""A role that is given takes in what was set aside for want of it, by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.event_log import letting_in
from xuetan.event_log import service as event_log
from xuetan.event_log.letting_in import NOTHING_LEFT, let_in_some
from xuetan.kernel.ids import new_thing_id


def message(text: str = "你好") -> dict[str, Any]:
    return {"message": new_thing_id(), "text": text}


def write_early(phone: DeviceSimulator, scope: str, count: int) -> None:
    """Each in a segment of its own, before anybody knew the writer as a mentor there."""
    for number in range(count):
        phone.record("message_sent/1", message(f"early-{number}"), scope=scope)
        phone.stream.seal()
    phone.sync()


def shown(phone: DeviceSimulator) -> list[str]:
    phone.sync()
    return [event.payload["text"] for event in phone.events() if event.kind == "message_sent/1"]


def aside(village: Village, *, only_open: bool = True) -> int:
    with village.services.database.reading() as session:
        return event_log.count_aside_items(session, only_open=only_open)


def test_what_was_written_before_the_pair_is_shown_once_the_pair_is_there(village: Village) -> None:
    teacher, mentor = village.teacher_device(), village.teacher_device()
    write_early(mentor, teacher.own_scope, 3)
    assert (shown(teacher), aside(village)) == ([], 3)
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert shown(teacher) == [f"early-{number}" for number in range(3)]
    mentor.sync()
    rows = mentor.rows(f"p:{mentor.person_id}", "set_aside").values()
    assert sorted((row["seq"], row["became"]) for row in rows) == [(0, "released"), (1, "released"), (2, "released")]
    assert (aside(village), aside(village, only_open=False)) == (0, 3)
    # Once: another role, or the same given again, brings nothing a second time.
    village.end(teacher.own_scope, mentor.person_id, "mentor")
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert len(shown(teacher)) == 3
    with village.services.database.reading() as session:
        assert event_log.find_broken_streams(session) == set()


def test_nobody_elses_and_nothing_of_another_scope_comes_in(village: Village) -> None:
    teacher, other, mentor, stranger = (village.teacher_device() for _ in range(4))
    for scope in (teacher.own_scope, other.own_scope):
        write_early(mentor, scope, 1)
    write_early(stranger, teacher.own_scope, 1)
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert (len(shown(teacher)), shown(other), aside(village)) == (1, [], 2)


def test_what_the_role_may_not_write_and_what_is_too_long_stay_aside(village: Village) -> None:
    teacher, mentor = village.teacher_device(), village.teacher_device()
    mentor.record("message_sent/1", message("short"), scope=teacher.own_scope)
    mentor.record("message_sent/1", message("x" * 40_000), scope=teacher.own_scope)
    mentor.record("lesson_opened/1", lesson_opened(), scope=teacher.own_scope)
    mentor.sync()
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert shown(teacher) == ["short"]
    mentor.sync()
    (row,) = mentor.rows(f"p:{mentor.person_id}", "set_aside").values()
    assert row["still"] == [1, 2]


def test_what_the_operator_answered_stays_as_it_was_answered(village: Village) -> None:
    teacher, mentor = village.teacher_device(), village.teacher_device()
    write_early(mentor, teacher.own_scope, 2)
    with village.services.database.transaction() as session:
        refused = event_log.list_aside_items(session, only_open=True, limit=1)[0]
        event_log.answer_aside(session, refused.key, "请当面说。", by="operator", now_ms=9)
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert len(shown(teacher)) == 1
    mentor.sync()
    rows = mentor.rows(f"p:{mentor.person_id}", "set_aside").values()
    assert sorted(row["became"] for row in rows) == ["answered", "released"]


def test_a_role_that_only_reads_lets_nothing_in(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("message_sent/1", message(), scope="pub")
    phone.sync()
    village.give("pub", phone.person_id, "member")
    assert aside(village) == 1


def test_a_transaction_lets_in_a_part_and_the_job_the_rest(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letting_in, "TOGETHER", 2)
    teacher, mentor = village.teacher_device(), village.teacher_device()
    mentor.record("lesson_opened/1", lesson_opened(), scope=teacher.own_scope)
    mentor.stream.seal()
    write_early(mentor, teacher.own_scope, 6)
    village.give(teacher.own_scope, mentor.person_id, "mentor")
    assert len(shown(teacher)) == 1
    assert village.services.jobs.count_open() == {"other": 1}
    passed_over, steps = 1, 0
    while passed_over != NOTHING_LEFT:
        passed_over = let_in_some(village.services, teacher.own_scope, mentor.person_id, passed_over)
        steps += 1
    assert (len(shown(teacher)), steps, aside(village)) == (6, 3, 1)
