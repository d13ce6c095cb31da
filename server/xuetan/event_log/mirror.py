"""The log as a hub has it: what the root gives of it, and how a hub keeps and serves it.

A hub's tables of entries, roles and follow lists hold what the root's do, of the scopes it mirrors, under the root's
positions. Owns reading for a hub and writing at one. Invariants: a mirrored scope has no gaps, so a position that is
asked for is the root's; what has no position yet is judged by the table of arrival and never written here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET
from sqlmodel import Session

from xuetan.contracts.row_kinds import ROW_KINDS
from xuetan.contracts.sync import HubReach, MirroredEntry, ProvisionalEntry, SegmentHeader
from xuetan.event_log import mirrored_erasing
from xuetan.event_log.entries import Run
from xuetan.event_log.examine import examine, permit
from xuetan.event_log.floors import earlier_than
from xuetan.event_log.members import EVERYTHING, Floor, read_follow_list, read_roles
from xuetan.event_log.pull import Pulled, Wanted, look_out, pull
from xuetan.event_log.remains import is_sealed as is_segment
from xuetan.event_log.scopes import letter_of
from xuetan.event_log.segments import blank_columns, inflate
from xuetan.kernel.ids import is_id
from xuetan.kernel.sql import enter_log, run_in

__all__ = ["is_segment"]
PAGE_ENTRIES = 64
Body = TypeVar("Body", bound=msgspec.Struct)
# Scopes of one person, which a hub mirrors for its own people alone.
OF_ONE_PERSON = ("u", "p")
_ENTRIES = """
SELECT position, received_ms, row_kind, row_key, row_body, stream, first, n, hash, person_id, role, after,
clock_offset_ms, set_aside, body, released FROM log_entry WHERE scope = ? AND position > ? ORDER BY position LIMIT ?
"""
_INSERT = """
INSERT INTO log_entry (scope, position, received_ms, row_kind, row_key, row_body, stream, first, n, hash, person_id, role,
after, clock_offset_ms, set_aside, body, released) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ROWS = "SELECT row_key, row_body FROM log_entry WHERE scope = ? AND row_kind = ? ORDER BY position"
_SAVE_HEAD = """
INSERT INTO log_scope (scope, head) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET head = excluded.head
"""


class MirrorBrokenError(RuntimeError):
    """What came does not continue the mirror: it must be made anew."""


class Following(NamedTuple):
    """A person's whole follow list. `bounded`: of these scopes, those that are read from a place on only."""

    version: int
    scopes: list[tuple[int, str, str]]
    bounded: Mapping[str, Floor]


class Given(NamedTuple):
    """Entries for a hub with the bodies of their segments, in order; `more` when something is left."""

    entries: list[MirroredEntry]
    bodies: list[bytes]
    more: bool


def read_following(run: Run, person_id: str) -> Following:
    version, followed = read_follow_list(run, person_id)
    bounded = {one.scope: Floor(one.floor, one.floor_ms) for one in followed if one.floor_ms}
    return Following(version, [(one.number, one.scope, one.role) for one in followed], bounded)


def scopes_within(following: Mapping[str, Following]) -> list[str]:
    """The scopes that these people follow, without what is of one person who is none of them."""
    found = {scope for one in following.values() for _number, scope, _role in one.scopes}
    return sorted(scope for scope in found if letter_of(scope) not in OF_ONE_PERSON or scope[2:] in following)


def read_scope_roles(run: Run, scope: str) -> list[tuple[str, str, bool]]:
    """(person, role, has it ended) of all who have or had one in a scope."""
    rows = run("SELECT person_id, role, ended_ms FROM log_role WHERE scope = ?", (scope,)).fetchall()
    return sorted((str(person), str(role), ended is not None) for person, role, ended in rows)


