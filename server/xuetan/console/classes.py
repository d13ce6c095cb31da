"""The list of classes, and opening a new one."""

from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.console.forms import Form, Typed
from xuetan.console.options import Option
from xuetan.console.pages import Page
from xuetan.console.paging import Slice, cut
from xuetan.console.people import place_options
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.console.waiting import Lines, caseload_lines, waits
from xuetan.kernel.errors import InvalidRequestError
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.service import ClassBoard
from xuetan.programmes import service as programmes

CLASSES_PER_PAGE = 20
NAME_CHARACTERS_MAX = 80
NEW_PROGRAMME = "new"
FIELDS = ("programme", "programme_name", "organisation", "name", "name_en")
router = console_router("/console/classes")


@dataclass(frozen=True)
class ClassRow:
    """`waiting`: teachers who wait for their mentor's answer."""

    cohort_id: str
    name: dict[str, str]
    programme: dict[str, str]
    teachers: int
    packs: int
    progress: float
    silent: int
    waiting: int


@dataclass(frozen=True)
class ClassesPage(Page):
    template: ClassVar[str] = "classes.html.j2"
    title_key: ClassVar[str] = "console.classes_title"
    area: ClassVar[str] = "classes"

    rows: Slice[ClassRow]


@dataclass(frozen=True)
class NewClassPage(Page):
    template: ClassVar[str] = "class_new.html.j2"
    title_key: ClassVar[str] = "console.class_new_title"
    area: ClassVar[str] = "classes"

    programmes: tuple[Option, ...]
    organisations: tuple[Option, ...]
    typed: Typed


@router.get("")
def show_classes(visit: StaffVisitDep, page: int = 1) -> Response:
    with visit.services.database.reading() as session:
        cohorts = cut(programmes.list_cohorts(session, visit.staff), page, CLASSES_PER_PAGE, "/console/classes?")
        boards = [
            learning_log.class_board(session, visit.staff, cohort.id, services=visit.services)
            for cohort in cohorts.items
        ]
        lines = caseload_lines(session, visit, {one.person.id for board in boards for one in board.teachers})
    rows = tuple(_row(board, lines) for board in boards)
    return visit.show(ClassesPage(Slice(rows, cohorts.number, cohorts.pages, cohorts.total, cohorts.path)))


@router.get("/new")
def show_new_class(visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        return visit.show(_new_class_page(session, visit, Typed()))


@router.post("/new")
def open_class(visit: StaffFormDep) -> Response:
    form = visit.form
    with visit.services.database.reading() as session:
        page = _new_class_page(session, visit, Typed())
        _check_new_class(form, page)
        if form.has_faults:
            refused = NewClassPage(page.programmes, page.organisations, form.typed(*FIELDS))
            return visit.show(refused, status=InvalidRequestError().status)
    now_ms = visit.services.clock.now_ms()
    name = {"zh-Hans": form.text("name"), "en": form.text("name_en")}
    with visit.services.database.transaction() as session:
        programme_id = form.text("programme")
        if programme_id == NEW_PROGRAMME:
            programme_id = programmes.create_programme(
                session,
                visit.staff,
                form.text("organisation"),
                {"zh-Hans": form.text("programme_name")},
                now_ms=now_ms,
            ).id
        cohort = programmes.create_cohort(
            session,
            visit.staff,
            programme_id,
            {language: text for language, text in name.items() if text},
            now_ms=now_ms,
        )
    return visit.go(f"/console/classes/{cohort.id}", notice="class_opened")


def _row(board: ClassBoard, lines: Lines) -> ClassRow:
    finished = sum(teacher.lessons_finished for teacher in board.teachers)
    total = sum(teacher.lessons_total for teacher in board.teachers)
    return ClassRow(
        cohort_id=board.cohort.id,
        name=board.cohort.name,
        programme=board.cohort.programme_name,
        teachers=len(board.teachers),
        packs=len(board.packs),
        progress=finished / total if total else 0.0,
        silent=sum(teacher.is_silent for teacher in board.teachers),
        waiting=sum(waits(lines, teacher.person.id) for teacher in board.teachers),
    )


def _new_class_page(session: Session, visit: StaffVisit, typed: Typed) -> NewClassPage:
    known = [
        Option(one.id, visit.formats.localized(one.name)) for one in programmes.list_programmes(session, visit.staff)
    ]
    return NewClassPage(
        programmes=(*known, Option(NEW_PROGRAMME, visit.t("console.class_new_programme"))),
        organisations=place_options(session, visit),
        typed=typed,
    )


def _check_new_class(form: Form, page: NewClassPage) -> None:
    form.require("name")
    if len(form.text("name")) > NAME_CHARACTERS_MAX:
        form.reject("name", "console.fault_too_long")
    if form.text("programme") not in {one.value for one in page.programmes}:
        form.reject("programme", "console.fault_unknown_choice")
    if form.text("programme") == NEW_PROGRAMME:
        form.require("programme_name")
        if form.text("organisation") not in {one.value for one in page.organisations}:
            form.reject("organisation", "console.fault_unknown_choice")
