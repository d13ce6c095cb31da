"""Cutting a stream's events into segments, as the phone does it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulation.packing import pack
from xuetan.contracts.limits import SEGMENT_BODY_BYTES_TARGET, SEGMENT_EVENTS_MAX, SEGMENT_INFLATED_BYTES_MAX
from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log.segments import Event, deflate, segment_hash, write_columns
from xuetan.kernel.ids import new_id

CODED_TEXT_BYTES_MAX = 8_192


@dataclass
class LocalStream:
    """One stream on a phone: its events with the scopes they are addressed to, and its sealed segments."""

    stream: str = field(default_factory=new_id)
    events: list[tuple[str, Event]] = field(default_factory=list)
    sealed: list[tuple[SegmentHeader, bytes]] = field(default_factory=list)
    acknowledged: int = 0
    # After a fork only this many events are pushed under this stream.
    ends_at: int | None = None

    @property
    def end(self) -> int:
        return len(self.events) if self.ends_at is None else self.ends_at

    @property
    def sealed_end(self) -> int:
        return self.sealed[-1][0].first + self.sealed[-1][0].n if self.sealed else 0

    def append(self, scope: str, event: Event) -> int:
        assert self.ends_at is None
        self.events.append((scope, event))
        return len(self.events) - 1

    def seal(self) -> None:
        """Seal everything that is not sealed yet; what is sealed never changes."""
        while self.sealed_end < self.end:
            first = self.sealed_end
            scope = self.events[first][0]
            run = []
            for other, event in self.events[first : min(self.end, first + SEGMENT_EVENTS_MAX)]:
                if other != scope:
                    break
                run.append(event)
            body, n = fill_body(run)
            prev = self.sealed[-1][0].hash if self.sealed else ""
            hash_ = segment_hash(self.stream, scope, first, n, prev, body)
            self.sealed.append((SegmentHeader(scope, first, n, prev, hash_, len(body)), body))

    def segments_from(self, first: int) -> list[tuple[SegmentHeader, bytes]]:
        """The sealed segments that a push from this event on begins with."""
        return [one for one in self.sealed if one[0].first + one[0].n > first and one[0].first < self.end]


def fill_body(events: Sequence[Event]) -> tuple[bytes, int]:
    """A body of as many of these events as fit under the target, at least one; and how many they are."""
    if (body := _body_that_fits(events)) is not None:
        return _smallest(write_columns(events), body), len(events)
    low, high = 1, len(events)
    while high - low > 1:
        middle = (low + high) // 2
        if _body_that_fits(events[:middle]) is not None:
            low = middle
        else:
            high = middle
    text = write_columns(events[:low])
    return _smallest(text, deflate(text)), low


def _smallest(text: bytes, plain: bytes) -> bytes:
    """Coded where that is soon done: what a phone does in no time takes Python a while."""
    return pack(text) if len(text) <= CODED_TEXT_BYTES_MAX else plain


def _body_that_fits(events: Sequence[Event]) -> bytes | None:
    text = write_columns(events)
    body = deflate(text)
    return body if len(body) <= SEGMENT_BODY_BYTES_TARGET and len(text) <= SEGMENT_INFLATED_BYTES_MAX else None
