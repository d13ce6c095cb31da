"""What makes an event the same event, and when it happened. Pure.

An event that was emitted again after a fork names what it repeats; both are taken once, but only when the content is
equal and the writer is the same person, so that nobody can make another's event disappear by claiming to repeat it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import rfc8785

from xuetan.contracts.limits import CLOCK_DOUBT_MS
from xuetan.event_log.service import EventRecord, event_hash


class Identity(NamedTuple):
    """`key` is equal for an event and its repetitions; `is_canonical` is false when RFC 8785 has no form for it."""

    key: str
    is_canonical: bool


class Moment(NamedTuple):
    """When an event happened as far as we can tell, and whether to doubt it."""

    at_ms: int
    doubtful: bool


def identity_of(record: EventRecord) -> Identity:
    """The identity of an event by its writer."""
    own = _hash_of(record.kind, record.ts, record.payload)
    stream, seq, origin = record.stream, record.seq, record.origin
    if own is None:
        return Identity(f"{record.person_id}:{stream}:{seq}", is_canonical=False)
    if origin is not None and origin.hash == own:
        stream, seq = origin.stream, origin.seq
    return Identity(f"{record.person_id}:{stream}:{seq}:{own}", is_canonical=True)


def _hash_of(kind: str, ts: int, payload: Mapping[str, Any]) -> str | None:
    """The event's hash, or None where RFC 8785 has no form: huge numbers, text that is not well formed."""
    try:
        return event_hash(kind, ts, dict(payload))
    except (rfc8785.CanonicalizationError, ValueError, RecursionError):
        return None


def moment(ts: int, clock_offset_ms: int | None, received_ms: int) -> Moment:
    """The phone's time corrected by its measured offset, never later than it was received, never before 1970."""
    corrected = ts + (clock_offset_ms or 0)
    unsure = clock_offset_ms is None or abs(clock_offset_ms) > CLOCK_DOUBT_MS
    return Moment(max(0, min(corrected, received_ms)), unsure or corrected > received_ms + CLOCK_DOUBT_MS)
