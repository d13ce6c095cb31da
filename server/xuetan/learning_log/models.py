"""Tables of the learning log; private to it. All but `JournalReading` are projections of the event log: dropped and
made again at will.

A projection's key holds the person whose scope it is, so nothing that one person writes can stand in another's place.
`organisation_id` is where that person was when the event was projected; who may see a row is decided by where they
are now.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _ms(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class LearningEvent(Table, table=True):
    """Every distinct event of a person's scope, once however often it was emitted. `deferred` says why its content is
    not taken up.
    """

    __tablename__ = "learning_event"
    __table_args__ = (Index("ix_learning_event_person_id_at_ms", "person_id", "at_ms"),)
    person_id: str = Field(primary_key=True)
    event_key: str = Field(primary_key=True)
    organisation_id: str
    position: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())
    kind: str
    by_person_id: str
    role: str
    after: bool
    at_ms: int = Field(sa_column=_ms())
    doubtful: bool
    received_ms: int = Field(sa_column=_ms())
    pack: str | None = None
    lesson: str | None = None
    thing: str | None = None
    deferred: str | None = None


class LessonProgress(Table, table=True):
    """The earliest opening and finishing of a lesson, and the newest version that was studied."""

    __tablename__ = "learning_lesson_progress"
    person_id: str = Field(primary_key=True)
    pack: str = Field(primary_key=True)
    lesson: str = Field(primary_key=True)
    organisation_id: str
    version: int = Field(sa_column=_ms())
    opened_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    finished_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class QuestionAnswer(Table, table=True):
    """An answer with both results: the phone's, and the server's from the version that was answered."""

    __tablename__ = "learning_question_answer"
    __table_args__ = (
        Index("ix_learning_question_answer_pack_version", "pack", "version"),
        Index("ix_learning_question_answer_person_id_attempt", "person_id", "attempt"),
    )
    person_id: str = Field(primary_key=True)
    event_key: str = Field(primary_key=True)
    organisation_id: str
    position: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())
    at_ms: int = Field(sa_column=_ms())
    pack: str
    version: int = Field(sa_column=_ms())
    lesson: str
    attempt: str
    question: str
    kind: str
    language: str | None = None
    answer: Any = Field(default=None, sa_column=Column(JSON))
    phone_score: float | None = None
    server_score: float | None = None
    grading: str
    duration_ms: int = Field(sa_column=_ms())


class QuizResult(Table, table=True):
    """A finished attempt as the phone reckoned it. The server's sum comes from the answers."""

    __tablename__ = "learning_quiz_result"
    person_id: str = Field(primary_key=True)
    event_key: str = Field(primary_key=True)
    organisation_id: str
    at_ms: int = Field(sa_column=_ms())
    pack: str
    version: int = Field(sa_column=_ms())
    lesson: str
    attempt: str
    score: float
    score_max: int = Field(sa_column=_ms())


class JournalVersion(Table, table=True):
    """One version of an entry. `misnamed` when the phone's `ver` is not the name of this content; the row has the
    right one.
    """

    __tablename__ = "learning_journal_version"
    person_id: str = Field(primary_key=True)
    entry: str = Field(primary_key=True)
    ver: str = Field(primary_key=True)
    organisation_id: str
    position: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())
    at_ms: int = Field(sa_column=_ms())
    parents: list[str] = Field(sa_column=Column(JSON, nullable=False))
    text: str
    prompt: str | None = None
    pack: str | None = None
    lesson: str | None = None
    blobs: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    misnamed: bool = False


class Feedback(Table, table=True):
    """What a mentor wrote about a version of an entry."""

    __tablename__ = "learning_feedback"
    __table_args__ = (Index("ix_learning_feedback_person_id_entry", "person_id", "entry"),)
    person_id: str = Field(primary_key=True)
    event_key: str = Field(primary_key=True)
    organisation_id: str
    position: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())
    at_ms: int = Field(sa_column=_ms())
    by_person_id: str
    after: bool
    feedback: str
    entry: str
    ver: str
    verdict: str
    text: str
    paragraph: int | None = Field(default=None, sa_column=_ms(nullable=True))
    replaces: str | None = None


class FeedbackWithdrawal(Table, table=True):
    """That a mentor took feedback back, whether or not it is known here yet."""

    __tablename__ = "learning_feedback_withdrawal"
    person_id: str = Field(primary_key=True)
    by_person_id: str = Field(primary_key=True)
    feedback: str = Field(primary_key=True)
    organisation_id: str
    at_ms: int = Field(sa_column=_ms())


class FeedbackAnswer(Table, table=True):
    """What the teacher answered to a feedback."""

    __tablename__ = "learning_feedback_answer"
    person_id: str = Field(primary_key=True)
    event_key: str = Field(primary_key=True)
    organisation_id: str
    position: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())
    at_ms: int = Field(sa_column=_ms())
    feedback: str
    text: str


class FeedbackRead(Table, table=True):
    """When the teacher first read a feedback."""

    __tablename__ = "learning_feedback_read"
    person_id: str = Field(primary_key=True)
    feedback: str = Field(primary_key=True)
    organisation_id: str
    at_ms: int = Field(sa_column=_ms())


class Message(Table, table=True):
    """A short message in the thread of a teacher and the mentors."""

    __tablename__ = "learning_message"
    person_id: str = Field(primary_key=True)
    event_key: str = Field(primary_key=True)
    organisation_id: str
    position: int = Field(sa_column=_ms())
    seq: int = Field(sa_column=_ms())
    at_ms: int = Field(sa_column=_ms())
    by_person_id: str
    role: str
    after: bool
    message: str
    text: str
    pack: str | None = None
    lesson: str | None = None


class JournalReading(Table, table=True):
    """That a member of the staff opened an entry: no projection, a record that its writer may ask for."""

    __tablename__ = "learning_journal_reading"
    person_id: str = Field(primary_key=True)
    entry: str = Field(primary_key=True)
    reader_id: str = Field(primary_key=True)
    organisation_id: str
    first_ms: int = Field(sa_column=_ms())
    last_ms: int = Field(sa_column=_ms())


PROJECTIONS: tuple[type[Table], ...] = (
    LearningEvent,
    LessonProgress,
    QuestionAnswer,
    QuizResult,
    JournalVersion,
    Feedback,
    FeedbackWithdrawal,
    FeedbackAnswer,
    FeedbackRead,
    Message,
)
