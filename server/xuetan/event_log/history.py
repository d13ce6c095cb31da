"""The epoch: which history of the root this is. Made at the first start, changed when an installation is restored
from a backup."""

from sqlmodel import Session

from xuetan.event_log.entries import Run
from xuetan.event_log.safety import forget_safe
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import run_in

_ONLY = 1


def read_epoch(run: Run) -> str | None:
    row = run("SELECT epoch FROM log_history WHERE history_id = ?", (_ONLY,)).fetchone()
    return str(row[0]) if row else None


def read_founded_ms(session: Session) -> int:
    """When this history began, 0 before the log was ever started: what is older may have gone further in a history that is forgotten."""
    row = run_in(session)("SELECT founded_ms FROM log_history WHERE history_id = ?", (_ONLY,)).fetchone()
    return int(row[0]) if row else 0


def found_epoch(run: Run, now_ms: int) -> str:
    """The epoch of this history; a new one when there is none."""
    known = read_epoch(run)
    return known if known is not None else write_epoch(run, now_ms)


def write_epoch(run: Run, now_ms: int) -> str:
    """Begin another history: phones will send everything again, and nothing of it is in a backup yet."""
    epoch = new_id()
    forget_safe(run)
    run(
        """INSERT INTO log_history (history_id, epoch, founded_ms) VALUES (?, ?, ?)
           ON CONFLICT (history_id) DO UPDATE SET epoch = excluded.epoch, founded_ms = excluded.founded_ms""",
        (_ONLY, epoch, now_ms),
    )
    return epoch
