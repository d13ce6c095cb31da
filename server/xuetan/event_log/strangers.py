"""What was signed in a person's name by a key that no device of theirs has: kept as it came, outside of every scope and stream.

A root that was put back to a time before a phone signed in does not know that phone, and a file or a hub may hold the last copy
of what was written on it. Whoever calls has checked the signature. Invariants: nothing kept here is shown to anybody but
the operator, told to any phone, or proves anything; it is bounded per key, per person and in all; what is taken out was taken in
the ordinary way first, or thrown away by the operator.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET
from sqlmodel import Session

from xuetan.contracts.limits import SEGMENT_EVENTS_MAX
from xuetan.contracts.sync import SegmentHeader, Transfer
from xuetan.event_log.entries import Run
from xuetan.event_log.examine import examine
from xuetan.event_log.segments import Event, inflate, read_columns
from xuetan.event_log.transfers import Carried
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.sql import enter_log, run_in

DEVICE_UNKNOWN = "device_unknown"
Kept = Literal["kept", "full", "refused"]
# Five years of one person are about a megabyte. Anybody who may hand in a file can name anybody.
KEY_BYTES_MAX = 16 * 1024 * 1024
PERSON_BYTES_MAX = 32 * 1024 * 1024
ALL_BYTES_MAX = 256 * 1024 * 1024
# Of all who name somebody who is not here: none of their claims can be accepted before that person is entered.
NOBODYS_BYTES_MAX = 32 * 1024 * 1024
PERSON_KEYS_MAX = 20
KEYS_MAX = 1_000
# Beside those: anybody can make up people, and must not take the room of phones of real ones by it.
NOBODYS_KEYS_MAX = 200
# Beyond all of those for what the person whom it names hands in, signed in: nobody else's claims in their name shut it out.
HOME_BYTES_MORE = 16 * 1024 * 1024
HOME_KEYS_MORE = 5
# A row beside its bodies, so that many tiny ones fill the room as well.
ROW_BYTES = 400
_SEGMENTS = msgspec.json.Decoder(list[SegmentHeader])
_KEPT = """SELECT first, segments, bodies FROM log_stranger_transfer
WHERE person_id = ? AND device_id = ? AND key_id = ? AND stream = ? AND chain = ?"""
_SIZE = f"COALESCE(SUM(LENGTH(t.bodies) + LENGTH(t.segments) + {ROW_BYTES}), 0)"


class StrangerKey(NamedTuple):
    """Whose it says it is, which device it says it is, and the id of the key that signed."""

    person_id: str
    device_id: str
    key_id: str

    def __str__(self) -> str:
        return ".".join(self)


class Stranger(msgspec.Struct, frozen=True):
    """What is known of one. `name`: as the file calls its writer, unproven. `events` and `bytes`: of what is kept now."""

    of: StrangerKey
    key: str
    name: str
    is_known_person: bool
    first_ms: int
    last_ms: int
    opened_ms: int | None
    opened_by: str | None
    accepted_ms: int | None
    accepted_by: str | None
    refused_ms: int | None
    refused_by: str | None
    transfers: int
    events: int
    bytes: int


class StrangerEvent(NamedTuple):
    """One event that is kept of a stranger; None where it cannot be read."""

    scope: str
    seq: int
    event: Event | None


class StrangerContents(NamedTuple):
    """How many events are kept for which scope, and the first of them."""

    scopes: list[tuple[str, int]]
    events: list[StrangerEvent]


def read_stranger_key(text: str) -> StrangerKey:
    """The key that `str(key)` wrote; NotFoundError for anything else."""
    parts = text.split(".")
    if len(parts) != 3:
        raise NotFoundError
    return StrangerKey(*parts)


def keep_of_stranger(
    session: Session,
    carried: Carried,
    of: StrangerKey,
    key: str,
    *,
    name: str,
    is_known_person: bool,
    is_brought_home: bool,
    now_ms: int,
) -> Kept:
    """Keep a transfer whose signature is this key's. Twice is once; one that goes on where a kept one ended takes its place when
    it holds all of it. `is_brought_home`: the person whom it names handed it in."""
    run = run_in(session)
    enter_log(run)
    known = run(
        "SELECT refused_ms FROM log_stranger WHERE person_id = ? AND device_id = ? AND key_id = ?", tuple(of)
    ).fetchone()
    if known is not None and known[0] is not None:
        return "refused"
    transfer = carried.transfer
    place = (*of, transfer.stream, transfer.chain)
    first = transfer.segs[0].first
    row = run(_KEPT, place).fetchone()
    if row is not None and int(row[0]) <= first:
        return "kept"
    segments = msgspec.json.encode(transfer.segs).decode()
    bodies = b"".join(carried.bodies)
    size = len(segments) + len(bodies) + ROW_BYTES
    room = _Room(of, size, is_new=known is None, is_known_person=is_known_person, is_brought_home=is_brought_home)
    if not _fits(run, room):
        return "full"
    run(
        """INSERT INTO log_stranger (person_id, device_id, key_id, key, name, is_known_person, first_ms, last_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person_id, device_id, key_id) DO UPDATE SET last_ms = excluded.last_ms,
           name = CASE WHEN excluded.name = '' THEN log_stranger.name ELSE excluded.name END""",
        (*of, key, name, is_known_person, now_ms, now_ms),
    )
    _drop_covered(run, of, transfer)
    sig2 = None if transfer.sig2 is UNSET else transfer.sig2
    run(
        """INSERT INTO log_stranger_transfer (person_id, device_id, key_id, stream, chain, first, next, head, sig, sig2, received_ms,
           segments, bodies) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (*place, first, transfer.next, transfer.head, transfer.sig, sig2, now_ms, segments, bodies),
    )
    return "kept"


