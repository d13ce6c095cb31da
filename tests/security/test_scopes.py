"""Nobody reads or writes beyond their scopes: what strangers push reaches nobody, others' words never arrive, access ends at once.

Each test looks at the bytes of the answers too: what must not arrive is searched for in all that came.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.county import County
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import feedback_given, lesson_opened, message_sent
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import SyncHeader
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import new_id, new_thing_id
from xuetan.mentoring import service as mentoring
from xuetan.programmes import service as programmes
from xuetan.sync.frames import encode_frame

SECRET = "这句话只给我的导师看。"
FORGED = "这句话不是她写的。"


def journal(text: str = SECRET) -> dict[str, Any]:
    return {"entry": new_thing_id(), "ver": new_id(), "parents": [], "text": text}


def write_journal(phone: DeviceSimulator, text: str = SECRET) -> None:
    phone.record("journal_saved/1", journal(text))
    phone.sync()


def all_bytes(phone: DeviceSimulator) -> str:
    """All that ever came down to this phone."""
    return json.dumps([phone.replies, phone.enrolment], ensure_ascii=False)


def scopes_of(county: County) -> dict[str, str]:
    """One scope of every kind, none of them the western teacher's own."""
    programme_id = county.read(lambda session: programmes.list_programmes(session, OPERATOR)[0].id)
    return {
        "u": f"u:{county.id_of('teacher')}",
        "p": f"p:{county.id_of('teacher')}",
        "c": f"c:{county.cohort_id}",
        "g": f"g:{programme_id}",
        "o": f"o:{county.places['east-school-1']}",
    }


def entries_in(county: County, scope: str) -> int:
    def count(session: Any) -> int:
        sql = "SELECT count(*) FROM log_entry WHERE scope = ?"
        return int(session.connection().exec_driver_sql(sql, (scope,)).scalar_one())

    return county.read(count)


def end_pair(county: County, pair_id: str) -> None:
    county.write(lambda session: mentoring.end_pair(session, OPERATOR, pair_id, now_ms=county.now_ms))


def code_of_last_push(phone: DeviceSimulator) -> list[Any]:
    return next(reply["acks"] for reply in reversed(phone.replies) if "acks" in reply)


KINDS = {
    "journal_saved/1": journal(FORGED),
    "feedback_given/1": feedback_given(FORGED),
    "message_sent/1": message_sent(FORGED),
    "kind_of_next_year/1": {"text": FORGED},
}


@pytest.mark.parametrize("letter", ["u", "p", "c", "g", "o"])
def test_what_a_stranger_pushes_reaches_nobody(county: County, letter: str) -> None:
    scope = scopes_of(county)[letter]
    owner, mentor, stranger = (county.device_of(name) for name in ("teacher", "mentor", "west-teacher"))
    county.pair("mentor", "teacher")
    before = entries_in(county, scope)
    for kind, payload in KINDS.items():
        stranger.record(kind, payload, scope=scope)
    stranger.sync()
    assert code_of_last_push(stranger) == [["aside", "not_permitted"]]
    assert entries_in(county, scope) == before
    for phone in (owner, mentor, county.device_of("colleague")):
        phone.sync()
        assert FORGED not in all_bytes(phone)
    # It is kept, the sender is told, and nothing stops the sender's own work.
    assert stranger.waiting == 0
    assert len(stranger.rows(f"p:{stranger.person_id}", "set_aside")) == 1
    write_journal(stranger)
    assert stranger.waiting == 0


@pytest.mark.parametrize(
    "scope", ["u:", "u:short", "x:" + "A" * 22, "pub:" + "A" * 22, "u:" + "A" * 22, "u:\x00", "所"]
)
def test_what_is_pushed_to_no_scope_at_all_reaches_nobody(county: County, scope: str) -> None:
    stranger = county.device_of("west-teacher")
    stranger.record("message_sent/1", message_sent(FORGED), scope=scope)
    stranger.sync()
    assert code_of_last_push(stranger) == [["aside", "not_permitted"]]
    assert entries_in(county, scope) == 0


@pytest.mark.parametrize("letter", ["c", "g", "o", "pub"])
def test_who_only_reads_a_scope_sends_nothing_to_its_other_readers(county: County, letter: str) -> None:
    """A class, a county, the whole installation: no kind of event is written there by phones, so nothing goes down from one to all."""
    scope = {**scopes_of(county), "pub": "pub"}[letter]
    member, reader = county.device_of("teacher"), county.device_of("colleague")
    before = entries_in(county, scope)
    for kind, payload in KINDS.items():
        member.record(kind, payload, scope=scope)
    member.sync()
    assert code_of_last_push(member) == [["aside", "not_permitted"]]
    assert entries_in(county, scope) == before
    reader.sync()
    assert FORGED not in all_bytes(reader)


