"""What a root holds, told in full, and whether it is in order: every chain, every hash, every gap, every projection.

Reads the tables as they are; only the bytes of a segment are opened by the log's own reader.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlmodel import Session

from xuetan.event_log.service import EventLog, read_segment, segment_hash
from xuetan.kernel.services import Services
from xuetan.kernel.sql import run_in
from xuetan.kernel.tables import Table

# The one projector that makes tables; the other only tells people of news, which cannot be untold.
PROJECTOR = "learning_log"
PROJECTED_PREFIX = "learning_"


def holdings(services: Services, people: Sequence[str]) -> dict[str, Any]:
    """Everything the root has of these people: entries, the quarantine, streams, follow lists, and the rows they read."""
    with services.database.reading() as session:
        follow = _of(session, _FOLLOW, people)
        scopes = sorted({row[3] for row in follow})
        epoch = _all(session, "SELECT epoch FROM log_history")
        return {
            "epoch": epoch[0][0],
            "segments": [_segment(row) for row in _of(session, _SEGMENTS, people)],
            "rows": _of(session, _ROWS, scopes),
            "heads": dict(_of(session, "SELECT scope, head FROM log_scope WHERE scope IN (?) ORDER BY scope", scopes)),
            "aside": [_aside(row) for row in _of(session, _ASIDE, people)],
            "streams": {row[0]: row[1:] for row in _of(session, _STREAMS, people)},
            "follow": follow,
        }


def stream_states(services: Services, streams: list[str]) -> dict[str, Any]:
    """Owner, `next` and chain of each of these streams that the root knows."""
    found: dict[str, Any] = {}
    with services.database.reading() as session:
        run = run_in(session)
        for stream in streams:
            row = run("SELECT person_id, device_id, next, chain FROM log_stream WHERE stream = ?", (stream,)).fetchone()
            if row is not None:
                found[stream] = list(row)
    return found


def heads_followed(services: Services, person: str) -> dict[str, int]:
    """The last position of each scope that this person follows, by the number it has for them."""
    with services.database.reading() as session:
        return {str(number): head for number, head in _all(session, _HEADS, person)}


def disorder(services: Services, people: Sequence[str], *, rebuild: bool) -> list[str]:
    """What is wrong with what a root at rest has of these people; empty when nothing is.

    With `rebuild`, what was projected step by step is compared with what the log says when it is read anew."""
    log = services.log
    assert isinstance(log, EventLog)
    with services.database.reading() as session:
        found = [*_chains(session, people), *_gaps(session), *_failures(session)]
        before = _projections(session) if rebuild else {}
    if rebuild:
        log.rebuild(PROJECTOR)
    with services.database.reading() as session:
        after = _projections(session) if rebuild else {}
    found += [f"PROJECTION {table} is not what the log says" for table in before if before[table] != after[table]]
    return found


def _chains(session: Session, people: Sequence[str]) -> Iterator[str]:
    """Every stream from its first event to `next`: dense, chained, each hash that of its bytes."""
    for stream, person, device, next_, chain in _of(session, _STREAMS, people):
        parts = [
            *_all(
                session,
                "SELECT scope, first, n, hash, person_id, body, NULL FROM log_entry WHERE stream = ? AND NOT released",
                stream,
            ),
            *_all(
                session,
                """SELECT scope, seq, n, hash, person_id, body, prev FROM log_set_aside WHERE stream = ?
                   AND body IS NOT NULL AND code NOT IN ('stream_of_another', 'device_revoked', 'gap', 'forked') AND device_id = ?""",
                stream,
                device,
            ),
        ]
        at, before = 0, ""
        for scope, first, n, hash_, by, body, _prev in sorted(parts, key=lambda part: part[1]):
            if first != at:
                yield f"CHAIN {stream} has a hole or a doubled place at {at}"
            if by != person:
                yield f"CHAIN {stream} of {person} holds a segment of {by}"
            if segment_hash(stream, scope, first, n, before, body) != hash_:
                yield f"CHAIN {stream} at {first}: the bytes do not give the hash"
            at, before = first + n, hash_
        if (at, before) != (next_, chain):
            yield f"CHAIN {stream} says {next_}, its segments end at {at}"


def _gaps(session: Session) -> Iterator[str]:
    sql = """SELECT s.scope, s.head, COUNT(e.position), COALESCE(MAX(e.position), 0) FROM log_scope s
             LEFT JOIN log_entry e ON e.scope = s.scope GROUP BY s.scope, s.head"""
    for scope, head, count, highest in _all(session, sql):
        if not head == count == highest:
            yield f"CHAIN {scope} has {count} entries up to {highest}, its counter says {head}"


def _failures(session: Session) -> Iterator[str]:
    for projector, scope, position, seq, error in _all(
        session, "SELECT projector, scope, position, seq, error FROM log_projection_failure"
    ):
        yield f"PROJECTION {projector} could not take {scope} {position} {seq}: {error}"


def _projections(session: Session) -> dict[str, str]:
    """A hash of every projected table's rows."""
    hashes: dict[str, str] = {}
    for name in sorted(Table.metadata.tables):
        if name.startswith(PROJECTED_PREFIX):
            rows = sorted(repr(tuple(row)) for row in _all(session, f"SELECT * FROM {name}"))  # noqa: S608
            hashes[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return hashes


def _segment(row: Any) -> dict[str, Any]:
    scope, position, stream, first, n, hash_, person, role, after, aside, body, released = row
    seqs = [pair[0] for pair in msgspec.json.decode(aside)] if aside else []
    return {
        "scope": scope,
        "position": position,
        "stream": stream,
        "first": first,
        "n": n,
        "hash": hash_,
        "by": person,
        "role": role,
        "after": bool(after),
        "aside": seqs,
        "released": bool(released),
        "events": events_of(body),
    }


def _aside(row: Any) -> dict[str, Any]:
    person, device, stream, seq, n, scope, code, body = row
    return {
        "by": person,
        "device": device,
        "stream": stream,
        "seq": seq,
        "n": n,
        "scope": scope,
        "code": code,
        "whole": body is not None,
        "events": events_of(body) if body is not None else [],
    }


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The events of a segment, with those that were set aside; empty where it cannot be read."""
    try:
        events = read_segment(body)
    except ValueError:
        return []
    return [
        {
            "index": index,
            "kind": event.kind,
            "ts": event.ts,
            "payload": event.payload,
            "origin": [event.origin.stream, event.origin.seq, event.origin.hash] if event.origin else None,
        }
        for index, event in enumerate(events)
        if event is not None
    ]


def _all(session: Session, sql: str, *parameters: Any) -> list[list[Any]]:
    return [list(row) for row in run_in(session)(sql, parameters).fetchall()]


def _of(session: Session, sql: str, names: Sequence[str]) -> list[list[Any]]:
    """A statement with `IN (?)` over these names."""
    return _all(session, sql.replace("IN (?)", f"IN ({','.join('?' * len(names))})"), *names)


_SEGMENTS = """
SELECT scope, position, stream, first, n, hash, person_id, role, after, set_aside, body, released FROM log_entry
WHERE stream IS NOT NULL AND person_id IN (?) ORDER BY scope, position
"""
_ROWS = """
SELECT scope, position, row_kind, row_key, CASE WHEN row_body IS NULL THEN 1 ELSE 0 END FROM log_entry
WHERE row_kind IS NOT NULL AND scope IN (?) ORDER BY scope, position
"""
_ASIDE = """
SELECT person_id, device_id, stream, seq, n, scope, code, body FROM log_set_aside
WHERE person_id IN (?) ORDER BY person_id, stream, seq, hash, device_id
"""
_STREAMS = "SELECT stream, person_id, device_id, next, chain FROM log_stream WHERE person_id IN (?) ORDER BY stream"
_HEADS = """
SELECT f.number, s.head FROM log_follow f JOIN log_scope s ON s.scope = f.scope
WHERE f.ended_ms IS NULL AND f.person_id = ? ORDER BY f.number
"""
_FOLLOW = """
SELECT f.person_id, r.version, f.number, f.scope, f.role FROM log_follow f JOIN log_reader r ON r.person_id = f.person_id
WHERE f.ended_ms IS NULL AND f.person_id IN (?) ORDER BY f.person_id, f.number
"""