def list_strangers(session: Session, *, only_open: bool) -> list[Stranger]:
    """Whose keys signed what is or was kept so: those of whom something is kept now, then those who came last. `only_open`: only
    the former, and all of them."""
    having = "HAVING COUNT(t.stream) > 0" if only_open else ""
    order = "CASE WHEN COUNT(t.stream) > 0 THEN 0 ELSE 1 END, s.last_ms DESC"
    limit = KEYS_MAX + NOBODYS_KEYS_MAX
    rows = run_in(session)(f"{_STRANGERS} GROUP BY {_COLUMNS} {having} ORDER BY {order} LIMIT {limit}", ()).fetchall()
    return [_stranger(row) for row in rows]


def get_stranger(session: Session, of: StrangerKey) -> Stranger:
    """NotFoundError when nobody of this key came."""
    run = run_in(session)
    row = run(
        f"{_STRANGERS} WHERE s.person_id = ? AND s.device_id = ? AND s.key_id = ? GROUP BY {_COLUMNS}", tuple(of)
    ).fetchone()
    if row is None:
        raise NotFoundError
    return _stranger(row)


def list_kept_of_stranger(session: Session, person_id: str, key_id: str, limit: int, offset: int = 0) -> list[Carried]:
    """Transfers that this key signed in this person's name, in the order in which they go in."""
    run = run_in(session)
    rows = run(
        """SELECT s.key, t.device_id, t.stream, t.head, t.next, t.chain, t.sig, t.sig2, t.segments, t.bodies
           FROM log_stranger_transfer t JOIN log_stranger s
           ON s.person_id = t.person_id AND s.device_id = t.device_id AND s.key_id = t.key_id
           WHERE t.person_id = ? AND t.key_id = ? ORDER BY t.stream, t.first, t.next, t.chain LIMIT ? OFFSET ?""",
        (person_id, key_id, limit, offset),
    ).fetchall()
    return [_carried(person_id, row) for row in rows]


