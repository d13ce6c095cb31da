"""Limits on how often something may be tried. In memory: a restart forgives, which is enough against guessing at 50
bits."""

from collections import OrderedDict, deque
from threading import Lock

from xuetan.kernel.clock import Clock
from xuetan.kernel.errors import TooManyAttemptsError

KEYS_MAX = 20_000


class RateLimiter:
    """Counts attempts per key in a sliding window."""

    def __init__(self, clock: Clock, keys_max: int = KEYS_MAX) -> None:
        self._clock = clock
        self._keys_max = keys_max
        self._attempts: OrderedDict[str, deque[int]] = OrderedDict()
        self._lock = Lock()

    def check(self, key: str, limit: int, window_ms: int) -> None:
        """Count one attempt; raise TooManyAttemptsError when `limit` were made within `window_ms`."""
        now = self._clock.now_ms()
        with self._lock:
            attempts = self._attempts.setdefault(key, deque())
            self._attempts.move_to_end(key)
            _refuse_when_full(attempts, limit, window_ms, now)
            attempts.append(now)
            while len(self._attempts) > self._keys_max:
                self._attempts.popitem(last=False)

    def refuse_when_spent(self, key: str, limit: int, window_ms: int) -> None:
        """Raise TooManyAttemptsError when `limit` were counted within `window_ms`; count nothing. For limits on
        failures only: ask before, `check` after a failure."""
        with self._lock:
            _refuse_when_full(self._attempts.get(key, deque()), limit, window_ms, self._clock.now_ms())

    def forget(self, key: str) -> None:
        """Forgive this key, after a success."""
        with self._lock:
            self._attempts.pop(key, None)


def _refuse_when_full(attempts: deque[int], limit: int, window_ms: int, now_ms: int) -> None:
    while attempts and attempts[0] <= now_ms - window_ms:
        attempts.popleft()
    if len(attempts) >= limit:
        raise TooManyAttemptsError(details={"wait_ms": attempts[0] + window_ms - now_ms})
