"""Building a pack: from a folder the server knows or an archive from the trainer's desk, then watching the job.

Owns the two forms and the progress that a page asks for again. The build itself is a durable job of packs.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from starlette.responses import Response

from xuetan.console.forms import Typed
from xuetan.console.options import Option
from xuetan.console.pack import FindingRow, describe_findings, language_name
from xuetan.console.pages import Fragment, Page
from xuetan.console.visit import StaffFormDep, StaffFormVisit, StaffVisit, StaffVisitDep, console_router
from xuetan.kernel.errors import AppError, ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.packs import service as packs
from xuetan.packs.errors import PackSourceInvalidError, PackVersionConflictError
from xuetan.packs.service import BuildView, ReadSource
from xuetan.settings import Settings

UPLOAD_BYTES_MAX = 200 * 1024 * 1024
STAGES = ("check", "media", "lessons", "assemble", "compress", "publish")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
router = console_router("/console/packs")


@dataclass(frozen=True)
class BuildFormPage(Page):
    """`findings`: why the last try was refused, when it was."""

    template: ClassVar[str] = "build_form.html.j2"
    title_key: ClassVar[str] = "console.build_title"
    area: ClassVar[str] = "packs"

    folders: tuple[Option, ...]
    typed: Typed
    refusal: str
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class BuildProgress(Fragment):
    """How far a build is. `share`: of the whole way, roughly."""

    template: ClassVar[str] = "build_progress.html.j2"

    build: BuildView
    share: float
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True)
class CheckedPreview:
    """What can be looked at before it is published, and what the phone's frame shows of it."""

    lessons: tuple[packs.CheckedLesson, ...]
    languages: tuple[Option, ...]
    lesson: str
    language: str


@dataclass(frozen=True)
class BuildPage(Page):
    """`comparison` and `preview`: for a source that was checked and waits for a word; else None."""

    template: ClassVar[str] = "build.html.j2"
    title_key: ClassVar[str] = "console.build_of"
    area: ClassVar[str] = "packs"

    title: str
    build: BuildView
    share: float
    findings: tuple[FindingRow, ...]
    comparison: packs.Comparison | None
    preview: CheckedPreview | None

    @property
    def title_params(self) -> dict[str, object]:
        return {"title": self.title, "version": self.build.version}


@router.get("/build")
def show_form(visit: StaffVisitDep) -> Response:
    return visit.show(_form_page(visit.services.settings, Typed(), "", ()))


@router.post("/build", max_body_size=UPLOAD_BYTES_MAX)
def check_source(visit: StaffFormDep) -> Response:
    """Check what was handed in and show it. Nothing reaches a phone before somebody has seen what was found."""
    services = visit.services
    try:
        source = _read_source(visit)
    except PackSourceInvalidError as error:
        found = tuple(
            FindingRow(one.severity, one.place, packs.describe_finding(one, visit.language)) for one in error.findings
        )
        return _refuse(visit, error, found)
    except (ForbiddenError, PackVersionConflictError) as error:
        return _refuse(visit, error, ())
    if source is None:
        visit.form.reject("archive" if visit.form.text("by") == "archive" else "folder", "console.fault_build_nothing")
        return _refuse(visit, InvalidRequestError(), ())
    try:
        with services.database.transaction() as session:
            build_id = packs.propose_build(session, services, visit.staff, source)
    except AppError as error:
        return _refuse(visit, error, ())
    return visit.go(f"/console/packs/builds/{build_id}")


@router.get("/builds/{build_id}")
def show_build(build_id: str, visit: StaffVisitDep, lesson: str = "", language: str = "") -> Response:
    with visit.services.database.reading() as session:
        build = packs.get_build(session, visit.staff, build_id)
        is_checked = build.state == "checked"
        comparison = packs.compare_checked(session, visit.staff, build_id) if is_checked else None
        source = packs.read_checked(session, visit.services, visit.staff, build_id) if is_checked else None
    preview = _preview_of(visit, source, lesson, language) if source else None
    findings = describe_findings(build, visit.language)
    title = visit.formats.localized(build.title) or build.slug
    return visit.show(BuildPage(title, build, share_done(build), findings, comparison, preview))


def _preview_of(visit: StaffVisit, source: packs.CheckedSource, lesson: str, language: str) -> CheckedPreview:
    lessons, languages = tuple(source.lessons), source.languages
    lesson_ids = [one.lesson_id for one in lessons]
    return CheckedPreview(
        lessons,
        tuple(Option(one, language_name(visit, one)) for one in languages),
        lesson if lesson in lesson_ids else lesson_ids[0],
        next(one for one in (language, visit.language, languages[0]) if one in languages),
    )


@router.post("/builds/{build_id}/begin")
def begin_build(build_id: str, visit: StaffFormDep) -> Response:
    """The word that a checked source shall be built and published."""
    with visit.services.database.transaction() as session:
        packs.begin_build(session, visit.services, visit.staff, build_id)
    return visit.go(f"/console/packs/builds/{build_id}")


@router.get("/builds/{build_id}/progress")
def show_progress(build_id: str, visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        build = packs.get_build(session, visit.staff, build_id)
    return visit.show_fragment(BuildProgress(build, share_done(build), describe_findings(build, visit.language)))


def share_done(build: BuildView) -> float:
    """The way that lies behind a build, from 0 to 1, every stage counted alike."""
    if build.has_ended:
        return 1.0
    if build.stage not in STAGES:
        return 0.0
    within = build.done / build.total if build.total else 0.0
    return (STAGES.index(build.stage) + within) / len(STAGES)


def list_folders(settings: Settings) -> list[Path]:
    """The source folders that an operator laid out for trainers."""
    place = settings.pack_sources_dir
    if place is None or not place.is_dir():
        return []
    return sorted(one for one in place.iterdir() if one.is_dir() and _FOLDER.fullmatch(one.name))


def _read_source(visit: StaffFormVisit) -> ReadSource | None:
    """What was handed in: an archive before a folder, None for neither."""
    upload, folder = visit.form.file("archive"), visit.form.text("folder")
    if upload is not None:
        return packs.read_source_archive(upload.file, visit.services, visit.staff)
    known = {one.name: one for one in list_folders(visit.services.settings)}
    if not folder:
        return None
    if folder not in known:
        raise NotFoundError
    return packs.read_source(known[folder], visit.services, visit.staff)


def _refuse(visit: StaffFormVisit, error: AppError, findings: tuple[FindingRow, ...]) -> Response:
    refusal = f"error.{error.code}" if not visit.form.has_faults else ""
    page = _form_page(visit.services.settings, visit.form.typed("folder"), refusal, findings)
    return visit.show(page, status=error.status)


def _form_page(settings: Settings, typed: Typed, refusal: str, findings: tuple[FindingRow, ...]) -> BuildFormPage:
    folders = tuple(Option(one.name, one.name) for one in list_folders(settings))
    return BuildFormPage(folders=folders, typed=typed, refusal=refusal, findings=findings)
