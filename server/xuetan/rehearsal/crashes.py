"""Power cuts at the COMMIT of a session, at whichever of the two sides gets there: a root that hears a hub, or the hub.

Owns when. What is dead stores nothing more until it has started again. Pushes of phones are written over a connection of their own,
which has its own crashes (root.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from xuetan.kernel.database import Database


class Crashed(Exception):
    """The simulated power cut."""


class Crashes:
    """The crash that is to come, if any; `count`: those that came."""

    def __init__(self) -> None:
        self._left = -1
        self._when = ""
        self.count = 0

    @contextmanager
    def coming(self, told: dict[str, Any] | None) -> Iterator[None]:
        """Inside the block the transaction after `at` others meets it, `when` is "before" or "after" its COMMIT."""
        if told is not None:
            self._left, self._when = int(told["at"]), str(told["when"])
        try:
            yield
        finally:
            self._left = -1

    def watch(self, database: Database, die: Callable[[], None]) -> None:
        """Let this database's sessions meet crashes; `die` is called when one has."""
        transaction = database.transaction
        is_dead = False

        @contextmanager
        def crashing() -> Iterator[Any]:
            nonlocal is_dead
            if is_dead:
                raise Crashed
            with transaction() as session:
                yield session
                is_dead = self._meets()
                if is_dead:
                    self.count += 1
                    die()
                if is_dead and self._when == "before":
                    raise Crashed
            if is_dead:
                raise Crashed

        database.transaction = crashing  # type: ignore[method-assign]

    def _meets(self) -> bool:
        if self._left < 0:
            return False
        self._left -= 1
        return self._left < 0
