"""The fields of the source format `xuetan-source/1`, as strict models.

Owns which fields exist, their types and bounds. Does not own what holds between files (that is `preflight`).
Anything that is not named here is refused, so that a misspelt field is found on the trainer's table and not on a
phone.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from xuetan.packs import limits


def _well_formed(text: str) -> str:
    if any(ord(character) < 0x20 and character not in "\n\t" for character in text):
        raise ValueError("control character")
    if not text.strip():
        raise ValueError("empty")
    return text.strip()


Text = Annotated[str, Field(max_length=limits.TEXT_CHARACTERS_MAX), AfterValidator(_well_formed)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
Localized = dict[Language, Text]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]
PartId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Topics = Annotated[list[Slug], Field(max_length=40)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Budget(_Strict):
    text: Annotated[int, Field(gt=0)]
    pictures: Annotated[int, Field(gt=0)]


class PackMeta(_Strict):
    """pack.toml."""

    format: Literal["xuetan-source/1"]
    slug: Slug
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    date: datetime.date
    languages: Annotated[list[Language], Field(min_length=1, max_length=12)]
    licence: Text
    authors: Annotated[list[Text], Field(min_length=1, max_length=40)]
    reviewers: Annotated[list[Text], Field(max_length=40)]
    compulsory: bool
    topics: Topics
    competences: Topics
    hours: Annotated[float, Field(gt=0, le=500)]
    credit_category: Slug
    prerequisites: Annotated[list[Slug], Field(max_length=20)]
    expires: datetime.date | None = None
    budget_bytes: Budget
    title: Localized
    summary: Localized


class TryOut(_Strict):
    title: Text
    when: Text
    steps: Annotated[list[Text], Field(min_length=1, max_length=12)]
    look_for: Text


class LessonMeta(_Strict):
    """The front matter of a lesson."""

    title: Text
    minutes: Annotated[int, Field(ge=1, le=120)]
    objectives: Annotated[list[Text], Field(min_length=1, max_length=12)]
    journal_prompt: Text
    try_out: TryOut | None = None


class MediaMeta(_Strict):
    """A sidecar. What is missing is a warning of preflight, so nothing is required here."""

    alt: Localized = {}
    source: Text | None = None
    licence: Text | None = None


class Choice(_Strict):
    id: PartId
    text: Localized
    correct: bool = False
    feedback: Localized = {}


class Outcome(_Strict):
    correct: Localized = {}
    wrong: Localized = {}


class TrueFalseOutcome(_Strict):
    true: Localized = {}
    false: Localized = {}


class Pair(_Strict):
    id: PartId
    left: Localized
    right: Localized


class Item(_Strict):
    id: PartId
    text: Localized


class _Question(_Strict):
    id: Slug
    difficulty: Annotated[int, Field(ge=1, le=3)]
    stem: Localized
    explanation: Localized


class ChoiceQuestion(_Question):
    kind: Literal["single", "multiple"]
    choices: Annotated[list[Choice], Field(min_length=2, max_length=10)]


class TrueFalseQuestion(_Question):
    kind: Literal["true_false"]
    answer: bool
    feedback: TrueFalseOutcome = TrueFalseOutcome()


class NumericQuestion(_Question):
    kind: Literal["numeric"]
    answer: Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
    tolerance: Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e12)] = 0
    unit: Localized = {}
    feedback: Outcome = Outcome()


class ShortTextQuestion(_Question):
    kind: Literal["short_text"]
    accepted: dict[Language, Annotated[list[Text], Field(min_length=1, max_length=60)]]
    feedback: Outcome = Outcome()


class MatchingQuestion(_Question):
    kind: Literal["matching"]
    pairs: Annotated[list[Pair], Field(min_length=3, max_length=5)]
    feedback: Outcome = Outcome()


class OrderingQuestion(_Question):
    kind: Literal["ordering"]
    items: Annotated[list[Item], Field(min_length=3, max_length=6)]
    feedback: Outcome = Outcome()


class ReflectionQuestion(_Question):
    kind: Literal["reflection"]


def _family(value: object) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "choice" if kind in ("single", "multiple") else kind if isinstance(kind, str) else None


Question = Annotated[
    Annotated[ChoiceQuestion, Tag("choice")]
    | Annotated[TrueFalseQuestion, Tag("true_false")]
    | Annotated[NumericQuestion, Tag("numeric")]
    | Annotated[ShortTextQuestion, Tag("short_text")]
    | Annotated[MatchingQuestion, Tag("matching")]
    | Annotated[OrderingQuestion, Tag("ordering")]
    | Annotated[ReflectionQuestion, Tag("reflection")],
    Discriminator(_family),
]
QUESTION_KINDS = ("single", "multiple", "true_false", "numeric", "short_text", "matching", "ordering", "reflection")
