"""The face of the event log: append rows, give and end roles, read events back, project them, take what phones push.

Everything here works inside the caller's transaction, except `EventLog`, which owns the threads of ingest and projection.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlmodel import Session

from xuetan.contracts.sync import HubReach, MirroredEntry, SegmentHeader
from xuetan.event_log import audit, entries, erasing, history, ingest, members, mirror, quarantine, queries, transfers
from xuetan.event_log.ahead import count_ahead
from xuetan.event_log.audit import Holdings, read_holdings
from xuetan.event_log.contacts import (
    ContactFigures,
    ScopeHealth,
    StreamStatus,
    count_aside_by_scope,
    count_doubtful_clocks,
    left_streams,
    measure_contacts,
    read_scope_health,
    stream_states,
)
from xuetan.event_log.history import read_founded_ms
from xuetan.event_log.ingest import FULL, PLACED, PLACELESS, Push, Pushed, SentSegment, check_push
from xuetan.event_log.letting_in import let_in_for_role, register
from xuetan.event_log.log import EventLog
from xuetan.event_log.members import EVERYTHING, Floor, ScopeRoles
from xuetan.event_log.mirror import (
    Following,
    Given,
    MirrorBrokenError,
    is_numbered,
    is_segment,
    judge_unnumbered,
    scopes_within,
)
from xuetan.event_log.projectors import Handler
from xuetan.event_log.pull import Outlook, Pulled, Wanted
from xuetan.event_log.quarantine import AsideContents, AsideEvent, AsideItem, AsideKey
from xuetan.event_log.queries import (
    LogFigures,
    SetAsideCount,
    SetAsideRecord,
    count_set_aside,
    list_set_aside,
    measure_log,
)
from xuetan.event_log.reading import floor_of, may_append_now, may_read_named, read_head, set_floor
from xuetan.event_log.records import EventRecord
from xuetan.event_log.safety import write_safe
from xuetan.event_log.scopes import is_scope
from xuetan.event_log.segments import (
    Event,
    Origin,
    TooLargeError,
    UnreadableError,
    deflate,
    event_hash,
    inflate,
    read_columns,
    segment_hash,
    write_columns,
)
from xuetan.event_log.strangers import (
    DEVICE_UNKNOWN,
    Kept,
    Stranger,
    StrangerContents,
    StrangerKey,
    accept_stranger,
    drop_kept_of_stranger,
    get_stranger,
    keep_of_stranger,
    list_kept_of_stranger,
    list_strangers,
    note_person_is_here,
    note_stranger_opened,
    read_of_stranger,
    read_stranger_key,
    throw_nobodys_away,
    throw_stranger_away,
)
from xuetan.event_log.transfers import (
    Author,
    Carried,
    CheckedTransfer,
    check_transfer,
    is_signed,
    is_stated,
    is_whole,
    make_statement,
    statement_message,
    transfer_message,
)

__all__ = [
    "DEVICE_UNKNOWN",
    "EVERYTHING",
    "FULL",
    "PLACED",
    "PLACELESS",
    "AsideContents",
    "AsideEvent",
    "AsideItem",
    "AsideKey",
    "Author",
    "Carried",
    "CheckedTransfer",
    "ContactFigures",
    "Event",
    "EventLog",
    "EventRecord",
    "Floor",
    "Following",
    "Given",
    "Handler",
    "Holdings",
    "Kept",
    "LogFigures",
    "MirrorBrokenError",
    "Origin",
    "Outlook",
    "Pulled",
    "Push",
    "Pushed",
    "ScopeHealth",
    "ScopeRoles",
    "SentSegment",
    "SetAsideCount",
    "SetAsideRecord",
    "Stranger",
    "StrangerContents",
    "StrangerKey",
    "StreamStatus",
    "Wanted",
    "accept_stranger",
    "add_member",
    "answer_aside",
    "append_row",
    "check_transfer",
    "count_ahead",
    "count_aside_by_scope",
    "count_aside_items",
    "count_doubtful_clocks",
    "count_set_aside",
    "drop_kept_of_stranger",
    "drop_mirror",
    "end_member",
    "erasing",
    "event_hash",
    "find_broken_streams",
    "floor_of",
    "get_stranger",
    "holdings_of",
    "is_numbered",
    "is_scope",
    "is_segment",
    "is_signed",
    "is_stated",
    "is_whole",
    "judge_unnumbered",
    "keep_of_stranger",
    "left_streams",
    "list_aside_items",
    "list_aside_readings",
    "list_events",
    "list_kept_of_stranger",
    "list_set_aside",
    "list_strangers",
    "list_stream_ends",
    "make_statement",
    "mark_safe",
    "may_answer_aside",
    "may_append_now",
    "may_read_named",
    "measure_contacts",
    "measure_log",
    "note_aside_reading",
    "note_person_is_here",
    "note_stranger_opened",
    "read_aside",
    "read_aside_key",
    "read_epoch",
    "read_following",
    "read_for_hub",
    "read_founded_ms",
    "read_head",
    "read_holdings",
    "read_mirrored_heads",
    "read_mirrored_rows",
    "read_new",
    "read_of_stranger",
    "read_safe_ends",
    "read_scope_health",
    "read_scope_roles",
    "read_segment",
    "read_stranger_key",
    "register",
    "release_aside",
    "roles_in",
    "scopes_within",
    "seal_segment",
    "segment_hash",
    "set_floor",
    "statement_message",
    "stream_states",
    "throw_nobodys_away",
    "throw_stranger_away",
    "transfer_message",
    "write_mirrored",
    "write_push",
    "write_reach",
    "write_transfer",
]

EVENTS_LIMIT = 1000
Body = TypeVar("Body", bound=msgspec.Struct)


def append_row(session: Session, scope: str, kind: str, key: str, body: dict[str, Any] | None, *, now_ms: int) -> int:
    """Write a server's row into a scope, or its removal (`body` None); its position: phones keep the highest of each (kind, key)."""
    return entries.insert_row(entries.run_in(session), scope, kind, key, body, now_ms=now_ms)


