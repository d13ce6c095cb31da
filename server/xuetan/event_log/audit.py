"""What a log holds, in numbers and hashes, and whether every stream in it is whole.

Two logs with equal holdings hold the same segments at the same places. Reads only, a stream at a time; works on any
copy. Digests do not depend on the order of rows: databases put text in order each in their way.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from xuetan.event_log.entries import Run
from xuetan.event_log.ingest import PLACELESS
from xuetan.event_log.remains import read_sealed_sha256
from xuetan.event_log.segments import segment_hash

_PAGE = 1000


class Holdings(msgspec.Struct, frozen=True):
    """`heads` and `chains` are sums, modulo 2^256, of SHA-256 over every scope with its head, and every stream with its
    writer, end and chain."""

    epoch: str
    scopes: int
    positions: int
    entries: int
    streams: int
    events: int
    set_aside: int
    heads: str
    chains: str


_SCOPES = "SELECT scope, head FROM log_scope WHERE scope > ? ORDER BY scope LIMIT ?"
_STREAMS = "SELECT stream, person_id, device_id, next, chain FROM log_stream WHERE stream > ? ORDER BY stream LIMIT ?"
_ENTRIES = "SELECT first, n, scope, hash, body FROM log_entry WHERE stream = ? AND NOT released"
_ASIDES = "SELECT seq, n, scope, hash, body, code FROM log_set_aside WHERE stream = ? AND body IS NOT NULL"


def read_holdings(run: Run) -> Holdings:
    """All that a log holds. Counts entries and positions apart: a log without gaps has as many of the one as of the other."""
    epoch = run("SELECT epoch FROM log_history", ()).fetchone()
    scopes, heads = _digest(_pages(run, _SCOPES))
    streams, chains = _digest(_pages(run, _STREAMS))
    return Holdings(
        epoch=str(epoch[0]) if epoch else "",
        scopes=scopes,
        positions=_number(run, "SELECT CAST(COALESCE(SUM(head), 0) AS BIGINT) FROM log_scope"),
        entries=_number(run, "SELECT COUNT(*) FROM log_entry"),
        streams=streams,
        events=_number(run, "SELECT CAST(COALESCE(SUM(next), 0) AS BIGINT) FROM log_stream"),
        set_aside=_number(run, "SELECT COUNT(*) FROM log_set_aside"),
        heads=heads,
        chains=chains,
    )


def list_stream_ends(run: Run) -> Iterator[tuple[str, int]]:
    """Every stream with the number of its events."""
    return ((str(row[0]), int(row[3])) for row in _pages(run, _STREAMS))


def find_broken_streams(run: Run) -> set[str]:
    """Streams whose segments do not hash, one after the other, to their chain."""
    return {str(row[0]) for row in _pages(run, _STREAMS) if not _is_whole(run, row[0], row[3], row[4])}


def _is_whole(run: Run, stream: str, end: int, chain: str) -> bool:
    asides = (row[:5] for row in run(_ASIDES, (stream,)).fetchall() if row[5] not in PLACELESS)
    rows = [*run(_ENTRIES, (stream,)).fetchall(), *asides]
    gone = read_sealed_sha256(run, stream)
    place, prev = 0, ""
    for first, n, scope, hash_, body in sorted(rows, key=_first_of):
        sealed = gone.get(hash_)
        if first != place or segment_hash(stream, scope, first, n, prev, body, sealed_sha256=sealed) != hash_:
            return False
        place, prev = first + n, hash_
    return place == end and prev == chain


def _first_of(row: Any) -> int:
    return int(row[0])


def _pages(run: Run, sql: str) -> Iterator[Any]:
    """All rows of a query that goes on after a text key, never many at once."""
    after = ""
    while True:
        rows = run(sql, (after, _PAGE)).fetchall()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def _digest(rows: Iterable[Any]) -> tuple[int, str]:
    total, count = 0, 0
    for count, row in enumerate(rows, 1):  # noqa: B007 (the last one is the number of rows)
        total += int.from_bytes(hashlib.sha256(msgspec.json.encode([*row])).digest(), "big")
    return count, f"{total % (1 << 256):064x}"


def _number(run: Run, sql: str) -> int:
    return int(run(sql, ()).fetchone()[0])
