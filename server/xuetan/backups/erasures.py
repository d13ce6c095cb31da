"""The list of what was erased, beside the backups: a backup is older than an erasure, and must not bring back what it took.

Owns where the list lies: in the data folder, in the folder that the settings name, and wherever a backup was ever made. It is only ever
added to. Written after the erasure is durable, and made up for at the next erasure, backup or start, should a disk not have been there.
"""

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlmodel import Session, select

from xuetan.backups.errors import BackupError
from xuetan.backups.models import VerifiedBackup
from xuetan.event_log.events import EventsErased
from xuetan.event_log.service import erasing
from xuetan.kernel.database import Database, call_after_commit
from xuetan.kernel.services import Services
from xuetan.kernel.storage import flush_folder
from xuetan.settings import Settings

LIST = "xuetan-erasures.jsonl"
_LINE = msgspec.json.Decoder(erasing.Line)
logger = logging.getLogger("xuetan.backups")


def register(services: Services) -> None:
    """Write each erasure to every list once it is durable."""

    def write() -> None:
        write_lists(services.database, services.settings)

    def write_soon(session: Session, _event: EventsErased) -> None:
        call_after_commit(session, write)

    services.database.handlers.register(EventsErased, write_soon)


def write_lists(database: Database, settings: Settings, *folders: Path) -> list[Path]:
    """Add to every list what it does not have; the folders that could not be written to. Never raises for them: what was erased is
    erased."""
    missed = []
    with database.reading() as session:
        ids = erasing.list_ids(session)
        places = _places(session, settings, folders)
        for folder in places if ids else ():
            try:
                _add_missing(session, folder, ids)
            except (OSError, ValueError):
                logger.warning("the list of erasures was not written to %s; it is tried again", folder, exc_info=True)
                missed.append(folder)
    return missed


def add_to_list(database: Database, folder: Path) -> None:
    """The list in this folder has all that this database knows."""
    with database.reading() as session:
        _add_missing(session, folder, erasing.list_ids(session))


class ReadLists(NamedTuple):
    """Every erasure of some lists once, in the order in which they stand there. `torn`: the lists that end with a line that is none."""

    lines: list[erasing.Line]
    torn: list[Path]


def read_all(files: Iterable[Path]) -> ReadLists:
    """BackupError for a list that cannot be read: what it names must not come back. A last line that was cut short is passed over: it
    stands in the other lists, and a backup that cannot be put back would lose more."""
    found: dict[str, erasing.Line] = {}
    torn = []
    for file in files:
        try:
            read = _read(file.read_bytes())
        except (OSError, ValueError) as error:
            raise BackupError("cli.erasures_unreadable", path=file) from error
        for line in read.lines:
            found.setdefault(line.erasure.erasure_id, line)
        if read.is_torn:
            logger.error("the last line of the list of erasures %s cannot be read; it was passed over", file)
            torn.append(file)
    return ReadLists(list(found.values()), torn)


def lists_for(settings: Settings, backup: Path) -> Iterator[Path]:
    """The lists that a restore of this backup looks at, where they are."""
    folders = [
        backup.parent,
        settings.data_dir.absolute(),
        *([settings.backup_folder] if settings.backup_folder else []),
    ]
    seen: set[Path] = set()
    for folder in folders:
        file = (folder / LIST).resolve()
        if file.is_file() and file not in seen:
            seen.add(file)
            yield file


def _places(session: Session, settings: Settings, folders: Iterable[Path]) -> list[Path]:
    known = [Path(one) for one in session.exec(select(VerifiedBackup.folder).distinct())]
    named = [settings.backup_folder] if settings.backup_folder else []
    every = [settings.data_dir.absolute(), *named, *folders, *known]
    # A folder that is gone is a disk that was taken out of use.
    return [one for one in dict.fromkeys(every) if one.is_dir() or one in named]


def _add_missing(session: Session, folder: Path, ids: list[str]) -> None:
    opened = os.open(folder / LIST, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Two administrators and a backup may write at once, in processes of their own. The system frees the lock however a write ends.
        fcntl.flock(opened, fcntl.LOCK_EX)
        with os.fdopen(os.dup(opened), "rb") as file:
            read = _read(file.read())
        known = {line.erasure.erasure_id for line in read.lines}
        missing = [one for one in ids if one not in known]
        if not missing and not read.is_torn:
            return
        added = b"".join(msgspec.json.encode(erasing.line_of(session, one)) + b"\n" for one in missing)
        # A last line that a power cut cut short goes, and is written again whole.
        os.ftruncate(opened, read.whole)
        os.lseek(opened, read.whole, os.SEEK_SET)
        view = memoryview(added)
        while view:
            view = view[os.write(opened, view) :]
        os.fsync(opened)
    finally:
        os.close(opened)
    flush_folder(folder)


class _Read(NamedTuple):
    """`whole`: the bytes up to the end of the last line that is one."""

    lines: list[erasing.Line]
    whole: int
    is_torn: bool


def _read(data: bytes) -> _Read:
    """ValueError for a line that is none, unless it is the last: only that can have been cut short."""
    rows = data.splitlines(keepends=True)
    lines: list[erasing.Line] = []
    whole = 0
    for number, row in enumerate(rows, 1):
        try:
            line = _LINE.decode(row)
        except ValueError:
            if number < len(rows):
                raise
            break
        if not row.endswith(b"\n"):
            break
        lines.append(line)
        whole += len(row)
    return _Read(lines, whole, whole < len(data))
