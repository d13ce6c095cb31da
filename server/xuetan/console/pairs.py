"""Mentors and their teachers: who needs the mentor, and why, in words; making a pair and ending one."""

from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.forms import Typed
from xuetan.console.options import Option
from xuetan.console.pages import Page
from xuetan.console.person import lesson_titles
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.kernel.errors import InvalidRequestError
from xuetan.mentoring import service as mentoring
from xuetan.mentoring.errors import AlreadyPairedError
from xuetan.mentoring.service import CaseloadLine, PairView

GOALS_CHARACTERS_MAX = 1000
WAITING, LOST, STRUGGLING = 1, (2, 3), 4
FIELDS = ("mentor", "teacher", "goals", "reads")
READS_ALL, READS_FROM_PAIRING = "all", "pairing"
router = console_router("/console/pairs")


@dataclass(frozen=True)
class NeedRow:
    """One teacher of a caseload. `reason` is why the teacher stands there, in words; `tone` the chip's."""

    line: CaseloadLine
    reason: str
    tone: str


@dataclass(frozen=True)
class Caseload:
    mentor: PersonView
    rows: tuple[NeedRow, ...]


@dataclass(frozen=True)
class PairsPage(Page):
    template: ClassVar[str] = "pairs.html.j2"
    title_key: ClassVar[str] = "console.pairs_title"
    area: ClassVar[str] = "pairs"

    caseloads: tuple[Caseload, ...]
    ended: tuple[PairView, ...]
    unpaired: tuple[PersonView, ...]
    mentors: tuple[Option, ...]
    teachers: tuple[Option, ...]
    reads: tuple[Option, ...]
    typed: Typed


@router.get("")
def show_pairs(visit: StaffVisitDep, teacher: str = "") -> Response:
    """`teacher`: who is chosen in the form, else the first without a mentor."""
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, Typed({"teacher": teacher}))
    return visit.show(page)


@router.post("")
def make_pair(visit: StaffFormDep) -> Response:
    form = visit.form
    with visit.services.database.reading() as session:
        known = {
            role: {one.id: one for one in accounts.list_people(session, visit.staff, role=role)}
            for role in ("mentor", "teacher")
        }
    for role, people in known.items():
        if form.text(role) not in people:
            form.reject(role, "console.fault_unknown_choice")
    if form.text("reads") not in ("", READS_ALL, READS_FROM_PAIRING):
        form.reject("reads", "console.fault_unknown_choice")
    if form.text("mentor") == form.text("teacher"):
        form.reject("teacher", "console.fault_pair_self")
    if not form.has_faults:
        try:
            with visit.services.database.transaction() as session:
                pair = mentoring.create_pair(
                    session,
                    visit.staff,
                    form.text("mentor"),
                    form.text("teacher"),
                    form.text("goals", characters_max=GOALS_CHARACTERS_MAX),
                    now_ms=visit.services.clock.now_ms(),
                    reads_all=form.text("reads") != READS_FROM_PAIRING,
                )
        except AlreadyPairedError as error:
            form.reject("teacher", f"error.{error.code}")
        else:
            names = {"mentor": pair.mentor.name, "teacher": pair.teacher.name}
            return visit.go("/console/pairs", notice="pair_made", **names)
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, form.typed(*FIELDS))
    return visit.show(page, status=InvalidRequestError().status)


@router.post("/{pair_id}/reads")
def change_reading(pair_id: str, visit: StaffFormDep) -> Response:
    """Without a choice of ours nothing changes."""
    chosen = visit.form.text("reads")
    if chosen not in (READS_ALL, READS_FROM_PAIRING):
        raise InvalidRequestError(details={"fields": ["reads"]})
    with visit.services.database.transaction() as session:
        pair = mentoring.change_reading(
            session, visit.staff, pair_id, reads_all=chosen == READS_ALL, now_ms=visit.services.clock.now_ms()
        )
    return visit.go("/console/pairs", notice=f"pair_reads_{chosen}", mentor=pair.mentor.name, teacher=pair.teacher.name)


@router.post("/{pair_id}/end")
def end_pair(pair_id: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        mentoring.end_pair(session, visit.staff, pair_id, now_ms=visit.services.clock.now_ms())
    return visit.go("/console/pairs", notice="pair_ended")


def _read_page(session: Session, visit: StaffVisit, typed: Typed) -> PairsPage:
    actor = visit.staff
    pairs = mentoring.list_pairs(session, actor)
    active = [pair for pair in pairs if pair.ended_ms is None]
    mentors = {pair.mentor.id: pair.mentor for pair in active}
    paired = {pair.teacher.id for pair in active}
    teachers = accounts.list_people(session, actor, role="teacher")
    unpaired = tuple(one for one in teachers if one.id not in paired)
    if not typed.value("teacher") and unpaired:
        typed = Typed({**typed.values, "teacher": unpaired[0].id}, typed.faults)
    return PairsPage(
        caseloads=tuple(
            _caseload(session, visit, mentor) for mentor in sorted(mentors.values(), key=lambda one: (one.name, one.id))
        ),
        ended=tuple(pair for pair in reversed(pairs) if pair.ended_ms is not None),
        unpaired=unpaired,
        mentors=_options(accounts.list_people(session, actor, role="mentor")),
        teachers=_options(teachers),
        reads=tuple(Option(one, visit.t(f"console.pair_reads_{one}")) for one in (READS_ALL, READS_FROM_PAIRING)),
        typed=typed,
    )


def _caseload(session: Session, visit: StaffVisit, mentor: PersonView) -> Caseload:
    now_ms = visit.services.clock.now_ms()
    lines = mentoring.list_caseload(session, visit.staff, mentor.id, now_ms=now_ms)
    slugs = {str(line.need.params["pack"]) for line in lines if "pack" in line.need.params}
    titles = lesson_titles(session, visit, slugs)

    def row(line: CaseloadLine) -> NeedRow:
        params = dict(line.need.params)
        if "lesson" in params:
            params["lesson"] = titles.get((str(params["pack"]), str(params["lesson"])), str(params["lesson"]))
        return NeedRow(line, visit.t(line.need.reason_key, **params), _tone(line.need.rank))

    return Caseload(mentor, tuple(row(line) for line in lines))


def _tone(rank: int) -> str:
    if rank == WAITING:
        return "waiting"
    if rank in LOST:
        return "silent"
    return "look" if rank == STRUGGLING else "good"


def _options(people: list[PersonView]) -> tuple[Option, ...]:
    return tuple(Option(one.id, f"{one.name} · {one.organisation_name}") for one in people)
