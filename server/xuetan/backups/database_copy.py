"""How the database comes into a backup: one way for each back end, one kind of file.

Owns the two statements "this is one moment of the database" and "this file is a sound database". Every backup holds a SQLite file, so
each is proven in the same way, and can be put back on either back end.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import make_url

from xuetan.backups.errors import BackupDamagedError
from xuetan.backups.tables import copy_out
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Holdings
from xuetan.kernel.database import Database
from xuetan.settings import Settings


class DatabaseCopy(Protocol):
    """`take` copies one moment of a database that is being written to, and says what the log held in that moment."""

    back_end: str

    def take(self, database: Database, target: Path) -> Holdings: ...


class SqliteCopy:
    """SQLite's online backup, inside a reading transaction: writers go on, and the copy is what that transaction sees."""

    back_end = "sqlite"

    def take(self, database: Database, target: Path) -> Holdings:
        source = database.open_raw(read_only=True)
        assert isinstance(source, sqlite3.Connection)
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            source.execute("BEGIN")
            held = event_log.read_holdings(source.execute)
            source.backup(copy)
            source.execute("ROLLBACK")
            # One file without companions; the server sets its own mode when it opens it.
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
            source.close()
        _finish(target)
        return held


class PostgresCopy:
    """Every row of one snapshot, written into a SQLite file with the same tables."""

    back_end = "postgresql"

    def take(self, database: Database, target: Path) -> Holdings:
        held = copy_out(database, target)
        _finish(target)
        return held


def _finish(target: Path) -> None:
    target.chmod(0o600)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def check(file: Path) -> None:
    """BackupDamagedError when the file is no sound database."""
    try:
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise BackupDamagedError(file.name) from error
    if found != ("ok",):
        raise BackupDamagedError(file.name)


def back_end_of(settings: Settings) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(settings.effective_database_url).get_backend_name()


def copy_of(back_end: str) -> DatabaseCopy:
    """The way of this back end."""
    return SqliteCopy() if back_end == SqliteCopy.back_end else PostgresCopy()
