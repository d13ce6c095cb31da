"""Entries, feedback and messages as a person reads them. Owns the threads; `reading_rule` decides who gets the text.

Invariants: text leaves this module only through `may_read_entry` or to those who take part in the thread; when a
member of the staff opens an entry, that is written down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts.service import StaffActor
from xuetan.files import service as files
from xuetan.kernel.errors import ForbiddenError, NotFoundError
from xuetan.learning_log import queries
from xuetan.learning_log.access import Actor, check_reads_thread, check_sees_study, reader_of
from xuetan.learning_log.feedback_chains import FeedbackChain, chains_of
from xuetan.learning_log.journal_graph import find_heads
from xuetan.learning_log.models import Feedback, JournalReading, JournalVersion
from xuetan.learning_log.reading_rule import may_read_entry


@dataclass(frozen=True)
class EntrySummary:
    """An entry without its text. `may_read` tells whether the actor may open it."""

    entry: str
    first_ms: int
    changed_ms: int
    versions: int
    heads: int
    pack: str | None
    lesson: str | None
    feedback_count: int
    last_verdict: str | None
    may_read: bool


@dataclass(frozen=True)
class BlobView:
    """A photo or a recording that a version names. `is_here`: its bytes have arrived."""

    sha256: str
    bytes: int
    media_type: str
    kind: str
    width: int | None
    height: int | None
    duration_ms: int | None
    caption: str
    faces: str
    is_here: bool


@dataclass(frozen=True)
class VersionView:
    ver: str
    parents: tuple[str, ...]
    text: str
    at_ms: int
    is_head: bool
    blobs: tuple[BlobView, ...] = ()


@dataclass(frozen=True)
class FeedbackView:
    """One feedback, as its writer left it, with the teacher's answers. `after`: written after the pairing had ended.
    `read_ms`: when the teacher saw it. `changed_ms`: of the change, where these are not the first words. Of what was
    withdrawn there is no text.
    """

    feedback: str
    by_person_id: str
    ver: str
    verdict: str
    text: str
    paragraph: int | None
    at_ms: int
    after: bool
    read_ms: int | None
    changed_ms: int | None
    is_withdrawn: bool
    answers: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class EntryView:
    """An entry with all its versions, oldest first, and its feedback in the order in which it arrived."""

    entry: str
    prompt: str | None
    pack: str | None
    lesson: str | None
    versions: tuple[VersionView, ...]
    feedback: tuple[FeedbackView, ...]


@dataclass(frozen=True)
class MessageView:
    message: str
    by_person_id: str
    role: str
    after: bool
    text: str
    at_ms: int


@dataclass(frozen=True)
class ReadingView:
    """Who of the staff opened an entry, first and last."""

    entry: str
    reader_id: str
    first_ms: int
    last_ms: int


def list_journal(session: Session, actor: Actor, person_id: str) -> list[EntrySummary]:
    """A teacher's entries, last changed first, without their text."""
    reader = reader_of(session, actor, person_id)
    feedback = [chain.shown for chain in _chains(session, person_id) if not chain.is_withdrawn]
    summaries = [
        _summary(entry, versions, [one for one in feedback if one.entry == entry], is_readable)
        for entry, versions in _by_entry(queries.list_version_links(session, [person_id])).items()
        for is_readable in [may_read_entry(reader, is_course_work=_is_course_work(versions))]
    ]
    return sorted(summaries, key=lambda one: (-one.changed_ms, one.entry))


def read_entry(session: Session, actor: Actor, person_id: str, entry: str, *, now_ms: int) -> EntryView:
    """An entry with its text and thread. ForbiddenError when the rule says no. A reading by staff is recorded, so it
    needs a writing session.
    """
    reader = reader_of(session, actor, person_id)
    versions = queries.list_versions(session, person_id, entry)
    if not versions:
        raise NotFoundError
    if not may_read_entry(reader, is_course_work=_is_course_work(versions)):
        raise ForbiddenError
    if isinstance(actor, StaffActor):
        _record_reading(session, actor, versions[0], now_ms)
    heads = set(find_heads({version.ver: version.parents for version in versions}))
    newest = versions[-1]
    named = [blob["sha256"] for version in versions for blob in version.blobs or ()]
    here = files.list_arrived(session, f"u:{person_id}", named)
    return EntryView(
        entry=entry,
        prompt=newest.prompt,
        pack=newest.pack,
        lesson=newest.lesson,
        versions=tuple(
            VersionView(one.ver, tuple(one.parents), one.text, one.at_ms, one.ver in heads, _blobs(one, here))
            for one in versions
        ),
        feedback=_threads(session, person_id, entry),
    )


