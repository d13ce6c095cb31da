"""Puts a pack together: built lessons and media become bundles and a manifest.

Owns the manifest's contents, the tiers and the price of each. Works on a store of blobs and knows no database;
every function is deterministic, so that a build that was cut short and a second build give the same bytes. What it
returns is JSON, because a durable job records it between its steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from xuetan.contracts import manifest as wire
from xuetan.contracts import rows
from xuetan.kernel.signing import canonical_json
from xuetan.kernel.storage import BlobStore
from xuetan.packs.bundles import gzip_plainly, write_bundle
from xuetan.packs.findings import Findings
from xuetan.packs.markdown import outline
from xuetan.packs.media import build_medium
from xuetan.packs.pages import PagePicture, render_page
from xuetan.packs.preflight import check_budget
from xuetan.packs.quizzes import render_quiz
from xuetan.packs.source import Lesson, Medium, PackSource

TIERS = ("text", "pictures")
PAGE_TYPE = "text/html"
QUIZ_TYPE = "application/json"


class KeptMedium(NamedTuple):
    blob: str
    bytes: int
    media_type: str
    width: int
    height: int


class KeptText(NamedTuple):
    """The page of a lesson in one language, and its quiz where it has one ("" else)."""

    page: str
    page_bytes: int
    quiz: str
    quiz_bytes: int


KeptLesson = dict[str, KeptText]


class Assembled(NamedTuple):
    """`card` is the body of a `pack` row; `blobs` are all that a phone or a browser may ask for, with their types."""

    manifest: str
    card: dict[str, Any]
    blobs: dict[str, str]


def keep_medium(medium: Medium, blobs: BlobStore, findings: Findings) -> KeptMedium | None:
    built = build_medium(medium, findings)
    if built is None:
        return None
    return KeptMedium(blobs.put(built.data), len(built.data), built.media_type, built.width, built.height)


def keep_lesson(lesson: Lesson, source: PackSource, media: Mapping[str, KeptMedium], blobs: BlobStore) -> KeptLesson:
    """Render every edition of a lesson and its quiz."""
    pictures = {
        file: PagePicture(kept.blob, kept.width, kept.height, source.media[file].meta.alt)
        for file, kept in media.items()
    }
    lesson_ids = {one.lesson_id for one in source.lessons}
    kept: KeptLesson = {}
    for language in source.languages:
        body = lesson.editions[language].body
        page = render_page(body, slug=source.meta.slug, language=language, pictures=pictures, lesson_ids=lesson_ids)
        quiz = render_quiz(lesson.lesson_id, lesson.questions, language) if lesson.questions else b""
        kept[language] = KeptText(blobs.put(page), len(page), blobs.put(quiz) if quiz else "", len(quiz))
    return kept


def used_media(source: PackSource) -> list[str]:
    """Files that some lesson shows, in the order of first use. The others are not sent to anyone."""
    used: dict[str, None] = {}
    for lesson in source.lessons:
        for language in source.languages:
            for picture in outline(lesson.editions[language].body).pictures:
                if picture.target in source.media:
                    used[picture.target] = None
    return list(used)


class Parts(NamedTuple):
    """All that was built, by file and by lesson id."""

    media: dict[str, KeptMedium]
    lessons: dict[str, KeptLesson]


def assemble(
    source: PackSource, parts: Parts, publisher_key_id: str, blobs: BlobStore, findings: Findings
) -> Assembled:
    """Bundles, manifest and card of a pack whose parts are all kept."""
    media, lessons = parts
    texts = {sha: kind for kept in lessons.values() for text in kept.values() for sha, _, kind in _text_blobs(text)}
    pictures = {kept.blob: kept.media_type for kept in media.values() if kept.blob not in texts}
    bundles = [_keep_bundle("text", texts, blobs), _keep_bundle("pictures", pictures, blobs)]
    document = _manifest(source, parts, publisher_key_id, bundles)
    manifest_bytes = canonical_json(msgspec.to_builtins(document))
    manifest = blobs.put(manifest_bytes)
    prices = _prices(bundles, len(gzip_plainly(manifest_bytes)))
    check_budget("text", prices[0].bytes, source.meta.budget_bytes.text, findings)
    check_budget("pictures", bundles[1].bytes, source.meta.budget_bytes.pictures, findings)
    types = texts | pictures | {bundle.blob: "application/octet-stream" for bundle in bundles} | {manifest: QUIZ_TYPE}
    return Assembled(manifest, msgspec.to_builtins(_card(source, manifest, publisher_key_id, prices)), types)


def _text_blobs(text: KeptText) -> Iterable[tuple[str, int, str]]:
    yield text.page, text.page_bytes, PAGE_TYPE
    if text.quiz:
        yield text.quiz, text.quiz_bytes, QUIZ_TYPE


def _keep_bundle(tier: str, shas: Iterable[str], blobs: BlobStore) -> wire.Bundle:
    bundle = write_bundle((sha, blobs.get(sha)) for sha in shas)
    return wire.Bundle(tier=tier, blob=blobs.put(bundle), bytes=len(bundle))


def _prices(bundles: list[wire.Bundle], manifest_bytes: int) -> list[rows.TierPrice]:
    """What a tier costs over the wire: its bundle, those below it, and the manifest (which every browser takes
    compressed, with gzip at least)."""
    total, prices = manifest_bytes, []
    for bundle in bundles:
        total += bundle.bytes
        prices.append(rows.TierPrice(tier=bundle.tier, bytes=total))
    return prices


def _manifest(source: PackSource, parts: Parts, publisher_key_id: str, bundles: list[wire.Bundle]) -> wire.Manifest:
    meta = source.meta
    return wire.Manifest(
        format="xuetan-pack/1",
        slug=meta.slug,
        version=meta.version,
        date=meta.date.isoformat(),
        languages=list(meta.languages),
        title=dict(meta.title),
        summary=dict(meta.summary),
        licence=meta.licence,
        authors=list(meta.authors),
        reviewers=list(meta.reviewers),
        compulsory=meta.compulsory,
        topics=list(meta.topics),
        competences=list(meta.competences),
        hours=meta.hours,
        credit_category=meta.credit_category,
        prerequisites=list(meta.prerequisites),
        expires=meta.expires.isoformat() if meta.expires else msgspec.UNSET,
        publisher=publisher_key_id,
        lessons=[_lesson(lesson, source, parts.lessons[lesson.lesson_id]) for lesson in source.lessons],
        blobs=_blobs(source, parts),
        bundles=bundles,
    )


def describe_edition(lesson: Lesson, language: str, *, page: str, quiz: str) -> wire.LessonEdition:
    """A lesson in one language as manifests tell it; `page` and `quiz` are blobs, `quiz` is "" where there is none."""
    meta = lesson.editions[language].meta
    return wire.LessonEdition(
        title=meta.title,
        page=page,
        objectives=list(meta.objectives),
        journal_prompt=meta.journal_prompt,
        quiz=quiz or msgspec.UNSET,
        try_out=wire.TryOut(**meta.try_out.model_dump()) if meta.try_out else msgspec.UNSET,
    )


def _lesson(lesson: Lesson, source: PackSource, kept: KeptLesson) -> wire.Lesson:
    editions = {
        language: describe_edition(lesson, language, page=kept[language].page, quiz=kept[language].quiz)
        for language in source.languages
    }
    minutes = lesson.editions[source.languages[0]].meta.minutes
    return wire.Lesson(id=lesson.lesson_id, minutes=minutes, questions=len(lesson.questions), editions=editions)


def _blobs(source: PackSource, parts: Parts) -> dict[str, wire.Blob]:
    """Text wins where a picture has the same bytes: a blob belongs to the lowest tier that needs it."""
    found: dict[str, wire.Blob] = {}
    for file, kept in parts.media.items():
        meta = source.media[file].meta
        found[kept.blob] = wire.Blob(
            bytes=kept.bytes,
            type=kept.media_type,
            tier="pictures",
            licence=meta.licence or msgspec.UNSET,
            source=meta.source or msgspec.UNSET,
        )
    for texts in parts.lessons.values():
        for text in texts.values():
            for sha, size, kind in _text_blobs(text):
                found[sha] = wire.Blob(bytes=size, type=kind, tier="text")
    return found


def _card(source: PackSource, manifest: str, key_id: str, prices: list[rows.TierPrice]) -> rows.PackCard:
    meta = source.meta
    return rows.PackCard(
        slug=meta.slug,
        version=meta.version,
        manifest=manifest,
        key_id=key_id,
        title=dict(meta.title),
        summary=dict(meta.summary),
        languages=list(meta.languages),
        compulsory=meta.compulsory,
        minutes=sum(lesson.editions[meta.languages[0]].meta.minutes for lesson in source.lessons),
        lessons=len(source.lessons),
        questions=sum(len(lesson.questions) for lesson in source.lessons),
        tiers=prices,
    )