def test_a_phone_pulls_what_is_its_persons_and_nothing_else(county: County) -> None:
    county.pair("mentor", "teacher")
    phones = {name: county.device_of(name) for name in county.people}
    write_journal(phones["teacher"])
    phones["mentor"].sync()
    phones["mentor"].record("message_sent/1", message_sent("很好"), scope=f"u:{county.id_of('teacher')}")
    county.services.log.project_now()
    for phone in phones.values():
        phone.sync()
    places = {name: f"o:{place}" for name, place in county.places.items()}
    everybody = {"pub", places["city"]}
    east, west = everybody | {places["east"]}, everybody | {places["west"]}
    shared = scopes_of(county)
    classes = {shared["c"], shared["g"]}
    expected = {
        "mayor": everybody,
        "head": east | {places["east-school-1"]},
        "trainer": east,
        "mentor": east | {f"u:{county.id_of('teacher')}"},
        "teacher": east | {places["east-school-1"]} | classes,
        "colleague": east | {places["east-school-2"]} | classes,
        "west-trainer": west,
        "west-mentor": west,
        "west-teacher": west | {places["west-school"]},
    }
    for name, phone in phones.items():
        own = {f"u:{phone.person_id}", f"p:{phone.person_id}"}
        assert phone.scopes() == expected[name] | own, name
        if name not in ("teacher", "mentor"):
            came = all_bytes(phone)
            assert SECRET not in came, name
            for other in set(county.people) - {name}:
                assert county.id_of(other) not in came, (name, other)


def test_cursors_and_lists_that_a_phone_makes_up_bring_nothing_more(county: County) -> None:
    write_journal(county.device_of("teacher"))
    stranger = county.device_of("west-teacher")
    stranger.sync()
    epoch = stranger.epoch
    assert epoch is not None
    for cursors, follow in (
        ([[number, 0] for number in range(-3, 40)], 0),
        ([[number, -(1 << 53) + 1] for number in range(1, 9)], -1),
        ([[1 << 52, 0]], (1 << 53) - 1),
        ([[1, 0], [1, -5]], 7),
    ):
        header = SyncHeader(1, new_id(), 0, [], cursors, follow, epoch=epoch, max=1 << 20)
        reply = stranger.send(encode_frame(header, [], stranger.person_id))
        assert SECRET not in json.dumps(reply, ensure_ascii=False)
        assert county.id_of("teacher") not in json.dumps(reply)
        assert {entry["r"] for entry in reply.get("entries", [])} <= set(stranger.follow)


def test_a_stream_is_written_by_the_device_that_began_it_alone(county: County) -> None:
    """Nor does the answer tell anybody else how far it is."""
    first = county.device_of("teacher")
    write_journal(first)
    for thief in (county.device_of("west-teacher"), county.device_of("teacher")):
        thief.sync()
        thief.streams[0].stream = first.stream.stream
        thief.record("message_sent/1", message_sent(FORGED), scope=first.own_scope)
        reply = thief.send(thief.frame())
        assert reply["acks"] == [["aside", "stream_of_another"]]
        assert "next" not in reply
    first.sync()
    assert FORGED not in all_bytes(first)
    write_journal(first)
    assert first.waiting == 0


def test_a_mentor_whose_pair_ended_reads_nothing_more_from_that_moment(county: County) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    pair = county.pair("mentor", "teacher")
    write_journal(teacher, "结对时写的。")
    mentor.sync()
    number = next(number for number, (scope, _) in mentor.follow.items() if scope == teacher.own_scope)
    assert "结对时写的。" in all_bytes(mentor)

    end_pair(county, pair.id)
    write_journal(teacher)
    reply = mentor.exchange()
    assert teacher.own_scope not in mentor.scopes()
    assert number not in {entry["r"] for entry in reply.get("entries", [])}
    mentor.sync()
    assert SECRET not in all_bytes(mentor)
    assert mentor.events(teacher.own_scope) == []
    # An older list and an older cursor change nothing.
    header = SyncHeader(1, new_id(), 0, [], [[number, 0]], 0, epoch=mentor.epoch or "", max=1 << 20)
    assert SECRET not in json.dumps(mentor.send(encode_frame(header, [], mentor.person_id)), ensure_ascii=False)