def list_messages(session: Session, actor: Actor, person_id: str) -> list[MessageView]:
    """The thread of a teacher and the mentors, for those who take part in it."""
    check_reads_thread(session, actor, person_id)
    return [
        MessageView(one.message, one.by_person_id, one.role, one.after, one.text, one.at_ms)
        for one in queries.list_messages(session, [person_id])
    ]


def list_journal_readers(session: Session, actor: Actor, person_id: str) -> list[ReadingView]:
    """Who of the staff opened this teacher's entries. For the teacher, and for staff who see the teacher."""
    check_sees_study(session, actor, person_id)
    return [
        ReadingView(one.entry, one.reader_id, one.first_ms, one.last_ms)
        for one in queries.list_readings(session, person_id)
    ]


def _blobs(version: JournalVersion, here: set[str]) -> tuple[BlobView, ...]:
    return tuple(
        BlobView(
            sha256=one["sha256"],
            bytes=one["bytes"],
            media_type=one["type"],
            kind=one["kind"],
            width=one.get("width"),
            height=one.get("height"),
            duration_ms=one.get("duration_ms"),
            caption=one.get("caption", ""),
            faces=one.get("faces", ""),
            is_here=one["sha256"] in here,
        )
        for one in version.blobs or ()
    )


def _by_entry(versions: Sequence[JournalVersion]) -> dict[str, list[JournalVersion]]:
    entries: dict[str, list[JournalVersion]] = {}
    for version in versions:
        entries.setdefault(version.entry, []).append(version)
    return entries


def _is_course_work(versions: Sequence[JournalVersion]) -> bool:
    """The first version decides: an entry begun as one's own does not become readable by a later change, nor the
    other way.
    """
    return versions[0].pack is not None


def _summary(
    entry: str, versions: Sequence[JournalVersion], feedback: Sequence[Feedback], is_readable: bool
) -> EntrySummary:
    return EntrySummary(
        entry=entry,
        first_ms=versions[0].at_ms,
        changed_ms=versions[-1].at_ms,
        versions=len(versions),
        heads=len(find_heads({version.ver: version.parents for version in versions})),
        pack=versions[-1].pack,
        lesson=versions[-1].lesson,
        feedback_count=len(feedback),
        last_verdict=feedback[-1].verdict if feedback else None,
        may_read=is_readable,
    )


def _chains(session: Session, person_id: str) -> list[FeedbackChain]:
    return chains_of(queries.list_feedback(session, [person_id]), queries.list_withdrawn(session, [person_id]))


def _threads(session: Session, person_id: str, entry: str) -> tuple[FeedbackView, ...]:
    read = {one.feedback: one.at_ms for one in queries.list_feedback_read(session, [person_id])}
    answers: dict[str, list[tuple[str, int]]] = {}
    for answer in queries.list_feedback_answers(session, [person_id]):
        answers.setdefault(answer.feedback, []).append((answer.text, answer.at_ms))
    return tuple(
        FeedbackView(
            feedback=one.feedback,
            by_person_id=one.by_person_id,
            ver=one.ver,
            verdict=one.verdict,
            text="" if chain.is_withdrawn else one.text,
            paragraph=one.paragraph,
            at_ms=chain.first.at_ms,
            after=one.after,
            read_ms=read.get(one.feedback),
            changed_ms=one.at_ms if chain.earlier else None,
            is_withdrawn=chain.is_withdrawn,
            answers=tuple(answer for name in reversed(chain.names) for answer in answers.get(name, [])),
        )
        for chain in _chains(session, person_id)
        for one in [chain.shown]
        if one.entry == entry
    )


def _record_reading(session: Session, actor: StaffActor, opened: JournalVersion, now_ms: int) -> None:
    key = (opened.person_id, opened.entry, actor.person_id)
    reading = session.get(JournalReading, key) or JournalReading(
        person_id=opened.person_id,
        entry=opened.entry,
        reader_id=actor.person_id,
        organisation_id=opened.organisation_id,
        first_ms=now_ms,
        last_ms=now_ms,
    )
    reading.last_ms = now_ms
    session.add(reading)
    session.flush()
