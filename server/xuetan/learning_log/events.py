"""What arrived in the learning log, told once per event as it is first projected, never again by a rebuild.

`event_key` names the event for ever, so whoever acts on it can do so once.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class JournalArrived:
    """A teacher saved a version of an entry."""

    event_key: str
    teacher_id: str
    entry: str
    now_ms: int


@dataclass(frozen=True)
class FeedbackArrived:
    """A mentor wrote about an entry of a teacher; `is_change`: in the place of what they had written before."""

    event_key: str
    teacher_id: str
    mentor_id: str
    entry: str
    feedback: str
    verdict: str
    is_change: bool
    now_ms: int


@dataclass(frozen=True)
class FeedbackAnswerArrived:
    """A teacher answered a feedback; `mentor_id` wrote it, None when that feedback is not known here."""

    event_key: str
    teacher_id: str
    mentor_id: str | None
    entry: str | None
    feedback: str
    now_ms: int


@dataclass(frozen=True)
class MessageArrived:
    """A message in a teacher's thread, by the teacher or a mentor."""

    event_key: str
    teacher_id: str
    by_person_id: str
    by_mentor: bool
    message: str
    now_ms: int
