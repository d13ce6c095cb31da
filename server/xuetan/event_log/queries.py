"""Reading the log for other domains: events of a scope, what was set aside, how far streams have come."""

from collections.abc import Sequence

import msgspec

from xuetan.event_log.entries import Run
from xuetan.event_log.records import EVENT_COLUMNS, EventRecord, records_of


class SetAsideRecord(msgspec.Struct, frozen=True):
    """Something that was kept aside: one event, or a whole segment of `n` (then its bytes are kept here)."""

    person_id: str
    device_id: str
    stream: str
    seq: int
    n: int
    scope: str
    code: str
    received_ms: int
    body: bytes | None


class SetAsideCount(msgspec.Struct, frozen=True):
    """How many events of a person were kept aside for one reason, and when the last of them came."""

    person_id: str
    code: str
    events: int
    received_ms: int


class LogFigures(msgspec.Struct, frozen=True):
    """The log in numbers. `missing`: events that devices said they hold and that did not arrive, `missing_since_ms` being the first
    contact after which any of them was missing, 0 when none is. `lag`: positions of scopes that
    projectors read and have not seen."""

    events: int
    missing: int
    devices: int
    set_aside: int
    set_aside_open: int
    lag: int
    missing_since_ms: int


class StreamStatus(msgspec.Struct, frozen=True):
    """What a device last said and what the server has of it. `head - next` events have not arrived; `missing_since_ms` is the
    contact after which that began. `clock_offset_ms`: what to add to its times; None when it did not say."""

    person_id: str
    device_id: str
    stream: str
    head: int
    next: int
    last_contact_ms: int
    app: str
    clock_offset_ms: int | None
    missing_since_ms: int | None


def list_events(run: Run, scope: str, after_position: int, limit: int) -> list[EventRecord]:
    """Events of a scope in order, whole entries at a time, at least `limit` of them if there are so many."""
    records: list[EventRecord] = []
    while len(records) < limit:
        rows = run(
            f"""SELECT {EVENT_COLUMNS} FROM log_entry
                WHERE scope = ? AND position > ? AND stream IS NOT NULL ORDER BY position LIMIT 64""",  # noqa: S608
            (scope, after_position),
        ).fetchall()
        for row in rows:
            records.extend(records_of(scope, row))
            after_position = int(row[0])
            if len(records) >= limit:
                break
        if len(rows) < 64:
            break
    return records


def list_set_aside(run: Run, person_id: str) -> list[SetAsideRecord]:
    """Everything a person sent that was kept aside, in the order it came."""
    rows = run(
        """SELECT person_id, device_id, stream, seq, n, scope, code, received_ms, body FROM log_set_aside
           WHERE person_id = ? ORDER BY received_ms, stream, seq""",
        (person_id,),
    ).fetchall()
    return [SetAsideRecord(*row) for row in rows]


def count_set_aside(run: Run, person_ids: Sequence[str]) -> list[SetAsideCount]:
    """What was kept aside of these people, by reason."""
    found: list[SetAsideCount] = []
    for person_id in person_ids:
        rows = run(
            """SELECT person_id, code, CAST(SUM(n) AS BIGINT), MAX(received_ms) FROM log_set_aside
               WHERE person_id = ? GROUP BY person_id, code ORDER BY MAX(received_ms) DESC, code""",
            (person_id,),
        ).fetchall()
        found.extend(SetAsideCount(*row) for row in rows)
    return found


def stream_states(run: Run, person_ids: Sequence[str]) -> list[StreamStatus]:
    """One status per device of these people that ever spoke."""
    found: list[StreamStatus] = []
    for person_id in person_ids:
        rows = run(
            """SELECT c.person_id, c.device_id, c.stream, c.head, COALESCE(s.next, 0), c.seen_ms, c.app, c.clock_offset_ms,
               CASE WHEN c.head > COALESCE(s.next, 0) THEN c.missing_since_ms END FROM log_contact c
               LEFT JOIN log_stream s ON s.stream = c.stream AND s.person_id = c.person_id AND s.device_id = c.device_id
               WHERE c.person_id = ? ORDER BY c.device_id""",
            (person_id,),
        ).fetchall()
        found.extend(StreamStatus(*row) for row in rows)
    return found


_FIGURES = (
    "SELECT CAST(COALESCE(SUM(next), 0) AS BIGINT) FROM log_stream",
    """SELECT CAST(COALESCE(SUM(c.head - COALESCE(s.next, 0)), 0) AS BIGINT) FROM log_contact c
       LEFT JOIN log_stream s ON s.stream = c.stream AND s.person_id = c.person_id AND s.device_id = c.device_id
       WHERE c.head > COALESCE(s.next, 0)""",
    "SELECT COUNT(*) FROM log_contact",
    "SELECT COUNT(*) FROM log_set_aside",
    "SELECT COUNT(*) FROM log_set_aside WHERE released_ms IS NULL AND answered_ms IS NULL",
    """SELECT CAST(COALESCE(SUM(s.head - COALESCE(c.position, 0)), 0) AS BIGINT)
       FROM (SELECT DISTINCT projector FROM log_projector_cursor) p
       JOIN log_scope s ON SUBSTR(s.scope, 1, 2) = 'u:'
       LEFT JOIN log_projector_cursor c ON c.projector = p.projector AND c.scope = s.scope""",
    """SELECT CAST(COALESCE(MIN(c.missing_since_ms), 0) AS BIGINT) FROM log_contact c
       LEFT JOIN log_stream s ON s.stream = c.stream AND s.person_id = c.person_id AND s.device_id = c.device_id
       WHERE c.head > COALESCE(s.next, 0)""",
)


def count_doubtful_clocks(run: Run, doubt_ms: int) -> int:
    """Devices whose clock was off by more than this when they last said so, either way."""
    sql = "SELECT COUNT(*) FROM log_contact WHERE clock_offset_ms > ? OR clock_offset_ms < ?"
    return int(run(sql, (doubt_ms, -doubt_ms)).fetchone()[0])


def read_figures(run: Run) -> LogFigures:
    return LogFigures(*(int(run(sql, ()).fetchone()[0]) for sql in _FIGURES))
