"""From the events of `u:` scopes to the tables of the learning log.

Owns what each kind of event does. Invariants: an event is taken once, however often it is replayed or was emitted
again; the tables follow from the log alone, in the order of each scope; a kind or payload that is not understood is
kept as deferred and stops nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec
from sqlmodel import Session, col, delete, select

from xuetan.accounts import service as accounts
from xuetan.contracts import events as contract
from xuetan.contracts.event_kinds import EVENT_KINDS
from xuetan.event_log.service import EventRecord
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.text import well_formed
from xuetan.learning_log import models
from xuetan.learning_log.grading import grade
from xuetan.learning_log.identity import identity_of, moment
from xuetan.learning_log.journal_graph import version_name
from xuetan.learning_log.quizzes import QuizShelf

PROJECTOR = "learning_log"
SCOPE_PREFIX = "u:"
THING_CHARACTERS_MAX = 64
KEYS_PER_QUERY = 500


@dataclass(frozen=True)
class Arrived:
    """One event on its way into the tables, with what every table wants to know of it."""

    record: EventRecord
    person_id: str
    organisation_id: str
    event_key: str
    at_ms: int
    quizzes: QuizShelf

    @property
    def place(self) -> dict[str, Any]:
        """The key columns of a table with one row per event."""
        return {
            "person_id": self.person_id,
            "event_key": self.event_key,
            "organisation_id": self.organisation_id,
            "at_ms": self.at_ms,
        }

    @property
    def order(self) -> dict[str, Any]:
        return {"position": self.record.position, "seq": self.record.seq}


def project(session: Session, records: Sequence[EventRecord], quizzes: QuizShelf) -> None:
    """Take up events, scope by scope in order. Events that were taken before change nothing."""
    for scope, group in groupby(records, key=lambda record: record.scope):
        if scope.startswith(SCOPE_PREFIX):
            _project_scope(session, scope.removeprefix(SCOPE_PREFIX), list(group), quizzes)


def forget(session: Session) -> None:
    """Empty every projection, before a rebuild."""
    for table in models.PROJECTIONS:
        session.exec(delete(table))


def regrade(session: Session, pack: str, version: int, quizzes: QuizShelf) -> None:
    """Grade what was answered before this version was known here."""
    waiting = select(models.QuestionAnswer).where(
        models.QuestionAnswer.pack == pack,
        models.QuestionAnswer.version == version,
        models.QuestionAnswer.grading == "pack_unknown",
    )
    for answer in session.exec(waiting):
        _grade(session, answer, quizzes)
        session.add(answer)


def _project_scope(session: Session, person_id: str, records: Sequence[EventRecord], quizzes: QuizShelf) -> None:
    organisation_id = _organisation_of(session, person_id)
    identities = [identity_of(record) for record in records]
    taken = _taken_keys(session, person_id, [identity.key for identity in identities])
    for record, identity in zip(records, identities, strict=True):
        if identity.key in taken:
            continue
        taken.add(identity.key)
        when = moment(record.ts, record.clock_offset_ms, record.received_ms)
        arrived = Arrived(record, person_id, organisation_id, identity.key, when.at_ms, quizzes)
        deferred = "not_canonical" if not identity.is_canonical else _take_up(session, arrived)
        session.add(_event_row(arrived, doubtful=when.doubtful, deferred=deferred))
    session.flush()


def _take_up(session: Session, arrived: Arrived) -> str | None:
    """Put the event's content into its table; the code under which it is deferred when that cannot be."""
    kind = EVENT_KINDS.get(arrived.record.kind)
    take = _KINDS.get(arrived.record.kind)
    if kind is None or take is None:
        return "unknown_kind"
    try:
        payload = msgspec.convert(arrived.record.payload, kind.payload)
    except msgspec.ValidationError:
        return "malformed_payload"
    take(session, arrived, payload)
    return None


def _take_opening(session: Session, arrived: Arrived, payload: contract.LessonOpened) -> None:
    progress = _progress(session, arrived, payload)
    progress.opened_ms = _earlier(progress.opened_ms, arrived.at_ms)


def _take_finishing(session: Session, arrived: Arrived, payload: contract.LessonFinished) -> None:
    progress = _progress(session, arrived, payload)
    progress.finished_ms = _earlier(progress.finished_ms, arrived.at_ms)


