"""The class board: who is silent, who waits, how far each lesson has come, which question misleads; and who is in the class.

Owns the picture made of `learning_log.class_board` and the mentors' caseloads. Shows names and counts, never what a teacher wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.console.options import Option
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.console.waiting import caseload_lines
from xuetan.kernel.errors import InvalidRequestError
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.service import BoardPack, BoardQuestion, BoardTeacher
from xuetan.mentoring.service import CaseloadLine
from xuetan.programmes import service as programmes

# Of all questions, the chart shows those that need a look; the table has every one.
CHART_QUESTIONS_MAX = 8
# Below this many answers a share is chance, and nothing is concluded from it.
ANSWERS_SAID_MIN = 5
GOOD_SHARE, FAIR_SHARE = 0.75, 0.5
ROLE_IN_CLASS = {"teacher": "member", "mentor": "mentor", "trainer": "trainer"}
router = console_router("/console/classes")


@dataclass(frozen=True)
class TeacherRow:
    """`waiting`: how much waits for a mentor, since `since_ms`."""

    teacher: BoardTeacher
    share: float
    mentors: tuple[str, ...]
    waiting: int
    since_ms: int | None


@dataclass(frozen=True)
class LessonBar:
    """One lesson of the coverage chart; shares of the class."""

    title: dict[str, str]
    finished: int
    begun_only: int
    finished_share: float
    begun_share: float


@dataclass(frozen=True)
class PackCoverage:
    pack: BoardPack
    bars: tuple[LessonBar, ...]


@dataclass(frozen=True)
class QuestionRow:
    """`tone`: bad, fair or good by the share of right answers; empty when nobody grades it or too few answered. `wrong`: the
    wrong answer given most, by how many. `is_said`: enough answered to conclude anything."""

    lesson_title: dict[str, str]
    question: BoardQuestion
    tone: str
    wrong: str
    wrong_count: int
    is_said: bool


@dataclass(frozen=True)
class ClassBoardPage(Page):
    template: ClassVar[str] = "class_board.html.j2"
    title_key: ClassVar[str] = "console.board_title"
    area: ClassVar[str] = "classes"

    cohort: programmes.CohortView
    name: str
    teachers: tuple[TeacherRow, ...]
    coverage: tuple[PackCoverage, ...]
    questions: tuple[QuestionRow, ...]
    unsaid: tuple[QuestionRow, ...]
    charted: tuple[QuestionRow, ...]
    answers_min: int
    helpers: tuple[programmes.MemberView, ...]
    candidates: tuple[Option, ...]
    silent: int
    waiting: int
    entries: int
    unsent: int
    progress: float

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.name}


@router.get("/{cohort_id}")
def show_board(cohort_id: str, visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, cohort_id)
    return visit.show(page)


@router.post("/{cohort_id}/members")
def add_members(cohort_id: str, visit: StaffFormDep) -> Response:
    """Put people of the actor's subtree into the class, each as what they are."""
    chosen = [text.partition(":") for text in visit.form.texts("person")]
    if not chosen or any(role not in ROLE_IN_CLASS.values() for role, _, _ in chosen):
        raise InvalidRequestError
    now_ms = visit.services.clock.now_ms()
    with visit.services.database.transaction() as session:
        for role, _, person_id in chosen:
            programmes.enrol_person(session, visit.staff, cohort_id, person_id, role, now_ms=now_ms)
    return visit.go(f"/console/classes/{cohort_id}", notice="members_added", count=len(chosen))


@router.post("/{cohort_id}/members/{person_id}/remove")
def remove_member(cohort_id: str, person_id: str, visit: StaffFormDep) -> Response:
    role = visit.form.text("role")
    if role not in ROLE_IN_CLASS.values():
        raise InvalidRequestError
    now_ms = visit.services.clock.now_ms()
    with visit.services.database.transaction() as session:
        person = accounts.get_person(session, visit.staff, person_id)
        programmes.remove_person(session, visit.staff, cohort_id, person_id, role, now_ms=now_ms)
    return visit.go(f"/console/classes/{cohort_id}", notice="member_removed", name=person.name)


