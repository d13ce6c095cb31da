"""The face of the learning log: projections of what teachers did, and queries over them.

Every query takes an actor. Staff see their subtree and, of the text of journals, what `reading_rule` allows; a
teacher and the mentors paired now see the teacher's whole scope; a stranger finds nobody.
"""

from collections.abc import Sequence

from sqlmodel import Session

from xuetan.contracts.limits import CLOCK_DOUBT_MS
from xuetan.event_log.events import EventsErased
from xuetan.event_log.service import EventLog, EventRecord
from xuetan.kernel.services import Services
from xuetan.learning_log import announcements, projection
from xuetan.learning_log.access import Actor
from xuetan.learning_log.board import BoardLesson, BoardPack, BoardQuestion, BoardTeacher, ClassBoard, class_board
from xuetan.learning_log.doubts import list_doubtful_times
from xuetan.learning_log.erasing import (
    REASON_CHARACTERS_MAX,
    erase_person,
    erase_thing,
    forget_erased,
    list_erasures,
    may_erase,
    measure_person,
    measure_thing,
)
from xuetan.learning_log.item_analysis import ItemAnalysis, WrongChoice
from xuetan.learning_log.journal import (
    BlobView,
    EntrySummary,
    EntryView,
    FeedbackView,
    MessageView,
    ReadingView,
    VersionView,
    list_journal,
    list_journal_readers,
    list_messages,
    read_entry,
)
from xuetan.learning_log.quizzes import QuizShelf
from xuetan.learning_log.reading_rule import JournalReader, may_read_entry
from xuetan.learning_log.teacher import (
    AttemptView,
    CaseloadFacts,
    LessonState,
    TimelineItem,
    caseload_facts,
    list_attempts,
    list_progress,
    list_timeline,
)
from xuetan.packs.events import PackPublished

__all__ = [
    "CLOCK_DOUBT_MS",
    "REASON_CHARACTERS_MAX",
    "Actor",
    "AttemptView",
    "BlobView",
    "BoardLesson",
    "BoardPack",
    "BoardQuestion",
    "BoardTeacher",
    "CaseloadFacts",
    "ClassBoard",
    "EntrySummary",
    "EntryView",
    "FeedbackView",
    "ItemAnalysis",
    "JournalReader",
    "LessonState",
    "MessageView",
    "ReadingView",
    "TimelineItem",
    "VersionView",
    "WrongChoice",
    "caseload_facts",
    "class_board",
    "erase_person",
    "erase_thing",
    "forget_erased",
    "list_attempts",
    "list_doubtful_times",
    "list_erasures",
    "list_journal",
    "list_journal_readers",
    "list_messages",
    "list_progress",
    "list_timeline",
    "may_erase",
    "may_read_entry",
    "measure_person",
    "measure_thing",
    "read_entry",
    "register",
]


def register(services: Services) -> None:
    """Register the projectors, and grading again when a version is published that was answered before."""
    assert isinstance(services.log, EventLog)
    quizzes = QuizShelf(services.blobs)

    def project(session: Session, records: Sequence[EventRecord]) -> None:
        projection.project(session, records, quizzes)

    def announce(session: Session, records: Sequence[EventRecord]) -> None:
        announcements.announce(session, records, services.clock)

    def regrade(session: Session, published: PackPublished) -> None:
        projection.regrade(session, published.slug, published.version, quizzes)

    services.log.register_projector(projection.PROJECTOR, project, forget=projection.forget)
    services.log.register_projector(
        announcements.PROJECTOR, announce, forget=_forget_nothing, kinds=announcements.KINDS
    )
    services.database.handlers.register(PackPublished, regrade)
    services.database.handlers.register(EventsErased, forget_erased)


def _forget_nothing(session: Session) -> None:
    """What was told cannot be untold."""
