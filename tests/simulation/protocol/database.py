"""One person's database on one phone: appending, sealing, streams and their ends. Owns what is durable there.

Knows no network and no server. Invariants: seqs are dense; a sealed segment never changes; only `end_stream` moves
events, and only into a
new stream, with their origin.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .facts import (
    SEGMENT_EVENTS_MAX,
    SEGMENT_INFLATED_MAX,
    Event,
    Item,
    Key,
    Origin,
    Segment,
    event_hash,
    fold,
    make_segment,
)
from .log import Entry, erased_of

Mint = Callable[[str], str]


@dataclass
class LocalStream:
    """`acked`: events proven at the root; `limit`: where the stream was ended; `safe`: events in a verified backup."""

    name: str
    order: int
    events: list[tuple[str, Event]] = field(default_factory=list)
    sealed: list[Segment] = field(default_factory=list)
    acked: int = 0
    limit: int | None = None
    safe: int = 0
    burned: int = 0

    def copy(self) -> "LocalStream":
        return LocalStream(
            self.name, self.order, list(self.events), list(self.sealed), self.acked, self.limit, self.safe, self.burned
        )

    @property
    def sealed_end(self) -> int:
        return self.sealed[-1].end if self.sealed else 0

    @property
    def waits(self) -> bool:
        return self.acked < (len(self.events) if self.limit is None else self.limit)

    def border(self, seq: int) -> int:
        """The last border of its own segments at or before this event."""
        return max((segment.end for segment in self.sealed if segment.end <= seq), default=0)


class Database:
    """Durable state. `generation` counts what makes an answer in flight meaningless. `copied` and
    the newest seen are the truth, which the phone does not know."""

    def __init__(self, bug: str | None, person: str, device: str, mint: Mint) -> None:
        self.bug = bug
        self.person = person
        self.device = device
        self.mint = mint
        self.current = mint(person)
        self.streams: dict[str, LocalStream] = {self.current: LocalStream(self.current, 0)}
        self.epoch: str | None = None
        self.generation = 0
        self.follow_version = 0
        self.follow: dict[int, tuple[str, str]] = {}
        self.cursors: dict[int, int] = {}
        self.entries: dict[int, dict[int, Entry]] = {}
        self.rows: dict[int, dict[tuple[str, str], tuple[int, object]]] = {}
        self.provisional: dict[str, tuple[Entry, ...]] = {}
        self.aside: dict[tuple[str, int], str] = {}
        self.receipts: dict[tuple[str, int], tuple[str, str]] = {}
        self.copied = False
        self.newest_epoch_seen = 0
        self.newest_list_seen = 0

    def copy(self) -> "Database":
        other = Database(self.bug, self.person, self.device, self.mint)
        other.current = self.current
        other.streams = {name: stream.copy() for name, stream in self.streams.items()}
        other.epoch, other.generation, other.follow_version = self.epoch, self.generation, self.follow_version
        other.follow, other.cursors = dict(self.follow), dict(self.cursors)
        other.entries = {number: dict(entries) for number, entries in self.entries.items()}
        other.rows = {number: dict(rows) for number, rows in self.rows.items()}
        other.provisional, other.aside, other.receipts = dict(self.provisional), dict(self.aside), dict(self.receipts)
        other.copied = True
        other.newest_epoch_seen, other.newest_list_seen = self.newest_epoch_seen, self.newest_list_seen
        return other

    # ---- appending and sealing ---------------------------------------------------------------------------------------

    def append(self, scope: str, event: Event) -> None:
        self.streams[self.current].events.append((scope, event))

    def seal_all(self) -> None:
        for stream in self.streams.values():
            if self.bug == "recut_sealed":
                stream.sealed = [segment for segment in stream.sealed if segment.end <= stream.acked]
            while stream.limit is None and stream.sealed_end < len(stream.events):
                self._seal_one(stream)

    def _seal_one(self, stream: LocalStream) -> None:
        first = stream.sealed_end
        scope = stream.events[first][0]
        taken: list[Event] = []
        inflated = 0
        for event_scope, event in stream.events[first : first + SEGMENT_EVENTS_MAX]:
            inflated += event.inflated
            too_long = inflated > SEGMENT_INFLATED_MAX and self.bug != "seal_ignores_inflated"
            if taken and (event_scope != scope or too_long):
                break
            taken.append(event)
        prev = stream.sealed[-1].hash if stream.sealed else ""
        stream.sealed.append(make_segment(self.bug, stream.name, scope, first, prev, tuple(taken)))

    def stream_to_push(self) -> LocalStream:
        for stream in sorted(self.streams.values(), key=lambda stream: stream.order):
            if stream.waits:
                return stream
        return self.streams[self.current]

    def unproven(self, stream: LocalStream, most: int) -> tuple[Segment, ...]:
        limit = len(stream.events) if stream.limit is None else stream.limit
        return tuple(segment for segment in stream.sealed if stream.acked <= segment.first < limit)[:most]

    # ---- ends of streams, of epochs, of scopes -----------------------------------------------------------------------

    def end_stream(self, name: str, at: int) -> None:
        """Keep what is proven under the old name, emit the rest again in a new stream."""
        stream = self.streams[name]
        tail = list(enumerate(stream.events))[at:]
        if stream.limit is not None and not tail:
            return
        stream.events, stream.limit = stream.events[:at], at
        stream.sealed = [segment for segment in stream.sealed if segment.end <= at]
        stream.acked, stream.safe = min(stream.acked, at), min(stream.safe, at)
        self.aside = {place: code for place, code in self.aside.items() if place[0] != name or place[1] < at}
        self.generation += 1
        new = self.mint(self.person)
        self.streams[new] = LocalStream(
            new, len(self.streams), [(scope, self._again(name, seq, event)) for seq, (scope, event) in tail]
        )
        if name == self.current:
            self.current = new
        elif not tail:
            del self.streams[new]
        else:
            self.streams[new].limit = len(tail)
            while self.streams[new].sealed_end < len(tail):
                self._seal_one(self.streams[new])
        if self.bug == "fork_discards_prefix":
            del self.streams[name]

    def _again(self, name: str, seq: int, event: Event) -> Event:
        if self.bug == "emitted_again_without_origin":
            return event._replace(origin=None)
        true = event.origin and event.origin.hash == event_hash(event)
        if true and self.bug != "origin_of_origin":
            return event
        return event._replace(origin=Origin(name, seq, event_hash(event)))

    def change_epoch(self, epoch: str) -> None:
        """Another history of the root: everything it said is forgotten, nothing that this phone wrote is."""
        self.epoch = epoch
        self.generation += 1
        for stream in self.streams.values():
            if stream.name == self.current or self.bug != "old_streams_not_pushed_again":
                stream.acked = stream.safe = 0
        if self.bug != "epoch_keeps_cursors":
            self.cursors = {}
        if self.bug != "epoch_keeps_follow":
            self.follow_version, self.follow = 0, {}
        self.entries, self.rows, self.provisional, self.aside, self.receipts = {}, {}, {}, {}, {}

    def drop_number(self, number: int) -> None:
        self.entries.pop(number, None)
        self.rows.pop(number, None)
        self.cursors.pop(number, None)

    # ---- what the person sees ----------------------------------------------------------------------------------------

    def held_uids(self) -> set[str]:
        return {event.uid for stream in self.streams.values() for _, event in stream.events}

    def aside_codes(self) -> dict[tuple[str, int], str]:
        """What the phone says of its own set-aside events: from acknowledgements and from the rows of its own scope."""
        codes = dict(self.aside)
        for rows in self.rows.values():
            for (kind, key), (_, body) in rows.items():
                if kind == "set_aside":
                    stream, seq = key.rsplit(":", 1)
                    if body == "released":
                        codes.pop((stream, int(seq)), None)
                    else:
                        codes[(stream, int(seq))] = str(body)
        return codes

    def erased(self) -> frozenset[Origin]:
        bodies = {key: body for rows in self.rows.values() for key, (_, body) in rows.items()}
        return erased_of(bodies)

    def own_items(self, codes: dict[tuple[str, int], str]) -> list[tuple[str, Item]]:
        return [
            (scope, Item(self.person, stream.name, seq, event))
            for stream in self.streams.values()
            for seq, (scope, event) in enumerate(stream.events)
            if (stream.name, seq) not in codes
        ]

    def view(self, with_provisional: bool = True) -> dict[str, dict[Key, Item]]:
        """Per scope, each fact once: pulled, its own, and (shown as such) provisional ones."""
        items: dict[str, list[Item]] = {scope: [] for scope, _ in self.follow.values()}
        for entries in self.entries.values():
            for entry in entries.values():
                items.setdefault(entry.scope, []).extend(entry.items())
        for scope, item in self.own_items(self.aside_codes()):
            items.setdefault(scope, []).append(item)
        if with_provisional:
            for provisional in self.provisional.values():
                for entry in provisional:
                    items.setdefault(entry.scope, []).extend(entry.items())
        erased = self.erased()
        return {scope: fold(self.bug, of_scope, erased) for scope, of_scope in items.items()}
