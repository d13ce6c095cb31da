"""Grading: the golden examples are in step, and the rule holds for whatever a phone sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.learning_log.answer_text import fold_answer, fold_width, read_number, read_numeral
from xuetan.learning_log.grading import grade, is_right

GOLDEN = json.loads((Path(__file__).parents[2] / "contracts" / "golden" / "grading.json").read_text(encoding="utf-8"))
QUESTIONS: list[dict[str, Any]] = [case["question"] for case in GOLDEN["grades"]]
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["a", "s1", "p1.l"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize("case", GOLDEN["folded"], ids=lambda case: repr(case["text"]))
def test_text_is_folded_as_the_golden_examples_say(case: dict[str, str]) -> None:
    assert (fold_width(case["text"]), fold_answer(case["text"])) == (case["width"], case["folded"])


@pytest.mark.parametrize("case", GOLDEN["numerals"], ids=lambda case: case["text"])
def test_numerals_are_read_as_the_golden_examples_say(case: dict[str, Any]) -> None:
    assert read_numeral(case["text"]) == case["digits"]


@pytest.mark.parametrize("case", GOLDEN["numbers"], ids=lambda case: case["text"][:20] + case["unit"])
def test_numbers_are_read_as_the_golden_examples_say(case: dict[str, Any]) -> None:
    assert read_number(case["text"], case["unit"]) == case["number"]


@pytest.mark.parametrize("case", GOLDEN["grades"], ids=lambda case: case["question"]["id"])
def test_answers_are_graded_as_the_golden_examples_say(case: dict[str, Any]) -> None:
    for one in case["answers"]:
        assert grade(case["question"], one["answer"]) == one["score"], one["answer"]


def test_every_kind_is_among_the_golden_examples() -> None:
    kinds = {"single", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "reflection"}
    assert kinds <= {question["kind"] for question in QUESTIONS}


@given(st.sampled_from(QUESTIONS), JSON_VALUES)
def test_whatever_is_sent_gets_a_score_between_nothing_and_all(question: dict[str, Any], answer: Any) -> None:
    score = grade(question, answer)
    assert score is None or 0 <= score <= 1
    assert not is_right(None)


@given(st.text(alphabet=[chr(code) for code in range(0x21, 0x7F)], max_size=30), st.integers(0, 30))
def test_full_width_and_spaces_make_no_difference(text: str, place: int) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in text)
    spaced = text[:place] + " \u3000" + text[place:]
    assert fold_answer(wide) == fold_answer(text) == fold_answer(spaced)


@given(st.integers(min_value=0, max_value=99_999_999))
def test_a_chinese_numeral_is_read_back(number: int) -> None:
    assert read_numeral(in_chinese(number)) == str(number)


@given(st.permutations(["s1", "s2", "s3", "s4", "s5"]))
def test_only_the_right_order_is_right(order: list[str]) -> None:
    question = next(one for one in QUESTIONS if one["id"] == "o")
    assert is_right(grade(question, order)) == (order == sorted(order))


def test_ticking_everything_does_not_pay() -> None:
    question = {
        "kind": "multiple",
        "choices": [{"id": "a", "correct": True}, {"id": "b"}, {"id": "c", "correct": True}, {"id": "d"}],
    }
    assert grade(question, ["a", "b", "c", "d"]) == 0


def test_naming_every_pair_does_not_pay() -> None:
    question = next(one for one in QUESTIONS if one["kind"] == "matching")
    everything = [[left["id"], right["id"]] for left in question["lefts"] for right in reversed(question["rights"])]
    score = grade(question, everything)
    assert score is not None
    assert score < 1


def in_chinese(number: int) -> str:
    """A whole number below a hundred million, as it is written."""
    if number >= 10_000:
        above, below = divmod(number, 10_000)
        zero = "零" if 0 < below < 1_000 else ""
        return in_chinese(above) + "万" + (zero + in_chinese(below) if below else "")
    if number == 0:
        return "零"
    text, zeros = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            text += ("零" if zeros and text else "") + "零一二三四五六七八九"[digit] + name
        zeros = not digit
    return text
