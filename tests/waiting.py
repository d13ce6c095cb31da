"""Waiting on a state, never on the clock: polls until the state is there or the limit has passed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.05


def wait_until(reached: Callable[[], object], seconds_max: float, *, what: Callable[[], str] | str) -> None:
    """Returns when `reached` is truthy; fails with `what` after `seconds_max`."""
    deadline = time.monotonic() + seconds_max
    pause = threading.Event()
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds_max} s: {what() if callable(what) else what}")
        pause.wait(POLL_SECONDS)
