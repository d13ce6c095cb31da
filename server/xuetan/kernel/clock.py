"""Time, passed in. Owns the one place that reads a wall clock; everything else takes a `Clock` or a number of
milliseconds."""

import time
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class FixedClock:
    """A clock that moves only when told to."""

    def __init__(self, ms: int = 1_770_000_000_000) -> None:
        self._ms = ms

    def now_ms(self) -> int:
        return self._ms

    def advance_ms(self, ms: int) -> None:
        self._ms += ms
