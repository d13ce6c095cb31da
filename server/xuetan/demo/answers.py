"""Answers to quiz questions, right or wrong on purpose. Pure; the shapes are those of docs/pack-format.md."""

from __future__ import annotations

from typing import Any

from xuetan.contracts.quiz import Choice, Question

Answered = tuple[Any, float | None]
REFLECTION = "想起来不难，做起来要记着。明天先试一样，做完再写。"


def answer_right(question: Question) -> Answered:
    """(answer, score) of somebody who knows; a reflection is only judged by a person."""
    match question.kind:
        case "single":
            return _correct(question)[0], 1.0
        case "multiple":
            return _correct(question), 1.0
        case "numeric":
            assert isinstance(question.answer, int | float)
            return f"{question.answer:g}", 1.0
        case "short_text":
            assert isinstance(question.accepted, list)
            return question.accepted[0], 1.0
        case "matching":
            return [
                [left.id, right.id]
                for left, right in zip(_choices(question.lefts), _choices(question.rights), strict=True)
            ], 1.0
        case "ordering":
            return [choice.id for choice in _choices(question.choices)], 1.0
        case "reflection":
            return REFLECTION, None
        case _:
            return question.answer, 1.0


def answer_wrong(question: Question) -> Answered:
    """(answer, score) of somebody who was misled: everybody who is takes the same wrong way."""
    match question.kind:
        case "single":
            wrong = [choice.id for choice in _choices(question.choices) if choice.correct is not True]
            return wrong[0], 0.0
        case "multiple":
            wrong = [choice.id for choice in _choices(question.choices) if choice.correct is not True]
            return wrong[:1], 0.0
        case "numeric":
            assert isinstance(question.answer, int | float)
            return f"{question.answer + 5:g}", 0.0
        case "ordering":
            return [choice.id for choice in reversed(_choices(question.choices))], 0.0
        case "true_false":
            return not question.answer, 0.0
        case "short_text":
            return "记不清了", 0.0
        case _:
            return answer_right(question)


def _choices(given: Any) -> list[Choice]:
    return given if isinstance(given, list) else []


def _correct(question: Question) -> list[str]:
    return [choice.id for choice in _choices(question.choices) if choice.correct is True]
