"""Phones that have read further than this root goes: the sign that it was put back under the same history, by an image of its disk say.

What a phone was told is durable before it is told, so an honest phone of this history is never ahead. Kept with the epoch, since the
sign vanishes when the scopes grow again, while what was lost stays lost until a new epoch begins. A phone may lie: so this
moves nothing, and only the operator is told (docs/decisions/0050-a-mark-tells-a-restored-database.md).
"""

from sqlmodel import Session

from xuetan.kernel.sql import run_in


def write_ahead(session: Session, person_id: str, device_id: str, now_ms: int) -> None:
    run_in(session)(
        """INSERT INTO log_ahead (person_id, device_id, epoch, first_ms, last_ms)
           SELECT ?, ?, epoch, ?, ? FROM log_history WHERE history_id = 1
           ON CONFLICT (person_id, device_id) DO UPDATE SET last_ms = excluded.last_ms, epoch = excluded.epoch,
           first_ms = CASE WHEN log_ahead.epoch = excluded.epoch THEN log_ahead.first_ms ELSE excluded.first_ms END""",
        (person_id, device_id, now_ms, now_ms),
    )


def count_ahead(session: Session) -> tuple[int, int]:
    """Devices that were ahead of this history, and when the first of them was seen so; 0 when none was."""
    row = run_in(session)(
        """SELECT COUNT(*), COALESCE(MIN(a.first_ms), 0) FROM log_ahead a JOIN log_history h ON h.epoch = a.epoch""", ()
    ).fetchone()
    return int(row[0]), int(row[1])
