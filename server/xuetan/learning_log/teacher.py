"""One teacher: timeline, progress, attempts, and what the mentor's caseload needs to know. Shows what was done, not
what was written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.learning_log import queries
from xuetan.learning_log.access import Actor, check_sees_study
from xuetan.learning_log.feedback_chains import FeedbackChain, chains_of
from xuetan.learning_log.journal_graph import find_heads
from xuetan.learning_log.models import JournalVersion, QuestionAnswer

TIMELINE_LIMIT = 200


@dataclass(frozen=True)
class TimelineItem:
    """Something that happened in a teacher's scope. `after`: by a mentor whose pairing had ended; `doubtful`: the
    phone's clock was off.

    `deferred` says why the content was not taken up, if it was not; the event itself is kept.
    """

    at_ms: int
    received_ms: int
    kind: str
    by_person_id: str
    role: str
    after: bool
    doubtful: bool
    pack: str | None
    lesson: str | None
    thing: str | None
    deferred: str | None


@dataclass(frozen=True)
class LessonState:
    pack: str
    lesson: str
    version: int
    opened_ms: int | None
    finished_ms: int | None


@dataclass(frozen=True)
class AttemptView:
    """A finished quiz, with the phone's sum and the server's.

    `server_score` is None while any answer could not be graded here. `agrees`: both found the same.
    """

    pack: str
    version: int
    lesson: str
    attempt: str
    at_ms: int
    score: float
    score_max: int
    server_score: float | None
    agrees: bool | None


@dataclass(frozen=True)
class HeadFact:
    entry: str
    at_ms: int
    reviewed: bool


@dataclass(frozen=True)
class SaidFact:
    by_mentor: bool
    at_ms: int
    message: bool


@dataclass(frozen=True)
class TryFact:
    pack: str
    lesson: str
    share: float


@dataclass(frozen=True)
class CaseloadFacts:
    """What `mentoring.need` reckons with, and the counts beside it."""

    last_active_ms: int | None
    heads: tuple[HeadFact, ...]
    said: tuple[SaidFact, ...]
    tries: tuple[TryFact, ...]
    entries: int
    lessons_finished: int


def list_timeline(
    session: Session, actor: Actor, person_id: str, *, before_ms: int | None = None, limit: int = TIMELINE_LIMIT
) -> list[TimelineItem]:
    """What happened in a teacher's scope, newest first."""
    check_sees_study(session, actor, person_id)
    return [
        TimelineItem(
            one.at_ms,
            one.received_ms,
            one.kind,
            one.by_person_id,
            one.role,
            one.after,
            one.doubtful,
            one.pack,
            one.lesson,
            one.thing,
            one.deferred,
        )
        for one in queries.list_events(session, person_id, before_ms=before_ms, limit=min(limit, TIMELINE_LIMIT))
    ]


def list_progress(session: Session, actor: Actor, person_id: str) -> list[LessonState]:
    """The lessons a teacher began or finished."""
    check_sees_study(session, actor, person_id)
    return [
        LessonState(one.pack, one.lesson, one.version, one.opened_ms, one.finished_ms)
        for one in queries.list_progress(session, [person_id])
    ]


def list_attempts(session: Session, actor: Actor, person_id: str) -> list[AttemptView]:
    """A teacher's finished quizzes, newest first."""
    check_sees_study(session, actor, person_id)
    answers: dict[str, dict[str, QuestionAnswer]] = {}
    for answer in queries.list_answers(session, [person_id]):
        answers.setdefault(answer.attempt, {}).setdefault(answer.question, answer)
    views = []
    for result in reversed(queries.list_quiz_results(session, [person_id])):
        server_score = _server_sum(list(answers.get(result.attempt, {}).values()))
        agrees = None if server_score is None else abs(server_score - result.score) < 1e-6 * max(1, result.score_max)
        views.append(
            AttemptView(
                result.pack,
                result.version,
                result.lesson,
                result.attempt,
                result.at_ms,
                result.score,
                result.score_max,
                server_score,
                agrees,
            )
        )
    return views


