"""Sealing as a phone does, for who writes as a device of its own: the demo."""

from __future__ import annotations

from xuetan.event_log import service as event_log
from xuetan.event_log.segments import inflate, read_columns, segment_hash
from xuetan.event_log.service import Event
from xuetan.kernel.ids import new_id


def test_a_sealed_segment_holds_its_events_and_continues_the_chain() -> None:
    stream, scope = new_id(), f"u:{new_id()}"
    events = [Event("lesson_opened/1", 1000 + number, {"pack": "a", "lesson": f"l{number}"}) for number in range(3)]
    first = event_log.seal_segment(stream, scope, 0, "", events)
    second = event_log.seal_segment(stream, scope, 3, first.header.hash, events[:1])
    assert read_columns(inflate(first.body)) == events
    assert (first.header.first, first.header.n, first.header.len) == (0, 3, len(first.body))
    for one in (first, second):
        header = one.header
        assert header.hash == segment_hash(stream, scope, header.first, header.n, header.prev, one.body)
    assert second.header.prev == first.header.hash
