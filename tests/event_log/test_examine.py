"""What a segment says inside: one bad event never costs its neighbours, and only what readers can take gets through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation.events import feedback_given, journal_saved, lesson_opened, message_sent, question_answered
from xuetan.contracts.event_kinds import EVENT_KINDS
from xuetan.contracts.limits import EVENT_PAYLOAD_BYTES_MAX, SEGMENT_EVENTS_MAX
from xuetan.event_log.examine import Contents, examine, permit
from xuetan.event_log.kind_rules import FIELDS_MAX, LAYOUTS_REMEMBERED_MAX, Rules
from xuetan.event_log.layouts import lay_out
from xuetan.event_log.members import ScopeRoles
from xuetan.event_log.segments import Event, Origin, deflate, read_columns, write_columns

OWNER = ScopeRoles(frozenset({"owner"}), frozenset({"owner"}))
GOOD = lesson_opened()


def contents_of(*events: tuple[str, dict[str, Any]]) -> Contents:
    written = [Event(kind, 1_770_000_000_000 + index, payload) for index, (kind, payload) in enumerate(events)]
    found = examine(deflate(write_columns(written)), len(written))
    assert isinstance(found, Contents)
    return found


def aside_of(kind: str, payload: dict[str, Any]) -> str | None:
    """The code of an event between two good ones, which must not suffer."""
    found = contents_of(("lesson_opened/1", GOOD), (kind, payload), ("lesson_opened/1", GOOD))
    assert set(found.aside) <= {1}
    return found.aside.get(1)


def columns(**changes: Any) -> bytes:
    """A good body of two events, with changes that a phone would not make."""
    text = json.loads(write_columns([Event("lesson_opened/1", 100 + index, GOOD) for index in range(2)]))
    for name, value in changes.items():
        text[name] = value(text[name]) if callable(value) else value
    return deflate(json.dumps({name: value for name, value in text.items() if value is not None}).encode())


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("lesson_opened/1", GOOD),
        ("question_answered/1", question_answered()),
        ("question_answered/1", question_answered(answer=[["l", "r"]], score=None, language="zh-Hans")),
        ("question_answered/1", question_answered(answer="x", score=0.3333333333333333)),
        ("journal_saved/1", journal_saved("一" * 8000)),
        ("message_sent/1", message_sent("with a field of later", ) | {"mood": {"deep": [1, {"er": None}]}}),
        ("kind_of_next_year/7", {"anything": [1, 2.5, "x", None, {"y": True}], "big": 1e17}),
        ("kind_without_fields/1", {}),
    ],
)  # fmt: skip
def test_good_and_unknown_events_pass(kind: str, payload: dict[str, Any]) -> None:
    assert aside_of(kind, payload) is None


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("lesson_opened/1", {"pack": "p", "version": 1}),
        ("lesson_opened/1", {**GOOD, "version": 0}),
        ("lesson_opened/1", {**GOOD, "version": 1.5}),
        ("lesson_opened/1", {**GOOD, "version": float(2**53)}),
        ("lesson_opened/1", {**GOOD, "version": "1"}),
        ("lesson_opened/1", {**GOOD, "version": True}),
        ("lesson_opened/1", {**GOOD, "pack": "Not A Slug"}),
        ("lesson_opened/1", {**GOOD, "pack": "slug-with-newline\n"}),
        ("lesson_opened/1", {**GOOD, "pack": None}),
        ("question_answered/1", question_answered(score=1.01)),
        ("question_answered/1", question_answered(kind="x" * 21)),
        ("question_answered/1", question_answered(answer="a\0b")),
        ("question_answered/1", question_answered(answer=json.loads("[" * 40 + "]" * 40))),
        ("question_answered/1", question_answered(answer={"a\0": 1})),
        ("journal_saved/1", journal_saved("NUL \0 inside")),
        ("journal_saved/1", {**journal_saved(), "parents": ["x"] * 17}),
        ("journal_saved/1", {**journal_saved(), "entry": "short"}),
        ("feedback_given/1", feedback_given(verdict="praise")),
        ("no version", {}),
        ("Upper/1", {}),
        ("zero/0", {}),
        ("kind_of_next_year/7", {"deep": json.loads('{"a":' * 40 + "1" + "}" * 40)}),
        ("kind_of_next_year/7", {"field\0": 1}),
    ],
)
def test_a_malformed_event_is_set_aside_alone(kind: str, payload: dict[str, Any]) -> None:
    assert aside_of(kind, payload) == "malformed_event"


def test_a_segment_nested_beyond_all_readers_is_unreadable() -> None:
    deep = Event("kind_of_next_year/7", 1, {"deep": json.loads("[" * 300 + "]" * 300)})
    assert examine(deflate(write_columns([deep])), 1) == "unreadable_segment"


def test_every_kind_of_the_contracts_has_its_required_fields_checked() -> None:
    for kind in EVENT_KINDS:
        assert aside_of(kind, {}) == "malformed_event"


def test_a_lone_surrogate_costs_one_event() -> None:
    text = write_columns([Event("message_sent/1", 5, message_sent(word)) for word in ("first", "SECOND", "third")])
    found = examine(deflate(text.replace(b"SECOND", rb"\ud800")), 3)
    assert isinstance(found, Contents)
    assert found.aside == {1: "malformed_event"}
    assert [one.payload["text"] for one in read_columns(text) if one][::2] == ["first", "third"]


def test_a_surrogate_pair_is_a_character_like_any_other() -> None:
    text = write_columns([Event("message_sent/1", 5, message_sent("PAIR"))])
    found = examine(deflate(text.replace(b"PAIR", rb"\ud83d\ude00")), 1)
    assert isinstance(found, Contents)
    assert not found.aside


def test_a_number_without_end_costs_one_event() -> None:
    text = write_columns([Event("tool_used/1", 5, {"n": number}) for number in (1, 777, 3)])
    found = examine(deflate(text.replace(b"777", b"1e999")), 3)
    assert isinstance(found, Contents)
    assert found.aside == {1: "malformed_event"}
    found = examine(deflate(text.replace(b"777", b"7" * 400)), 3)
    assert isinstance(found, Contents)
    assert found.aside == {1: "malformed_event"}


def test_a_field_named_twice_is_malformed() -> None:
    named = columns(s=[["lesson_opened/1", "pack", "pack", "lesson"]], d=[[], [], []], x=[["p"], ["q"], ["l"]])
    numbered = columns(s=[[0, 0, 0, 2]], d=[[0, 0, 0, 1], []])
    numbered_well = columns(s=[[0, 0, 0, 2]], d=[[0, 1, 0, 1], []], x=[["p", "q"], ["l"]])
    for body in (named, numbered_well):
        found = examine(body, 2)
        assert isinstance(found, Contents)
        assert set(found.aside) == {0, 1}
    assert examine(numbered, 2) == "unreadable_segment"


def test_a_payload_is_measured_in_canonical_json() -> None:
    room = EVENT_PAYLOAD_BYTES_MAX - len(json.dumps(message_sent(""), separators=(",", ":")))
    assert aside_of("message_sent/1", message_sent("x" * room)) is None
    assert aside_of("message_sent/1", message_sent("x" * (room + 1))) == "payload_too_large"
    assert aside_of("message_sent/1", message_sent("文" * (room // 3))) is None
    assert aside_of("message_sent/1", message_sent("文" * (room // 3 + 1))) == "payload_too_large"


def test_floats_spelled_longer_than_canonical_do_not_make_a_payload_too_large() -> None:
    payload = {"numbers": [1.0] * (EVENT_PAYLOAD_BYTES_MAX // 2 - 20)}
    text = write_columns([Event("tool_used/1", 1, payload)]).replace(b"[1,1", b"[1.0,1.0").replace(b"1,1", b"1.0,1.0")
    found = examine(deflate(text), 1)
    assert isinstance(found, Contents)
    assert not found.aside


def test_an_event_has_only_so_many_fields() -> None:
    assert aside_of("tool_used/1", {f"f{number}": 1 for number in range(FIELDS_MAX)}) is None
    assert aside_of("tool_used/1", {f"f{number}": 1 for number in range(FIELDS_MAX + 1)}) == "malformed_event"
    assert aside_of("tool_used/1", {f"f{number}": 1 for number in range(9_000)}) == "malformed_event"


def test_layouts_are_remembered_within_bounds() -> None:
    rules = Rules(EVENT_KINDS)
    for number in range(LAYOUTS_REMEMBERED_MAX + 1):
        layout = lay_out([[f"kind_{number}/1", "a"]])
        assert rules.layout_rules(layout) is rules.layout_rules(layout)
    assert len(rules._layouts) == 1
    rules.layout_rules(lay_out([["long/1", "a" * 3_000]]))
    assert len(rules._layouts) == 1


def test_a_bad_value_that_good_events_share_a_column_with_costs_its_own_event_alone() -> None:
    mentor = feedback_given()
    found = contents_of(
        ("lesson_opened/1", GOOD),
        ("lesson_opened/1", {**GOOD, "pack": "Not A Slug"}),
        ("pack_removed/1", {"pack": "Not A Slug", "version": 1}),
        ("kind_of_next_year/7", {"pack": "Not A Slug"}),
        ("pack_removed/1", {"pack": GOOD["pack"], "version": 0}),
        ("journal_saved/1", {**journal_saved(), "ver": "of no version"}),
        ("feedback_given/1", {**mentor, "ver": "of no version"}),
        ("lesson_opened/1", GOOD),
    )
    assert found.aside == dict.fromkeys((1, 2, 4, 5), "malformed_event")


def test_ids_that_are_joined_are_checked_one_by_one() -> None:
    good = {"message": "M" * 16, "text": "x"}
    text = write_columns([Event("message_sent/1", 1, {**good, "message": name * 16}) for name in "ABC"])
    found = examine(deflate(text.replace(b"B" * 16, b"B" * 15 + b"!")), 3)
    assert isinstance(found, Contents)
    assert found.aside == {1: "malformed_event"}


def test_what_events_share_is_counted_for_each_of_them() -> None:
    shared = [Event("message_sent/1", 1, {"message": "M" * 16, "text": "x" * 3_000})] * 300
    assert isinstance(examine(deflate(write_columns(shared)), 300), Contents)
    assert examine(deflate(write_columns([*shared, *shared[:100]])), 400) == "segment_too_large"


def test_an_event_that_is_malformed_and_too_large_is_told_once() -> None:
    assert aside_of("message_sent/1", {"message": "bad", "text": "x" * 40_000}) == "malformed_event"


def test_many_large_events_are_each_judged_alone() -> None:
    found = contents_of(*(("message_sent/1", message_sent("x" * size)) for size in (40_000, 10, 40_000, 30_000)))
    assert found.aside == {0: "payload_too_large", 2: "payload_too_large"}


@pytest.mark.parametrize(
    ("changes", "n"),
    [
        ({}, 1),
        ({}, 3),
        ({"v": 2}, 2),
        ({"v": None}, 2),
        ({"u": 7}, 2),
        ({"u": 0}, 2),
        ({"u": 1000, "t": [2**50, 0]}, 2),
        ({"t": [2**53, 0]}, 2),
        ({"t": [1.5, 0]}, 2),
        ({"t": [0]}, 2),
        ({"t": [0, -(2**60)]}, 2),
        ({"i": [0]}, 2),
        ({"i": [0, 1]}, 2),
        ({"i": [0, -1]}, 2),
        ({"i": [0, None]}, 2),
        ({"s": []}, 2),
        ({"s": [0, 0, 0]}, 2),
        ({"s": [0, ["a/1"]]}, 2),
        ({"s": [[]]}, 2),
        ({"s": [1]}, 2),
        ({"s": [1_000]}, 2),
        ({"s": [-1]}, 2),
        ({"s": [[0, 0, 1, 1_000]]}, 2),
        ({"s": [[0, 0, 1, -1]]}, 2),
        ({"s": [[0, 0, 1, 2.0]]}, 2),
        ({"s": [["lesson_opened/1", "pack"]]}, 2),
        ({"s": [["lesson_opened/1", "pack", "version", "\ud800"]]}, 2),
        ({"d": []}, 2),
        ({"d": [[], [1], []]}, 2),
        ({"d": [[], [1, 1, 1], []]}, 2),
        ({"d": [[0], [1, 1], []]}, 2),
        ({"d": [[0, 1], [1, 1], []]}, 2),
        ({"d": [[0, -1], [1, 1], []]}, 2),
        ({"d": [["0", "0"], [1, 1], []]}, 2),
        ({"d": [[], "no list", []]}, 2),
        ({"x": []}, 2),
        ({"x": [["p"], []]}, 2),
        ({"x": [["p"], ["l", "m", "n"]]}, 2),
        ({"x": [["p"], "no ids"]}, 2),
        ({"x": [["p"], "A" * 16]}, 2),
        ({"s": [["lesson_opened/1", 4]], "d": [[]], "x": ["A" * 33]}, 2),
        ({"s": [["lesson_opened/1", 4]], "d": [[]], "x": ["A" * 15 + "\\"]}, 2),
        ({"s": [["lesson_opened/1", 4]], "d": [[]], "x": [""]}, 2),
        ({"o": [[2, "A" * 22, 0, "A" * 22]]}, 2),
        ({"o": [[0, "A" * 22, 0, "A" * 22], [0, "A" * 22, 1, "A" * 22]]}, 2),
        ({"o": [[0, "short", 0, "A" * 22]]}, 2),
        ({"o": [[0, "A" * 22, -1, "A" * 22]]}, 2),
        ({"o": [[0, "A" * 22, 0, "B" * 22]]}, 2),
        ({"o": [[0]]}, 2),
    ],
)
def test_parts_that_do_not_fit_together_make_a_segment_unreadable(
    changes: dict[str, Any | Callable[[Any], Any]], n: int
) -> None:
    assert examine(columns(**changes), n) == "unreadable_segment"


def test_origins_of_events_emitted_again_are_readable() -> None:
    written = [Event("lesson_opened/1", 1, GOOD, Origin("A" * 22, 4, "A" * 22)), Event("lesson_opened/1", 2, GOOD)]
    assert isinstance(examine(deflate(write_columns(written)), 2), Contents)


def test_too_much_is_set_aside_unread() -> None:
    body = deflate(write_columns([Event("tool_used/1", 1, {"text": "x" * 2_000_000})]))
    assert examine(body, 1) == "segment_too_large"
    assert examine(b"\0" * 70_000, 1) == "segment_too_large"
    many = [Event("tool_used/1", 1, {})] * (SEGMENT_EVENTS_MAX + 1)
    assert examine(deflate(write_columns(many)), len(many)) == "segment_too_large"


def test_who_never_had_a_role_may_append_nothing() -> None:
    assert permit(contents_of(("lesson_opened/1", GOOD)), "u:x", ScopeRoles(frozenset(), frozenset())) is None


@pytest.mark.parametrize("kind", ["lesson_opened/1", "kind_of_next_year/1"])
def test_who_only_reads_a_kind_of_scope_sends_nothing_to_its_other_readers(kind: str) -> None:
    member = ScopeRoles(frozenset({"member"}), frozenset({"member"}))
    for scope in ("pub", "c:x", "o:x"):
        assert permit(contents_of((kind, GOOD)), scope, member) is None


def test_an_owner_may_not_write_what_a_mentor_writes() -> None:
    found = permit(contents_of(("lesson_opened/1", GOOD), ("feedback_given/1", feedback_given())), "u:x", OWNER)
    assert found is not None
    assert (found.role, found.after, found.aside) == ("owner", False, {1: "kind_not_permitted"})


def test_a_kind_belongs_in_its_kind_of_scope_only() -> None:
    elsewhere = {**EVENT_KINDS, "class_note/1": EVENT_KINDS["lesson_opened/1"]._replace(scope="c")}
    found = permit(contents_of(("lesson_opened/1", GOOD), ("class_note/1", GOOD)), "c:x", OWNER, Rules(elsewhere))
    assert found is not None
    assert found.aside == {0: "kind_not_permitted"}


def test_a_kind_that_is_not_known_may_be_written_by_whoever_writes_there() -> None:
    found = permit(contents_of(("kind_of_next_year/1", {})), "u:x", OWNER)
    assert found is not None
    assert (found.role, found.aside) == ("owner", {})


def test_a_role_that_ended_still_writes_and_is_marked() -> None:
    found = permit(
        contents_of(("message_sent/1", message_sent())), "u:x", ScopeRoles(frozenset(), frozenset({"mentor"}))
    )
    assert found is not None
    assert (found.role, found.after, found.aside) == ("mentor", True, {})


def test_of_several_roles_the_one_that_writes_most_is_told_and_a_current_one_first() -> None:
    both = frozenset({"owner", "mentor"})
    notes = contents_of(("message_sent/1", message_sent()))
    assert permit(notes, "u:x", ScopeRoles(frozenset({"mentor"}), both)) == ("mentor", False, {})
    feedback = contents_of(("feedback_given/1", feedback_given()), ("message_sent/1", message_sent()))
    assert permit(feedback, "u:x", ScopeRoles(frozenset({"owner"}), both)) == ("mentor", True, {})
    unknown = contents_of(("kind_of_next_year/1", {}))
    assert permit(unknown, "u:x", ScopeRoles(both, both)) == ("owner", False, {})


def test_a_malformed_event_of_a_forbidden_kind_keeps_its_first_code() -> None:
    found = permit(contents_of(("feedback_given/1", {})), "u:x", OWNER)
    assert found is not None
    assert found.aside == {0: "malformed_event"}
