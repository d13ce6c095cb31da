"""Rows between PostgreSQL and a SQLite file, all of them, both ways: a backup holds one kind of database.

Owns what a value is on each side. Tables are those of this release and those of the jobs; a database of another revision is brought
up to date before, or refused. Invariant: what `copy_out` read is one moment, and what `copy_in` writes is there whole or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Column, MetaData, Table
from sqlalchemy.types import JSON

from xuetan.backups.errors import BackupError
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Holdings
from xuetan.kernel.database import Database
from xuetan.kernel.duties import Alone
from xuetan.kernel.jobs import JOBS_SCHEMA, Jobs
from xuetan.kernel.sql import RawConnection
from xuetan.kernel.tables import Table as OurTable
from xuetan.settings import Settings

ROWS_AT_ONCE = 500
_NOT_COPIED = frozenset({"alembic_version", "dbos_migrations"})


def copy_out(database: Database, target: Path) -> Holdings:
    """Write one moment of a PostgreSQL database as a new SQLite file; what the log held in that moment."""
    _check_revision(database)
    make_empty(target)
    sink = sqlite3.connect(target, isolation_level=None)
    source = database.open_raw(read_only=True)
    try:
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        held = event_log.read_holdings(source.execute)
        sink.execute("PRAGMA foreign_keys=OFF")
        sink.execute("BEGIN")
        for table in list_tables(database):
            marks = ", ".join("?" * len(table.columns))
            into = f"INSERT INTO {_quoted(table.name)} ({_names(table.columns)}) VALUES ({marks})"  # noqa: S608
            for rows in _read_out(source, table):
                sink.executemany(into, rows)
        sink.execute("COMMIT")
        source.execute("ROLLBACK")
    finally:
        source.close()
        sink.close()
    return held


def copy_in(source: Path, connection: psycopg.Connection[Any], tables: Sequence[Table]) -> None:
    """Write all rows of a SQLite file into the empty tables of PostgreSQL, in the transaction that is open."""
    reading = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    try:
        for table in tables:
            kept = {row[1] for row in reading.execute(f"PRAGMA table_info({_quoted(table.name)})")}
            there = [column for column in table.columns if column.name in kept]
            if not there:
                # The library of the jobs has tables on one side only, which we do not use.
                continue
            booleans = [index for index, column in enumerate(there) if isinstance(column.type, Boolean)]
            place = sql.Identifier(*((table.schema, table.name) if table.schema else (table.name,)))
            columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in there)
            with (
                connection.cursor() as cursor,
                cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(place, columns)) as copy,
            ):
                for row in reading.execute(f"SELECT {_names(there)} FROM {_quoted(table.name)}"):  # noqa: S608
                    copy.write_row(_for_postgresql(row, booleans))
            _move_sequences(connection, table)
    finally:
        reading.close()


def make_empty(target: Path) -> None:
    """A SQLite file with all tables and no row."""
    url = f"sqlite:///{target}"
    copy = Database(Settings(_env_file=None, data_dir=target.parent, database_url=url))  # type: ignore[call-arg]
    try:
        copy.migrate()
    finally:
        copy.close()
    Jobs(url, Alone()).migrate()
    with sqlite3.connect(target, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def list_tables(database: Database) -> list[Table]:
    """Ours and those of the jobs, each after those that it refers to."""
    jobs = MetaData()
    jobs.reflect(database.engine, schema=JOBS_SCHEMA)
    ours = [table for table in OurTable.metadata.sorted_tables if table.name not in _NOT_COPIED]
    return [*ours, *(table for table in jobs.sorted_tables if table.name not in _NOT_COPIED)]


def _read_out(source: RawConnection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a table, some at a time."""
    place = f"{table.schema}.{_quoted(table.name)}" if table.schema else _quoted(table.name)
    columns = ", ".join(_as_text(column) for column in table.columns)
    source.execute(f"DECLARE reading NO SCROLL CURSOR FOR SELECT {columns} FROM {place}")  # noqa: S608
    while rows := source.execute(f"FETCH {ROWS_AT_ONCE} FROM reading").fetchall():
        yield list(rows)
    source.execute("CLOSE reading")


def _as_text(column: Column[Any]) -> str:
    """JSON comes as it is kept, not as what it means."""
    name = _quoted(column.name)
    return f"CAST({name} AS TEXT)" if isinstance(column.type, JSON) else name


def _for_postgresql(row: tuple[Any, ...], booleans: Sequence[int]) -> list[Any]:
    values = [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row]
    for index in booleans:
        if values[index] is not None:
            values[index] = bool(values[index])
    return values


def _move_sequences(connection: psycopg.Connection[Any], table: Table) -> None:
    """Numbers that the database gives out go on after those that came."""
    name = f"{table.schema}.{_quoted(table.name)}" if table.schema else _quoted(table.name)
    for column in table.columns:
        found = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", (name, column.name)).fetchone()
        if found is not None and found[0] is not None:
            newest = sql.SQL("SELECT setval({}, MAX({})) FROM {} HAVING MAX({}) IS NOT NULL").format(
                sql.Literal(found[0]), sql.Identifier(column.name), sql.SQL(name), sql.Identifier(column.name)
            )
            connection.execute(newest)


def _check_revision(database: Database) -> None:
    with database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found != database.newest_revision():
        raise BackupError("cli.backup_migrate_first")


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(_quoted(column.name) for column in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
