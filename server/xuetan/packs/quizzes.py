"""The questions of a lesson in one language, as the phone and the grader read them.

Owns the way from the source's questions to `contracts/schemas/quiz.schema.yaml`. Pure and deterministic.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from xuetan.contracts import quiz as wire
from xuetan.kernel.signing import canonical_json
from xuetan.packs.source_schema import (
    ChoiceQuestion,
    Localized,
    MatchingQuestion,
    NumericQuestion,
    OrderingQuestion,
    Outcome,
    Question,
    ReflectionQuestion,
    ShortTextQuestion,
    TrueFalseQuestion,
)


def render_quiz(lesson_id: str, questions: tuple[Question, ...], language: str) -> bytes:
    """Canonical JSON of a quiz."""
    quiz = wire.Quiz(
        format="xuetan-quiz/1", lesson=lesson_id, questions=[_question(one, language) for one in questions]
    )
    return canonical_json(msgspec.to_builtins(quiz))


def _question(question: Question, language: str) -> wire.Question:
    built = wire.Question(
        id=question.id,
        kind=question.kind,
        difficulty=question.difficulty,
        stem=question.stem[language],
        explanation=question.explanation[language],
    )
    if isinstance(question, ChoiceQuestion):
        built.choices = [
            wire.Choice(one.id, one.text[language], correct=one.correct, feedback=_text(one.feedback, language))
            for one in question.choices
        ]
    elif isinstance(question, TrueFalseQuestion):
        built.answer = question.answer
        built.feedback = _present(
            wire.Outcome(true=_text(question.feedback.true, language), false=_text(question.feedback.false, language))
        )
    elif not isinstance(question, ReflectionQuestion):
        built.feedback = _outcome(question.feedback, language)
        _fill_in(built, question, language)
    return built


def _fill_in(
    built: wire.Question,
    question: NumericQuestion | ShortTextQuestion | MatchingQuestion | OrderingQuestion,
    language: str,
) -> None:
    if isinstance(question, NumericQuestion):
        built.answer = question.answer
        built.tolerance = question.tolerance
        built.unit = _text(question.unit, language)
    elif isinstance(question, ShortTextQuestion):
        built.accepted = list(question.accepted[language])
    elif isinstance(question, MatchingQuestion):
        built.lefts = [wire.Choice(f"{pair.id}.l", pair.left[language]) for pair in question.pairs]
        built.rights = [wire.Choice(f"{pair.id}.r", pair.right[language]) for pair in question.pairs]
    else:
        built.choices = [wire.Choice(item.id, item.text[language]) for item in question.items]


def _outcome(outcome: Outcome, language: str) -> wire.Outcome | UnsetType:
    return _present(wire.Outcome(correct=_text(outcome.correct, language), wrong=_text(outcome.wrong, language)))


def _present(outcome: wire.Outcome) -> wire.Outcome | UnsetType:
    return outcome if msgspec.to_builtins(outcome) else UNSET


def _text(texts: Localized, language: str) -> str | UnsetType:
    return texts.get(language, UNSET)