def test_what_an_ended_mentor_still_writes_is_kept_and_marked(county: County) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    pair = county.pair("mentor", "teacher")
    mentor.sync()
    end_pair(county, pair.id)
    mentor.record("message_sent/1", message_sent("路上写的回信"), scope=teacher.own_scope)
    mentor.record("journal_saved/1", journal(FORGED), scope=teacher.own_scope)
    mentor.sync()
    teacher.sync()
    shown = [(event.payload["text"], event.after) for event in teacher.events() if event.by == mentor.person_id]
    assert shown == [("路上写的回信", True)]
    assert FORGED not in all_bytes(teacher)


def test_nothing_of_a_teacher_is_told_to_a_mentor_whose_pair_ended(county: County) -> None:
    """Neither in the scope nor by the inbox."""
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    pair = county.pair("mentor", "teacher")
    mentor.sync()
    mentor.record("feedback_given/1", feedback_given(), scope=teacher.own_scope)
    mentor.sync()
    end_pair(county, pair.id)
    mentor.sync()
    told = len(mentor.rows(f"p:{mentor.person_id}", "inbox_item"))
    teacher.sync()
    teacher.record("feedback_answered/1", {"feedback": "F" * 16, "text": SECRET})
    teacher.record("message_sent/1", message_sent(SECRET))
    write_journal(teacher)
    county.services.log.project_now()
    mentor.sync()
    assert len(mentor.rows(f"p:{mentor.person_id}", "inbox_item")) == told
    assert SECRET not in all_bytes(mentor)


def test_a_mentor_whose_role_was_taken_back_reads_nothing_more(county: County) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    county.pair("mentor", "teacher")
    mentor.sync()
    for grant in county.read(lambda session: accounts.list_grants(session, OPERATOR, mentor.person_id)):
        county.write(
            lambda session, grant=grant: accounts.end_role(session, grant.id, actor=OPERATOR, services=county.services)
        )
    write_journal(teacher)
    mentor.sync()
    assert teacher.own_scope not in mentor.scopes()
    assert SECRET not in all_bytes(mentor)


def test_a_mentor_who_is_paired_again_follows_under_another_number(county: County) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    pair = county.pair("mentor", "teacher")
    mentor.sync()
    before = {number for number, (scope, _) in mentor.follow.items() if scope == teacher.own_scope}
    end_pair(county, pair.id)
    county.pair("mentor", "teacher")
    mentor.sync()
    after = {number for number, (scope, _) in mentor.follow.items() if scope == teacher.own_scope}
    assert len(before) == len(after) == 1
    assert before != after


def test_a_teacher_who_left_a_class_hears_nothing_more_of_it(county: County) -> None:
    left, stayed = county.device_of("teacher"), county.device_of("colleague")
    left.sync()
    shared = scopes_of(county)
    assert {shared["c"], shared["g"]} <= left.scopes()
    county.write(
        lambda session: programmes.remove_person(
            session, OPERATOR, county.cohort_id, left.person_id, "member", now_ms=county.now_ms
        )
    )
    row = {"cohort": county.cohort_id, "name": {"zh-Hans": SECRET}, "programme": {"zh-Hans": "x"}}
    county.write(
        lambda session: event_log.append_row(
            session, shared["c"], "cohort", county.cohort_id, row, now_ms=county.now_ms
        )
    )
    left.exchange()
    assert not {shared["c"], shared["g"]} & left.scopes()
    left.sync()
    stayed.sync()
    assert SECRET not in all_bytes(left)
    assert SECRET in all_bytes(stayed)


def test_what_was_set_aside_is_seen_by_its_sender_and_no_reader(county: County) -> None:
    teacher, mentor = county.device_of("teacher"), county.device_of("mentor")
    county.pair("mentor", "teacher")
    teacher.record("feedback_given/1", feedback_given(FORGED))
    teacher.record("lesson_opened/1", lesson_opened())
    teacher.sync()
    mentor.sync()
    assert FORGED not in all_bytes(mentor)
    assert [event.kind for event in mentor.events(teacher.own_scope)] == ["lesson_opened/1"]
    assert [one["code"] for one in teacher.rows(f"p:{teacher.person_id}", "set_aside").values()] == [
        "kind_not_permitted"
    ]
    assert mentor.rows(f"p:{mentor.person_id}", "set_aside") == {}


def test_two_people_on_one_phone_each_pull_their_own(county: County) -> None:
    """One key, two people: two devices, two tokens, nothing shared."""
    one = county.device_of("teacher")
    other = DeviceSimulator.enrol(county.client, county.code_of("colleague"), key=one.key, now_ms=lambda: county.now_ms)
    write_journal(one)
    other.sync()
    assert SECRET not in all_bytes(other)
    assert county.id_of("teacher") not in all_bytes(other)
