"""What remains of a segment of which something was erased, and what is remembered so that nothing brings it back.

Owns the two tables of what was erased. An event is known by its writer, by where it first stood and by its hash, so it is the same event
when a phone that was copied says it again in another stream, and another when somebody else repeats it; a segment by its hash.
Invariants: the hash of a segment and the SHA-256 of the
body that it seals are kept, so chains go on being proved without the body; an event that is not among the erased is never touched.
"""

import hashlib
from collections.abc import Collection, Iterator
from typing import NamedTuple

import rfc8785
from msgspec import UNSET, UnsetType

from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log.entries import Run
from xuetan.event_log.segments import (
    Event,
    TooLargeError,
    UnreadableError,
    deflate,
    erase_columns,
    event_hash,
    inflate,
    read_columns,
    segment_hash,
)
from xuetan.kernel.ids import b64url_decode

SHA256_BYTES = 32

# Of a segment, the number -1; of an event, its seq.
ERASED_OF_STREAM = """
SELECT seq, hash, person_id FROM log_erased_event WHERE stream = ?
UNION ALL SELECT -1, hash, '' FROM log_erased_segment WHERE stream = ?
"""
_REMAINS = "SELECT sha256, remains FROM log_erased_segment WHERE stream = ? AND hash = ?"
_KEEP_REMAINS = """
INSERT INTO log_erased_segment (stream, hash, sha256, remains, erasure_id) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (stream, hash) DO UPDATE SET remains = excluded.remains, erasure_id = excluded.erasure_id
"""


def sealed_sha256(header: SegmentHeader) -> bytes | None:
    """The SHA-256 of the sealed body, where a header brings it beside what remains; of no length that fits when it is none."""
    if isinstance(header.gone, UnsetType):
        return None
    try:
        return b64url_decode(header.gone)
    except ValueError:
        return b"\0"


def is_sealed(stream: str, header: SegmentHeader, body: bytes) -> bool:
    """These bytes are the segment that its hash names, or what is said to remain of it."""
    sealed = sealed_sha256(header)
    if sealed is not None and len(sealed) != SHA256_BYTES:
        return False
    try:
        made = segment_hash(stream, header.scope, header.first, header.n, header.prev, body, sealed_sha256=sealed)
    except ValueError:
        return False
    return made == header.hash


class EventName(NamedTuple):
    """What an event is, however often its writer says it again. What others say that it repeats is theirs alone."""

    stream: str
    seq: int
    hash: str
    person_id: str


class Remains(NamedTuple):
    """`sha256`: of the body that was sealed. `body`: what stands for it."""

    sha256: bytes
    body: bytes


def name_of(person_id: str, stream: str, seq: int, segment: str, event: Event) -> EventName:
    """The name of an event of a segment. Where RFC 8785 has no form for it, it is known by its segment."""
    try:
        own = event_hash(event.kind, event.ts, event.payload)
    except (rfc8785.CanonicalizationError, ValueError, RecursionError):
        return EventName(stream, seq, f"={segment}", person_id)
    if event.origin is not None and event.origin.hash == own:
        return EventName(event.origin.stream, event.origin.seq, own, person_id)
    return EventName(stream, seq, own, person_id)


def read_named(
    person_id: str, stream: str, first: int, segment: str, body: bytes
) -> Iterator[tuple[EventName, int, Event]]:
    """The events of somebody's body that are there, each with its name and its index; none of a body that cannot be read."""
    try:
        events = read_columns(inflate(body))
    except (UnreadableError, TooLargeError):
        return
    for index, event in enumerate(events):
        if event is not None:
            yield name_of(person_id, stream, first + index, segment, event), index, event


def without(body: bytes, indices: Collection[int]) -> bytes:
    """A body without the events at these indices."""
    return deflate(erase_columns(inflate(body), indices))


def read_remains(run: Run, stream: str, segment: str) -> Remains | None:
    """What stands for a segment; None for one that is as it was sealed."""
    row = run(_REMAINS, (stream, segment)).fetchone()
    return Remains(bytes(row[0]), bytes(row[1])) if row else None


def keep_remains(run: Run, stream: str, segment: str, remains: Remains, erasure_id: str = "") -> Remains:
    """Remember what stands for a segment from now on. Only ever less than before: an older list, read later, gives nothing back."""
    known = read_remains(run, stream, segment)
    if known is not None:
        remains = Remains(known.sha256, _common(known.body, remains.body))
    run(_KEEP_REMAINS, (stream, segment, *remains, erasure_id))
    return remains


def _common(known: bytes, other: bytes) -> bytes:
    """What is in both of two remains of one segment."""
    if known == other:
        return known
    try:
        gone = [index for index, event in enumerate(read_columns(inflate(other))) if event is None]
        return without(known, gone)
    except (UnreadableError, TooLargeError):
        return b""


def make_remains(
    run: Run,
    stream: str,
    segment: str,
    body: bytes,
    indices: Collection[int] | None,
    erasure_id: str = "",
    sha256: bytes | None = None,
) -> Remains:
    """Take the events at these indices out of what stands for a segment until now (all of it, when None), and remember that. `sha256`: of
    the body that was sealed, where that is not this one."""
    known = read_remains(run, stream, segment)
    sealed = known.sha256 if known else sha256 or hashlib.sha256(body).digest()
    left = b"" if indices is None else without(body, indices)
    return keep_remains(run, stream, segment, Remains(sealed, left), erasure_id)


def is_readable(body: bytes) -> bool:
    try:
        read_columns(inflate(body))
    except (UnreadableError, TooLargeError):
        return False
    return True


def read_sealed_sha256(run: Run, stream: str) -> dict[str, bytes]:
    """Of the segments of a stream of which something was erased: the SHA-256 of the body that was sealed."""
    rows = run("SELECT hash, sha256 FROM log_erased_segment WHERE stream = ?", (stream,)).fetchall()
    return {str(row[0]): bytes(row[1]) for row in rows}


def left_of_arriving(
    run: Run,
    person_id: str,
    stream: str,
    header: SegmentHeader,
    body: bytes,
    origins: Collection[str],
    *,
    is_carried: bool,
) -> bytes | None:
    """The body to store of a segment of this person that comes, now or once more: the same where nothing of it was erased. `origins`:
    the streams from which its events are repeated. None for one that a carrier brought in pieces of which nothing is known here: a
    device's signature does not cover what remains of it, so it is its phone's to bring. It does where nothing else was ever sealed."""
    remains = _remains_of_arriving(run, person_id, stream, header, body, origins)
    if remains is None and header.gone is not UNSET:
        if is_carried and sealed_sha256(header) != hashlib.sha256(body).digest():
            return None
        # A root that was put back, and whose list of erasures was lost: what its writer's own phone says remains.
        remains = keep_remains(run, stream, header.hash, Remains(sealed_sha256(header) or b"", body))
    return body if remains is None else remains.body


def _remains_of_arriving(
    run: Run, person_id: str, stream: str, header: SegmentHeader, body: bytes, origins: Collection[str]
) -> Remains | None:
    erased: set[EventName] = set()
    for one in (stream, *origins):
        for seq, hash_, writer in run(ERASED_OF_STREAM, (one, one)).fetchall():
            if one == stream and seq < 0 and hash_ == header.hash:
                return read_remains(run, stream, header.hash)
            erased.add(EventName(one, int(seq), str(hash_), str(writer)))
    if not erased:
        return None
    named = read_named(person_id, stream, header.first, header.hash, body)
    gone = {index for name, index, _event in named if name in erased}
    return make_remains(run, stream, header.hash, body, gone, "", sealed_sha256(header)) if gone else None