def read_of_stranger(session: Session, of: StrangerKey, events_max: int) -> StrangerContents:
    """What is kept of a stranger, as far as it is looked into. For the operator."""
    run = run_in(session)
    rows = run(
        """SELECT stream, chain, segments FROM log_stranger_transfer
           WHERE person_id = ? AND device_id = ? AND key_id = ? ORDER BY stream, first""",
        tuple(of),
    ).fetchall()
    scopes: dict[str, int] = {}
    events: list[StrangerEvent] = []
    seen: set[str] = set()
    for stream, chain, segments in rows:
        headers = [one for one in _SEGMENTS.decode(segments) if one.hash not in seen]
        seen.update(one.hash for one in headers)
        for header in headers:
            scopes[header.scope] = scopes.get(header.scope, 0) + header.n
        if headers and len(events) < events_max:
            events += _first_events(run, of, stream, chain, headers, events_max - len(events))
    return StrangerContents(sorted(scopes.items(), key=lambda one: -one[1]), events)


def drop_kept_of_stranger(session: Session, person_id: str, key_id: str, carried: Carried) -> None:
    """It was taken in the ordinary way."""
    run_in(session)(
        "DELETE FROM log_stranger_transfer WHERE person_id = ? AND key_id = ? AND stream = ? AND chain = ?",
        (person_id, key_id, carried.transfer.stream, carried.transfer.chain),
    )


def note_stranger_opened(session: Session, of: StrangerKey, by: str, *, now_ms: int) -> None:
    """Write down that somebody looked at what is kept."""
    run_in(session)(
        "UPDATE log_stranger SET opened_ms = ?, opened_by = ? WHERE person_id = ? AND device_id = ? AND key_id = ?",
        (now_ms, by, *of),
    )


def note_person_is_here(session: Session, person_id: str) -> None:
    """Somebody of this id was added: what names them can be accepted, and counts as a real person's."""
    run_in(session)("UPDATE log_stranger SET is_known_person = TRUE WHERE person_id = ?", (person_id,))


def accept_stranger(session: Session, of: StrangerKey, by: str, *, now_ms: int) -> None:
    """Write down that the operator vouched for the key."""
    run_in(session)(
        """UPDATE log_stranger SET accepted_ms = ?, accepted_by = ?, refused_ms = NULL, refused_by = NULL
           WHERE person_id = ? AND device_id = ? AND key_id = ?""",
        (now_ms, by, *of),
    )


def throw_stranger_away(session: Session, of: StrangerKey, by: str, *, now_ms: int) -> None:
    """Forget what is kept of it, and take no more: its carriers are told to let go of it."""
    run = run_in(session)
    enter_log(run)
    get_stranger(session, of)
    run("DELETE FROM log_stranger_transfer WHERE person_id = ? AND device_id = ? AND key_id = ?", tuple(of))
    run(
        "UPDATE log_stranger SET refused_ms = ?, refused_by = ? WHERE person_id = ? AND device_id = ? AND key_id = ?",
        (now_ms, by, *of),
    )


def throw_nobodys_away(session: Session, by: str, *, now_ms: int) -> None:
    """The same for all that name somebody who is not here."""
    nobody = [one.of for one in list_strangers(session, only_open=True) if not one.is_known_person]
    for of in nobody:
        throw_stranger_away(session, of, by, now_ms=now_ms)


_COLUMNS = """s.person_id, s.device_id, s.key_id, s.key, s.name, s.is_known_person, s.first_ms, s.last_ms, s.opened_ms, s.opened_by,
s.accepted_ms, s.accepted_by, s.refused_ms, s.refused_by"""
_STRANGERS = f"""SELECT {_COLUMNS}, COUNT(t.stream), CAST(COALESCE(SUM(t.next - t.first), 0) AS BIGINT),
CAST({_SIZE} AS BIGINT) FROM log_stranger s LEFT JOIN log_stranger_transfer t
ON t.person_id = s.person_id AND t.device_id = s.device_id AND t.key_id = s.key_id"""  # noqa: S608


class _Room(NamedTuple):
    """What one more transfer asks for."""

    of: StrangerKey
    size: int
    is_new: bool
    is_known_person: bool
    is_brought_home: bool


