"""Where a restored database goes: a file beside its mark, or a database on a PostgreSQL server.

Owns what stands there already, how it makes room without being deleted, and the last step of a restore, after which the database is
there whole. Until that step there is none that could be served.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from xuetan.backups.copying import ASIDE_PREFIX, copy_file
from xuetan.backups.errors import BackupError
from xuetan.backups.manifest import DATABASE
from xuetan.backups.tables import copy_in, list_tables
from xuetan.kernel.database import Database
from xuetan.kernel.duties import Alone
from xuetan.kernel.jobs import JOBS_SCHEMA, Jobs
from xuetan.kernel.storage import flush_folder
from xuetan.settings import Settings

MARK = ".mark"
_OTHERS = """SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'xuetan' AND pid <> pg_backend_pid() LIMIT 1"""


class DatabasePlace(Protocol):
    """`shown`: for people, without a password."""

    shown: str

    def is_taken(self) -> bool:
        """A database is there that could be served."""

    def holds_outside(self) -> bool:
        """Something of it lies outside the data folder."""

    def set_aside(self, stamp: str) -> None:
        """Rename what lies outside the data folder."""

    def forget_mark(self) -> None: ...

    def move_in(self, staged: Path) -> None:
        """Put the database `xuetan.sqlite` of this folder, and its mark, in this place. The mark goes first: a database is never
        without."""


class SqlitePlace:
    def __init__(self, path: Path, data: Path) -> None:
        self.shown = str(path)
        self._path = path
        self._data = data

    def is_taken(self) -> bool:
        return self._path.exists()

    def holds_outside(self) -> bool:
        return bool(self._outside())

    def set_aside(self, stamp: str) -> None:
        for one in self._outside():
            one.rename(one.with_name(f"{ASIDE_PREFIX}{stamp}-{one.name}"))

    def forget_mark(self) -> None:
        self._beside(MARK).unlink(missing_ok=True)

    def move_in(self, staged: Path) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for end in (MARK, ""):
            source, target = staged / (DATABASE + end), self._beside(end)
            if self._path.parent != self._data:
                # Perhaps another file system: copied beside its place, then named.
                beside = target.with_name(f".{target.name}.restoring")
                beside.unlink(missing_ok=True)
                copy_file(source, beside, beside.name)
                source = beside
            source.replace(target)
            flush_folder(target.parent)

    def _outside(self) -> list[Path]:
        found = (self._beside(end) for end in ("", "-wal", "-shm", MARK))
        return [one for one in found if one.exists() and one.parent != self._data]

    def _beside(self, end: str) -> Path:
        return self._path.with_name(self._path.name + end)


class PostgresPlace:
    """What was there moves aside as schemas of another name, in the same database."""

    def __init__(self, settings: Settings) -> None:
        self._database = Database(settings)
        self._url = settings.effective_database_url
        self.shown = self._database.backend.shown_as

    def is_taken(self) -> bool:
        with self._connected() as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return any(_has_rows(connection, name) for (name,) in names if name != "alembic_version")

    def holds_outside(self) -> bool:
        return self.is_taken()

    def set_aside(self, stamp: str) -> None:
        if not self.is_taken():
            return
        with self._connected() as connection, connection.transaction():
            if connection.execute(_OTHERS).fetchone() is not None:
                raise BackupError("cli.restore_in_use", path=self.shown)
            for schema in ("public", JOBS_SCHEMA):
                there = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
                if there:
                    aside = f"{ASIDE_PREFIX.replace('-', '_')}{stamp.lower()}_{schema}"
                    connection.execute(
                        sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(aside))
                    )
            connection.execute("CREATE SCHEMA public")

    def forget_mark(self) -> None:
        self._database.backend.mark_path.unlink(missing_ok=True)

    def move_in(self, staged: Path) -> None:
        database = self._database
        database.migrate()
        Jobs(self._url, Alone()).migrate()
        (staged / (DATABASE + MARK)).replace(database.backend.mark_path)
        flush_folder(database.backend.mark_path.parent)
        tables = list_tables(database)
        with self._connected() as connection, connection.transaction():
            if any(_has_rows(connection, table.name, table.schema) for table in tables):
                raise BackupError("cli.restore_not_empty", path=self.shown)
            copy_in(staged / DATABASE, connection, tables)
        database.close()

    def _connected(self) -> psycopg.Connection[Any]:
        plain = self._url.replace("postgresql+psycopg://", "postgresql://", 1)
        return psycopg.connect(plain, autocommit=True, options="-c synchronous_commit=on")


def place_of(settings: Settings) -> DatabasePlace:
    """Where the settings want the database. Made without touching it."""
    url = settings.effective_database_url
    if url.startswith("sqlite:///"):
        return SqlitePlace(Path(url.removeprefix("sqlite:///")).absolute(), settings.data_dir.absolute())
    return PostgresPlace(settings)


def _has_rows(connection: psycopg.Connection[Any], name: str, schema: str | None = None) -> bool:
    question = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(schema or "public", name))
    found = connection.execute(question).fetchone()
    return found is not None and bool(found[0])
