"""Every body that the log keeps, wherever it lies: entries of scopes, the quarantine, what strangers signed. Owns finding them and putting
others in their places; why, others say.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log.entries import Run
from xuetan.event_log.records import aside_seqs
from xuetan.event_log.remains import EventName, read_named
from xuetan.event_log.scopes import letter_of
from xuetan.event_log.segments import Event
from xuetan.kernel.ids import b64url_encode

_SEGMENTS = msgspec.json.Decoder(list[SegmentHeader])
# What stands for a body of which nothing is left: a header names at least one byte.
_NOTHING = b"\0"


class Copy(NamedTuple):
    """One stored body. `role`: in which its writer wrote it; empty for what was set aside or is a stranger's. `aside`: the numbers of its
    events that were set aside alone. `put`: how another takes its place."""

    person_id: str
    stream: str
    first: int
    hash: str
    body: bytes
    position: int
    role: str
    aside: frozenset[int]
    put: Callable[[bytes], None]

    def named(self) -> Iterator[tuple[EventName, int, Event]]:
        """Its events that are there, each with its name and its index."""
        return read_named(self.person_id, self.stream, self.first, self.hash, self.body)


def copies_of(run: Run, scope: str, *, set_aside_of: str = "") -> Iterable[Copy]:
    """Every body that the log keeps of a scope; and of what this person sent anywhere and was set aside."""
    for position, stream, first, hash_, person_id, role, aside, body in run(
        """SELECT position, stream, first, hash, person_id, role, set_aside, body FROM log_entry
           WHERE scope = ? AND stream IS NOT NULL""",
        (scope,),
    ).fetchall():
        put = _putter_of_entry(run, scope, position)
        seqs = aside_seqs(aside)
        yield Copy(person_id, stream, int(first), hash_, bytes(body), int(position), role or "", seqs, put)
    for person_id, stream, seq, hash_, device_id, body in run(
        """SELECT person_id, stream, seq, hash, device_id, body FROM log_set_aside
           WHERE (scope = ? OR person_id = ?) AND body IS NOT NULL""",
        (scope, set_aside_of),
    ).fetchall():
        put = _putter_of_aside(run, (person_id, stream, seq, hash_, device_id))
        yield Copy(person_id, stream, int(seq), hash_, bytes(body), 0, "", frozenset(), put)
    yield from _copies_of_strangers(run, scope)


def _putter_of_entry(run: Run, scope: str, position: int) -> Callable[[bytes], None]:
    def put(body: bytes) -> None:
        run("UPDATE log_entry SET body = ? WHERE scope = ? AND position = ?", (body, scope, position))

    return put


def _putter_of_aside(run: Run, key: tuple[Any, ...]) -> Callable[[bytes], None]:
    def put(body: bytes) -> None:
        run(
            """UPDATE log_set_aside SET body = ?
               WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?""",
            (body, *key),
        )

    return put


def _copies_of_strangers(run: Run, scope: str) -> Iterable[Copy]:
    """In a person's own scopes alone: who signed them says whose they are."""
    if letter_of(scope) not in ("u", "p"):
        return
    rows = run(
        """SELECT device_id, key_id, stream, chain, segments FROM log_stranger_transfer WHERE person_id = ?""",
        (scope[2:],),
    ).fetchall()
    for device_id, key_id, stream, chain, segments in rows:
        for number, header in enumerate(_SEGMENTS.decode(segments)):
            if header.scope == scope:
                key = (scope[2:], device_id, key_id, stream, chain)
                body = _stranger_parts(run, key)[number][1]
                put = _putter_of_stranger(run, key, number)
                yield Copy(scope[2:], stream, header.first, header.hash, body, 0, "", frozenset(), put)


def _stranger_parts(run: Run, key: tuple[str, ...]) -> list[tuple[SegmentHeader, bytes]]:
    row = run(
        """SELECT segments, bodies FROM log_stranger_transfer
           WHERE person_id = ? AND device_id = ? AND key_id = ? AND stream = ? AND chain = ?""",
        key,
    ).fetchone()
    data, start, parts = bytes(row[1]), 0, list[tuple[SegmentHeader, bytes]]()
    for header in _SEGMENTS.decode(row[0]):
        parts.append((header, data[start : start + header.len]))
        start += header.len
    return parts


def _putter_of_stranger(run: Run, key: tuple[str, ...], number: int) -> Callable[[bytes], None]:
    def put(body: bytes) -> None:
        parts = _stranger_parts(run, key)
        header = parts[number][0]
        sealed = run(
            "SELECT sha256 FROM log_erased_segment WHERE stream = ? AND hash = ?", (key[3], header.hash)
        ).fetchone()
        left = body or _NOTHING
        header.len, header.gone = len(left), b64url_encode(bytes(sealed[0]))
        parts[number] = (header, left)
        run(
            """UPDATE log_stranger_transfer SET segments = ?, bodies = ?
               WHERE person_id = ? AND device_id = ? AND key_id = ? AND stream = ? AND chain = ?""",
            (msgspec.json.encode([one for one, _ in parts]).decode(), b"".join(one for _, one in parts), *key),
        )

    return put