def _fits(run: Run, room: _Room) -> bool:
    def taken(where: str, *values: object) -> int:
        sql = f"""SELECT CAST({_SIZE} AS BIGINT) FROM log_stranger_transfer t JOIN log_stranger s
                  ON s.person_id = t.person_id AND s.device_id = t.device_id AND s.key_id = t.key_id {where}"""  # noqa: S608
        return int(run(sql, values).fetchone()[0])

    of, home = room.of, room.is_brought_home
    if room.is_new and not _has_room_for_key(run, room):
        return False
    size = room.size - (HOME_BYTES_MORE if home else 0)
    if not room.is_known_person and taken("WHERE NOT s.is_known_person") + size > NOBODYS_BYTES_MAX:
        return False
    return (
        taken("WHERE t.person_id = ? AND t.key_id = ?", of.person_id, of.key_id) + room.size <= KEY_BYTES_MAX
        and taken("WHERE t.person_id = ?", of.person_id) + size <= PERSON_BYTES_MAX
        and taken("") + size <= ALL_BYTES_MAX
    )


def _has_room_for_key(run: Run, room: _Room) -> bool:
    same = "t.person_id = s.person_id AND t.device_id = s.device_id AND t.key_id = s.key_id"
    has_kept = f"EXISTS (SELECT 1 FROM log_stranger_transfer t WHERE {same})"  # noqa: S608
    kept = f"SELECT COUNT(*) FROM log_stranger s WHERE {has_kept}"  # noqa: S608
    more = HOME_KEYS_MORE if room.is_brought_home else 0
    own = int(run(f"{kept} AND s.person_id = ?", (room.of.person_id,)).fetchone()[0])
    alike = int(run(f"{kept} AND s.is_known_person = ?", (room.is_known_person,)).fetchone()[0])
    return own < PERSON_KEYS_MAX + more and alike < more + (KEYS_MAX if room.is_known_person else NOBODYS_KEYS_MAX)


def _drop_covered(run: Run, of: StrangerKey, transfer: Transfer) -> None:
    """What ends at one of the new transfer's segments and begins no earlier is in it whole, by its hash."""
    for header in transfer.segs:
        run(
            """DELETE FROM log_stranger_transfer
               WHERE person_id = ? AND device_id = ? AND key_id = ? AND stream = ? AND chain = ? AND first >= ?""",
            (*of, transfer.stream, header.hash, transfer.segs[0].first),
        )


def _carried(person_id: str, row: Sequence[Any]) -> Carried:
    key, device_id, stream, head, next_, chain, sig, sig2, segments, bodies = row
    parts = _parts(segments, bodies)
    headers = [header for header, _ in parts]
    transfer = Transfer(person_id, device_id, stream, head, next_, chain, sig, headers, sig2 or UNSET, key)
    return Carried(transfer, [body for _, body in parts])


def _parts(segments: str, bodies: bytes) -> list[tuple[SegmentHeader, bytes]]:
    data, parts, start = bytes(bodies), list[tuple[SegmentHeader, bytes]](), 0
    for header in _SEGMENTS.decode(segments):
        parts.append((header, data[start : start + header.len]))
        start += header.len
    return parts


def _first_events(
    run: Run, of: StrangerKey, stream: str, chain: str, headers: list[SegmentHeader], events_max: int
) -> list[StrangerEvent]:
    """Of these segments of one transfer."""
    _, *row = run(_KEPT, (*of, stream, chain)).fetchone()
    wanted, found = {one.hash for one in headers}, list[StrangerEvent]()
    for header, body in _parts(*row):
        if header.hash in wanted and len(found) < events_max:
            found += [
                StrangerEvent(header.scope, header.first + at, one) for at, one in enumerate(_events(header, body))
            ]
    return found[:events_max]


def _events(header: SegmentHeader, body: bytes) -> list[Event | None]:
    if isinstance(examine(body, header.n, may_be_blank=header.gone is not UNSET), str):
        return [None] * min(header.n, SEGMENT_EVENTS_MAX)
    return list(read_columns(inflate(body)))


def _stranger(row: Sequence[Any]) -> Stranger:
    person_id, device_id, key_id, key, name, is_known_person, *rest = row
    return Stranger(StrangerKey(person_id, device_id, key_id), key, name, bool(is_known_person), *rest)
