"""The upstream duty: a thread that speaks with the root again and again, in one process of the hub at a time.

Owns when: at once while something is left, after a while when all is said, with growing pauses and full jitter while the
line is dead. Does not own what is said (`upstream`). Everything it does is durable, so it may end at any moment.
"""

import logging
import random
import threading
from collections.abc import Callable

from xuetan.kernel.duties import Duty
from xuetan.kernel.errors import AppError
from xuetan.relay.line import NoLineError
from xuetan.relay.upstream import RefusedError

REST_SECONDS = 60.0
PAUSE_SECONDS_MIN = 5.0
PAUSE_SECONDS_MAX = 600.0
log = logging.getLogger("xuetan.relay")


class UpstreamDuty:
    def __init__(self, exchange: Callable[[], bool], duty: Duty, *, rest_seconds: float = REST_SECONDS) -> None:
        self._exchange = exchange
        self._duty = duty
        self._rest_seconds = rest_seconds
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0
        # The code by which the root refuses this hub; empty while it is heard, or not reached.
        self.refusal = ""

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._duty.leave()

    def wake(self) -> None:
        """Something new is held. While the line is dead its pause goes on."""
        if self._failures == 0:
            self._awake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            seconds = self._turn() if self._duty.take() else self._rest_seconds
            if seconds > 0:
                self._awake.wait(seconds)
                self._awake.clear()

    def _turn(self) -> float:
        """One exchange; how long to wait then."""
        try:
            more = self._exchange()
        except (NoLineError, RefusedError, AppError) as error:
            if not isinstance(error, NoLineError):
                self.refusal = error.code
            return self._pause(str(error))
        except Exception:
            log.exception("the exchange with the root failed")
            return self._pause("")
        if self._failures:
            log.warning("the root is heard again")
        self._failures, self.refusal = 0, ""
        return 0.0 if more else self._rest_seconds * random.uniform(0.8, 1.2)

    def _pause(self, reason: str) -> float:
        if self._failures == 0:
            log.warning("the root is not heard (%s); what waits is kept, and brought when there is a line", reason)
        self._failures = min(self._failures + 1, 16)
        longest = min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_MIN * 2.0**self._failures)
        return PAUSE_SECONDS_MIN + random.uniform(0, longest)
