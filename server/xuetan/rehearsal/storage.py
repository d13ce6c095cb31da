"""Where the database of a simulated root lies: made from a founded one for each world, copied, and put back.

Owns the SQLite file of a folder. Other back ends are other implementations of the same protocol. Nobody is connected to the
database when something is done to it, but where `copies_while_serving` says so.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from xuetan.settings import Settings

STREAM_ENDS = "SELECT stream, next FROM log_stream ORDER BY stream"


def settings_in(folder: Path, database_url: str = "") -> Settings:
    """Settings of a simulated installation, whatever the environment says."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        database_url=database_url,
        blob_url="",
        public_url="http://root",
        secure_cookies=False,
    )


def copy_database(file: Path, to: Path) -> None:
    """A consistent copy of a SQLite database, taken while it serves."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


class Storage(Protocol):
    settings: Settings
    copies_while_serving: bool

    def begin(self, founded: Path) -> None:
        """The data folder as it was founded, and its database."""

    def back_up(self) -> None:
        """Copy the database; the copy before is gone."""

    def put_back(self) -> None:
        """The database is the copy."""

    def backed_up_ends(self) -> dict[str, int]:
        """How many events of each stream the copy holds."""


class FolderStorage:
    """A SQLite file in the data folder, and its copy beside that."""

    copies_while_serving = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings = settings_in(folder / "data")

    def begin(self, founded: Path) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(founded, self._folder / "data")

    def back_up(self) -> None:
        copy_database(self._file, self._copy)

    def put_back(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self._copy, self._file)

    def backed_up_ends(self) -> dict[str, int]:
        with closing(sqlite3.connect(self._copy)) as connection:
            return dict(connection.execute(STREAM_ENDS))

    @property
    def _file(self) -> Path:
        return self._folder / "data" / "xuetan.sqlite"

    @property
    def _copy(self) -> Path:
        return self._folder / "backup.sqlite"