def caseload_facts(session: Session, actor: Actor, person_ids: Iterable[str]) -> dict[str, CaseloadFacts]:
    """Facts about several teachers, each of whom the actor must be allowed to see."""
    ids = list(person_ids)
    for person_id in ids:
        check_sees_study(session, actor, person_id)
    active = queries.last_active_ms(session, ids)
    heads, entries = _heads(session, ids)
    said, tries = _said(session, ids), _tries(session, ids)
    finished: dict[str, int] = {}
    for one in queries.list_progress(session, ids):
        finished[one.person_id] = finished.get(one.person_id, 0) + (one.finished_ms is not None)
    return {
        person_id: CaseloadFacts(
            last_active_ms=active.get(person_id),
            heads=tuple(heads.get(person_id, ())),
            said=tuple(said.get(person_id, ())),
            tries=tuple(tries.get(person_id, ())),
            entries=entries.get(person_id, 0),
            lessons_finished=finished.get(person_id, 0),
        )
        for person_id in ids
    }


def _server_sum(answers: Sequence[QuestionAnswer]) -> float | None:
    """The sum of the first answers' scores by the server; None when one of them could not be graded here."""
    if not answers or any(answer.grading not in ("graded", "not_gradable") for answer in answers):
        return None
    return sum(answer.server_score or 0.0 for answer in answers)


def _standing(session: Session, person_ids: Sequence[str]) -> list[FeedbackChain]:
    """Feedback that was not withdrawn."""
    chains = chains_of(queries.list_feedback(session, person_ids), queries.list_withdrawn(session, person_ids))
    return [chain for chain in chains if not chain.is_withdrawn]


def _heads(session: Session, person_ids: Sequence[str]) -> tuple[dict[str, list[HeadFact]], dict[str, int]]:
    """The shown versions of each person, and how many entries each has."""
    reviewed = {(one.shown.person_id, one.shown.entry, one.shown.ver) for one in _standing(session, person_ids)}
    by_entry: dict[tuple[str, str], dict[str, JournalVersion]] = {}
    for version in queries.list_version_links(session, person_ids):
        by_entry.setdefault((version.person_id, version.entry), {})[version.ver] = version
    heads: dict[str, list[HeadFact]] = {}
    entries: dict[str, int] = {}
    for (person_id, entry), versions in by_entry.items():
        entries[person_id] = entries.get(person_id, 0) + 1
        heads.setdefault(person_id, []).extend(
            HeadFact(entry, versions[ver].at_ms, (person_id, entry, ver) in reviewed)
            for ver in find_heads({ver: version.parents for ver, version in versions.items()})
        )
    return heads, entries


def _said(session: Session, person_ids: Sequence[str]) -> dict[str, list[SaidFact]]:
    """Messages, feedback and answers to it, in the order of each scope."""
    words: dict[str, list[tuple[int, int, SaidFact]]] = {}
    for message in queries.list_messages(session, person_ids):
        by_mentor = message.by_person_id != message.person_id
        fact = SaidFact(by_mentor, message.at_ms, message=True)
        words.setdefault(message.person_id, []).append((message.position, message.seq, fact))
    # A mentor who mends their words has said them when they first did.
    for feedback in (chain.first for chain in _standing(session, person_ids)):
        fact = SaidFact(True, feedback.at_ms, message=False)
        words.setdefault(feedback.person_id, []).append((feedback.position, feedback.seq, fact))
    for answer in queries.list_feedback_answers(session, person_ids):
        fact = SaidFact(False, answer.at_ms, message=False)
        words.setdefault(answer.person_id, []).append((answer.position, answer.seq, fact))
    return {
        person_id: [fact for _, _, fact in sorted(found, key=lambda word: word[:2])]
        for person_id, found in words.items()
    }


def _tries(session: Session, person_ids: Sequence[str]) -> dict[str, list[TryFact]]:
    tries: dict[str, list[TryFact]] = {}
    for result in queries.list_quiz_results(session, person_ids):
        if result.score_max > 0:
            share = result.score / result.score_max
            tries.setdefault(result.person_id, []).append(TryFact(result.pack, result.lesson, share))
    return tries
