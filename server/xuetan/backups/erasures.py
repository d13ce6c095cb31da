"""The list of what was erased, beside the backups: a backup is older than an erasure, and must not bring back what it took.

Owns where the list lies: in the data folder, in the folder that the settings name, and wherever a backup was ever made. It is only ever
added to. Written after the erasure is durable, and made up for at the next erasure, backup or start, should a disk not have been there.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

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


def read_all(files: Iterable[Path]) -> list[erasing.Line]:
    """Every erasure of these lists once, in order. BackupError for a list that cannot be read: what it names must not come back."""
    found: dict[str, erasing.Line] = {}
    for file in files:
        try:
            lines = list(_read(file.read_bytes()))
        except (OSError, ValueError) as error:
            raise BackupError("cli.erasures_unreadable", path=file) from error
        for line in lines:
            found.setdefault(line.erasure.erasure_id, line)
    return sorted(found.values(), key=lambda line: (line.erasure.at_ms, line.erasure.erasure_id))


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
    file = folder / LIST
    data = file.read_bytes() if file.exists() else b""
    known = {line.erasure.erasure_id for line in _read(data)}
    missing = [one for one in ids if one not in known]
    if not missing:
        return
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # A line that a power cut cut short goes, and is written again whole.
        whole = data.rfind(b"\n") + 1
        os.ftruncate(opened, whole)
        os.lseek(opened, whole, os.SEEK_SET)
        view = memoryview(b"".join(msgspec.json.encode(erasing.line_of(session, one)) + b"\n" for one in missing))
        while view:
            view = view[os.write(opened, view) :]
        os.fsync(opened)
    finally:
        os.close(opened)
    flush_folder(folder)


def _read(data: bytes) -> Iterator[erasing.Line]:
    """The whole lines. ValueError for what is none."""
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        yield _LINE.decode(line)