def _take_answer(session: Session, arrived: Arrived, payload: contract.QuestionAnswered) -> None:
    answer = models.QuestionAnswer(
        **arrived.place,
        **arrived.order,
        pack=payload.pack,
        version=payload.version,
        lesson=payload.lesson,
        attempt=payload.attempt,
        question=payload.question,
        kind=well_formed(payload.kind),
        language=_given(payload.language),
        answer=payload.answer,
        phone_score=payload.score,
        grading="pack_unknown",
        duration_ms=payload.duration_ms,
    )
    _grade(session, answer, arrived.quizzes)
    session.add(answer)


def _grade(session: Session, answer: models.QuestionAnswer, quizzes: QuizShelf) -> None:
    looked = quizzes.find_question(
        session,
        pack=answer.pack,
        version=answer.version,
        lesson=answer.lesson,
        question=answer.question,
        language=answer.language,
    )
    if looked.question is None:
        answer.server_score, answer.grading = None, looked.state
        return
    answer.server_score = grade(looked.question, answer.answer)
    answer.grading = "not_gradable" if answer.server_score is None else "graded"


def _take_quiz(session: Session, arrived: Arrived, payload: contract.QuizFinished) -> None:
    session.add(
        models.QuizResult(
            **arrived.place,
            pack=payload.pack,
            version=payload.version,
            lesson=payload.lesson,
            attempt=payload.attempt,
            score=payload.score,
            score_max=payload.score_max,
        )
    )


def _take_version(session: Session, arrived: Arrived, payload: contract.JournalSaved) -> None:
    """The same content is one version, whichever device saved it; a version that is misnamed is filed under its right
    name.
    """
    ver = version_name(arrived.record.payload)
    if session.get(models.JournalVersion, (arrived.person_id, payload.entry, ver)) is not None:
        return
    session.add(
        models.JournalVersion(
            person_id=arrived.person_id,
            entry=payload.entry,
            ver=ver,
            organisation_id=arrived.organisation_id,
            **arrived.order,
            at_ms=arrived.at_ms,
            parents=list(payload.parents),
            text=well_formed(payload.text),
            prompt=_given(payload.prompt),
            pack=_given(payload.pack),
            lesson=_given(payload.lesson),
            blobs=_blobs_of(payload),
            misnamed=ver != payload.ver,
        )
    )
    session.flush()


def _blobs_of(payload: contract.JournalSaved) -> list[dict[str, Any]] | None:
    """What the version holds beside its text, by name; the bytes come on their own."""
    if isinstance(payload.blobs, msgspec.UnsetType) or not payload.blobs:
        return None
    blobs: list[dict[str, Any]] = msgspec.to_builtins(payload.blobs)
    return [{**one, "caption": well_formed(one["caption"])} if "caption" in one else one for one in blobs]


def _take_feedback(session: Session, arrived: Arrived, payload: contract.FeedbackGiven) -> None:
    session.add(
        models.Feedback(
            **arrived.place,
            **arrived.order,
            by_person_id=arrived.record.person_id,
            after=arrived.record.after,
            feedback=payload.feedback,
            entry=payload.entry,
            ver=well_formed(payload.ver),
            verdict=payload.verdict,
            text=well_formed(payload.text),
            paragraph=None if payload.paragraph is msgspec.UNSET else payload.paragraph,
            replaces=_given(payload.replaces),
        )
    )


def _take_withdrawal(session: Session, arrived: Arrived, payload: contract.FeedbackWithdrawn) -> None:
    """Under the writer's own name: it concerns no feedback of anybody else."""
    key = (arrived.person_id, arrived.record.person_id, payload.feedback)
    withdrawal = session.get(models.FeedbackWithdrawal, key) or models.FeedbackWithdrawal(
        person_id=arrived.person_id,
        by_person_id=arrived.record.person_id,
        feedback=payload.feedback,
        organisation_id=arrived.organisation_id,
        at_ms=arrived.at_ms,
    )
    withdrawal.at_ms = min(withdrawal.at_ms, arrived.at_ms)
    session.add(withdrawal)
    session.flush()


