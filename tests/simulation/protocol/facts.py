"""What is sent: events, their origins, sealed segments, and the fold that tells each fact once.

Owns identity and hashes of the model; knows no phone and no server. Invariant: everything here is immutable, so that
copies of databases,
messages in flight and backups can share it. Bodies are tuples instead of gzip bytes; a hash stands for a SHA-256.
"""

import functools
import hashlib
from collections.abc import Iterable
from typing import NamedTuple

SEGMENT_EVENTS_MAX = 4
SEGMENT_INFLATED_MAX = 8
PAYLOAD_MAX = 5

Key = tuple[str | int, ...]


class Origin(NamedTuple):
    """What an event that was emitted again repeats."""

    stream: str
    seq: int
    hash: str


class Event(NamedTuple):
    """A fact. `uid` stands for the payload's random ids and names the fact in the truth that the simulation keeps.
    `inflated` is its size
    as text, `size` its size as a payload, both in arbitrary units."""

    kind: str
    ts: int
    uid: str
    body: tuple[object, ...] = ()
    size: int = 1
    inflated: int = 1
    origin: Origin | None = None


class Segment(NamedTuple):
    """A sealed run of events of one stream and one scope."""

    stream: str
    scope: str
    first: int
    n: int
    prev: str
    hash: str
    events: tuple[Event, ...]

    @property
    def end(self) -> int:
        return self.first + self.n


class Item(NamedTuple):
    """An event in its place, as a fold sees it."""

    author: str
    stream: str
    seq: int
    event: Event


@functools.lru_cache(maxsize=200_000)
def digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def event_hash(event: Event) -> str:
    """Over kind, time and payload; not over the origin, so that a repeated event has the hash of the first."""
    return digest(event.kind, event.ts, event.uid, event.body)


def segment_hash(bug: str | None, stream: str, scope: str, first: int, prev: str, events: tuple[Event, ...]) -> str:
    return digest(stream, "" if bug == "scope_not_in_hash" else scope, first, len(events), prev, events)


def make_segment(bug: str | None, stream: str, scope: str, first: int, prev: str, events: tuple[Event, ...]) -> Segment:
    return Segment(
        stream, scope, first, len(events), prev, segment_hash(bug, stream, scope, first, prev, events), events
    )


def is_intact(bug: str | None, segment: Segment) -> bool:
    if bug == "hash_not_checked":
        return True
    return segment.hash == segment_hash(bug, segment.stream, segment.scope, segment.first, segment.prev, segment.events)


def origin_of(bug: str | None, item: Item) -> Origin:
    """What this event repeats, or itself. The hash is computed, never believed."""
    event = item.event
    own = event_hash(event)
    if event.origin and (event.origin.hash == own or bug in ("origin_without_hash", "origin_believed")):
        return event.origin
    return Origin(item.stream, item.seq, own)


def fold_key(bug: str | None, item: Item) -> Key:
    origin = origin_of(bug, item)
    if bug == "origin_without_hash":
        return (item.author, origin.stream, origin.seq)
    if bug == "origin_without_author":
        return tuple(origin)
    return (item.author, *origin)


def fold(bug: str | None, items: Iterable[Item], erased: frozenset[Origin]) -> dict[Key, Item]:
    """Each fact once, without what was erased. The first of two equal ones stays."""
    seen: dict[Key, Item] = {}
    for item in items:
        if erased and origin_of(bug, item) in erased:
            continue
        seen.setdefault(fold_key(bug, item), item)
    return seen


def version_of(bug: str | None, thing: str, parents: tuple[str, ...], text: str, title: str) -> str:
    """The name of a journal's version: everything it says, and what it was written on."""
    if bug == "version_of_text_only":
        return digest("ver", thing, parents, text)
    return digest("ver", thing, parents, text, title)


def heads_of(bug: str | None, events: Iterable[Event]) -> dict[str, dict[str, Event]]:
    """Per journal entry, the versions that nobody has written on."""
    versions: dict[str, dict[str, Event]] = {}
    for event in events:
        if event.kind == "journal":
            versions.setdefault(str(event.body[0]), {}).setdefault(str(event.body[1]), event)
    heads: dict[str, dict[str, Event]] = {}
    for thing, known in versions.items():
        if bug == "lww_journal":
            newest = max(known.values(), key=lambda event: (event.ts, event.uid))
            heads[thing] = {str(newest.body[1]): newest}
            continue
        parents = {parent for event in known.values() for parent in event.body[2]}  # type: ignore[attr-defined]
        heads[thing] = {ver: event for ver, event in known.items() if ver not in parents}
    return heads
