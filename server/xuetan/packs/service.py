"""The face of packs: build and publish, list, read what is published.

Works in the caller's transaction. Building is a durable job: `request_build` returns at once and `get_build` tells
how far it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import msgspec
from sqlmodel import Session

from xuetan.accounts.service import OPERATOR, StaffActor, find_root_id
from xuetan.contracts import manifest as manifest_contract
from xuetan.contracts import quiz as quiz_contract
from xuetan.contracts import rows
from xuetan.kernel.errors import ForbiddenError, NotFoundError
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import canonical_json
from xuetan.kernel.storage import BlobStore
from xuetan.kernel.text import LANGUAGES, t
from xuetan.packs import mirror, queries
from xuetan.packs.archives import read_archive
from xuetan.packs.builds import CHECKED_STATE, ENDED_STATES, BuiltPack, build_in_one_go, check_files, keep_source
from xuetan.packs.errors import PackSourceInvalidError, PackVersionConflictError
from xuetan.packs.findings import Finding, Findings, finding_from_json
from xuetan.packs.jobs import BUILD_PACK
from xuetan.packs.keyring import load_keyring
from xuetan.packs.mirror import MirroredVersion
from xuetan.packs.models import PackBuild, PackVersion
from xuetan.packs.previews import CheckedLesson, CheckedSource, LessonPreview
from xuetan.packs.source import PackSource
from xuetan.packs.source_files import SourceFiles, read_folder

__all__ = [
    "BuildView",
    "BuiltPack",
    "CheckedLesson",
    "CheckedSource",
    "Comparison",
    "Finding",
    "LessonPreview",
    "MirroredVersion",
    "PackCard",
    "PackView",
    "ReadSource",
    "begin_build",
    "build_pack",
    "check_folder",
    "compare_checked",
    "describe_finding",
    "get_build",
    "get_keyring",
    "get_manifest",
    "get_pack_card",
    "get_page",
    "get_quiz",
    "get_signature",
    "list_builds",
    "list_packs",
    "mirror",
    "propose_build",
    "read_checked",
    "read_source",
    "request_build",
]

BUILDS_SHOWN_MAX = 50
# The body of a `pack` row: contracts/schemas/rows.schema.yaml, PackCard.
PackCard = dict[str, Any]


@dataclass(frozen=True)
class ReadSource:
    """A source that was read, checked and kept; `tree` lists its files by hash."""

    slug: str
    version: int
    title: dict[str, str]
    tree: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PackView:
    """A published version as lists show it; `card` is the body of a `pack` row."""

    slug: str
    version: int
    organisation_id: str
    published_ms: int
    published_by: str
    is_newest: bool
    card: PackCard


@dataclass(frozen=True)
class Comparison:
    """`newest`: the version that is published; `is_taken`: this version is; `is_same`: from this very source."""

    newest: int | None
    is_taken: bool
    is_same: bool


@dataclass(frozen=True)
class BuildView:
    """A build as a watcher sees it: state (checked, waiting, running, published, refused, failed), stage, `done` of `total`."""

    build_id: str
    slug: str
    title: dict[str, str]
    version: int
    state: str
    stage: str
    done: int
    total: int
    requested_ms: int
    ended_ms: int | None
    error_code: str | None
    manifest: str | None
    findings: tuple[Finding, ...]

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED_STATES


def check_folder(folder: Path) -> tuple[Finding, ...]:
    """All that a build would say of a source folder, prices included. Changes nothing; never raises for the source."""
    findings = Findings()
    files = read_folder(folder, findings)
    with TemporaryDirectory() as aside:
        build_in_one_go(files, "check", BlobStore(Path(aside)), findings)
    return tuple(findings.in_reading_order())


def build_pack(folder: Path, services: Services) -> BuiltPack:
    """Build without publishing, here and now; its blobs are kept. PackSourceInvalidError with every finding else."""
    findings = Findings()
    files = _read(folder, findings)
    built = build_in_one_go(files, services.keys.publisher.key_id, services.blobs, findings)
    if built is None:
        raise PackSourceInvalidError(findings.in_reading_order())
    return built


def read_source(folder: Path, services: Services, actor: StaffActor = OPERATOR) -> ReadSource:
    """Take a folder in as it is now; its files are kept, so later changes to it do not touch the build. Outside any
    transaction: it writes files. PackSourceInvalidError for a source with errors; what `request_build` would refuse
    to this actor is refused here and nothing of it kept."""
    findings = Findings()
    files = _read(folder, findings)
    source = check_files(files, findings)
    if source is None:
        raise PackSourceInvalidError(findings.in_reading_order())
    with services.database.reading() as session:
        _check_request(session, actor, source.meta.slug, source.meta.version)
    return _kept(source, files, services, findings)


def read_source_archive(archive: BinaryIO, services: Services, actor: StaffActor) -> ReadSource:
    """The same for a ZIP archive of a source folder."""
    findings = Findings()
    files = read_archive(archive, findings)
    source = None if findings.has_errors else check_files(files, findings)
    if source is None:
        raise PackSourceInvalidError(findings.in_reading_order())
    with services.database.reading() as session:
        _check_request(session, actor, source.meta.slug, source.meta.version)
    return _kept(source, files, services, findings)


def _kept(source: PackSource, files: SourceFiles, services: Services, findings: Findings) -> ReadSource:
    meta, warnings = source.meta, tuple(findings.in_reading_order())
    return ReadSource(meta.slug, meta.version, dict(meta.title), keep_source(files, services.blobs), warnings)


def request_build(session: Session, services: Services, actor: StaffActor, source: ReadSource) -> str:
    """Put the build and publication of a source on file; the build's id. It runs after the transaction. Raises as
    `propose_build` does."""
    build_id = propose_build(session, services, actor, source)
    begin_build(session, services, actor, build_id)
    return build_id


def propose_build(session: Session, services: Services, actor: StaffActor, source: ReadSource) -> str:
    """Put a checked source on file with what preflight found; the build's id. Nothing runs before `begin_build`.

    Raises PackVersionConflictError for a version below one that is published, ForbiddenError when the pack belongs
    to an organisation that the actor does not train.
    """
    organisation_id = _check_request(session, actor, source.slug, source.version)
    build = PackBuild(
        build_id=new_id(),
        organisation_id=organisation_id,
        slug=source.slug,
        version=source.version,
        title=json.dumps(source.title, ensure_ascii=False),
        source=source.tree,
        requested_ms=services.clock.now_ms(),
        requested_by=actor.person_id,
        state=CHECKED_STATE,
        stage="waiting",
        done=0,
        total=0,
        findings=json.dumps([one.as_json() for one in source.findings], ensure_ascii=False),
    )
    session.add(build)
    session.flush()
    return build.build_id


def begin_build(session: Session, services: Services, actor: StaffActor, build_id: str) -> None:
    """Build and publish what was checked, in the name of who says so. Doing it twice changes nothing."""
    build = queries.find_build(session, build_id)
    if build is None or not actor.sees(build.organisation_id):
        raise NotFoundError
    _owner(session, actor, build.slug)
    if build.state == CHECKED_STATE:
        build.state, build.requested_by = "waiting", actor.person_id
        session.flush()
        services.jobs.enqueue(session, BUILD_PACK, build.build_id, key=build.build_id)


def compare_checked(session: Session, actor: StaffActor, build_id: str) -> Comparison:
    """A checked source beside what phones have."""
    build = queries.find_build(session, build_id)
    if build is None or not actor.sees(build.organisation_id):
        raise NotFoundError
    newest = queries.find_version(session, build.slug)
    is_taken = queries.find_version(session, build.slug, build.version) is not None
    is_same = is_taken and queries.is_source_published(session, build.slug, build.version, build.source)
    return Comparison(newest.version if newest else None, is_taken, is_same)


def read_checked(session: Session, services: Services, actor: StaffActor, build_id: str) -> CheckedSource:
    """The source of a build that waits for a word, to be looked at. NotFoundError once it runs or has ended."""
    build = queries.find_build(session, build_id)
    if build is None or not actor.sees(build.organisation_id) or build.state != CHECKED_STATE:
        raise NotFoundError
    tree: dict[str, str] = json.loads(build.source)
    return CheckedSource({path: services.blobs.get(sha) for path, sha in tree.items()})


def get_build(session: Session, actor: StaffActor, build_id: str) -> BuildView:
    """NotFoundError for a build outside the actor's subtree."""
    build = queries.find_build(session, build_id)
    if build is None or not actor.sees(build.organisation_id):
        raise NotFoundError
    return _build_view(build)


