"""What the root stores, and so what a backup holds. Copies share immutable parts.

Invariant: positions of a scope are dense from 1 (except under the seeded bug that numbers them globally).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from .books import Book
from .facts import Item, Key, Segment, fold
from .log import Entry, erased_of, rows_of


class Known(NamedTuple):
    """A segment that has its place in a stream, with the codes of what was set aside of it."""

    first: int
    n: int
    hash: str
    prev: str
    codes: tuple[tuple[int, str], ...]


@dataclass
class StreamState:
    person: str
    device: str
    next: int = 0
    chain: str = ""
    known: dict[int, Known] = field(default_factory=dict)

    def copy(self) -> "StreamState":
        return StreamState(self.person, self.device, self.next, self.chain, dict(self.known))

    def covering(self, seq: int) -> Known | None:
        for first in sorted(self.known, reverse=True):
            if first <= seq:
                return self.known[first]
        return None

    def chain_at(self, seq: int) -> str | None:
        """The hash of the segment that ends here; None where no segment ends."""
        if seq == self.next:
            return self.chain
        known = self.known.get(seq)
        return known.prev if known else None


class Aside(NamedTuple):
    """Something in quarantine: a whole segment (`seq` None) or one event of an accepted one."""

    person: str
    device: str
    segment: Segment
    code: str
    seq: int | None = None


@dataclass
class RootState:
    book: Book
    streams: dict[str, StreamState] = field(default_factory=dict)
    scopes: dict[str, list[Entry]] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)
    waiting: list[tuple[str, str, Segment]] = field(default_factory=list)
    projected: dict[str, tuple[int, frozenset[Key]]] = field(default_factory=dict)

    def copy(self) -> "RootState":
        return RootState(
            self.book.copy(),
            {name: stream.copy() for name, stream in self.streams.items()},
            {name: list(entries) for name, entries in self.scopes.items()},
            list(self.asides),
            list(self.waiting),
            dict(self.projected),
        )

    def scope_items(self, scope: str) -> list[Item]:
        return [item for entry in self.scopes.get(scope, []) for item in entry.items()]

    def fold_scope(self, bug: str | None, scope: str) -> dict[Key, Item]:
        rows = rows_of(self.scopes.get(scope, []))
        return fold(bug, self.scope_items(scope), erased_of(rows))

    def holds(self) -> set[tuple[str, str]]:
        """(author, fact) of everything in this state: in a scope, in quarantine, or waiting for a gap to be filled."""
        held = {(item.author, item.event.uid) for scope in self.scopes for item in self.scope_items(scope)}
        for aside in self.asides:
            at = None if aside.seq is None else aside.seq - aside.segment.first
            held |= {
                (aside.person, event.uid) for index, event in enumerate(aside.segment.events) if at in (None, index)
            }
        return held | {(person, event.uid) for person, _, segment in self.waiting for event in segment.events}
