"""The class board: who is silent, how far each lesson has come, which question misleads.

Owns its reckoning from the projections. Shows names and counts, never anything a teacher wrote. Invariant: only
people of a class of the actor's subtree, and of them only those whose school lies in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts.service import PersonView, StaffActor
from xuetan.contracts.manifest import Manifest
from xuetan.event_log import service as event_log
from xuetan.kernel.services import Services
from xuetan.learning_log import queries
from xuetan.learning_log.item_analysis import Given, ItemAnalysis, analyse
from xuetan.learning_log.models import LessonProgress, QuestionAnswer
from xuetan.learning_log.quizzes import Question, QuizShelf
from xuetan.programmes import service as programmes

SILENT_AFTER_DAYS = 7
DAY_MS = 86_400_000


@dataclass(frozen=True)
class BoardLesson:
    """A lesson of a pack the class was given, with how many of the class began and finished it."""

    lesson: str
    title: dict[str, str]
    begun: int
    finished: int


@dataclass(frozen=True)
class BoardPack:
    slug: str
    version: int
    title: dict[str, str]
    due_day: str | None
    lessons: tuple[BoardLesson, ...]


@dataclass(frozen=True)
class BoardTeacher:
    """A teacher of the class. `unsent`: events their phones hold that have not arrived, as far as the phones last told.

    `states`: begun or finished, for each (pack, lesson) that is either.
    """

    person: PersonView
    last_active_ms: int | None
    last_contact_ms: int | None
    unsent: int
    silent_days: int | None
    is_silent: bool
    lessons_finished: int
    lessons_total: int
    quiz_share: float | None
    entries: int
    states: dict[tuple[str, str], str]


@dataclass(frozen=True)
class BoardQuestion:
    pack: str
    lesson: str
    question: str
    kind: str
    stem: str
    analysis: ItemAnalysis


@dataclass(frozen=True)
class ClassBoard:
    """`questions`: those that were answered, the ones that mislead first, then by right share."""

    cohort: programmes.CohortView
    packs: tuple[BoardPack, ...]
    teachers: tuple[BoardTeacher, ...]
    questions: tuple[BoardQuestion, ...]


def class_board(session: Session, actor: StaffActor, cohort_id: str, *, services: Services) -> ClassBoard:
    """The board of a class of the actor's subtree; NotFoundError for any other."""
    cohort = programmes.get_cohort(session, actor, cohort_id)
    people = [member.person for member in programmes.list_members(session, actor, cohort_id, role="member")]
    person_ids = [person.id for person in people]
    shelf = QuizShelf(services.blobs)
    given = {
        one.slug: (one, manifest)
        for one in programmes.list_assignments(session, actor, cohort_id)
        for manifest in [shelf.find_manifest(session, one.slug)]
        if manifest is not None
    }
    manifests = [manifest for _, manifest in given.values()]
    states = _lesson_states(queries.list_progress(session, person_ids), manifests)
    return ClassBoard(
        cohort=cohort,
        packs=tuple(_pack(manifest, one.due_day, states.values()) for one, manifest in given.values()),
        teachers=_teachers(session, people, states, manifests, services.clock.now_ms()),
        questions=_questions(queries.list_answers(session, person_ids, given), manifests, shelf, actor.language),
    )


def _lesson_states(
    progress: Iterable[LessonProgress], manifests: Sequence[Manifest]
) -> dict[str, dict[tuple[str, str], str]]:
    """By person, begun or finished for each lesson that the class was given."""
    lessons = {(manifest.slug, lesson.id) for manifest in manifests for lesson in manifest.lessons}
    states: dict[str, dict[tuple[str, str], str]] = {}
    for one in progress:
        if (one.pack, one.lesson) in lessons:
            state = "begun" if one.finished_ms is None else "finished"
            states.setdefault(one.person_id, {})[one.pack, one.lesson] = state
    return states


def _pack(manifest: Manifest, due_day: str | None, states: Iterable[Mapping[tuple[str, str], str]]) -> BoardPack:
    everybody = list(states)

    def count(lesson_id: str, *wanted: str) -> int:
        return sum(1 for one in everybody if one.get((manifest.slug, lesson_id)) in wanted)

    lessons = tuple(
        BoardLesson(
            lesson.id,
            {language: edition.title for language, edition in lesson.editions.items()},
            count(lesson.id, "begun", "finished"),
            count(lesson.id, "finished"),
        )
        for lesson in manifest.lessons
    )
    return BoardPack(manifest.slug, manifest.version, dict(manifest.title), due_day, lessons)


def _teachers(
    session: Session,
    people: Sequence[PersonView],
    states: Mapping[str, dict[tuple[str, str], str]],
    manifests: Sequence[Manifest],
    now_ms: int,
) -> tuple[BoardTeacher, ...]:
    person_ids = [person.id for person in people]
    active = queries.last_active_ms(session, person_ids)
    contact: dict[str, int] = {}
    unsent: dict[str, int] = {}
    for status in event_log.stream_states(session, person_ids):
        contact[status.person_id] = max(contact.get(status.person_id, 0), status.last_contact_ms)
        unsent[status.person_id] = unsent.get(status.person_id, 0) + status.missing
    entries = queries.count_entries(session, person_ids)
    shares: dict[str, list[float]] = {}
    for result in queries.list_quiz_results(session, person_ids):
        if result.score_max > 0:
            shares.setdefault(result.person_id, []).append(min(1.0, result.score / result.score_max))
    total = sum(len(manifest.lessons) for manifest in manifests)

    def row(person: PersonView) -> BoardTeacher:
        days = None if person.id not in active else max(0, (now_ms - active[person.id]) // DAY_MS)
        mine, own_shares = states.get(person.id, {}), shares.get(person.id, [])
        return BoardTeacher(
            person=person,
            last_active_ms=active.get(person.id),
            last_contact_ms=contact.get(person.id),
            unsent=unsent.get(person.id, 0),
            silent_days=days,
            is_silent=days is None or days >= SILENT_AFTER_DAYS,
            lessons_finished=sum(1 for state in mine.values() if state == "finished"),
            lessons_total=total,
            quiz_share=sum(own_shares) / len(own_shares) if own_shares else None,
            entries=entries.get(person.id, 0),
            states=mine,
        )

    return tuple(row(person) for person in people)


def _questions(
    answers: Iterable[QuestionAnswer], manifests: Sequence[Manifest], shelf: QuizShelf, language: str
) -> tuple[BoardQuestion, ...]:
    first: dict[tuple[str, str, str], dict[str, Given]] = {}
    for answer in answers:
        score = answer.phone_score if answer.server_score is None else answer.server_score
        key = (answer.pack, answer.lesson, answer.question)
        first.setdefault(key, {}).setdefault(answer.person_id, Given(answer.answer, score))
    board = [
        _question(manifest.slug, lesson.id, question, list(first[manifest.slug, lesson.id, question["id"]].values()))
        for manifest in manifests
        for lesson in manifest.lessons
        for question in shelf.questions_of(manifest, lesson.id, language).values()
        if (manifest.slug, lesson.id, question["id"]) in first
    ]
    return tuple(sorted(board, key=_worst_first))


def _question(pack: str, lesson: str, question: Question, given: Sequence[Given]) -> BoardQuestion:
    return BoardQuestion(pack, lesson, question["id"], question["kind"], question["stem"], analyse(question, given))


def _worst_first(one: BoardQuestion) -> tuple[bool, float]:
    share = one.analysis.right_share
    return (not one.analysis.misleads, 2.0 if share is None else share)
