"""What a person has not read yet, up to a number of bytes. Owns the shape of entries as they go down.

Reads only scopes in which the person has a role now. A segment that the same request proved goes down as its place
alone, what was released whole; set-aside events go down blank. Entries are encoded one by one, so that the answer is cut at an entry's
boundary. Of a row only its newest version goes down: to whoever begins, a long scope of rows is what stands now and its tail. The last
position of a scope is always among them, so cursors reach the head.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from xuetan.contracts.sync import Entry
from xuetan.event_log.entries import Run
from xuetan.event_log.floors import earlier_than
from xuetan.event_log.members import FollowedScope, read_floor, read_follow_lists
from xuetan.event_log.records import aside_seqs
from xuetan.event_log.safety import read_safe
from xuetan.event_log.segments import blank_columns, inflate
from xuetan.kernel.sql import KnownRows, Rows, read_pairs

PAGE_ENTRIES = 64
_COLUMNS = """position, received_ms, row_kind, row_key, row_body, stream, first, n, person_id, role, after,
clock_offset_ms, set_aside, body, released"""
_IS_NEWEST = """(row_kind IS NULL OR NOT EXISTS (
SELECT 1 FROM log_entry AS newer WHERE newer.scope = log_entry.scope AND newer.row_kind = log_entry.row_kind
AND newer.row_key = log_entry.row_key AND newer.position > log_entry.position))"""
_ENTRIES = f"""
SELECT {_COLUMNS} FROM log_entry WHERE scope = ? AND position > ? AND {_IS_NEWEST} ORDER BY position LIMIT ?
"""  # noqa: S608
# From a floor on: rows, what the reader wrote, and segments that may hold something from after it.
_ENTRIES_FROM_FLOOR = f"""
SELECT {_COLUMNS} FROM log_entry WHERE scope = ? AND position > ? AND {_IS_NEWEST}
AND (row_kind IS NOT NULL OR person_id = ? OR (position > ? AND received_ms >= ?)) ORDER BY position LIMIT ?
"""  # noqa: S608
# The last position of a scope, said to who may not see what stands there: a row of a kind that nobody has, removed.
PASSED = "passed"
_ENTRIES_AFTER = f"""
SELECT place.column1, place.column2, {_COLUMNS} FROM (VALUES *) AS place
JOIN log_entry ON scope = place.column1 AND position > place.column2 WHERE {_IS_NEWEST} ORDER BY position
"""  # noqa: S608
_encode = msgspec.json.Encoder().encode


class Wanted(NamedTuple):
    """What a request asks for. `own_stream` and `proven_firsts` name the segments that this very request proved; `own_times`: when it
    came, and the clock's offset that it said."""

    person_id: str
    cursors: Mapping[int, int]
    follow_version: int
    bytes_max: int
    own_stream: str
    proven_firsts: frozenset[int]
    own_times: tuple[int, int | None] = (0, None)


class Pulled(NamedTuple):
    """`follow` when the phone's list is not the newest; entries as JSON. `is_ahead`: the asker has read further than there is."""

    follow: tuple[int, list[tuple[int, str, str]]] | None
    entries: list[msgspec.Raw]
    more: bool
    safe: int
    is_ahead: bool = False


class Outlook(NamedTuple):
    """The follow list of the moment, how many entries wait, and how much of the asking stream is in a verified backup."""

    version: int
    followed: list[FollowedScope]
    waiting: int
    safe: int


def look_out(run: Run, wanted: Wanted) -> Outlook:
    """See what there is to pull, without reading it."""
    return look_out_for(run, [wanted])[0]


def look_out_for(run: Run, several: Sequence[Wanted]) -> list[Outlook]:
    """The same for several requests, in as many statements."""
    lists = read_follow_lists(run, {wanted.person_id for wanted in several})
    safe = read_safe(run, {wanted.own_stream for wanted in several})
    outlooks = []
    for wanted in several:
        version, followed = lists[wanted.person_id]
        waiting = sum(max(0, scope.head - wanted.cursors.get(scope.number, 0)) for scope in followed)
        outlooks.append(Outlook(version, followed, waiting, safe.get((wanted.own_stream, wanted.person_id), 0)))
    return outlooks


def pull_small(run: Run, several: Sequence[Wanted], entries_max: int) -> list[Pulled | None]:
    """What there is for each of several requests, in few statements; None for one to which more than this waits."""
    outlooks = look_out_for(run, several)
    pairs = list(zip(several, outlooks, strict=True))
    places = {
        (scope.scope, cursor)
        for wanted, outlook in pairs
        if outlook.waiting <= entries_max
        for scope in outlook.followed
        if not scope.floor_ms and (cursor := wanted.cursors.get(scope.number, 0)) < scope.head
    }
    ahead = _read_ahead(run, places)
    return [pull(ahead, *pair) if pair[1].waiting <= entries_max else None for pair in pairs]


