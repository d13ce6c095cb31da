"""How far each stream is in a verified backup: what phones are told as `safe`.

Never more than the stream's own `next`, and only of this epoch: another history begins with nothing safe.
"""

from collections.abc import Sequence

from xuetan.event_log.entries import Run
from xuetan.kernel.sql import enter_log


def write_safe(run: Run, ends: Sequence[tuple[str, int]]) -> None:
    """These streams are in a verified backup of this epoch, up to these numbers of events. It never goes back."""
    enter_log(run)
    for stream, events in ends:
        run(
            "UPDATE log_stream SET safe = ? WHERE stream = ? AND safe < ? AND next >= ?",
            (events, stream, events, events),
        )


def read_safe(run: Run, stream: str, person_id: str) -> int:
    """Events of this person's stream that are in a verified backup."""
    row = run("SELECT safe FROM log_stream WHERE stream = ? AND person_id = ?", (stream, person_id)).fetchone()
    return int(row[0]) if row else 0


def forget_safe(run: Run) -> None:
    enter_log(run)
    run("UPDATE log_stream SET safe = 0", ())
