"""What the application writes to its log as an error, though it answered: a way that failed and was gone around is a
breach too, or nothing here would ever walk it.

Owns the listening. What follows from a simulated power cut is no mishap.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from xuetan.rehearsal.crashes import Crashed


class Mishaps(logging.Handler):
    """Errors since they were last taken."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, Crashed):
            self._heard.append(f"CRASH {record.getMessage()}: {error!r}")

    def take(self) -> list[str]:
        heard, self._heard = self._heard, []
        return heard


@contextmanager
def overheard(mishaps: Mishaps) -> Iterator[None]:
    """Errors go to `mishaps` inside the block, and nothing of the application's log anywhere else."""
    logger = logging.getLogger("xuetan")
    disabled, propagate = logging.root.manager.disable, logger.propagate
    logging.disable(logging.WARNING)
    logger.addHandler(mishaps)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagate
        logger.removeHandler(mishaps)
        logging.disable(disabled)
