"""How far each stream is in a verified backup: what phones are told as `safe`.

Never more than the stream's own `next`, and only of this epoch: another history begins with nothing safe.
"""

from collections.abc import Iterable, Sequence

from xuetan.event_log.entries import Run
from xuetan.kernel.sql import enter_log, read_each


def write_safe(run: Run, ends: Sequence[tuple[str, int]]) -> None:
    """These streams are in a verified backup of this epoch, up to these numbers of events. It never goes back."""
    enter_log(run)
    for stream, events in ends:
        run(
            "UPDATE log_stream SET safe = ? WHERE stream = ? AND safe < ? AND next >= ?",
            (events, stream, events, events),
        )


def read_safe(run: Run, streams: Iterable[str]) -> dict[tuple[str, str], int]:
    """Events of these streams that are in a verified backup, by stream and the person whose it is."""
    rows = read_each(run, "SELECT stream, person_id, safe FROM log_stream WHERE stream IN (*)", streams)
    return {(row[0], row[1]): int(row[2]) for row in rows}


def forget_safe(run: Run) -> None:
    enter_log(run)
    run("UPDATE log_stream SET safe = 0", ())
