"""Preflight: what must hold between the parts of a source, and what a trainer should look at before publishing.

Owns every rule that is not about a single field. Errors stop a build; warnings are listed beside it and published
with it. Pure: a parsed source in, findings out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from xuetan.packs.findings import Findings
from xuetan.packs.markdown import LESSON_TARGET, PICTURE_TARGET, BodyOutline, outline
from xuetan.packs.reading_time import estimate_minutes, is_honest
from xuetan.packs.source import LICENCES_FILE, PACK_FILE, Lesson, LessonEdition, PackSource
from xuetan.packs.source_schema import (
    ChoiceQuestion,
    MatchingQuestion,
    NumericQuestion,
    OrderingQuestion,
    Question,
    ReflectionQuestion,
    ShortTextQuestion,
    TrueFalseQuestion,
)


def check_source(source: PackSource, findings: Findings) -> None:
    """All rules, in the order of the files."""
    _check_pack(source, findings)
    used: Counter[str] = Counter()
    for lesson in source.lessons:
        _check_lesson(lesson, source, used, findings)
    _check_questions(source, findings)
    _check_media(source, used, findings)


def check_budget(tier: str, bytes_on_the_wire: int, budget: int, findings: Findings) -> None:
    """The price a person pays against what the author meant it to be."""
    if bytes_on_the_wire > budget:
        findings.warn(
            "over_budget", PACK_FILE, 0, f"budget_bytes.{tier}", tier=tier, size=bytes_on_the_wire, budget=budget
        )


def _check_pack(source: PackSource, findings: Findings) -> None:
    meta = source.meta
    if len(set(meta.languages)) != len(meta.languages):
        findings.error("language_twice", PACK_FILE, 0, "languages")
    if meta.expires is not None and meta.expires <= meta.date:
        findings.error("expires_before_date", PACK_FILE, 0, "expires")
    _check_translation(meta.title, source, _Place(PACK_FILE, 0, "title"), findings)
    _check_translation(meta.summary, source, _Place(PACK_FILE, 0, "summary"), findings)
    if not source.has_licences_file:
        findings.warn("licences_file_missing", LICENCES_FILE)


class _Place(NamedTuple):
    file: str
    line: int
    field: str


def _check_translation(texts: Mapping[str, object], source: PackSource, place: _Place, findings: Findings) -> None:
    file, line, field = place
    for language in source.languages:
        if language not in texts:
            findings.error("translation_missing", file, line, f"{field}.{language}", language=language)
    for language in texts:
        if language not in source.languages:
            findings.error("translation_not_declared", file, line, f"{field}.{language}", language=language)


def _check_lesson(lesson: Lesson, source: PackSource, used: Counter[str], findings: Findings) -> None:
    for language in source.languages:
        if language not in lesson.files:
            suffix = "" if language == source.languages[0] else f".{language}"
            findings.error("edition_missing", f"lessons/{lesson.lesson_id}{suffix}.md", language=language)
    for language, edition in lesson.editions.items():
        found = outline(edition.body)
        _check_body(edition, found, findings)
        _check_references(edition, found, source, language, findings)
        used.update({reference.target for reference in found.pictures})
        estimated = estimate_minutes(found.text, pictures=len(found.pictures), questions=len(lesson.questions))
        # Questions that could not be read take time too: until they are mended nothing is said about minutes.
        is_whole = bool(lesson.questions) or not lesson.questions_file
        if is_whole and not is_honest(edition.meta.minutes, estimated):
            findings.warn(
                "minutes_off",
                edition.file,
                0,
                "minutes",
                declared=edition.meta.minutes,
                estimated=max(1, round(estimated)),
            )
        if edition.meta.try_out is None:
            findings.warn("try_out_missing", edition.file, 0, "try_out")
    if len({edition.meta.minutes for edition in lesson.editions.values()}) > 1:
        findings.warn("minutes_differ", f"lessons/{lesson.lesson_id}.md", 0, "minutes")
    if lesson.editions and not lesson.questions and not lesson.questions_file:
        findings.warn("lesson_without_questions", f"questions/{lesson.lesson_id}.yaml")


def _check_body(edition: LessonEdition, found: BodyOutline, findings: Findings) -> None:
    def line(of_body: int) -> int:
        return edition.body_line + of_body - 1

    if not found.text.strip():
        findings.error("body_empty", edition.file, edition.body_line)
    for html_line in sorted(set(found.html_lines)):
        findings.error("raw_html", edition.file, line(html_line))
    for stray_line in sorted(set(found.stray_emphasis_lines)):
        findings.warn("emphasis_not_closed", edition.file, line(stray_line))
    last = 1
    for heading in found.headings:
        if heading.level == 1:
            findings.error("heading_too_high", edition.file, line(heading.line))
        elif heading.level > last + 1:
            findings.warn("heading_jump", edition.file, line(heading.line), level="#" * heading.level)
        last = max(heading.level, 1)


def _check_references(
    edition: LessonEdition, found: BodyOutline, source: PackSource, language: str, findings: Findings
) -> None:
    for picture in found.pictures:
        line = edition.body_line + picture.line - 1
        if not PICTURE_TARGET.match(picture.target):
            findings.error("picture_outside", edition.file, line, target=picture.target[:200])
        elif picture.target not in source.media:
            findings.error("picture_missing", edition.file, line, target=picture.target)
        elif not picture.text.strip() and not source.media[picture.target].meta.alt.get(language):
            findings.warn("alt_missing", edition.file, line, target=picture.target, language=language)
    lesson_ids = {lesson.lesson_id for lesson in source.lessons}
    for link in found.links:
        line = edition.body_line + link.line - 1
        match = LESSON_TARGET.match(link.target)
        if not match:
            findings.error("link_outside", edition.file, line, target=link.target[:200])
        elif match[1] not in lesson_ids:
            findings.warn("link_broken", edition.file, line, target=link.target)


def _check_questions(source: PackSource, findings: Findings) -> None:
    seen: dict[str, str] = {}
    for lesson in source.lessons:
        for question, line in zip(lesson.questions, lesson.question_lines, strict=True):
            if question.id in seen:
                findings.error(
                    "question_id_taken",
                    lesson.questions_file,
                    line,
                    "id",
                    question=question.id,
                    other=seen[question.id],
                )
            seen[question.id] = f"{lesson.questions_file}:{line}"
            _check_question(question, lesson.questions_file, line, source, findings)


def _check_question(question: Question, file: str, line: int, source: PackSource, findings: Findings) -> None:
    for field, texts in _texts_of(question):
        _check_translation(texts, source, _Place(file, line, f"{question.id}.{field}"), findings)
    if isinstance(question, ChoiceQuestion):
        correct = sum(choice.correct for choice in question.choices)
        if question.kind == "single" and correct != 1:
            findings.error("single_needs_one_correct", file, line, question.id, count=correct)
        if question.kind == "multiple" and correct == 0:
            findings.error("multiple_needs_correct", file, line, question.id)
    parts = _part_ids(question)
    for part, count in Counter(parts).items():
        if count > 1:
            findings.error("part_id_taken", file, line, question.id, part=part)
    for field, alternatives in _alternatives(question):
        for language in source.languages:
            said = Counter(texts.get(language, "") for texts in alternatives)
            if any(text and count > 1 for text, count in said.items()):
                findings.error("part_text_taken", file, line, f"{question.id}.{field}", language=language)
    if _lacks_feedback(question):
        findings.warn("feedback_missing", file, line, question.id)


def _texts_of(question: Question) -> Iterable[tuple[str, Mapping[str, object]]]:
    """Every text that stands in several languages; optional ones only when begun."""
    yield "stem", question.stem
    yield "explanation", question.explanation
    optional: list[tuple[str, Mapping[str, object]]] = []
    if isinstance(question, ChoiceQuestion):
        yield from ((f"choices.{choice.id}.text", choice.text) for choice in question.choices)
        optional += [(f"choices.{choice.id}.feedback", choice.feedback) for choice in question.choices]
    elif isinstance(question, TrueFalseQuestion):
        optional += [("feedback.true", question.feedback.true), ("feedback.false", question.feedback.false)]
    elif not isinstance(question, ReflectionQuestion):
        optional += [("feedback.correct", question.feedback.correct), ("feedback.wrong", question.feedback.wrong)]
    if isinstance(question, NumericQuestion):
        optional.append(("unit", question.unit))
    elif isinstance(question, ShortTextQuestion):
        yield "accepted", question.accepted
    elif isinstance(question, MatchingQuestion):
        for pair in question.pairs:
            yield f"pairs.{pair.id}.left", pair.left
            yield f"pairs.{pair.id}.right", pair.right
    elif isinstance(question, OrderingQuestion):
        yield from ((f"items.{item.id}.text", item.text) for item in question.items)
    yield from ((field, texts) for field, texts in optional if texts)


def _part_ids(question: Question) -> list[str]:
    if isinstance(question, ChoiceQuestion):
        return [choice.id for choice in question.choices]
    if isinstance(question, MatchingQuestion):
        return [pair.id for pair in question.pairs]
    if isinstance(question, OrderingQuestion):
        return [item.id for item in question.items]
    return []


def _alternatives(question: Question) -> Iterable[tuple[str, list[Mapping[str, str]]]]:
    """Texts among which a person chooses: two that read alike cannot be told apart."""
    if isinstance(question, ChoiceQuestion):
        yield "choices", [choice.text for choice in question.choices]
    elif isinstance(question, MatchingQuestion):
        yield "pairs", [pair.left for pair in question.pairs]
        yield "pairs", [pair.right for pair in question.pairs]
    elif isinstance(question, OrderingQuestion):
        yield "items", [item.text for item in question.items]


def _lacks_feedback(question: Question) -> bool:
    if isinstance(question, ReflectionQuestion):
        return False
    if isinstance(question, ChoiceQuestion):
        return not all(choice.feedback for choice in question.choices)
    if isinstance(question, TrueFalseQuestion):
        return not (question.feedback.true and question.feedback.false)
    return not (question.feedback.correct and question.feedback.wrong)


def _check_media(source: PackSource, used: Counter[str], findings: Findings) -> None:
    for file, medium in source.media.items():
        meta = medium.meta
        place = medium.sidecar or file
        if not used[file]:
            findings.warn("picture_unused", file)
        for language in source.languages:
            if language not in meta.alt:
                findings.warn("sidecar_alt_missing", place, 0, f"alt.{language}", language=language)
        if not meta.licence:
            findings.warn("licence_missing", place, 0, "licence")
        if not meta.source:
            findings.warn("source_missing", place, 0, "source")