def list_builds(session: Session, actor: StaffActor, limit: int = BUILDS_SHOWN_MAX) -> list[BuildView]:
    return [_build_view(build) for build in queries.list_builds(session, actor, limit)]


def describe_finding(finding: Finding, language: str) -> str:
    """A finding in words: what is wrong and what to do. The place is told apart (`finding.place`, `finding.field`)."""
    params = finding.params | {"file": finding.file, "field": finding.field}
    return t(language, f"preflight.{finding.code}", **params)


def list_packs(session: Session, actor: StaffActor) -> list[PackView]:
    """Every published version, by slug, the newest first. Packs are shared between levels, so every member of staff
    sees all."""
    if not (actor.roles or actor.is_operator):
        raise ForbiddenError
    views: list[PackView] = []
    for version in queries.list_versions(session):
        views.append(_pack_view(version, is_newest=not views or views[-1].slug != version.slug))
    return views


def get_pack_card(session: Session, slug: str, version: int | None = None) -> PackCard:
    """The body of a `pack` row, of this version or the newest. NotFoundError for one that is not published."""
    card: PackCard = json.loads(queries.get_version(session, slug, version).card)
    msgspec.convert(card, type=rows.PackCard)
    return card


def get_manifest(
    session: Session, blobs: BlobStore, slug: str, version: int | None = None
) -> manifest_contract.Manifest:
    found = queries.get_version(session, slug, version)
    return msgspec.json.decode(blobs.get(found.manifest), type=manifest_contract.Manifest)


