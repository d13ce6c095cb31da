"""Where a segment stands in its stream, and what an answer proves. Pure: the table of docs/sync-protocol.md, line by
line.

What a segment says inside is judged by `examine`; here only hash, place, chain and owner count. Invariant: nothing
that this module answers can keep a stream from going on, and no answer covers what the request did not prove.
"""

from typing import Literal, NamedTuple

import msgspec

Answer = list[object]


class StreamState(msgspec.Struct):
    """A stream as the server knows it; unbound until its first segment was taken."""

    person_id: str | None = None
    device_id: str | None = None
    next: int = 0
    chain: str = ""


class KnownSegment(NamedTuple):
    """The segment of a stream that covers some event: where it begins, and its hash."""

    first: int
    hash: str


class Place(NamedTuple):
    """continues: append it. another: not this device's stream. The others are answers and store nothing."""

    verdict: Literal["continues", "another", "dup", "gap", "fork"]
    number: int = 0


CONTINUES = Place("continues")
ANOTHER = Place("another")
DUP = Place("dup")


def place_of(
    state: StreamState, *, person_id: str, device_id: str, first: int, prev: str, hash_: str, known: KnownSegment | None
) -> Place:
    """Judge a segment whose hash is right. `known` is the stored segment that covers its first event, if any."""
    if state.person_id is not None and (state.person_id, state.device_id) != (person_id, device_id):
        return ANOTHER
    if first > state.next:
        return Place("gap", state.next)
    if first == state.next:
        return CONTINUES if prev == state.chain else Place("fork", 0)
    if known is None:
        # A stream is dense, so the store has lost it. Taken for a fork, the phone emits all of it again.
        return Place("fork", 0)
    if known.first == first and known.hash == hash_:
        return DUP
    return Place("fork", known.first)


class Ledger:
    """The answers to one request, and how many events they prove durable."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.proven: int | None = None

    def take(self, answer: Answer, end: int) -> None:
        """An answer after which the server has the segment's events: ok, dup or aside."""
        self.answers.append(answer)
        self.proven = end

    def keep_aside(self, answer: Answer) -> None:
        """An answer to what is no part of this device's stream: kept, but it proves nothing."""
        self.answers.append(answer)

    def stop(self, answer: Answer, rest: int, next_: int) -> None:
        """An answer that takes nothing; the `rest` segments after it are not looked at."""
        self.answers.append(answer)
        self.answers.extend(["gap", next_] for _ in range(rest))

    def refuse(self, answer: Answer, rest: int) -> None:
        """The same answer for all that is left; nothing of it was taken."""
        self.answers.extend(answer for _ in range(rest))
