"""The stored segment at a place of a stream, with what of it stays aside. Reads only."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from xuetan.event_log.entries import Run
from xuetan.event_log.judge import KnownSegment
from xuetan.event_log.records import read_released

_KNOWN_ENTRY = """
SELECT first, hash, set_aside, NULL, n FROM log_entry
WHERE stream = ? AND first <= ? AND NOT released ORDER BY first DESC LIMIT 1
"""
# Quarantined segments keep their place in the stream, but for those that have none.
_KNOWN_ASIDE = """
SELECT seq, hash, NULL, code, n FROM log_set_aside
WHERE stream = ? AND seq <= ? AND body IS NOT NULL
AND code NOT IN ('stream_of_another', 'gap', 'forked', 'device_revoked') ORDER BY seq DESC LIMIT 1
"""


class Known(NamedTuple):
    segment: KnownSegment
    set_aside: list[tuple[int, str]]


def find_known(run: Run, stream: str, first: int) -> Known | None:
    """The stored segment of a stream that covers this event, with what was set aside of it."""
    found = [row for sql in (_KNOWN_ENTRY, _KNOWN_ASIDE) if (row := run(sql, (stream, first)).fetchone())]
    if not found:
        return None
    start, hash_, set_aside, code, n = max(found, key=_first_of)
    if code is not None:
        codes = [(start + index, code) for index in range(n)]
    else:
        codes = msgspec.json.decode(set_aside, type=list[tuple[int, str]]) if set_aside else []
    if codes:
        released = read_released(run, stream, hash_)
        codes = [(seq, code) for seq, code in codes if seq not in released]
    return Known(KnownSegment(start, hash_), codes)


def _first_of(row: Sequence[object]) -> int:
    first = row[0]
    assert isinstance(first, int)
    return first
