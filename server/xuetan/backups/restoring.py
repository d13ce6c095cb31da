"""Putting a backup back as another history.

Owns the order: everything is checked, copied beside, brought up to date and given its new epoch before anything gets its place; the
database gets it last. So a data folder with a database is whole and of a new epoch, and one that was cut short has none, is
not served, and is begun again by the same command.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.util.exc import CommandError

from xuetan.backups.copying import ASIDE_PREFIX, MADE_ANEW, copy_file, flush_tree, read_mark
from xuetan.backups.database_copy import check
from xuetan.backups.erasures import LIST, add_to_list, lists_for, read_all
from xuetan.backups.errors import BackupDamagedError, BackupError
from xuetan.backups.manifest import DATA, DATABASE, MANIFEST, Manifest, list_backups, read_manifest
from xuetan.backups.places import MARK, DatabasePlace, place_of
from xuetan.event_log.service import EventLog, erasing
from xuetan.kernel.clock import Clock
from xuetan.kernel.database import Database
from xuetan.kernel.storage import flush_folder, write_durably
from xuetan.settings import Settings

STAGING = ".restoring"


@dataclass(frozen=True)
class Restored:
    """`moved_aside`: where the data went that was there. `changed_settings`: name to (then, now). `erased`: erasures that were done after
    the backup was made, and again now. `torn`: lists of erasures whose last line could not be read and was passed over."""

    epoch: str
    events: int
    made_ms: int
    moved_aside: Path | None
    changed_settings: dict[str, tuple[str, str]]
    erased: int = 0
    torn: tuple[Path, ...] = ()

    def tell_of_erasures(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is to be said of them: messages with their values."""
        if self.erased:
            yield "cli.restore_erased", {"count": self.erased}
        for path in self.torn:
            yield "cli.erasures_torn", {"path": path}


def restore(
    settings: Settings,
    clock: Clock,
    source: Path,
    *,
    move_aside: bool = False,
    prepare: Callable[[Database, Settings], None] = lambda _database, _settings: None,
) -> Restored:
    """Put a backup into the data folder that the settings name, which must be empty or may be moved aside. The caller holds the
    folder's lock. `prepare` has every domain hear of erasures that are done again. BackupError says in words what is wrong; then
    nothing has changed but what was moved aside."""
    backup = _backup_at(source)
    manifest = read_manifest(backup)
    check_files(backup, manifest)
    data = settings.data_dir.absolute()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = place_of(settings)
    _forget_unfinished(data, place)
    lists = read_all(lists_for(settings, backup))
    aside = _make_room(data, place, clock, move_aside)
    staged = data / STAGING
    database = stage(backup, manifest, staged, settings, only=None)
    try:
        erased = _erase_again(database, settings.model_copy(update={"data_dir": staged / DATA}), lists.lines, prepare)
        epoch = begin_new_history(database, clock)
    finally:
        database.close()
    _move_in(staged, data, place)
    told = settings.model_dump(mode="json")
    changed = {name: (then, str(told[name])) for name, then in manifest.settings.items() if then != str(told.get(name))}
    return Restored(epoch, manifest.holdings.events, manifest.made_ms, aside, changed, erased, tuple(lists.torn))


def _erase_again(
    database: Database,
    settings: Settings,
    lines: Sequence[erasing.Line],
    prepare: Callable[[Database, Settings], None],
) -> int:
    """What was erased since the backup was made does not come back; the list comes to lie in the data folder as well."""
    prepare(database, settings)
    with database.transaction() as session:
        erased = erasing.erase_by(session, lines)
    add_to_list(database, settings.data_dir)
    return erased


def check_files(backup: Path, manifest: Manifest) -> None:
    """BackupDamagedError when a file is not what the manifest says, or the database is no sound one."""
    for file in manifest.files:
        try:
            found = read_mark(backup / DATA / file.path, file.path)
        except OSError as error:
            raise BackupDamagedError(file.path) from error
        if found != file:
            raise BackupDamagedError(file.path)
    check(backup / DATA / DATABASE)


def stage(
    backup: Path, manifest: Manifest, folder: Path, settings: Settings, *, only: Container[str] | None
) -> Database:
    """Copy a backup (or `only` these files of it) into a new folder and bring its database up to date; the open database."""
    folder.mkdir(mode=0o700)
    write_durably(folder / MANIFEST, (backup / MANIFEST).read_bytes(), mode=0o600)
    for file in manifest.files:
        if only is not None and file.path not in only:
            continue
        if copy_file(backup / DATA / file.path, folder / DATA / file.path, file.path) != file:
            raise BackupDamagedError(file.path)
    database = Database(settings.model_copy(update={"data_dir": folder / DATA, "database_url": ""}))
    try:
        database.migrate()
    except CommandError as error:
        database.close()
        raise BackupError("cli.backup_newer", path=backup) from error
    except BaseException:
        database.close()
        raise
    return database


def begin_new_history(database: Database, clock: Clock) -> str:
    """Give a database that was put back its own epoch and mark, and leave it as one file."""
    log = EventLog(database, clock)
    epoch = log.begin_new_epoch()
    log.stop()
    connection = database.open_raw(read_only=False)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return epoch


def refuse_unfinished(settings: Settings) -> None:
    """BackupError where a restore was cut short: a server would begin with an empty database in its place."""
    if (settings.data_dir / STAGING).exists() and not place_of(settings).is_taken():
        raise BackupError("cli.restore_unfinished", path=settings.data_dir)


def _backup_at(source: Path) -> Path:
    """The backup itself; a folder of backups is told as one, with the newest in it."""
    if not (source / MANIFEST).is_file():
        inside = list_backups(source)
        if inside:
            raise BackupError("cli.backup_folder_of_many", path=source, newest=inside[-1])
        raise BackupError("cli.backup_is_none", path=source)
    return source.absolute()


def _forget_unfinished(data: Path, place: DatabasePlace) -> None:
    """What an earlier restore left: copies of a backup, since it began in an empty folder."""
    staged = data / STAGING
    if not staged.exists():
        return
    if not place.is_taken() and (staged / MANIFEST).is_file():
        for name in {file.path.partition("/")[0] for file in read_manifest(staged).files}:
            # What was erased since the backup may stand in this list alone.
            if name != LIST:
                _remove(data / name)
        place.forget_mark()
    shutil.rmtree(staged)


def _make_room(data: Path, place: DatabasePlace, clock: Clock, move_aside: bool) -> Path | None:
    outside = place.holds_outside()
    left = {*MADE_ANEW, LIST}
    inside = [one for one in data.iterdir() if one.name not in left and not one.name.startswith(ASIDE_PREFIX)]
    if not inside and not outside:
        return None
    if not move_aside:
        raise BackupError("cli.restore_not_empty", path=place.shown if outside else data)
    stamp = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = data / f"{ASIDE_PREFIX}{stamp}"
    aside.mkdir(mode=0o700, exist_ok=True)
    place.set_aside(stamp)
    for one in inside:
        one.rename(aside / one.name)
    flush_folder(data)
    return aside


def _move_in(staged: Path, data: Path, place: DatabasePlace) -> None:
    """Give everything its place, the database last."""
    flush_tree(staged)
    whole = staged / DATA
    for one in sorted(whole.iterdir()):
        if one.name not in (DATABASE, DATABASE + MARK):
            one.rename(data / one.name)
    place.move_in(whole)
    flush_folder(data)
    shutil.rmtree(staged)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