def get_page(blobs: BlobStore, manifest: manifest_contract.Manifest, lesson_id: str, language: str) -> str:
    """The sanitised HTML fragment of a lesson, for a preview."""
    return blobs.get(_edition(manifest, lesson_id, language).page).decode("utf-8")


def get_quiz(
    blobs: BlobStore, manifest: manifest_contract.Manifest, lesson_id: str, language: str
) -> quiz_contract.Quiz | None:
    """The quiz of a lesson, or None where it has none."""
    quiz = _edition(manifest, lesson_id, language).quiz
    return None if quiz is msgspec.UNSET else msgspec.json.decode(blobs.get(str(quiz)), type=quiz_contract.Quiz)


def get_signature(session: Session, manifest: str) -> bytes:
    """The detached signature of a published manifest, as JSON."""
    found = queries.find_version_by_manifest(session, manifest)
    if found is None:
        raise NotFoundError
    return canonical_json({"alg": "ES256", "key_id": found.key_id, "sig": found.signature})


def get_keyring(services: Services) -> bytes:
    """The signed list of publishers, as JSON. Made when it is first asked for."""
    name = {language: t(language, "word.app_name") for language in LANGUAGES}
    signed = load_keyring(services.keys, services.settings.data_dir / "keys", name)
    return canonical_json(msgspec.to_builtins(signed))


def etag_of(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]


def _read(folder: Path, findings: Findings) -> SourceFiles:
    files = read_folder(folder, findings)
    if findings.has_errors:
        raise PackSourceInvalidError(findings.in_reading_order())
    return files


def _check_request(session: Session, actor: StaffActor, slug: str, version: int) -> str:
    """The organisation that would publish this version, if this actor may have it built."""
    organisation_id = _owner(session, actor, slug)
    newest = queries.find_version(session, slug)
    is_known = queries.find_version(session, slug, version) is not None
    if newest is not None and version < newest.version and not is_known:
        raise PackVersionConflictError(slug, version, newest.version)
    return organisation_id


def _owner(session: Session, actor: StaffActor, slug: str) -> str:
    """The organisation that publishes this pack: the one that did before, else the actor's own. A slug once
    published is not taken over by others: phones follow it."""
    published = queries.find_version(session, slug)
    if published is not None:
        if not actor.may_train(published.organisation_id) and not actor.may_administer(published.organisation_id):
            raise ForbiddenError
        return published.organisation_id
    organisation_id = find_root_id(session) if actor.is_operator else actor.organisation_id
    if organisation_id is None or not (actor.may_train(organisation_id) or actor.may_administer(organisation_id)):
        raise ForbiddenError
    return organisation_id


def _edition(manifest: manifest_contract.Manifest, lesson_id: str, language: str) -> manifest_contract.LessonEdition:
    for lesson in manifest.lessons:
        if lesson.id == lesson_id and language in lesson.editions:
            return lesson.editions[language]
    raise NotFoundError(details={"lesson": lesson_id, "language": language})


def _pack_view(version: PackVersion, *, is_newest: bool) -> PackView:
    return PackView(
        version.slug,
        version.version,
        version.organisation_id,
        version.published_ms,
        version.published_by,
        is_newest,
        json.loads(version.card),
    )


def _build_view(build: PackBuild) -> BuildView:
    return BuildView(
        build_id=build.build_id,
        slug=build.slug,
        title=json.loads(build.title or "{}"),
        version=build.version,
        state=build.state,
        stage=build.stage,
        done=build.done,
        total=build.total,
        requested_ms=build.requested_ms,
        ended_ms=build.ended_ms,
        error_code=build.error_code,
        manifest=build.manifest,
        findings=tuple(finding_from_json(one) for one in json.loads(build.findings)),
    )
