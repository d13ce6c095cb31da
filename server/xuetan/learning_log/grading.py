"""Grading of one answer against one question of a built quiz.

Owns the rule from answer to score. Does not choose feedback and reads no pack: question and answer are passed in.
Invariant: pure, never raises whatever a phone sent, and equal to pwa/src/domain/grade.ts for every example of
contracts/golden/grading.json. The rule in words is docs/decisions/0020-grading.md.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from xuetan.learning_log.answer_text import ANSWER_CHARACTERS_MAX, fold_answer, read_number

Question = Mapping[str, Any]

NUMERIC_SLACK = 1e-9  # so that 0.1 + 0.2 typed as 0.3 is right in both languages
SCORE_SLACK = 1e-6  # two scores nearer than this are the same score
ANSWER_PARTS_MAX = 64


def grade(question: Question, answer: object) -> float | None:
    """Score from 0 to 1, or None where nobody can grade: a reflection, or a kind this version does not know."""
    rule = _RULES.get(question.get("kind", ""))
    return rule(question, answer) if rule else None


def is_right(score: float | None) -> bool:
    """Only the full score is right; a share of it is partly right."""
    return score is not None and score >= 1 - SCORE_SLACK


def _single(question: Question, answer: object) -> float:
    return 1.0 if isinstance(answer, str) and answer in _correct_ids(question) else 0.0


def _multiple(question: Question, answer: object) -> float:
    """Right picks minus wrong picks over all right ones, never below 0."""
    picks, right = set(_ids(answer)), _correct_ids(question)
    if not right:
        return 0.0
    return max(0, len(picks & right) - len(picks - right)) / len(right)


def _true_false(question: Question, answer: object) -> float:
    return 1.0 if isinstance(answer, bool) and answer is question.get("answer") else 0.0


def _numeric(question: Question, answer: object) -> float:
    expected = question.get("answer")
    value = _typed_number(answer, str(question.get("unit") or ""))
    if value is None or isinstance(expected, bool) or not isinstance(expected, int | float):
        return 0.0
    tolerance = float(question.get("tolerance") or 0)
    return 1.0 if abs(value - expected) <= tolerance + NUMERIC_SLACK * max(1.0, abs(expected)) else 0.0


def _typed_number(answer: object, unit: str) -> float | None:
    if isinstance(answer, bool):
        return None
    if isinstance(answer, int | float):
        return float(answer) if abs(answer) < 1e300 else None
    return read_number(answer, unit) if isinstance(answer, str) else None


def _short_text(question: Question, answer: object) -> float:
    if not isinstance(answer, str) or len(answer) > ANSWER_CHARACTERS_MAX:
        return 0.0
    folded = fold_answer(answer)
    accepted = {fold_answer(form) for form in question.get("accepted") or []}
    return 1.0 if folded and folded in accepted else 0.0


def _matching(question: Question, answer: object) -> float:
    """Share of lefts that got their partner. The first pair of a left and the first use of a right count."""
    lefts = [left["id"] for left in question.get("lefts") or []]
    rights = [right["id"] for right in question.get("rights") or []]
    partner = dict(zip(lefts, rights, strict=False))
    chosen: dict[str, str] = {}
    for pair in _list(answer):
        ids = _ids(pair)
        if len(ids) == len(_list(pair)) == 2 and ids[0] not in chosen and ids[1] not in chosen.values():
            chosen[ids[0]] = ids[1]
    found = sum(1 for left, right in partner.items() if chosen.get(left) == right)
    return found / len(partner) if partner else 0.0


def _ordering(question: Question, answer: object) -> float:
    """Share of the right order's neighbours that stand next to each other, in that direction, in the answer."""
    right = [choice["id"] for choice in question.get("choices") or []]
    given = [item for item in dict.fromkeys(_ids(answer)) if item in right]
    if len(right) < 2:
        return 1.0 if right and given == right else 0.0
    links = set(pairwise(right))
    found = sum(1 for link in pairwise(given) if link in links)
    return found / len(links)


def _correct_ids(question: Question) -> set[str]:
    return {choice["id"] for choice in question.get("choices") or [] if choice.get("correct")}


def _list(answer: object) -> Sequence[object]:
    return answer[:ANSWER_PARTS_MAX] if isinstance(answer, list) else []


def _ids(answer: object) -> list[str]:
    return [part for part in _list(answer) if isinstance(part, str)]


_RULES: dict[str, Callable[[Question, object], float]] = {
    "single": _single,
    "multiple": _multiple,
    "true_false": _true_false,
    "numeric": _numeric,
    "short_text": _short_text,
    "matching": _matching,
    "ordering": _ordering,
}
