"""Scopes as logs, and how a node (root or hub mirror) serves them. Owns the shape of entries and of answers.

Invariant: what is served depends only on (log, book, cursors); entries are cut at their borders and cursors move with
them.
"""

from collections.abc import Callable
from typing import NamedTuple

from .books import Book
from .facts import Event, Item, Origin, Segment

ENTRIES_PER_PULL = 5


class Entry(NamedTuple):
    """One position of one scope. Of a segment: stream, first, events (None where blank or erased). Of a row: row and
    body (None = removed).
    `events` is None as a whole when the answer leaves out what the request proved."""

    scope: str
    position: int
    stream: str = ""
    first: int = 0
    events: tuple[Event | None, ...] | None = None
    hash: str = ""
    by: str = ""
    role: str = ""
    after: bool = False
    row: tuple[str, str] | None = None
    body: object = None

    def items(self) -> list[Item]:
        if self.row is not None or self.events is None:
            return []
        return [
            Item(self.by, self.stream, self.first + index, event)
            for index, event in enumerate(self.events)
            if event is not None
        ]


Ack = tuple[str, object]


class Request(NamedTuple):
    """What a phone says, with the state it was made from (`engine`, `generation`: never sent, they judge the
    answer)."""

    phone: int
    engine: int
    generation: int
    person: str
    device: str
    stream: str
    segments: tuple[Segment, ...]
    cursors: dict[int, int]
    follow_version: int
    epoch: str | None
    app: int
    now: int


class Reply(NamedTuple):
    epoch: str
    source: str
    next: int | None = None
    acks: tuple[Ack, ...] = ()
    head: int | None = None
    safe: int = 0
    follow_version: int = 0
    follow: dict[int, tuple[str, str]] | None = None
    entries: tuple[tuple[int, Entry], ...] = ()
    cursors: dict[int, int] = {}  # noqa: RUF012
    held: int | None = None
    provisional: tuple[Entry, ...] | None = None
    statement: tuple[str, str] | None = None


class Served(NamedTuple):
    follow_version: int
    follow: dict[int, tuple[str, str]] | None
    entries: tuple[tuple[int, Entry], ...]
    cursors: dict[int, int]


def rows_of(entries: list[Entry]) -> dict[tuple[str, str], object]:
    """The rows of a scope: per (kind, key) the one of the highest position; removed ones are absent."""
    rows: dict[tuple[str, str], object] = {}
    for entry in entries:
        if entry.row is not None:
            rows[entry.row] = entry.body
    return {key: body for key, body in rows.items() if body is not None}


def erased_of(rows: dict[tuple[str, str], object]) -> frozenset[Origin]:
    """What the rows of a scope say was erased: the origins of the events, hash and all, for a copy may have written
    something else there."""
    return frozenset(origin for (kind, _), body in rows.items() if kind == "erased" for origin in body)  # type: ignore[attr-defined]


def serve(
    read: Callable[[str, int], list[tuple[int, Entry]]],
    book: Book,
    request: Request,
    proven: set[str],
    bug: str | None,
) -> Served:
    """Entries after the cursors, scope after scope, some at a time. `read(scope, cursor)` gives (new cursor, entry)
    in order."""
    follow_version = book.follow(request.person).version
    listed = book.listed(request.person)
    entries: list[tuple[int, Entry]] = []
    cursors: dict[int, int] = {}
    for number, (scope, _) in sorted(listed.items()):
        for position, entry in read(scope, request.cursors.get(number, 0)):
            if len(entries) >= ENTRIES_PER_PULL:
                break
            cursors[number] = position
            if bug == "server_filters_kinds" and request.app < 2 and _has_future(entry):
                continue
            is_elided = bool(entry.hash) and _is_elided(entry, request, proven, bug)
            entries.append((number, entry._replace(events=None) if is_elided else entry))
    newest = follow_version == request.follow_version
    return Served(follow_version, None if newest else listed, tuple(entries), cursors)


def _is_elided(entry: Entry, request: Request, proven: set[str], bug: str | None) -> bool:
    if bug == "elide_by_place":
        return entry.stream == request.stream and f"{entry.first}" in proven
    if bug == "elide_own_streams":
        return entry.by == request.person and entry.stream == request.stream
    return entry.hash in proven


def _has_future(entry: Entry) -> bool:
    return any(event is not None and event.kind == "future" for event in entry.events or ())
