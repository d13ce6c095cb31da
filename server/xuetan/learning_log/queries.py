"""Every SELECT over the projections. Callers have passed the gate of `access` for each person they name."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from xuetan.learning_log.models import (
    Feedback,
    FeedbackAnswer,
    FeedbackRead,
    FeedbackWithdrawal,
    JournalReading,
    JournalVersion,
    LearningEvent,
    LessonProgress,
    Message,
    QuestionAnswer,
    QuizResult,
)


def last_active_ms(session: Session, person_ids: Iterable[str]) -> dict[str, int]:
    """When each person last did anything themselves."""
    rows = session.exec(
        select(LearningEvent.person_id, func.max(LearningEvent.at_ms))
        .where(
            col(LearningEvent.person_id).in_(list(person_ids)),
            col(LearningEvent.by_person_id) == col(LearningEvent.person_id),
        )
        .group_by(LearningEvent.person_id)
    )
    return {person_id: int(at_ms) for person_id, at_ms in rows}


def list_events(session: Session, person_id: str, *, before_ms: int | None, limit: int) -> list[LearningEvent]:
    """The newest events of a scope, newest first."""
    query = select(LearningEvent).where(LearningEvent.person_id == person_id)
    if before_ms is not None:
        query = query.where(LearningEvent.at_ms < before_ms)
    newest_first = (
        col(LearningEvent.at_ms).desc(),
        col(LearningEvent.position).desc(),
        col(LearningEvent.seq).desc(),
    )
    return list(session.exec(query.order_by(*newest_first).limit(limit)))


def list_doubtful_times(session: Session, person_id: str, kinds: Sequence[str]) -> list[tuple[str, int]]:
    """(who wrote, when) of events of these kinds whose time is in doubt."""
    query = select(LearningEvent.by_person_id, LearningEvent.at_ms).where(
        LearningEvent.person_id == person_id, col(LearningEvent.kind).in_(kinds), col(LearningEvent.doubtful).is_(True)
    )
    return [(str(by), int(at_ms)) for by, at_ms in session.exec(query)]


def list_progress(session: Session, person_ids: Iterable[str]) -> list[LessonProgress]:
    query = select(LessonProgress).where(col(LessonProgress.person_id).in_(list(person_ids)))
    by_lesson = (col(LessonProgress.person_id), col(LessonProgress.pack), col(LessonProgress.lesson))
    return list(session.exec(query.order_by(*by_lesson)))


def list_quiz_results(session: Session, person_ids: Iterable[str]) -> list[QuizResult]:
    """Finished attempts, oldest first."""
    query = select(QuizResult).where(col(QuizResult.person_id).in_(list(person_ids)))
    return list(session.exec(query.order_by(col(QuizResult.at_ms), col(QuizResult.event_key))))


def list_answers(
    session: Session, person_ids: Iterable[str], packs: Iterable[str] | None = None
) -> list[QuestionAnswer]:
    """Answers in the order in which they were given, as far as it is known."""
    query = select(QuestionAnswer).where(col(QuestionAnswer.person_id).in_(list(person_ids)))
    if packs is not None:
        query = query.where(col(QuestionAnswer.pack).in_(list(packs)))
    in_order = (col(QuestionAnswer.at_ms), col(QuestionAnswer.position), col(QuestionAnswer.seq))
    return list(session.exec(query.order_by(*in_order)))


def list_versions(session: Session, person_id: str, entry: str) -> list[JournalVersion]:
    """The versions of one entry, oldest first."""
    query = select(JournalVersion).where(JournalVersion.person_id == person_id, JournalVersion.entry == entry)
    in_order = (col(JournalVersion.at_ms), col(JournalVersion.position), col(JournalVersion.seq))
    return list(session.exec(query.order_by(*in_order)))


def list_version_links(session: Session, person_ids: Iterable[str]) -> list[JournalVersion]:
    """The graphs of entries, oldest version first, without the texts: asking for one raises."""
    query = select(JournalVersion).where(col(JournalVersion.person_id).in_(list(person_ids)))
    in_order = (col(JournalVersion.at_ms), col(JournalVersion.position), col(JournalVersion.seq))
    without_text = defer(col(JournalVersion.text), raiseload=True)  # type: ignore[arg-type]
    return list(session.exec(query.options(without_text).order_by(*in_order)))


def count_entries(session: Session, person_ids: Iterable[str]) -> dict[str, int]:
    """How many entries each person has written."""
    rows = session.exec(
        select(JournalVersion.person_id, func.count(func.distinct(JournalVersion.entry)))
        .where(col(JournalVersion.person_id).in_(list(person_ids)))
        .group_by(JournalVersion.person_id)
    )
    return {person_id: int(count) for person_id, count in rows}


def list_feedback(session: Session, person_ids: Iterable[str]) -> list[Feedback]:
    """Feedback as it was given, in the order of the scope; `feedback_chains` says what of it is shown."""
    query = select(Feedback).where(col(Feedback.person_id).in_(list(person_ids)))
    return list(session.exec(query.order_by(col(Feedback.position), col(Feedback.seq))))


def list_withdrawn(session: Session, person_ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """The scope's person, the writer and the name of each feedback that was taken back."""
    rows = select(FeedbackWithdrawal.person_id, FeedbackWithdrawal.by_person_id, FeedbackWithdrawal.feedback)
    return list(session.exec(rows.where(col(FeedbackWithdrawal.person_id).in_(list(person_ids)))).all())


def list_feedback_answers(session: Session, person_ids: Iterable[str]) -> list[FeedbackAnswer]:
    query = select(FeedbackAnswer).where(col(FeedbackAnswer.person_id).in_(list(person_ids)))
    return list(session.exec(query.order_by(col(FeedbackAnswer.position), col(FeedbackAnswer.seq))))


def list_feedback_read(session: Session, person_ids: Iterable[str]) -> list[FeedbackRead]:
    query = select(FeedbackRead).where(col(FeedbackRead.person_id).in_(list(person_ids)))
    return list(session.exec(query.order_by(col(FeedbackRead.at_ms), col(FeedbackRead.feedback))))


def list_messages(session: Session, person_ids: Iterable[str]) -> list[Message]:
    query = select(Message).where(col(Message.person_id).in_(list(person_ids)))
    return list(session.exec(query.order_by(col(Message.position), col(Message.seq))))


def find_feedback(session: Session, person_id: str, feedback: str) -> Feedback | None:
    query = select(Feedback).where(Feedback.person_id == person_id, Feedback.feedback == feedback)
    return session.exec(query.order_by(col(Feedback.position), col(Feedback.seq))).first()


def list_readings(session: Session, person_id: str) -> Sequence[JournalReading]:
    query = select(JournalReading).where(JournalReading.person_id == person_id)
    return session.exec(query.order_by(col(JournalReading.last_ms).desc())).all()
