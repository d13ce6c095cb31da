"""A source that was checked and not published, as a phone would show it. Renders one lesson in memory.

Keeps nothing and publishes nothing: pictures stand in the page as `data:` addresses, since nobody may ask for their
blobs yet. Invariant: a page goes through the same rendering and the same sanitising as a published one.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import NamedTuple

import msgspec

from xuetan.contracts import manifest as wire
from xuetan.contracts import quiz as quiz_contract
from xuetan.kernel.errors import NotFoundError
from xuetan.packs.assembly import describe_edition
from xuetan.packs.findings import Findings
from xuetan.packs.markdown import outline
from xuetan.packs.media import build_medium
from xuetan.packs.pages import PagePicture, render_page
from xuetan.packs.quizzes import render_quiz
from xuetan.packs.source import Lesson, PackSource, parse_source
from xuetan.packs.source_files import SourceFiles


class CheckedLesson(NamedTuple):
    """A lesson of a source: its titles by language, reading time in minutes, number of questions."""

    lesson_id: str
    title: dict[str, str]
    minutes: int
    questions: int


class LessonPreview(NamedTuple):
    """`page` is sanitised HTML; `quiz` is None where the lesson has none."""

    edition: wire.LessonEdition
    minutes: int
    page: str
    quiz: quiz_contract.Quiz | None


class CheckedSource:
    """A source on file that passed its check."""

    def __init__(self, files: SourceFiles) -> None:
        source = parse_source(files, Findings())
        if source is None:
            raise NotFoundError
        self._source: PackSource = source

    @property
    def languages(self) -> list[str]:
        return list(self._source.languages)

    @property
    def lessons(self) -> list[CheckedLesson]:
        return [
            CheckedLesson(
                one.lesson_id,
                {language: one.editions[language].meta.title for language in self._source.languages},
                one.editions[self._source.languages[0]].meta.minutes,
                len(one.questions),
            )
            for one in self._source.lessons
        ]

    def preview(self, lesson_id: str, language: str) -> LessonPreview:
        """NotFoundError for a lesson or a language that the source does not have."""
        lesson = next((one for one in self._source.lessons if one.lesson_id == lesson_id), None)
        if lesson is None or language not in self._source.languages:
            raise NotFoundError
        body = lesson.editions[language].body
        pictures, addresses = self._pictures(lesson, language)
        lesson_ids = {one.lesson_id for one in self._source.lessons}
        page = render_page(
            body, slug=self._source.meta.slug, language=language, pictures=pictures, lesson_ids=lesson_ids
        ).decode("utf-8")
        for blob, address in addresses.items():
            page = page.replace(f'"/packs/b/{blob}"', f'"{address}"')
        quiz = render_quiz(lesson.lesson_id, lesson.questions, language) if lesson.questions else b""
        return LessonPreview(
            describe_edition(lesson, language, page="", quiz=""),
            lesson.editions[self._source.languages[0]].meta.minutes,
            page,
            msgspec.json.decode(quiz, type=quiz_contract.Quiz) if quiz else None,
        )

    def _pictures(self, lesson: Lesson, language: str) -> tuple[dict[str, PagePicture], dict[str, str]]:
        """The lesson's pictures by file, and the `data:` address of each by blob."""
        pictures: dict[str, PagePicture] = {}
        addresses: dict[str, str] = {}
        for picture in outline(lesson.editions[language].body).pictures:
            medium = self._source.media.get(picture.target)
            built = build_medium(medium, Findings()) if medium is not None else None
            if medium is None or built is None:
                continue
            blob = sha256(built.data).hexdigest()
            pictures[picture.target] = PagePicture(blob, built.width, built.height, medium.meta.alt)
            addresses[blob] = f"data:{built.media_type};base64,{base64.b64encode(built.data).decode('ascii')}"
        return pictures, addresses
