"""Which question misleads: how many had it right, and which wrong answer draws most. Pure.

Counts one answer per person, the first they ever gave: later ones have seen the explanation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xuetan.learning_log.answer_text import ANSWER_CHARACTERS_MAX, fold_answer
from xuetan.learning_log.grading import is_right

ANSWERS_MIN = 3


class Given(NamedTuple):
    """One person's first answer to a question and its score, the server's if there is one, else the phone's."""

    answer: object
    score: float | None


@dataclass(frozen=True)
class WrongChoice:
    """The wrong answer given most: `label` in words, by how many."""

    key: str
    label: str
    count: int


@dataclass(frozen=True)
class ItemAnalysis:
    """`right_share` is None for a question that nobody grades."""

    answers: int
    right: int
    right_share: float | None
    most_chosen_wrong: WrongChoice | None
    misleads: bool


def analyse(question: Mapping[str, Any], given: Sequence[Given]) -> ItemAnalysis:
    """A question misleads when at least three answered, fewer than half were right, and one wrong answer drew at least
    two people and as many as the right one did.
    """
    graded = [one for one in given if one.score is not None]
    right = sum(1 for one in graded if is_right(one.score))
    wrong = Counter(key for one in graded if not is_right(one.score) for key in _wrong_keys(question, one.answer))
    top = min(wrong.items(), key=lambda item: (-item[1], item[0]), default=None)
    chosen = WrongChoice(top[0], _label(question, top[0]), top[1]) if top else None
    misleads = (
        len(graded) >= ANSWERS_MIN and right * 2 < len(graded) and chosen is not None and chosen.count >= max(2, right)
    )
    return ItemAnalysis(len(given), right, right / len(graded) if graded else None, chosen, misleads)


def _wrong_keys(question: Mapping[str, Any], answer: object) -> list[str]:
    """What was wrong in an answer, as comparable words; several for kinds with several parts."""
    match question.get("kind"):
        case "single":
            return [answer] if isinstance(answer, str) else []
        case "multiple":
            correct = {choice["id"] for choice in question.get("choices", []) if choice.get("correct")}
            return [pick for pick in dict.fromkeys(_texts(answer)) if pick not in correct]
        case "true_false":
            return [str(answer).lower()] if isinstance(answer, bool) else []
        case "numeric" | "short_text":
            typed = str(answer) if isinstance(answer, str | int | float) else ""
            folded = fold_answer(typed) if len(typed) <= ANSWER_CHARACTERS_MAX else ""
            return [folded] if folded else []
        case "matching":
            return _wrong_pairs(question, answer)
    return []


def _wrong_pairs(question: Mapping[str, Any], answer: object) -> list[str]:
    lefts = [left["id"] for left in question.get("lefts", [])]
    rights = [right["id"] for right in question.get("rights", [])]
    partner = dict(zip(lefts, rights, strict=False))
    pairs = [_texts(pair) for pair in answer] if isinstance(answer, list) else []
    return [
        f"{pair[0]} {pair[1]}"
        for pair in pairs
        if len(pair) == 2 and pair[0] in partner and partner[pair[0]] != pair[1]
    ]


def _label(question: Mapping[str, Any], key: str) -> str:
    texts = {
        choice["id"]: str(choice["text"])
        for part in ("choices", "lefts", "rights")
        for choice in question.get(part, [])
    }
    if question.get("kind") == "matching":
        return " → ".join(texts.get(part, part) for part in key.split(" "))
    return texts.get(key, key)


def _texts(value: object) -> list[str]:
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