def add_member(
    session: Session, scope: str, person_id: str, role: str, *, now_ms: int, floor: Floor = EVERYTHING
) -> None:
    """Give a person a role in a scope: they may append what the role may, and follow the scope from now on, all of it or from a
    floor. What was set aside for want of it comes in, too."""
    if members.start_role(entries.run_in(session), scope, person_id, role, now_ms, floor):
        let_in_for_role(session, scope, person_id, role, now_ms)


def end_member(session: Session, scope: str, person_id: str, role: str, *, now_ms: int) -> None:
    """End a role. Without another current role in the scope the person no longer reads it."""
    members.end_role(entries.run_in(session), scope, person_id, role, now_ms)


def roles_in(session: Session, scope: str, person_id: str) -> ScopeRoles:
    """The roles a person has now, and ever had, in a scope."""
    return members.read_roles(entries.run_in(session), scope, person_id)


def list_events(session: Session, scope: str, after_position: int = 0, limit: int = EVENTS_LIMIT) -> list[EventRecord]:
    """Events of a scope after a position, in order, without what was set aside. Entries are never cut: the list may
    be longer than `limit` by the rest of its last entry, and it is complete when it is shorter."""
    return queries.list_events(entries.run_in(session), scope, after_position, limit)


def read_epoch(session: Session) -> str:
    """The epoch of this history. It is founded when the log first starts."""
    epoch = history.read_epoch(entries.run_in(session))
    if epoch is None:
        raise RuntimeError("the event log was never started on this database")
    return epoch


def write_push(session: Session, push: Push) -> Pushed:
    """Take a push in the caller's transaction, for what does not come by the gateway; projectors see it at their next wake."""
    return ingest.write_push(entries.run_in(session), push, check_push(push))


def write_transfer(session: Session, checked: CheckedTransfer, sharers: Sequence[str] = ()) -> Pushed | None:
    """Take in the caller's transaction what somebody carried. `proven` and a statement about it count for the phone."""
    return transfers.write_transfer(entries.run_in(session), checked, sharers)


def seal_segment(stream: str, scope: str, first: int, prev: str, events: Sequence[Event]) -> SentSegment:
    """Seal a run of events of one scope as a phone does: the way in for whoever writes as a device of its own. `prev`
    is the hash of the segment before in this stream, empty for the first."""
    body = deflate(write_columns(events))
    hash_ = segment_hash(stream, scope, first, len(events), prev, body)
    return SentSegment(SegmentHeader(scope, first, len(events), prev, hash_, len(body)), body)


def holdings_of(session: Session) -> Holdings:
    """What the log holds, in numbers and hashes."""
    return audit.read_holdings(entries.run_in(session))


def find_broken_streams(session: Session) -> set[str]:
    """Streams whose stored segments do not hash, one after the other, to their chain."""
    return audit.find_broken_streams(entries.run_in(session))


def list_stream_ends(session: Session) -> list[tuple[str, int]]:
    """Every stream with the number of its events."""
    return list(audit.list_stream_ends(entries.run_in(session)))