def read_for_hub(run: Run, cursors: Mapping[str, int], scopes: Sequence[str], bytes_max: int) -> Given:
    """Entries of these scopes after a hub's positions, scope after scope, at least one, then as many as fit."""
    given = Given([], [], False)
    size = 0
    for scope in scopes:
        for entry, body in _entries_after(run, scope, cursors.get(scope, 0)):
            size += len(body or b"") + (len(entry.b) if isinstance(entry.b, str) else 0) + 200
            if given.entries and size > bytes_max:
                return given._replace(more=True)
            given.entries.append(entry)
            if body is not None:
                given.bodies.append(body)
    return given


def read_safe_ends(run: Run, streams: Iterable[str]) -> list[tuple[str, int]]:
    """How many events of each of these streams are in a verified backup."""
    found = []
    for stream in filter(is_id, streams):
        row = run("SELECT safe FROM log_stream WHERE stream = ?", (stream,)).fetchone()
        if row and row[0]:
            found.append((stream, int(row[0])))
    return found


def _entries_after(run: Run, scope: str, position: int) -> Iterator[tuple[MirroredEntry, bytes | None]]:
    while True:
        rows = run(_ENTRIES, (scope, position, PAGE_ENTRIES)).fetchall()
        for row in rows:
            position = int(row[0])
            yield _mirrored(scope, row)
        if len(rows) < PAGE_ENTRIES:
            return


def _mirrored(scope: str, row: Any) -> tuple[MirroredEntry, bytes | None]:
    (
        position,
        received,
        kind,
        key,
        row_body,
        stream,
        first,
        n,
        hash_,
        person,
        role,
        after,
        offset,
        aside,
        body,
        let_in,
    ) = row
    if kind is not None:
        entry = MirroredEntry(scope, position, received, k=kind, key=key)
        if row_body is not None:
            entry.b = row_body
        return entry, None
    entry = MirroredEntry(scope, position, received, s=stream, f=first, n=n, hash=hash_, by=person, role=role)
    entry.len = len(body)
    if after:
        entry.after = True
    if offset is not None:
        entry.off = offset
    if aside:
        entry.x = aside
    if let_in:
        entry.released = True
    return entry, bytes(body)


def write_reach(run: Run, reach: HubReach) -> None:
    """Whom a hub serves, from now on. Scopes that it reaches no more leave the mirror."""
    enter_log(run)
    for table in ("log_role", "log_follow", "log_reader"):
        run(f"DELETE FROM {table}", ())  # noqa: S608
    for scope, person, role, ended in reach.roles:
        run(
            "INSERT INTO log_role (scope, person_id, role, since_ms, ended_ms) VALUES (?, ?, ?, 0, ?)",
            (scope, person, role, 0 if ended else None),
        )
    for one in reach.people:
        bounded = one.bounded or []
        follow = [*((*each, *EVERYTHING) for each in one.follow), *map(tuple, bounded)]
        version = one.bounded_version or one.version
        run(
            "INSERT INTO log_reader (person_id, version, last_number) VALUES (?, ?, ?)",
            (one.person, version, max((each[0] for each in follow), default=0)),
        )
        for each in follow:
            run(
                "INSERT INTO log_follow (person_id, number, scope, role, floor, floor_ms) VALUES (?, ?, ?, ?, ?, ?)",
                (one.person, *each),
            )
    kept = set(reach.scopes)
    for scope in read_mirrored_heads(run).keys() - kept:
        run("DELETE FROM log_entry WHERE scope = ?", (scope,))
        run("DELETE FROM log_scope WHERE scope = ?", (scope,))


def write_mirrored(run: Run, entries: Sequence[MirroredEntry], bodies: Sequence[bytes | None]) -> None:
    """Entries as the root gave them. MirrorBrokenError when one does not follow on the scope's last. What its hash says cannot be
    seen here: that names the segment before, which may be of a scope that is not mirrored. The whole answer has a digest."""
    enter_log(run)
    heads = read_mirrored_heads(run)
    moved = set()
    for entry, body in zip(entries, bodies, strict=True):
        if entry.p != heads.get(entry.scope, 0) + 1 or (body is None) != (entry.s is UNSET):
            raise MirrorBrokenError
        run(_INSERT, _columns_of(entry, body))
        if entry.k == mirrored_erasing.KIND and isinstance(entry.b, str):
            mirrored_erasing.erase_mirrored(run, entry.scope, entry.b)
        heads[entry.scope] = entry.p
        moved.add(entry.scope)
    for scope in moved:
        run(_SAVE_HEAD, (scope, heads[scope]))


