"""Telling other domains that something arrived, so that people can be told.

Owns a projector of its own with nothing to forget, so that rebuilding the tables tells nobody anything twice.
"""

from collections.abc import Sequence

import msgspec
from sqlmodel import Session

from xuetan.contracts import events as contract
from xuetan.contracts.event_kinds import EVENT_KINDS
from xuetan.event_log.service import EventRecord
from xuetan.kernel.clock import Clock
from xuetan.kernel.events import publish
from xuetan.learning_log import queries
from xuetan.learning_log.events import FeedbackAnswerArrived, FeedbackArrived, JournalArrived, MessageArrived
from xuetan.learning_log.identity import identity_of
from xuetan.learning_log.projection import SCOPE_PREFIX

PROJECTOR = "learning_announcements"
KINDS = ("journal_saved/1", "feedback_given/1", "feedback_answered/1", "message_sent/1")


def announce(session: Session, records: Sequence[EventRecord], clock: Clock) -> None:
    """Publish an event of the domain for each record that somebody waits for."""
    for record in records:
        kind = EVENT_KINDS.get(record.kind)
        if kind is None or not record.scope.startswith(SCOPE_PREFIX):
            continue
        try:
            payload = msgspec.convert(record.payload, kind.payload)
        except msgspec.ValidationError:
            continue
        event = _event_of(session, record, payload, clock.now_ms())
        if event is not None:
            publish(session, event)


def _event_of(session: Session, record: EventRecord, payload: msgspec.Struct, now_ms: int) -> object | None:
    teacher_id, key = record.scope.removeprefix(SCOPE_PREFIX), identity_of(record).key
    match payload:
        case contract.JournalSaved():
            return JournalArrived(key, teacher_id, payload.entry, now_ms)
        case contract.FeedbackGiven():
            return FeedbackArrived(
                event_key=key,
                teacher_id=teacher_id,
                mentor_id=record.person_id,
                entry=payload.entry,
                feedback=payload.feedback,
                verdict=payload.verdict,
                is_change=payload.replaces is not msgspec.UNSET,
                now_ms=now_ms,
            )
        case contract.FeedbackAnswered():
            answered = queries.find_feedback(session, teacher_id, payload.feedback)
            return FeedbackAnswerArrived(
                event_key=key,
                teacher_id=teacher_id,
                mentor_id=answered.by_person_id if answered else None,
                entry=answered.entry if answered else None,
                feedback=payload.feedback,
                now_ms=now_ms,
            )
        case contract.MessageSent():
            by_mentor = record.person_id != teacher_id
            return MessageArrived(key, teacher_id, record.person_id, by_mentor, payload.message, now_ms)
    return None
