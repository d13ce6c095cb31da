"""One build, stage by stage: from the files that were handed in to a published version.

Owns the stages, their order and what each leaves behind, so that a build which was cut short goes on where it was.
Every stage reads blobs and writes blobs, and may be done twice. Does not own when it runs (`jobs`) nor who may ask
for it (`service`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from xuetan.kernel.events import publish
from xuetan.kernel.services import Services
from xuetan.kernel.storage import BlobStore
from xuetan.packs import queries
from xuetan.packs.assembly import (
    KeptLesson,
    KeptMedium,
    KeptText,
    Parts,
    assemble,
    keep_lesson,
    keep_medium,
    used_media,
)
from xuetan.packs.compression import keep_compressed
from xuetan.packs.errors import PackVersionConflictError
from xuetan.packs.events import PackPublished
from xuetan.packs.findings import Finding, Findings, finding_from_json
from xuetan.packs.keyring import sign_manifest
from xuetan.packs.models import PackBlob, PackBuild, PackVersion
from xuetan.packs.preflight import check_source
from xuetan.packs.source import PackSource, parse_source
from xuetan.packs.source_files import SourceFiles

STAGES = ("waiting", "check", "media", "lessons", "assemble", "compress", "publish", "ended")
# checked -> waiting -> running -> published | refused (the source's fault) | failed (ours)
# On file, and nobody has said yet that it shall be built.
CHECKED_STATE = "checked"
ENDED_STATES = frozenset(("published", "refused", "failed"))


@dataclass(frozen=True)
class BuiltPack:
    """A pack that was built and not published; `findings` are warnings only."""

    slug: str
    version: int
    manifest: str
    card: dict[str, Any]
    blobs: dict[str, str]
    findings: tuple[Finding, ...]


def keep_source(files: SourceFiles, blobs: BlobStore) -> str:
    """Keep the files as they are now; the list of them as JSON. Later changes to the folder do not touch the build."""
    return json.dumps({path: blobs.put(data) for path, data in files.items()}, sort_keys=True)


def check_files(files: SourceFiles, findings: Findings) -> PackSource | None:
    """Parse and preflight; None when there are errors."""
    source = parse_source(files, findings)
    if source is not None:
        check_source(source, findings)
    return None if findings.has_errors else source


def build_in_one_go(
    files: SourceFiles, publisher_key_id: str, blobs: BlobStore, findings: Findings
) -> BuiltPack | None:
    """All stages but publishing, at once: for the command line's check, and to compare builds. None when there are
    errors."""
    source = check_files(files, findings)
    if source is None:
        return None
    media = {file: keep_medium(source.media[file], blobs, findings) for file in used_media(source)}
    if findings.has_errors:
        return None
    kept = {file: medium for file, medium in media.items() if medium is not None}
    lessons = {lesson.lesson_id: keep_lesson(lesson, source, kept, blobs) for lesson in source.lessons}
    built = assemble(source, Parts(kept, lessons), publisher_key_id, blobs, findings)
    meta = source.meta
    return BuiltPack(
        meta.slug, meta.version, built.manifest, built.card, built.blobs, tuple(findings.in_reading_order())
    )


class Build:
    """The stages of one build that is on file, for the job that runs them. Results are JSON."""

    def __init__(self, services: Services, build_id: str) -> None:
        self._services = services
        self._build_id = build_id

    @cached_property
    def _source(self) -> PackSource:
        with self._services.database.reading() as session:
            tree: dict[str, str] = json.loads(self._get(session).source)
        source = parse_source({path: self._services.blobs.get(sha) for path, sha in tree.items()}, Findings())
        assert source is not None, "the check stage let it through"
        return source

    def check(self) -> dict[str, Any]:
        """Preflight. `go_on` is false when the build is refused."""
        with self._services.database.reading() as session:
            tree: dict[str, str] = json.loads(self._get(session).source)
        findings = Findings()
        source = check_files({path: self._services.blobs.get(sha) for path, sha in tree.items()}, findings)
        if source is None:
            self._refuse("pack_source_invalid", findings)
            return {"go_on": False, "media": [], "lessons": []}
        media = used_media(source)
        self._note("media", 0, len(media), findings)
        return {"go_on": True, "media": media, "lessons": [lesson.lesson_id for lesson in source.lessons]}

    def medium(self, file: str, done: int, total: int) -> dict[str, Any] | None:
        """Clean or shrink one medium; None when that refuses the build."""
        findings = Findings()
        kept = keep_medium(self._source.media[file], self._services.blobs, findings)
        if kept is None:
            self._refuse("pack_source_invalid", findings)
            return None
        self._note("media", done, total, findings)
        return kept._asdict()

    def lesson(self, lesson_id: str, media: dict[str, dict[str, Any]], done: int, total: int) -> dict[str, list[Any]]:
        """Render one lesson in all languages, with its quiz."""
        (lesson,) = [one for one in self._source.lessons if one.lesson_id == lesson_id]
        kept = keep_lesson(lesson, self._source, _media_from_json(media), self._services.blobs)
        self._note("lessons", done, total, Findings())
        return {language: list(text) for language, text in kept.items()}

    def assemble(self, media: dict[str, dict[str, Any]], lessons: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
        """Bundles and manifest."""
        findings = Findings()
        parts = Parts(
            _media_from_json(media), {lesson_id: _lesson_from_json(kept) for lesson_id, kept in lessons.items()}
        )
        key_id = self._services.keys.publisher.key_id
        built = assemble(self._source, parts, key_id, self._services.blobs, findings)
        self._note("compress", 0, len(built.blobs), findings)
        return {"manifest": built.manifest, "card": built.card, "blobs": built.blobs}

    def compress(self, types: dict[str, str]) -> None:
        for sha256, media_type in types.items():
            keep_compressed(self._services.blobs, sha256, media_type)
        self._note("publish", 0, 1, Findings())

    def publish(self, built: dict[str, Any]) -> None:
        """Sign, and make the version known, in one transaction. The same version with the same manifest is there
        already."""
        manifest: str = built["manifest"]
        signature = sign_manifest(self._services.keys, self._services.blobs.get(manifest))
        sizes = {sha: self._services.blobs.path_of(sha).stat().st_size for sha in built["blobs"]}
        now_ms = self._services.clock.now_ms()
        with self._services.database.transaction() as session:
            build = self._get(session)
            card = built["card"]
            newest = queries.find_version(session, build.slug)
            if _is_published(session, build, manifest, newest):
                _end(build, "published", now_ms, manifest=manifest)
                return
            if newest is not None and newest.version >= build.version:
                _end(build, "refused", now_ms, error_code=PackVersionConflictError.code)
                return
            for sha, media_type in built["blobs"].items():
                if queries.find_blob(session, sha) is None:
                    session.add(PackBlob(sha256=sha, media_type=media_type, bytes=sizes[sha]))
            session.add(
                PackVersion(
                    slug=build.slug,
                    version=build.version,
                    organisation_id=build.organisation_id,
                    manifest=manifest,
                    key_id=signature.key_id,
                    signature=signature.sig,
                    card=json.dumps(card, ensure_ascii=False, sort_keys=True),
                    published_ms=now_ms,
                    published_by=build.requested_by,
                )
            )
            session.flush()
            supersedes = newest.version if newest else None
            publish(
                session,
                PackPublished(build.slug, build.version, supersedes, build.organisation_id, build.requested_by, now_ms),
            )
            _end(build, "published", now_ms, manifest=manifest)

    def fail(self) -> None:
        """The job gave up: say so where people look."""
        with self._services.database.transaction() as session:
            build = self._get(session)
            if build.state not in ENDED_STATES:
                _end(build, "failed", self._services.clock.now_ms(), error_code="internal_error")

    def _refuse(self, code: str, findings: Findings) -> None:
        with self._services.database.transaction() as session:
            build = self._get(session)
            build.findings = _merged(build.findings, findings)
            _end(build, "refused", self._services.clock.now_ms(), error_code=code)

    def _note(self, stage: str, done: int, total: int, findings: Findings) -> None:
        """How far the build is, for whoever watches. A stage that is done twice notes its findings once."""
        with self._services.database.transaction() as session:
            build = self._get(session)
            build.state, build.stage, build.done, build.total = "running", stage, done, total
            build.findings = _merged(build.findings, findings)

    def _get(self, session: Session) -> PackBuild:
        build = queries.find_build(session, self._build_id)
        if build is None:
            raise LookupError(f"build {self._build_id} is not on file")
        return build


def _is_published(session: Session, build: PackBuild, manifest: str, newest: PackVersion | None) -> bool:
    if newest is None:
        return False
    same = queries.find_version(session, build.slug, build.version)
    return same is not None and same.manifest == manifest


def _end(
    build: PackBuild, state: str, now_ms: int, *, error_code: str | None = None, manifest: str | None = None
) -> None:
    build.state, build.stage, build.ended_ms = state, "ended", now_ms
    build.error_code, build.manifest = error_code, manifest


def _merged(known: str, findings: Findings) -> str:
    both = [finding_from_json(one) for one in json.loads(known)] + findings.in_reading_order()
    distinct = list(dict.fromkeys((*one[:5], tuple(sorted(one.params.items()))) for one in both))
    merged = Findings(Finding(*one[:5], dict(one[5])) for one in distinct)
    return json.dumps([one.as_json() for one in merged.in_reading_order()], ensure_ascii=False)


def _media_from_json(media: dict[str, dict[str, Any]]) -> dict[str, KeptMedium]:
    return {file: KeptMedium(**kept) for file, kept in media.items()}


def _lesson_from_json(kept: dict[str, list[Any]]) -> KeptLesson:
    return {language: KeptText(*text) for language, text in kept.items()}
