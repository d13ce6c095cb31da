"""Reading a scope from a place on: what of a segment is from before. Pure.

A reader with a floor gets what stands after its position and was written at its time or later, by the writer's clock as it was
corrected and never later than it was received: what arrives late, was emitted again, or was pushed anew to a root that came back from
a backup stands at new positions and is judged by its own time. Doubt is settled against the reader: a time of whole seconds is taken
as it is. What the reader wrote is theirs.
"""

from collections.abc import Sequence

from xuetan.event_log.columns import read_shape, times_of


def earlier_than(text: bytes, floor_ms: int, offset_ms: int | None, received_ms: int) -> set[int]:
    """The indices of the events of a segment, inflated, that were written before this time."""
    times: Sequence[int] = times_of(read_shape(text))
    offset = offset_ms or 0
    return {index for index, ms in enumerate(times) if min(ms + offset, received_ms) < floor_ms}