def _read_page(session: Session, visit: StaffVisit, cohort_id: str) -> ClassBoardPage:
    actor = replace(visit.staff, language=visit.language)
    board = learning_log.class_board(session, actor, cohort_id, services=visit.services)
    lines = caseload_lines(session, visit, {one.person.id for one in board.teachers})
    rows = [_teacher_row(one, lines.get(one.person.id, [])) for one in board.teachers]
    teachers = tuple(sorted(rows, key=_urgency))
    titles = {(pack.slug, lesson.lesson): lesson.title for pack in board.packs for lesson in pack.lessons}
    questions = tuple(_question_row(visit, one, titles.get((one.pack, one.lesson), {})) for one in board.questions)
    graded = sorted((row for row in questions if row.tone), key=lambda row: row.question.analysis.right_share or 0.0)
    members = programmes.list_members(session, actor, cohort_id)
    return ClassBoardPage(
        cohort=board.cohort,
        name=visit.formats.localized(board.cohort.name),
        teachers=teachers,
        coverage=tuple(_coverage(pack, len(teachers)) for pack in board.packs),
        questions=tuple(row for row in questions if row.is_said),
        unsaid=tuple(row for row in questions if not row.is_said),
        charted=tuple(graded[:CHART_QUESTIONS_MAX]),
        answers_min=ANSWERS_SAID_MIN,
        helpers=tuple(member for member in members if member.role != "member"),
        candidates=_candidates(session, visit, members),
        silent=sum(row.teacher.is_silent for row in teachers),
        waiting=sum(row.waiting > 0 for row in teachers),
        entries=sum(row.teacher.entries for row in teachers),
        unsent=sum(row.teacher.unsent for row in teachers),
        progress=sum(row.share for row in teachers) / len(teachers) if teachers else 0.0,
    )


def _teacher_row(teacher: BoardTeacher, lines: Sequence[CaseloadLine]) -> TeacherRow:
    # Every mentor of a teacher sees the same scope, so one line tells what waits.
    facts = lines[0].facts if lines else None
    since = [one for one in (facts.entry_since_ms, facts.message_since_ms) if one is not None] if facts else []
    return TeacherRow(
        teacher=teacher,
        share=teacher.lessons_finished / teacher.lessons_total if teacher.lessons_total else 0.0,
        mentors=tuple(line.pair.mentor.name for line in lines),
        waiting=facts.entries_waiting + facts.messages_waiting if facts else 0,
        since_ms=min(since, default=None),
    )


def _urgency(row: TeacherRow) -> tuple[bool, bool, int, int]:
    """Who never began first, then who fell silent longest ago, then who waits longest; the others as they stood, by name."""
    since = row.teacher.last_active_ms
    is_lost = since is None or row.teacher.is_silent
    return not is_lost, not row.waiting, (since or 0) if is_lost else 0, (row.since_ms or 0) if row.waiting else 0


def _coverage(pack: BoardPack, teachers: int) -> PackCoverage:
    everybody = max(1, teachers)
    return PackCoverage(
        pack,
        tuple(
            LessonBar(
                lesson.title,
                lesson.finished,
                lesson.begun - lesson.finished,
                lesson.finished / everybody,
                (lesson.begun - lesson.finished) / everybody,
            )
            for lesson in pack.lessons
        ),
    )


def _question_row(visit: StaffVisit, question: BoardQuestion, lesson_title: dict[str, str]) -> QuestionRow:
    is_said = question.analysis.answers >= ANSWERS_SAID_MIN
    share = question.analysis.right_share if is_said else None
    tone = "" if share is None else "good" if share >= GOOD_SHARE else "fair" if share >= FAIR_SHARE else "bad"
    chosen = question.analysis.most_chosen_wrong
    wrong = chosen.label if chosen else ""
    if question.kind == "true_false" and chosen:
        wrong = visit.t(f"console.answer_{chosen.key}")
    return QuestionRow(lesson_title, question, tone, wrong, chosen.count if chosen else 0, is_said)


def _candidates(session: Session, visit: StaffVisit, members: Sequence[programmes.MemberView]) -> tuple[Option, ...]:
    """People of the subtree who are not in the class yet, as `<role>:<person>`."""
    there = {(member.role, member.person.id) for member in members}
    return tuple(
        Option(f"{role}:{person.id}", f"{person.name} · {visit.t(f'role.{person_role}')} · {person.organisation_name}")
        for person_role, role in ROLE_IN_CLASS.items()
        for person in accounts.list_people(session, visit.staff, role=person_role)
        if (role, person.id) not in there
    )
