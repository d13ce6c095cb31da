"""A mentor who reads from the pairing on gets nothing of before: by no way, on no back end, also after the setting was changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.county import County
from tests.learning_log import payloads
from tests.simulation.device import DeviceSimulator
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import AppError, NotFoundError
from xuetan.kernel.ids import new_thing_id
from xuetan.kernel.sql import run_in
from xuetan.learning_log import service as learning_log
from xuetan.mentoring import service as mentoring

SECRET, OPEN = "结对以前的心事", "结对以后写的"


def pair(county: County, *, reads_all: bool = False) -> mentoring.PairView:
    return county.write(
        lambda session: mentoring.create_pair(
            session,
            county.staff("trainer"),
            county.id_of("mentor"),
            county.id_of("teacher"),
            "",
            now_ms=county.now_ms,
            reads_all=reads_all,
        )
    )


def change(county: County, one: mentoring.PairView, *, reads_all: bool, who: str = "trainer") -> None:
    county.write(
        lambda session: mentoring.change_reading(
            session, county.staff(who), one.id, reads_all=reads_all, now_ms=county.now_ms
        )
    )


def write(phone: DeviceSimulator, text: str) -> None:
    phone.record("journal_saved/1", payloads.journal(text, new_thing_id()))


def everything(mentor: DeviceSimulator) -> str:
    """All that ever came down to a phone that asks from the beginning."""
    fresh = DeviceSimulator(mentor.client, mentor.person_id, mentor.token, mentor.device_id)
    replies = [reply for _ in range(3) for reply in fresh.sync()]
    return json.dumps(replies, ensure_ascii=False)


def texts(mentor: DeviceSimulator, scope: str) -> list[str]:
    return [event.payload["text"] for event in mentor.events(scope)]


def test_what_was_written_before_never_comes_down(county: County, clock: FixedClock) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    write(teacher, SECRET)
    teacher.sync()
    write(teacher, SECRET + "，还没有送出")
    clock.advance_ms(60_000)
    one = pair(county)
    clock.advance_ms(60_000)
    write(teacher, OPEN)
    teacher.sync()
    mentor.sync()
    assert texts(mentor, teacher.own_scope) == [OPEN]
    assert SECRET not in everything(mentor)
    rows = mentor.rows(f"p:{mentor.person_id}", "pair")
    assert rows[("pair", one.id)]["reads_from_ms"] == one.started_ms
    assert mentor.rows(teacher.own_scope, "person_card"), "what the work needs is there"


def test_the_reader_comes_to_the_end_of_the_scope_and_asks_no_more(county: County, clock: FixedClock) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    write(teacher, SECRET)
    clock.advance_ms(60_000)
    pair(county)
    teacher.sync()
    mentor.sync()
    number = next(number for number, (scope, _role) in mentor.follow.items() if scope == teacher.own_scope)
    head = county.read(lambda session: event_log.read_head(session, teacher.own_scope))
    assert mentor.cursors[number] == head
    assert "entries" not in mentor.exchange()
    assert texts(mentor, teacher.own_scope) == []


def test_what_a_phone_sends_again_stays_of_before(county: County, clock: FixedClock) -> None:
    """After a restore every stream is pushed anew, to new positions."""
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    write(teacher, SECRET)
    teacher.sync()
    clock.advance_ms(60_000)
    county.write(lambda session: _forget(session, teacher))
    county.services.log.begin_new_epoch()
    pair(county)
    clock.advance_ms(60_000)
    write(teacher, OPEN)
    teacher.sync()
    mentor.sync()
    assert texts(mentor, teacher.own_scope) == [OPEN]
    assert SECRET not in everything(mentor)


def test_less_takes_away_what_was_there_and_more_gives_all(county: County, clock: FixedClock) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    write(teacher, SECRET)
    teacher.sync()
    clock.advance_ms(60_000)
    one = pair(county, reads_all=True)
    clock.advance_ms(60_000)
    write(teacher, OPEN)
    teacher.sync()
    mentor.record("message_sent/1", payloads.message("您好"), scope=teacher.own_scope)
    mentor.sync()
    assert sorted(texts(mentor, teacher.own_scope)) == sorted([SECRET, OPEN, "您好"])
    change(county, one, reads_all=False)
    mentor.sync()
    assert sorted(texts(mentor, teacher.own_scope)) == sorted([OPEN, "您好"]), "dropped, and what they wrote stays"
    assert SECRET not in everything(mentor)
    numbers = [number for number, (scope, _role) in mentor.follow.items() if scope == teacher.own_scope]
    change(county, one, reads_all=False)
    mentor.sync()
    assert numbers == [number for number, (scope, _) in mentor.follow.items() if scope == teacher.own_scope]
    change(county, one, reads_all=True)
    mentor.sync()
    assert sorted(texts(mentor, teacher.own_scope)) == sorted([SECRET, OPEN, "您好"])
    assert "reads_from_ms" not in mentor.rows(f"p:{mentor.person_id}", "pair")[("pair", one.id)]


def test_a_new_pair_begins_where_it_begins(county: County, clock: FixedClock) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    first = pair(county)
    write(teacher, SECRET)
    teacher.sync()
    county.write(lambda s: mentoring.end_pair(s, county.staff("trainer"), first.id, now_ms=county.now_ms))
    clock.advance_ms(60_000)
    pair(county)
    mentor.sync()
    assert texts(mentor, teacher.own_scope) == []


def test_of_a_segment_with_both_only_what_was_written_after_comes_down(county: County, clock: FixedClock) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    write(teacher, SECRET)
    clock.advance_ms(60_000)
    pair(county)
    write(teacher, OPEN)
    teacher.stream.seal()
    assert len(teacher.stream.sealed) == 1
    teacher.sync()
    mentor.sync()
    assert texts(mentor, teacher.own_scope) == [OPEN]
    assert SECRET not in everything(mentor)


@pytest.mark.parametrize("who", ["west-trainer", "colleague"])
def test_who_does_not_see_the_pair_changes_nothing(county: County, who: str) -> None:
    one = pair(county)
    with pytest.raises(AppError):
        change(county, one, reads_all=True, who=who)


def test_what_the_server_makes_of_all_times_is_not_for_such_a_mentor(county: County) -> None:
    teacher = county.id_of("teacher")
    one = pair(county)
    actor = county.on_phone("mentor")
    with pytest.raises(NotFoundError):
        county.read(lambda session: learning_log.list_journal(session, actor, teacher))
    with pytest.raises(NotFoundError):
        county.read(lambda session: learning_log.list_messages(session, actor, teacher))
    change(county, one, reads_all=True)
    assert county.read(lambda session: learning_log.list_journal(session, actor, teacher)) == []


def _forget(session: Any, phone: DeviceSimulator) -> None:
    run = run_in(session)
    run("DELETE FROM log_entry WHERE scope = ? AND stream IS NOT NULL", (phone.own_scope,))
    run("DELETE FROM log_stream WHERE person_id = ?", (phone.person_id,))
