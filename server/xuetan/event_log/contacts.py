"""What phones last said of themselves, stream by stream: what they hold that never arrived, and how far they have read.

A device has one stream at a time. One that it left, because its store was cleared, came back older or was copied, stands here
with what it last said of it. What was emitted again under another stream names what it was called first, so it counts as here;
what nobody ever sent again goes on showing. Invariant: nothing is written here; a phone may say what it likes of itself, and
it moves nothing.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from xuetan.contracts.scopes import SCOPE_ROLES
from xuetan.event_log.entries import Run, run_in
from xuetan.event_log.members import read_follow_list
from xuetan.event_log.scopes import letter_of

DAY_MS = 86_400_000
# Days since the last contact up to which a device is counted with others; beyond the last, as older.
CONTACT_DAYS = (1, 7, 14, 30)
_CONTACTS = """
SELECT c.person_id, c.device_id, c.stream, c.head, COALESCE(s.next, 0), c.seen_ms, c.app, c.clock_offset_ms,
CASE WHEN c.head > COALESCE(s.next, 0) THEN c.missing_since_ms END, c.since_ms, c.cursors FROM log_contact c
LEFT JOIN log_stream s ON s.stream = c.stream AND s.person_id = c.person_id AND s.device_id = c.device_id
WHERE c.person_id = ? ORDER BY c.device_id, c.seen_ms DESC, c.since_ms DESC, c.stream
"""
_AGAIN = "SELECT stream, seq, via FROM log_again WHERE person_id = ?"
# Of each device the stream that it spoke of last.
_NEWEST = """NOT EXISTS (SELECT 1 FROM log_contact n WHERE n.person_id = c.person_id AND n.device_id = c.device_id
AND (n.seen_ms > c.seen_ms OR n.seen_ms = c.seen_ms AND (n.since_ms > c.since_ms
OR n.since_ms = c.since_ms AND n.stream < c.stream)))"""
_decode_cursors = msgspec.json.Decoder(list[tuple[int, int]]).decode


class StreamStatus(msgspec.Struct, frozen=True):
    """What a device last said of a stream and what the server has of it. `again`: of what did not arrive under its name, what came
    under another. `missing_since_ms` is the contact after which something was missing. `clock_offset_ms`: what to add to its times;
    None when it did not say. `is_left`: the device has another stream now. `cursors`: up to where it had read when it asked."""

    person_id: str
    device_id: str
    stream: str
    head: int
    next: int
    last_contact_ms: int
    app: str
    clock_offset_ms: int | None
    missing_since_ms: int | None
    again: int = 0
    is_left: bool = False
    cursors: Mapping[int, int] = {}

    @property
    def missing(self) -> int:
        """Events that the phone said it held and that never came, under whatever name."""
        return max(0, self.head - self.next - self.again)


class _Contact(NamedTuple):
    """A row of _CONTACTS."""

    person_id: str
    device_id: str
    stream: str
    head: int
    next: int
    seen_ms: int
    app: str
    clock_offset_ms: int | None
    missing_since_ms: int | None
    since_ms: int
    cursors: str | None


class ReaderPlace(msgspec.Struct, frozen=True):
    """Up to which position a device has read a scope, and how many entries by others stand after that."""

    device_id: str
    position: int
    behind: int


class ScopeHealth(msgspec.Struct, frozen=True):
    """A scope that a person follows, or sent something to that was set aside (then without a role). `last_ms`: when something last
    came to it, 0 for never. `aside`: events of this person that were set aside there."""

    scope: str
    role: str
    head: int
    last_ms: int
    aside: int
    places: tuple[ReaderPlace, ...]


class ContactFigures(msgspec.Struct, frozen=True):
    """`waiting`: events that phones hold and that did not arrive yet, since `waiting_since_ms` (0: none). `never`: those of `streams`
    streams that their devices left, last heard of at `never_since_ms`. `quiet`: devices by days since their last contact."""

    devices: int
    waiting: int
    waiting_since_ms: int
    streams: int
    never: int
    never_since_ms: int
    quiet: Mapping[str, int]


def stream_states(session: Session, person_ids: Sequence[str]) -> list[StreamStatus]:
    """One status per device of these people that ever spoke: of the stream that it has now."""
    return [one for one in _read(run_in(session), person_ids) if not one.is_left]


def left_streams(session: Session, person_ids: Sequence[str]) -> list[StreamStatus]:
    """Streams that devices of these people left and of which something never arrived."""
    return [one for one in _read(run_in(session), person_ids) if one.is_left and one.missing]


def _read(run: Run, person_ids: Sequence[str]) -> list[StreamStatus]:
    found: list[StreamStatus] = []
    for person_id in person_ids:
        found.extend(_read_person(run, person_id))
    return found


def _read_person(run: Run, person_id: str) -> list[StreamStatus]:
    contacts = [_Contact(*row) for row in run(_CONTACTS, (person_id,)).fetchall()]
    repeated: Sequence[tuple[str, int, str]] = ()
    if any(one.head > one.next for one in contacts):
        repeated = run(_AGAIN, (person_id,)).fetchall()
    known = {one.stream: one for one in contacts}
    found: list[StreamStatus] = []
    for one in contacts:
        is_left = bool(found) and found[-1].device_id == one.device_id
        again = _count_again(one, known, repeated, is_left=is_left) if repeated else 0
        read = dict(_decode_cursors(one.cursors)) if one.cursors else {}
        found.append(StreamStatus(*one[:-2], again, is_left, read))
    return found


def _count_again(
    contact: _Contact, known: Mapping[str, _Contact], repeated: Sequence[tuple[str, int, str]], *, is_left: bool
) -> int:
    """What did not arrive in this stream and came in a later one. An event that was moved twice names its first stream alone, so what
    an older stream is named for, and did not come by this one, was on its way through it. Of a device's stream of now only what came
    by another device counts: a copy of its store may have the same numbers."""
    device = contact.device_id
    count = 0
    for stream, seq, via in repeated:
        first, last = known.get(stream), known.get(via)
        if via == contact.stream or (not is_left and last is not None and last.device_id == device):
            continue
        if stream == contact.stream:
            count += contact.next <= seq < contact.head
        elif is_left and first is not None and last is not None and first.device_id == last.device_id == device:
            count += first.since_ms <= contact.since_ms <= last.since_ms
    return count


def read_scope_health(session: Session, person_id: str) -> list[ScopeHealth]:
    """How far each device of a person is with each scope, as it last said."""
    run = run_in(session)
    states = stream_states(session, [person_id])
    counted = run(
        "SELECT scope, CAST(SUM(n) AS BIGINT) FROM log_set_aside WHERE person_id = ? GROUP BY scope", (person_id,)
    ).fetchall()
    aside = {str(scope): int(events) for scope, events in counted}
    found = []
    for number, scope, role, head, floor, _floor_ms in read_follow_list(run, person_id)[1]:
        places = tuple(_place(run, one, number, scope, head, floor) for one in states)
        found.append(ScopeHealth(scope, role, head, _last_ms(run, scope), aside.pop(scope, 0), places))
    found.extend(ScopeHealth(scope, "", 0, 0, events, ()) for scope, events in sorted(aside.items()))
    return found


def _place(run: Run, status: StreamStatus, number: int, scope: str, head: int, floor: int) -> ReaderPlace:
    position = status.cursors.get(number, 0)
    if position >= head:
        return ReaderPlace(status.device_id, position, 0)
    behind = run(
        "SELECT COUNT(*) FROM log_entry WHERE scope = ? AND position > ? AND (stream IS NULL OR stream <> ?)",
        (scope, max(position, floor), status.stream),
    ).fetchone()
    return ReaderPlace(status.device_id, position, int(behind[0]))


def _last_ms(run: Run, scope: str) -> int:
    row = run("SELECT received_ms FROM log_entry WHERE scope = ? ORDER BY position DESC LIMIT 1", (scope,)).fetchone()
    return int(row[0]) if row else 0


def count_doubtful_clocks(session: Session, doubt_ms: int) -> int:
    """Devices whose clock was off by more than this when they last said so, either way."""
    sql = f"SELECT COUNT(*) FROM log_contact c WHERE (clock_offset_ms > ? OR clock_offset_ms < ?) AND {_NEWEST}"  # noqa: S608
    return int(run_in(session)(sql, (doubt_ms, -doubt_ms)).fetchone()[0])


def measure_contacts(session: Session, now_ms: int) -> ContactFigures:
    """All phones together."""
    run = run_in(session)
    missing = f"""SELECT c.person_id, c.device_id, c.stream, c.seen_ms, c.missing_since_ms, c.head - COALESCE(s.next, 0), {_NEWEST}
        FROM log_contact c
        LEFT JOIN log_stream s ON s.stream = c.stream AND s.person_id = c.person_id AND s.device_id = c.device_id
        WHERE c.head > COALESCE(s.next, 0)"""  # noqa: S608
    rows = [tuple(row) for row in run(missing, ()).fetchall()]
    moved = {row[0] for row in run("SELECT DISTINCT person_id FROM log_again", ()).fetchall()}
    left_over = {(one.person_id, one.device_id, one.stream): one.missing for one in _read(run, sorted(moved))}
    rows = [(*row[:5], left_over.get(row[:3], row[5]), row[6]) for row in rows]
    now = [row for row in rows if row[6] and row[5]]
    left = [row for row in rows if not row[6] and row[5]]
    return ContactFigures(
        devices=int(run(f"SELECT COUNT(*) FROM log_contact c WHERE {_NEWEST}", ()).fetchone()[0]),  # noqa: S608
        waiting=sum(row[5] for row in now),
        waiting_since_ms=min((row[4] for row in now if row[4] is not None), default=0),
        streams=len(left),
        never=sum(row[5] for row in left),
        never_since_ms=min((row[3] for row in left), default=0),
        quiet=_count_quiet(run, now_ms),
    )


def _count_quiet(run: Run, now_ms: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    before = 0
    for days in (*CONTACT_DAYS, None):
        since = -1 if days is None else now_ms - days * DAY_MS
        sql = f"SELECT COUNT(*) FROM log_contact c WHERE seen_ms > ? AND {_NEWEST}"  # noqa: S608
        so_far = int(run(sql, (since,)).fetchone()[0])
        counts["older" if days is None else f"{days}d"] = so_far - before
        before = so_far
    return counts


def count_aside_by_scope(session: Session) -> dict[str, int]:
    """What was set aside and is open, by the kind of scope that it named; `other` for a name that is none."""
    counts = dict.fromkeys([*SCOPE_ROLES, "other"], 0)
    rows = run_in(session)(
        """SELECT SUBSTR(scope, 1, 3), COUNT(*) FROM log_set_aside WHERE released_ms IS NULL AND answered_ms IS NULL
           GROUP BY SUBSTR(scope, 1, 3)""",
        (),
    ).fetchall()
    for beginning, count in rows:
        letter = letter_of(str(beginning))
        counts[letter if letter in SCOPE_ROLES else "other"] += int(count)
    return counts
