"""The mark of a history: a small file beside the database that says how far it had come.

Owns the file and the comparison. A database that was put back from a copy knows nothing of what came after the copy;
the mark does. It is written only after what it counts is durable, so a database that was left alone is never behind
it. Nothing that a phone sends can move a mark ahead of the database.
"""

from pathlib import Path

import msgspec

from xuetan.event_log.entries import Run
from xuetan.kernel.storage import write_durably

_POSITIONS = "SELECT CAST(COALESCE(SUM(head), 0) AS BIGINT) FROM log_scope"


class Mark(msgspec.Struct, frozen=True):
    """A history and the number of positions ever given in it."""

    epoch: str
    positions: int


class HistoryPutBackError(RuntimeError):
    """The database is older than its mark: it was put back, and phones must be told by a new epoch."""

    def __init__(self, mark_file: Path) -> None:
        super().__init__(
            f"The database is older than what {mark_file} saw: it was put back from a copy. Run `xuetan new-epoch`, "
            "so that every phone sends again what it still has. See docs/runbook.md."
        )


class HistoryMark:
    """The file of one database."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self, run: Run, epoch: str) -> None:
        """Raise HistoryPutBackError when the database is behind, or of another history than, its mark."""
        try:
            seen = msgspec.json.decode(self.path.read_bytes(), type=Mark)
        except FileNotFoundError:
            return
        except msgspec.DecodeError as error:
            raise HistoryPutBackError(self.path) from error
        if seen.epoch != epoch or seen.positions > _positions(run):
            raise HistoryPutBackError(self.path)

    def write(self, run: Run, epoch: str) -> None:
        """Note how far this history has come. `run` sees only what is committed."""
        write_durably(self.path, msgspec.json.encode(Mark(epoch, _positions(run))), mode=0o600)


def _positions(run: Run) -> int:
    return int(run(_POSITIONS, ()).fetchone()[0])
