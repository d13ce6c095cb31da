"""Identity of events, times, heads of entries, item analysis, and who reads a journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.event_log.service import EventRecord, Origin, event_hash
from xuetan.learning_log.feedback_chains import chains_of
from xuetan.learning_log.identity import CLOCK_DOUBT_MS, identity_of, moment
from xuetan.learning_log.item_analysis import Given, analyse
from xuetan.learning_log.journal_graph import find_heads, version_name
from xuetan.learning_log.models import Feedback
from xuetan.learning_log.reading_rule import JournalReader, may_read_entry

EXAMPLES = Path(__file__).parents[2] / "contracts" / "golden"
GOLDEN = json.loads((EXAMPLES / "journal_versions.json").read_text(encoding="utf-8"))
CHAINS = json.loads((EXAMPLES / "feedback_chains.json").read_text(encoding="utf-8"))
PAYLOAD = {"pack": "p", "version": 1, "lesson": "l"}


def record(
    *, seq: int = 3, stream: str = "s1", by: str = "me", origin: Origin | None = None, **more: Any
) -> EventRecord:
    known: dict[str, Any] = {"kind": "lesson_opened/1", "ts": 5, "payload": PAYLOAD, **more}
    return EventRecord(
        scope="u:me",
        position=1,
        stream=stream,
        seq=seq,
        received_ms=9,
        clock_offset_ms=0,
        person_id=by,
        role="owner",
        after=False,
        origin=origin,
        **known,
    )


HASH = event_hash("lesson_opened/1", 5, PAYLOAD)


def test_a_repetition_is_the_same_event() -> None:
    again = record(seq=0, stream="s2", origin=Origin("s1", 3, HASH))
    assert identity_of(again).key == identity_of(record()).key


@pytest.mark.parametrize(
    "other",
    [
        record(seq=4),
        record(stream="s2"),
        record(ts=6),
        record(seq=0, stream="s2", origin=Origin("s1", 3, "x" * 22)),
        record(seq=0, stream="s2", origin=Origin("s1", 3, HASH), payload={**PAYLOAD, "version": 2}),
        record(seq=0, stream="s2", by="another", origin=Origin("s1", 3, HASH)),
    ],
)
def test_another_content_place_or_writer_is_another_event(other: EventRecord) -> None:
    assert identity_of(other).key != identity_of(record()).key


@pytest.mark.parametrize("payload", [{"n": 2**60}, {"t": "\ud800"}, {"f": float("inf")}])
def test_content_without_a_canonical_form_has_an_identity_all_the_same(payload: dict[str, Any]) -> None:
    identity = identity_of(record(payload=payload))
    assert not identity.is_canonical
    assert identity.key == "me:s1:3"


@pytest.mark.parametrize(
    ("ts", "offset", "at_ms", "doubtful"),
    [
        (1_000_000, 0, 1_000_000, False),
        (1_000_000, 500, 1_000_500, False),
        (3_000_000, 0, 2_000_000, True),
        (2_000_100, 0, 2_000_000, False),
        (1_000_000, None, 1_000_000, True),
        (1_000_000, CLOCK_DOUBT_MS + 1, 1_000_000 + CLOCK_DOUBT_MS + 1, True),
        (-5, 0, 0, False),
    ],
)
def test_time_is_corrected_never_later_than_received_and_doubted(
    ts: int, offset: int | None, at_ms: int, doubtful: bool
) -> None:
    assert moment(ts, offset, 2_000_000) == (at_ms, doubtful)


@pytest.mark.parametrize("case", GOLDEN["versions"], ids=lambda case: case["ver"])
def test_versions_are_named_as_the_golden_examples_say(case: dict[str, Any]) -> None:
    assert version_name(case["payload"]) == case["ver"]


def test_heads_are_the_versions_that_nothing_replaced() -> None:
    assert find_heads({"a": [], "b": ["a"]}) == ["b"]
    assert find_heads({"a": [], "b": ["a"], "c": ["a"]}) == ["b", "c"]
    assert find_heads({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}) == ["d"]
    assert find_heads({"b": ["not here yet"]}) == ["b"]
    assert find_heads({}) == []


@pytest.mark.parametrize("graph", GOLDEN["graphs"], ids=lambda graph: "".join(graph["versions"]) or "none")
def test_the_heads_of_a_graph_are_those_that_the_phone_finds(graph: dict[str, Any]) -> None:
    assert sorted(find_heads(graph["versions"])) == graph["heads"]


@pytest.mark.parametrize("case", CHAINS["cases"], ids=lambda case: str(case["given"]) + str(case["withdrawn"]))
def test_feedback_is_shown_as_on_the_phone(case: dict[str, Any]) -> None:
    given = [
        Feedback(person_id="t", by_person_id=by, feedback=name, replaces=replaces)
        for by, name, replaces in case["given"]
    ]
    chains = chains_of(given, [("t", by, name) for by, name in case["withdrawn"]])
    assert sorted([one.shown.by_person_id, *one.names, one.is_withdrawn] for one in chains) == case["chains"]


def test_a_version_is_named_by_its_content_and_not_by_the_order_of_its_parents() -> None:
    payload = {"entry": "E" * 16, "parents": ["x", "y"], "text": "今天", "later": {"field": 1}}
    name = version_name(payload)
    assert len(name) == 22
    assert version_name({**payload, "ver": "anything"}) == name
    assert version_name({**payload, "parents": ["y", "x"]}) == name
    assert version_name({**payload, "text": "今天。"}) != name
    assert version_name({**payload, "later": {"field": 2}}) != name


CASES = [
    (JournalReader(is_owner=True), True, True),
    (JournalReader(is_paired_mentor=True), True, True),
    (JournalReader(trains_school=True, trains_class=True), True, False),
    (JournalReader(trains_school=True), False, False),
    (JournalReader(trains_class=True), False, False),
    (JournalReader(), False, False),
]


@pytest.mark.parametrize(("reader", "course_work", "own"), CASES)
def test_who_reads_a_journal_is_this_table(reader: JournalReader, course_work: bool, own: bool) -> None:
    assert may_read_entry(reader, is_course_work=True) is course_work
    assert may_read_entry(reader, is_course_work=False) is own


SINGLE = {
    "kind": "single",
    "choices": [{"id": "a", "text": "甲", "correct": True}, {"id": "b", "text": "乙"}, {"id": "c", "text": "丙"}],
}


def given_answers(*answers: str) -> list[Given]:
    return [Given(answer, 1.0 if answer == "a" else 0.0) for answer in answers]


@pytest.mark.parametrize(
    ("answers", "share", "wrong", "misleads"),
    [
        ("aab", 2 / 3, ("b", "乙", 1), False),
        ("abb", 1 / 3, ("b", "乙", 2), True),
        ("abbcc", 1 / 5, ("b", "乙", 2), True),
        ("abc", 1 / 3, ("b", "乙", 1), False),
        ("bb", 0.0, ("b", "乙", 2), False),
        ("aaabbbb", 3 / 7, ("b", "乙", 4), True),
        ("aaabbcc", 3 / 7, ("b", "乙", 2), False),
        ("aaa", 1.0, None, False),
        ("", None, None, False),
    ],
)
def test_a_question_misleads_when_one_wrong_answer_draws_as_many_as_the_right_one(
    answers: str, share: float | None, wrong: tuple[str, str, int] | None, misleads: bool
) -> None:
    found = analyse(SINGLE, given_answers(*answers))
    top = found.most_chosen_wrong
    assert found.right_share == share
    assert (top and (top.key, top.label, top.count)) == wrong
    assert found.misleads is misleads


@pytest.mark.parametrize(
    ("question", "answer", "key", "label"),
    [
        ({"kind": "multiple", "choices": SINGLE["choices"]}, ["a", "c"], "c", "丙"),
        ({"kind": "true_false", "answer": True}, False, "false", "false"),
        ({"kind": "numeric", "answer": 12}, "１３ 分钟", "13分钟", "13分钟"),
        ({"kind": "short_text", "accepted": ["复式教学"]}, "复试教学。", "复试教学", "复试教学"),
        (
            {
                "kind": "matching",
                "lefts": [{"id": "p1.l", "text": "左"}, {"id": "p2.l", "text": "左二"}],
                "rights": [{"id": "p1.r", "text": "右"}, {"id": "p2.r", "text": "右二"}],
            },
            [["p1.l", "p2.r"], ["p2.l", "p2.r"]],
            "p1.l p2.r",
            "左 → 右二",
        ),
        ({"kind": "short_text", "accepted": ["a"]}, "1" * 30_000, None, None),
        ({"kind": "ordering", "choices": []}, ["s2", "s1"], None, None),
        ({"kind": "single", "choices": []}, {"not": "an answer"}, None, None),
    ],
)
def test_what_was_wrong_is_named_in_words(
    question: dict[str, Any], answer: Any, key: str | None, label: str | None
) -> None:
    wrong = analyse(question, [Given(answer, 0.0)]).most_chosen_wrong
    assert (wrong and (wrong.key, wrong.label)) == ((key, label) if key else None)


def test_what_nobody_grades_has_no_right_share() -> None:
    found = analyse({"kind": "reflection"}, [Given("想", None), Given("试", None)])
    assert (found.answers, found.right_share, found.misleads) == (2, None, False)


@given(
    st.sampled_from(["single", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "new"]),
    st.lists(
        st.none()
        | st.booleans()
        | st.text(max_size=5)
        | st.lists(st.lists(st.text(max_size=3)) | st.text(), max_size=3)
    ),
)
def test_no_answer_breaks_the_analysis(kind: str, answers: list[Any]) -> None:
    analyse({**SINGLE, "kind": kind}, [Given(answer, 0.5) for answer in answers])
