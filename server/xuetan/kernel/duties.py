"""Duties: what one process of an installation does at a time, and another takes up when that one ends, however it ends.

A port with two adapters: a lock on a file, which the system frees with the process, and a lock of a PostgreSQL session,
which the server frees with the connection. A duty says who should work; that nothing is done twice where two believe to
have it for a moment is the work's own care.
"""

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from xuetan.kernel.sql import RawConnection


class Duty(Protocol):
    """One thread at a time calls these."""

    def take(self) -> bool:
        """Take the duty, unless somebody else has it. Having it already is fine."""

    def holds(self) -> bool:
        """True while it is ours; the database is asked."""

    def leave(self) -> None: ...


class Alone:
    """The duty of a process that knows to be the only one."""

    def take(self) -> bool:
        return True

    def holds(self) -> bool:
        return True

    def leave(self) -> None: ...


class FileDuty:
    """A lock that belongs to an open file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: int | None = None

    def take(self) -> bool:
        if self._opened is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            return False
        self._opened = opened
        return True

    def holds(self) -> bool:
        return self._opened is not None

    def leave(self) -> None:
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None


class SessionDuty:
    """An advisory lock of a connection that is kept for it alone. Errors of the database mean that it is not ours."""

    def __init__(self, connect: Callable[[], RawConnection], key: int) -> None:
        self._connect = connect
        self._key = key
        self._connection: RawConnection | None = None

    def take(self) -> bool:
        if self.holds():
            return True
        try:
            connection = self._connect()
        except Exception:
            return False
        try:
            taken = bool(connection.execute("SELECT pg_try_advisory_lock(?)", (self._key,)).fetchone()[0])
        except Exception:
            taken = False
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken

    def holds(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1").fetchone()
        except Exception:
            self.leave()
            return False
        return True

    def leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()
