"""Reading the log for other domains: events of a scope, what was set aside, the log in numbers."""

from collections.abc import Sequence

import msgspec
from sqlmodel import Session

from xuetan.event_log.entries import Run, run_in
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
    """The log in numbers. `lag`: positions of scopes that projectors read and have not seen."""

    events: int
    set_aside: int
    set_aside_open: int
    lag: int


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


def list_set_aside(session: Session, person_id: str) -> list[SetAsideRecord]:
    """Everything a person sent that was kept aside, in the order it came."""
    rows = run_in(session)(
        """SELECT person_id, device_id, stream, seq, n, scope, code, received_ms, body FROM log_set_aside
           WHERE person_id = ? ORDER BY received_ms, stream, seq""",
        (person_id,),
    ).fetchall()
    return [SetAsideRecord(*row) for row in rows]


def count_set_aside(session: Session, person_ids: Sequence[str]) -> list[SetAsideCount]:
    """What these people sent that is kept aside and that nobody has let in or answered, counted by reason, without its bytes."""
    run = run_in(session)
    found: list[SetAsideCount] = []
    for person_id in person_ids:
        rows = run(
            """SELECT person_id, code, CAST(SUM(n) AS BIGINT), MAX(received_ms) FROM log_set_aside
               WHERE person_id = ? AND released_ms IS NULL AND answered_ms IS NULL
               GROUP BY person_id, code ORDER BY MAX(received_ms) DESC, code""",
            (person_id,),
        ).fetchall()
        found.extend(SetAsideCount(*row) for row in rows)
    return found


_FIGURES = (
    "SELECT CAST(COALESCE(SUM(next), 0) AS BIGINT) FROM log_stream",
    "SELECT COUNT(*) FROM log_set_aside",
    "SELECT COUNT(*) FROM log_set_aside WHERE released_ms IS NULL AND answered_ms IS NULL",
    """SELECT CAST(COALESCE(SUM(s.head - COALESCE(c.position, 0)), 0) AS BIGINT)
       FROM (SELECT DISTINCT projector FROM log_projector_cursor) p
       JOIN log_scope s ON SUBSTR(s.scope, 1, 2) = 'u:'
       LEFT JOIN log_projector_cursor c ON c.projector = p.projector AND c.scope = s.scope""",
)


def measure_log(session: Session) -> LogFigures:
    """The log in numbers, for those who watch over it."""
    run = run_in(session)
    return LogFigures(*(int(run(sql, ()).fetchone()[0]) for sql in _FIGURES))
