"""Events as others read them: one record per event, without what was set aside. Owns the decoding of stored entries."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xuetan.event_log.entries import Run
from xuetan.event_log.segments import Origin, inflate, read_columns

EVENT_COLUMNS = "position, received_ms, stream, first, person_id, role, after, clock_offset_ms, set_aside, body"


class EventRecord(msgspec.Struct, frozen=True):
    """One event of a phone, as the server keeps it. `after`: written after the writer's role had ended."""

    scope: str
    position: int
    stream: str
    seq: int
    kind: str
    ts: int
    received_ms: int
    clock_offset_ms: int | None
    person_id: str
    role: str
    after: bool
    payload: dict[str, Any]
    origin: Origin | None


def records_of(scope: str, row: Any) -> Iterator[EventRecord]:
    """The events of a stored segment, given as a row of EVENT_COLUMNS."""
    position, received_ms, stream, first, person_id, role, after, clock_offset_ms, set_aside, body = row
    aside = aside_seqs(set_aside)
    for index, event in enumerate(read_columns(inflate(body))):
        if event is not None and first + index not in aside:
            yield EventRecord(
                scope,
                position,
                stream,
                first + index,
                event.kind,
                event.ts,
                received_ms,
                clock_offset_ms,
                person_id,
                role,
                bool(after),
                event.payload,
                event.origin,
            )


def aside_seqs(set_aside: str | None) -> frozenset[int]:
    """The seqs of a segment that are set aside, from its stored [[seq, code], …]."""
    return frozenset(seq for seq, _code in msgspec.json.decode(set_aside)) if set_aside else frozenset()


def read_released(run: Run, stream: str, hash_: str, person_id: str | None = None) -> frozenset[int]:
    """The seqs of a segment that were released from the quarantine; of this sender's, when one is named."""
    rows = run(
        "SELECT first, n, set_aside, person_id FROM log_entry WHERE stream = ? AND hash = ? AND released",
        (stream, hash_),
    ).fetchall()
    return frozenset(
        seq
        for first, n, aside, sender in rows
        if person_id in (None, sender)
        for seq in range(first, first + n)
        if seq not in aside_seqs(aside)
    )
