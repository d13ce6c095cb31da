"""A hub: keeps what phones gave, forwards it as it came, mirrors the root under the root's epoch and positions. Knows
no session token.

Invariant: it numbers nothing and acknowledges nothing but `held`; losing it loses nothing.
"""

from typing import NamedTuple

from .books import Book, Permit
from .facts import Event, Segment, digest, is_intact
from .log import Entry, Reply, Request, serve
from .root import Root


class Held(NamedTuple):
    """A segment with whom it is from; `signature` is the device's, over the segment's hash."""

    person: str
    device: str
    segment: Segment
    signature: str


def sign(device: str, segment: Segment) -> str:
    """Stands for ECDSA: only the simulation's phones call it for their own device."""
    return digest("signature", device, segment.hash)


class Hub:
    def __init__(self, bug: str | None, number: int) -> None:
        self.bug = bug
        self.name = f"hub{number}"
        self.epoch: str | None = None
        self.book = Book(bug)
        self.scopes: dict[str, list[Entry]] = {}
        self.statements: set[tuple[str, str]] = set()
        self.held: list[Held] = []

    def exchange(self, request: Request) -> Reply:
        intact = [segment for segment in request.segments if is_intact(self.bug, segment)]
        for segment in intact:
            held = Held(request.person, request.device, segment, sign(request.device, segment))
            if held not in self.held:
                self.held.append(held)
        reply = Reply(self.epoch or "", self.name, held=intact[-1].end if intact else None)
        if self.epoch is None:
            return reply
        if request.epoch != self.epoch and self.bug not in ("pulls_from_other_epoch", "hub_changes_epoch"):
            return reply._replace(statement=self._statement(request.epoch))
        served = serve(self._read, self.book, request, set(), self.bug)
        return reply._replace(
            follow_version=served.follow_version,
            follow=served.follow,
            entries=served.entries,
            cursors=served.cursors,
            provisional=self._provisional(request.person),
        )

    def _statement(self, epoch: str | None) -> tuple[str, str] | None:
        if self.bug == "statement_of_any_epoch":
            return (self.epoch or "", "")
        return (self.epoch or "", epoch or "") if (self.epoch, epoch) in self.statements else None

    def _read(self, scope: str, cursor: int) -> list[tuple[int, Entry]]:
        entries = self.scopes.get(scope, [])
        if self.bug == "serial_cursor":
            return sorted((entry.position, entry) for entry in entries if entry.position > cursor)
        return [(entry.position, entry) for entry in entries[cursor:]]

    def _provisional(self, person: str) -> tuple[Entry, ...]:
        """What it holds and the root has not numbered, judged by the root's own table, for those who read the scope.
        The device's
        signature goes with it, and the phone checks it by the key that the root vouches for; here that is one step."""
        numbered = {entry.hash for entries in self.scopes.values() for entry in entries if entry.hash}
        return tuple(
            entry
            for held in self.held
            if held.segment.hash not in numbered
            and (self.book.current(held.segment.scope, person) or self.bug == "hub_shows_to_all")
            and (held.signature == sign(held.device, held.segment) or self.bug == "relay_unsigned")
            and (entry := self._judged(held)) is not None
        )

    def _judged(self, held: Held) -> Entry | None:
        segment = held.segment
        permit = Permit(self.bug, self.book, segment.scope, held.person)
        events: tuple[Event | None, ...] = segment.events
        if self.bug != "provisional_unjudged":
            if not permit.may_append:
                return None
            events = tuple(None if permit.code_of(event) else event for event in segment.events)
        return Entry(segment.scope, 0, segment.stream, segment.first, events, segment.hash, held.person)

    def forward(self, root: Root, count: int, now: int) -> None:
        """Hand on what it holds, oldest first; forget what the root has answered: it keeps a fork and a gap, too."""
        for held in sorted(self.held, key=lambda held: (held.segment.stream, held.segment.first))[:count]:
            if held.signature != sign(held.device, held.segment) and self.bug != "relay_unsigned":
                self.held.remove(held)
                continue
            root.push(held.person, held.device, held.segment.stream, [held.segment], "hub", now)
            self.held.remove(held)

    def mirror(self, root: Root) -> None:
        """Take the root's scopes with its positions. (Whole; the protocol asks after its cursors, with the same
        result.)"""
        self.epoch = root.epoch
        self.book = root.state.book.copy()
        self.scopes = {scope: list(entries) for scope, entries in root.state.scopes.items()}
        self.statements = set(root.statements)