def mark_safe(session: Session, ends: Sequence[tuple[str, int]]) -> None:
    """These streams are in a verified backup of this epoch, up to these numbers of events: their phones are told."""
    write_safe(entries.run_in(session), ends)


def read_segment(body: bytes) -> list[Event | None]:
    """The events in the bytes of a segment, set aside or not. Raises ValueError where they cannot be read."""
    try:
        return read_columns(inflate(body))
    except (UnreadableError, TooLargeError) as error:
        raise ValueError("not the bytes of a segment") from error


def list_aside_items(session: Session, *, only_open: bool, limit: int, offset: int = 0) -> list[AsideItem]:
    """What was set aside, the newest first, without its contents. For the operator."""
    return quarantine.list_items(entries.run_in(session), only_open=only_open, limit=limit, offset=offset)


def count_aside_items(session: Session, *, only_open: bool) -> int:
    return quarantine.count_items(entries.run_in(session), only_open=only_open)


def read_aside_key(text: str) -> AsideKey:
    """The key that `str(key)` wrote; NotFoundError for anything else."""
    return quarantine.read_key(text)


def read_aside(session: Session, key: AsideKey) -> AsideContents:
    """What an item holds, judged by today's rules and roles. For the operator; NotFoundError."""
    return quarantine.read_contents(entries.run_in(session), key)


def release_aside(session: Session, key: AsideKey, *, by: str, now_ms: int) -> int:
    """Let into its scope what may come in now, as a new entry with its identity, and tell its phone; how many events.
    NothingToReleaseError when none may."""
    return quarantine.release(entries.run_in(session), key, by=by, now_ms=now_ms)


def answer_aside(session: Session, key: AsideKey, text: str, *, by: str, now_ms: int) -> None:
    """Say a sentence about it to whoever sent it. InvalidRequestError for an empty or too long one."""
    quarantine.answer(entries.run_in(session), key, text, by=by, now_ms=now_ms)


def may_answer_aside(item: AsideItem) -> bool:
    return quarantine.may_be_answered(item)


def note_aside_reading(session: Session, key: AsideKey, reader_id: str, *, now_ms: int) -> None:
    """Write down that somebody opened an item."""
    quarantine.note_reading(entries.run_in(session), key, reader_id, now_ms)


def list_aside_readings(session: Session, key: AsideKey) -> list[tuple[str, int]]:
    """(person, when they last opened it), the latest first."""
    return quarantine.list_readings(entries.run_in(session), key)


def read_following(session: Session, person_id: str) -> Following:
    """A person's whole follow list, for a hub."""
    return mirror.read_following(entries.run_in(session), person_id)


def read_scope_roles(session: Session, scope: str) -> list[tuple[str, str, bool]]:
    """(person, role, has it ended) of all who have or had one in a scope."""
    return mirror.read_scope_roles(entries.run_in(session), scope)


def read_for_hub(session: Session, cursors: Mapping[str, int], scopes: Sequence[str], bytes_max: int) -> Given:
    """Entries of these scopes after a hub's positions, as they are kept."""
    return mirror.read_for_hub(entries.run_in(session), cursors, scopes, bytes_max)


def read_safe_ends(session: Session, streams: Iterable[str]) -> list[tuple[str, int]]:
    """How many events of each of these streams are in a verified backup."""
    return mirror.read_safe_ends(entries.run_in(session), streams)


def write_reach(session: Session, reach: HubReach) -> None:
    """At a hub: whom it serves, and which scopes it mirrors, from now on."""
    mirror.write_reach(entries.run_in(session), reach)


def write_mirrored(session: Session, given: Sequence[MirroredEntry], bodies: Sequence[bytes | None]) -> None:
    """At a hub: entries as the root gave them. MirrorBrokenError when they do not continue the mirror."""
    mirror.write_mirrored(entries.run_in(session), given, bodies)


def read_mirrored_heads(session: Session) -> dict[str, int]:
    """At a hub: the last position of every mirrored scope."""
    return mirror.read_mirrored_heads(entries.run_in(session))


def read_mirrored_rows(session: Session, kind: str, type_: type[Body]) -> list[Body]:
    """The newest rows of a kind in all scopes that are here, without those that were withdrawn."""
    return mirror.read_mirrored_rows(entries.run_in(session), kind, type_)


def drop_mirror(session: Session) -> None:
    """At a hub: forget everything that the root gave."""
    mirror.drop_mirror(entries.run_in(session))


def read_new(session: Session, wanted: Wanted) -> Pulled:
    """What a person has not read yet, in the snapshot of this session."""
    return mirror.read_new(entries.run_in(session), wanted)
