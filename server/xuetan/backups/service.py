"""The face of backups: make one, put one back, what is known of the last."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from xuetan.backups.database_copy import copy_of
from xuetan.backups.making import Backup, make_backup
from xuetan.backups.models import VerifiedBackup
from xuetan.backups.restoring import Restored, refuse_unfinished, restore
from xuetan.backups.schedule import begin, register
from xuetan.event_log import service as event_log
from xuetan.kernel.database import Database

__all__ = [
    "Backup",
    "LastBackup",
    "Restored",
    "begin",
    "copy_database",
    "find_last_backup",
    "make_backup",
    "refuse_unfinished",
    "register",
    "restore",
]


@dataclass(frozen=True)
class LastBackup:
    """The newest verified backup of this epoch. `made_ms` is the moment that it shows."""

    name: str
    folder: str
    made_ms: int
    events: int
    files: int
    bytes: int


def copy_database(database: Database, target: Path) -> None:
    """One moment of a database that may be written to meanwhile, as a new SQLite file. BackupError for a database of another release."""
    copy_of(database.engine.dialect.name).take(database, target)


def find_last_backup(session: Session) -> LastBackup | None:
    """None when nothing of this history is in any verified backup."""
    statement = (
        select(VerifiedBackup)
        .where(VerifiedBackup.epoch == event_log.read_epoch(session))
        .order_by(col(VerifiedBackup.made_ms).desc())
        .limit(1)
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    return LastBackup(found.name, found.folder, found.made_ms, found.events, found.files, found.bytes)
