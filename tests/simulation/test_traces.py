"""What phones sent in whole worlds, read and written again by Python's half of the protocol: every frame, every list of columns and
every hash is the same, byte for byte, in both languages."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pytest

from xuetan.event_log.segments import Event, inflate, read_columns, segment_hash, write_columns
from xuetan.kernel.ids import new_id
from xuetan.rehearsal.root import Answer, Root
from xuetan.rehearsal.runner import found, run_worlds, scratch_folder
from xuetan.sync.frames import decode_frame, encode_frame

SEEDS = 6


class Trace(NamedTuple):
    """The frames that were asked of the roots of some worlds and answered with 200, and who lives there."""

    frames: list[bytes]
    people: list[str]


@pytest.fixture(scope="module")
def trace() -> Trace:
    frames: list[bytes] = []
    post = Root.post

    def listened(self: Root, path: str, body: bytes, headers: dict[str, str], *, crash: str | None = None) -> Answer:
        answer = post(self, path, body, headers, crash=crash)
        if path == "/sync/1" and answer.status == 200:
            frames.append(body)
        return answer

    with pytest.MonkeyPatch.context() as patch, scratch_folder() as folder:
        # It listens and changes nothing.
        patch.setattr(Root, "post", listened)
        founded = found(folder / "founded")
        worlds = list(run_worlds(founded, folder / "world", ["--first", "0", "--count", str(SEEDS)]))
    assert [world["found"] for world in worlds] == [[]] * SEEDS
    return Trace(frames, [person.person_id for person in founded.estate.people.values()])


def test_every_frame_that_a_phone_wrote_is_written_again_to_the_byte(trace: Trace) -> None:
    person = new_id()
    assert len(trace.frames) > 50 * SEEDS
    assert [frame for frame in trace.frames if encode_frame(*decode_frame(frame, person), person) != frame] == []


def test_every_segment_has_the_hash_and_the_columns_that_this_side_would_give_it(trace: Trace) -> None:
    """Of whom a frame is, its token says: here it is whoever its hashes fit. What the line damaged fits nobody."""
    bodies: dict[str, bytes] = {}
    for frame, person in product(trace.frames, trace.people):
        header, parts = decode_frame(frame, person)
        for one, body in zip(header.segs, parts, strict=True):
            if segment_hash(header.stream, one.scope, one.first, one.n, one.prev, body) == one.hash:
                bodies[one.hash] = body
    assert len(bodies) > 20 * SEEDS
    texts = [inflate(body) for body in bodies.values()]
    assert [text for text in texts if write_columns(whole(read_columns(text))) != text] == []


def whole(events: list[Event | None]) -> list[Event]:
    assert None not in events
    return [event for event in events if event is not None]
