"""One pack: what preflight said, its lessons, the phone's view beside them, giving it to a class or to everybody, its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import StaffActor
from xuetan.console.formats import day_of
from xuetan.console.forms import Form, Typed
from xuetan.console.options import Option
from xuetan.console.packs import prices_of
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.contracts.manifest import Manifest
from xuetan.kernel.errors import InvalidRequestError, NotFoundError
from xuetan.packs import service as packs
from xuetan.packs.service import BuildView, PackView
from xuetan.programmes import service as programmes

NOTE_CHARACTERS_MAX = 500
router = console_router("/console/packs")


@dataclass(frozen=True)
class LessonRow:
    lesson_id: str
    title: dict[str, str]
    minutes: int
    questions: int


@dataclass(frozen=True)
class FindingRow:
    severity: str
    place: str
    text: str


@dataclass(frozen=True)
class VersionRow:
    version: int
    published_ms: int
    published_by: str
    prices: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class GivenRow:
    """A class of the actor's subtree that has this pack."""

    cohort_id: str
    name: dict[str, str]
    version: int
    due_day: str | None
    note: str
    assigned_ms: int


@dataclass(frozen=True)
class PackPage(Page):
    """`preview`: the lesson and language in the phone's frame."""

    template: ClassVar[str] = "pack.html.j2"
    title_key: ClassVar[str] = "console.pack_title"
    area: ClassVar[str] = "packs"

    card: dict[str, Any]
    title: str
    prices: tuple[tuple[str, int], ...]
    manifest: Manifest
    lessons: tuple[LessonRow, ...]
    findings: tuple[FindingRow, ...] | None
    versions: tuple[VersionRow, ...]
    given: tuple[GivenRow, ...]
    cohorts: tuple[Option, ...]
    typed: Typed
    is_open: bool
    may_open: bool
    languages: tuple[Option, ...]
    preview_lesson: str
    preview_language: str

    @property
    def title_params(self) -> dict[str, object]:
        return {"title": self.title}


@router.get("/{slug}")
def show_pack(slug: str, visit: StaffVisitDep, lesson: str = "", language: str = "") -> Response:
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, slug, Typed(), lesson, language)
    return visit.show(page)


@router.post("/{slug}/publish")
def publish_to_class(slug: str, visit: StaffFormDep) -> Response:
    """Give the pack to a class of the actor's subtree."""
    form, now_ms = visit.form, visit.services.clock.now_ms()
    due_day = form.text("due_day", characters_max=20)
    _check_due_day(form, due_day, visit)
    with visit.services.database.reading() as session:
        known = {cohort.id: cohort for cohort in programmes.list_cohorts(session, visit.staff)}
        cohort = known.get(form.text("cohort"))
        if cohort is None:
            form.reject("cohort", "console.fault_unknown_choice")
        if form.has_faults:
            page = _read_page(session, visit, slug, form.typed("cohort", "due_day", "note"), "", "")
            return visit.show(page, status=InvalidRequestError().status)
    assert cohort is not None
    with visit.services.database.transaction() as session:
        programmes.assign_pack(
            session,
            visit.staff,
            cohort.id,
            slug,
            due_day=due_day or None,
            note=form.text("note", characters_max=NOTE_CHARACTERS_MAX),
            now_ms=now_ms,
        )
    return visit.go(f"/console/packs/{slug}", notice="pack_given", name=visit.formats.localized(cohort.name))


@router.post("/{slug}/open")
def open_to_everybody(slug: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        programmes.open_pack(session, visit.staff, slug, now_ms=visit.services.clock.now_ms())
    return visit.go(f"/console/packs/{slug}", notice="pack_opened")


def describe_findings(build: BuildView, language: str) -> tuple[FindingRow, ...]:
    """What preflight found, in words."""
    return tuple(FindingRow(one.severity, one.place, packs.describe_finding(one, language)) for one in build.findings)


def _check_due_day(form: Form, due_day: str, visit: StaffVisit) -> None:
    if not due_day:
        return
    try:
        day = date.fromisoformat(due_day)
    except ValueError:
        form.reject("due_day", "console.fault_day")
        return
    if day < day_of(visit.services.clock.now_ms(), visit.services.settings.zone):
        form.reject("due_day", "console.fault_day_past")


def _read_page(session: Session, visit: StaffVisit, slug: str, typed: Typed, lesson: str, language: str) -> PackPage:
    actor = visit.staff
    versions = [view for view in packs.list_packs(session, actor) if view.slug == slug]
    if not versions:
        raise NotFoundError
    newest = versions[0]
    manifest = packs.get_manifest(session, visit.services.blobs, slug)
    lesson_ids = [one.id for one in manifest.lessons]
    languages = list(manifest.languages)
    cohorts = programmes.list_cohorts(session, actor)
    given = _read_given(session, actor, cohorts, slug)
    root_id = accounts.find_root_id(session)
    return PackPage(
        card=newest.card,
        title=visit.formats.localized(newest.card["title"]),
        prices=prices_of(newest.card),
        manifest=manifest,
        lessons=tuple(
            LessonRow(one.id, {key: edition.title for key, edition in one.editions.items()}, one.minutes, one.questions)
            for one in manifest.lessons
        ),
        findings=_find_findings(session, actor, newest, visit.language),
        versions=tuple(_version_row(session, view) for view in versions),
        given=given,
        cohorts=_cohort_options(visit, cohorts, {one.cohort_id for one in given}),
        typed=typed,
        is_open=slug in programmes.list_open_packs(session),
        may_open=root_id is not None and actor.sees(root_id),
        languages=tuple(Option(one, language_name(visit, one)) for one in languages),
        preview_lesson=lesson if lesson in lesson_ids else lesson_ids[0],
        preview_language=next(one for one in (language, visit.language, languages[0]) if one in languages),
    )


def _cohort_options(
    visit: StaffVisit, cohorts: Sequence[programmes.CohortView], having: set[str]
) -> tuple[Option, ...]:
    """Classes without the pack first; of the others it is said what a second time does."""
    names = [(one.id, visit.formats.localized(one.name)) for one in cohorts]
    return tuple(Option(key, name) for key, name in names if key not in having) + tuple(
        Option(key, visit.t("console.given_already", name=name)) for key, name in names if key in having
    )


def _find_findings(
    session: Session, actor: StaffActor, newest: PackView, language: str
) -> tuple[FindingRow, ...] | None:
    """The report of the build that was published; None when another organisation built it."""
    for build in packs.list_builds(session, actor):
        if build.slug == newest.slug and build.version == newest.version and build.state == "published":
            return describe_findings(build, language)
    return None


def language_name(visit: StaffVisit, tag: str) -> str:
    """A language's own name where the catalogue has it, else its tag: packs speak more languages than the console."""
    key = f"word.language_{tag.lower().replace('-', '_')}"
    return visit.t(key) if visit.services.catalogue.has(key) else tag


def _version_row(session: Session, view: PackView) -> VersionRow:
    return VersionRow(view.version, view.published_ms, _name_of(session, view.published_by), prices_of(view.card))


def _name_of(session: Session, person_id: str) -> str:
    """Who published; the operator at the machine is no person."""
    try:
        return accounts.describe_person(session, person_id).name
    except NotFoundError:
        return ""


def _read_given(
    session: Session, actor: StaffActor, cohorts: Sequence[programmes.CohortView], slug: str
) -> tuple[GivenRow, ...]:
    return tuple(
        GivenRow(cohort.id, cohort.name, one.version, one.due_day, one.note, one.assigned_ms)
        for cohort in cohorts
        for one in programmes.list_assignments(session, actor, cohort.id)
        if one.slug == slug
    )
