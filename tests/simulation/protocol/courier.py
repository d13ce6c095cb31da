"""Files that carry segments to the root: of a courier (what is unproven) and safety copies (all streams from their
beginning).

A carrier can neither read nor change them; they come late, twice or never. Owns what the root does with one.
Invariant: what a file that was
taken in holds is held by the root afterwards, whatever became of the phone or of the root's history since.
"""

from typing import NamedTuple

from .database import Database
from .facts import Segment, make_segment
from .hub import sign
from .root import Root


class File(NamedTuple):
    person: str
    device: str
    epoch: str | None
    segments: tuple[Segment, ...]
    signatures: tuple[str, ...]
    whole: bool

    def uids(self) -> set[str]:
        return {event.uid for segment in self.segments for event in segment.events}


class Receipt(NamedTuple):
    """The root's signed word about one stream, for the way back."""

    person: str
    epoch: str
    stream: str
    proven: int
    chain: str


def make_file(database: Database, whole: bool) -> File:
    """What waits, or (a safety copy) everything."""
    database.seal_all()
    segments = tuple(
        segment
        for stream in sorted(database.streams.values(), key=lambda stream: stream.order)
        for segment in stream.sealed
        if whole or segment.first >= stream.acked
    )
    signatures = tuple(sign(database.device, segment) for segment in segments)
    return File(database.person, database.device, database.epoch, segments, signatures, whole)


def alter(file: File, scope: str) -> File:
    """What a dishonest or broken carrier does: the last segment is addressed elsewhere."""
    if not file.segments:
        return file
    return file._replace(segments=(*file.segments[:-1], file.segments[-1]._replace(scope=scope)))


def _under_new_stream(file: File, bug: str | None) -> File:
    """The seeded bug: the copy counts as a new database."""
    chains: dict[str, str] = {}
    segments = []
    for segment in file.segments:
        name = f"copy.{segment.stream}"
        segments.append(make_segment(bug, name, segment.scope, segment.first, chains.get(name, ""), segment.events))
        chains[name] = segments[-1].hash
    return file._replace(segments=tuple(segments), signatures=tuple(sign(file.device, one) for one in segments))


def take_in(root: Root, file: File, bug: str | None, now: int) -> list[Receipt]:
    """Every segment by itself, in order; the epoch in which the file was made does not matter."""
    if bug == "file_bound_to_epoch" and file.epoch != root.epoch:
        return []
    if bug == "safety_copy_new_stream" and file.whole:
        file = _under_new_stream(file, bug)
    receipts = []
    for segment, signature in zip(file.segments, file.signatures, strict=True):
        if signature != sign(file.device, segment):
            continue
        acks, proven, _ = root.push(file.person, file.device, segment.stream, [segment], "file", now)
        if proven is not None and acks[0][0] in ("ok", "dup", "aside"):
            receipts.append(Receipt(file.person, root.epoch, segment.stream, segment.end, segment.hash))
    return receipts
