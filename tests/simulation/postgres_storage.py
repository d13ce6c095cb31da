"""A simulated root's database on a PostgreSQL server. A copy is a database made from another, to which nobody may be connected."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg

from tests.postgres import PostgresServer
from xuetan.rehearsal.storage import STREAM_ENDS, settings_in


class PostgresStorage:
    """`founded`: the name of the database with everybody in it."""

    copies_while_serving = False

    def __init__(self, server: PostgresServer, founded: str, folder: Path) -> None:
        self._server = server
        self._founded = founded
        self._folder = folder
        self._live, self._copy = f"{founded}_live", f"{founded}_copy"
        self.settings = settings_in(folder / "data", server.url_of(self._live))

    def begin(self, founded: Path) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(founded, self._folder / "data")
        self._make(self._live, self._founded)

    def back_up(self) -> None:
        self._make(self._copy, self._live)

    def put_back(self) -> None:
        self._make(self._live, self._copy)

    def backed_up_ends(self) -> dict[str, int]:
        with psycopg.connect(self._server.url_of(self._copy)) as connection:
            return dict(connection.execute(STREAM_ENDS).fetchall())

    def close(self) -> None:
        for name in (self._live, self._copy):
            self._server.drop(name)

    def _make(self, name: str, template: str) -> None:
        self._server.drop(name)
        self._server.create(template, name=name)