def _columns_of(entry: MirroredEntry, body: bytes | None) -> tuple[Any, ...]:
    told = {field: value for field in entry.__struct_fields__ if (value := getattr(entry, field)) is not UNSET}
    names = ("k", "key", "b", "s", "f", "n", "hash", "by", "role")
    ends = (told.get("off"), told.get("x"), body, bool(told.get("released")))
    return (entry.scope, entry.p, entry.at, *(told.get(name) for name in names), bool(told.get("after")), *ends)


def read_mirrored_heads(run: Run) -> dict[str, int]:
    """The last position of every mirrored scope."""
    return {str(scope): int(head) for scope, head in run("SELECT scope, head FROM log_scope", ()).fetchall()}


def drop_mirror(run: Run) -> None:
    """Forget everything that the root gave; another history begins."""
    enter_log(run)
    for table in ("log_entry", "log_scope", "log_role", "log_follow", "log_reader"):
        run(f"DELETE FROM {table}", ())  # noqa: S608


def read_new(run: Run, wanted: Wanted) -> Pulled:
    """What a person has not read yet of what is mirrored. Where the phone's follow list is newer than the mirror's, only
    scopes that it names itself."""
    outlook = look_out(run, wanted)
    if outlook.version >= wanted.follow_version:
        return pull(run, wanted, outlook)
    known = [one for one in outlook.followed if one.number in wanted.cursors]
    return pull(run, wanted, outlook._replace(followed=known))._replace(follow=None)


def read_mirrored_rows(run: Run, kind: str, type_: type[Body]) -> list[Body]:
    """The newest rows of a kind in all scopes that may hold it, without those that were withdrawn."""
    letters = ROW_KINDS[kind].scopes
    newest: dict[tuple[str, str], str | None] = {}
    for scope in read_mirrored_heads(run):
        if letter_of(scope) in letters:
            newest |= {(scope, str(key)): body for key, body in run(_ROWS, (scope, kind)).fetchall()}
    return [msgspec.json.decode(body, type=type_) for body in newest.values() if body is not None]


def is_numbered(session: Session, stream: str, first: int, hash_: str) -> bool:
    """The root gave this segment a position, and it is here."""
    row = run_in(session)(
        "SELECT 1 FROM log_entry WHERE stream = ? AND first = ? AND hash = ? AND NOT released", (stream, first, hash_)
    ).fetchone()
    return row is not None


def judge_unnumbered(
    session: Session, person_id: str, stream: str, header: SegmentHeader, body: bytes, received_ms: int, floor_ms: int
) -> ProvisionalEntry | None:
    """A segment as others may see it before the root numbers it; None where all of it would be set aside, or was written before the
    time from which on they read."""
    contents = examine(body, header.n, may_be_blank=header.gone is not UNSET)
    if isinstance(contents, str):
        return None
    permitted = permit(contents, header.scope, read_roles(run_in(session), header.scope, person_id))
    if permitted is None:
        return None
    text = inflate(body)
    blanks = set(permitted.aside)
    if floor_ms:
        earlier = earlier_than(text, floor_ms, None, received_ms)
        if len(earlier) == header.n:
            return None
        blanks |= earlier
    columns: Any = msgspec.Raw(blank_columns(text, blanks) if blanks else text)
    entry = ProvisionalEntry(
        header.scope, stream, header.first, header.n, person_id, permitted.role, received_ms, columns
    )
    if permitted.after:
        entry.after = True
    if blanks:
        entry.x = sorted(header.first + index for index in blanks)
    return entry