def _read_ahead(run: Run, places: Collection[tuple[str, int]]) -> Run:
    """A `Run` that knows the first page of entries after each of these positions of scopes."""
    pages: dict[tuple[str, int, int], list[Any]] = {(*place, PAGE_ENTRIES): [] for place in places}
    for scope, cursor, *entry in read_pairs(run, _ENTRIES_AFTER, places):
        pages[scope, cursor, PAGE_ENTRIES].append(entry)

    def answer(sql: str, parameters: tuple[Any, ...], /) -> Rows:
        page = pages.get(parameters) if sql == _ENTRIES else None
        return run(sql, parameters) if page is None else KnownRows(page[:PAGE_ENTRIES])

    return answer


def pull(run: Run, wanted: Wanted, outlook: Outlook) -> Pulled:
    """Entries after the cursors, scope after scope; at least one, then as many as fit."""
    entries: list[msgspec.Raw] = []
    size = 0
    more = False
    for scope in outlook.followed:
        cursor = wanted.cursors.get(scope.number, 0)
        if cursor >= scope.head:
            continue
        for encoded in _entries_after(run, scope, cursor, wanted):
            if entries and size + len(encoded) > wanted.bytes_max:
                more = True
                break
            entries.append(msgspec.Raw(encoded))
            size += len(encoded) + 1
        if more:
            break
    follow = None
    if outlook.version != wanted.follow_version:
        follow = (outlook.version, [(one.number, one.scope, one.role) for one in outlook.followed])
    return Pulled(follow, entries, more, outlook.safe, _is_ahead(wanted, outlook))


def _is_ahead(wanted: Wanted, outlook: Outlook) -> bool:
    beyond = any(wanted.cursors.get(scope.number, 0) > scope.head for scope in outlook.followed)
    return beyond or wanted.follow_version > outlook.version


def _entries_after(run: Run, scope: FollowedScope, cursor: int, wanted: Wanted) -> Iterator[bytes]:
    if scope.floor_ms:
        yield from _entries_from_floor(run, scope, cursor, wanted)
        return
    while True:
        rows = run(_ENTRIES, (scope.scope, cursor, PAGE_ENTRIES)).fetchall()
        for row in rows:
            cursor = int(row[0])
            yield _encode(_entry(scope.number, row, wanted))
        if len(rows) < PAGE_ENTRIES:
            return


def _entries_from_floor(run: Run, scope: FollowedScope, cursor: int, wanted: Wanted) -> Iterator[bytes]:
    """The same for who reads from a place on, without what is from before; the last position is always among them."""
    told = cursor
    while True:
        rows = run(
            _ENTRIES_FROM_FLOOR,
            (scope.scope, cursor, wanted.person_id, scope.floor, scope.floor_ms, PAGE_ENTRIES),
        ).fetchall()
        for row in rows:
            cursor = int(row[0])
            entry = _entry(scope.number, row, wanted, scope)
            if entry is not None:
                told = cursor
                yield _encode(entry)
        if len(rows) < PAGE_ENTRIES:
            break
    if told < scope.head:
        yield _encode(Entry(scope.number, scope.head, k=PASSED, key=""))


def may_read_named(run: Run, scope: str, person_id: str, name: str) -> bool:
    """True when what this follower of a scope may read of it holds this text, or when they read all of it: for a file that
    entries name."""
    floor = read_floor(run, scope, person_id)
    if not floor.ms:
        return True
    followed = FollowedScope(0, scope, "", 0, *floor)
    wanted = Wanted(person_id, {}, 0, 0, "", frozenset())
    return any(name.encode() in encoded for encoded in _entries_from_floor(run, followed, 0, wanted))


def _entry(number: int, row: Any, wanted: Wanted, floored: FollowedScope | None = None) -> Entry | None:
    """One entry as it goes down. With a floor None where all of it is from before."""
    (
        position,
        received_ms,
        row_kind,
        row_key,
        row_body,
        stream,
        first,
        n,
        person_id,
        role,
        after,
        offset,
        aside,
        body,
        released,
    ) = row
    if row_kind is not None:
        entry = Entry(number, position, k=row_kind, key=row_key)
        if row_body is not None:
            entry.b = _raw(row_body.encode())
        return entry
    # What was let in stands in no stream: at the same place of the asking phone's there may be other words.
    if stream == wanted.own_stream and first in wanted.proven_firsts and not released:
        entry = Entry(number, position, f=first, n=n)
        if (received_ms, offset) != wanted.own_times:
            # It came before, and the answer was lost: everybody else dates it by what was said then.
            entry.at = received_ms
            if offset is not None:
                entry.off = offset
        return entry
    entry = Entry(number, position, s=stream, f=first, n=n, by=person_id, role=role, at=received_ms)
    if after:
        entry.after = True
    if offset is not None:
        entry.off = offset
    blanks = set(aside_seqs(aside))
    text = inflate(body)
    if floored is not None and person_id != wanted.person_id:
        earlier = earlier_than(text, floored.floor_ms, offset, received_ms)
        blanks |= {first + index for index in earlier}
        if len(earlier) == n:
            return None
    if blanks:
        entry.x = sorted(blanks)
    entry.d = _raw(blank_columns(text, {seq - first for seq in blanks}) if blanks else text)
    return entry


def _raw(text: bytes) -> Any:
    """JSON that is known to be good, put in as it is."""
    return msgspec.Raw(text)