def _take_feedback_answer(session: Session, arrived: Arrived, payload: contract.FeedbackAnswered) -> None:
    session.add(
        models.FeedbackAnswer(
            **arrived.place, **arrived.order, feedback=payload.feedback, text=well_formed(payload.text)
        )
    )


def _take_feedback_read(session: Session, arrived: Arrived, payload: contract.FeedbackRead) -> None:
    read = session.get(models.FeedbackRead, (arrived.person_id, payload.feedback)) or models.FeedbackRead(
        person_id=arrived.person_id,
        feedback=payload.feedback,
        organisation_id=arrived.organisation_id,
        at_ms=arrived.at_ms,
    )
    read.at_ms = min(read.at_ms, arrived.at_ms)
    session.add(read)
    session.flush()


def _take_message(session: Session, arrived: Arrived, payload: contract.MessageSent) -> None:
    session.add(
        models.Message(
            **arrived.place,
            **arrived.order,
            by_person_id=arrived.record.person_id,
            role=arrived.record.role,
            after=arrived.record.after,
            message=payload.message,
            text=well_formed(payload.text),
            pack=_given(payload.pack),
            lesson=_given(payload.lesson),
        )
    )


def _only_listed(session: Session, arrived: Arrived, payload: Any) -> None:
    """Kinds whose row in the timeline is all there is to do."""


_KINDS: dict[str, Callable[[Session, Arrived, Any], None]] = {
    "pack_installed/1": _only_listed,
    "pack_removed/1": _only_listed,
    "lesson_opened/1": _take_opening,
    "lesson_finished/1": _take_finishing,
    "question_answered/1": _take_answer,
    "quiz_finished/1": _take_quiz,
    "journal_saved/1": _take_version,
    "feedback_given/1": _take_feedback,
    "feedback_withdrawn/1": _take_withdrawal,
    "feedback_answered/1": _take_feedback_answer,
    "feedback_read/1": _take_feedback_read,
    "message_sent/1": _take_message,
}


def _progress(
    session: Session, arrived: Arrived, payload: contract.LessonOpened | contract.LessonFinished
) -> models.LessonProgress:
    key = (arrived.person_id, payload.pack, payload.lesson)
    progress = session.get(models.LessonProgress, key) or models.LessonProgress(
        person_id=arrived.person_id,
        pack=payload.pack,
        lesson=payload.lesson,
        organisation_id=arrived.organisation_id,
        version=payload.version,
    )
    progress.version = max(progress.version, payload.version)
    session.add(progress)
    session.flush()
    return progress


def _event_row(arrived: Arrived, *, doubtful: bool, deferred: str | None) -> models.LearningEvent:
    record, payload = arrived.record, arrived.record.payload
    thing = next((payload[name] for name in ("entry", "attempt", "message", "feedback") if name in payload), None)
    return models.LearningEvent(
        **arrived.place,
        **arrived.order,
        kind=well_formed(record.kind),
        by_person_id=record.person_id,
        role=record.role,
        after=record.after,
        doubtful=doubtful,
        received_ms=record.received_ms,
        pack=_short(payload.get("pack")),
        lesson=_short(payload.get("lesson")),
        thing=_short(thing),
        deferred=deferred,
    )


def _taken_keys(session: Session, person_id: str, keys: Sequence[str]) -> set[str]:
    taken: set[str] = set()
    for start in range(0, len(keys), KEYS_PER_QUERY):
        some = keys[start : start + KEYS_PER_QUERY]
        found = select(models.LearningEvent.event_key).where(
            models.LearningEvent.person_id == person_id, col(models.LearningEvent.event_key).in_(some)
        )
        taken.update(session.exec(found))
    return taken


def _organisation_of(session: Session, person_id: str) -> str:
    try:
        return accounts.describe_person(session, person_id).organisation_id
    except NotFoundError:
        return ""


def _earlier(known_ms: int | None, at_ms: int) -> int:
    return at_ms if known_ms is None else min(known_ms, at_ms)


def _given(text: str | msgspec.UnsetType) -> str | None:
    return None if isinstance(text, msgspec.UnsetType) else well_formed(text)


def _short(value: object) -> str | None:
    return well_formed(value)[:THING_CHARACTERS_MAX] if isinstance(value, str) else None
