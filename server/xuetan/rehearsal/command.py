"""`xuetan rehearse`: an operator's own proof on their own installation.

Copies the database and the keys into a folder of its own (rows of PostgreSQL into a SQLite file, as a backup does), adds a
school of simulated people there, and drives their phones, which run the real engine, through weeks of bad network, crashes
and restores. The real data folder and database are only read.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.exc import DBAPIError

from xuetan.app import build_services, prepare
from xuetan.backups import service as backups
from xuetan.kernel.database import Database
from xuetan.kernel.sql import run_in
from xuetan.rehearsal.estate import Estate
from xuetan.rehearsal.host import START_MS, seeded_secrets
from xuetan.rehearsal.phones_program import find_phones
from xuetan.rehearsal.root import Clock
from xuetan.rehearsal.runner import Founded, run_worlds, scratch_folder
from xuetan.rehearsal.storage import copy_database, settings_in
from xuetan.settings import Settings

# Besides the teachers: two mentors and a stranger, with a phone each.
OTHERS = 3
PHONES_MIN = 5
PHONES_MAX = 200
SQLITE = "sqlite:///"
BREACHES = ("LOST", "DOUBLED", "LEAKED")


class NoDatabaseError(RuntimeError):
    """Nothing to rehearse on: there is no database in this installation."""


class Report(NamedTuple):
    """What happened to everything that was saved on simulated phones: those that were asked for, and copies of them that appeared
    while it ran, as of a phone whose storage was copied to another. `others`: breaches of any other promise."""

    phones: int
    copies: int
    days: int
    saved: int
    exchanges: int
    received: int
    aside: int
    gone: int
    lost: int
    doubled: int
    leaked: int
    others: list[str]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.leaked or self.others)


class Progress(NamedTuple):
    """Where a rehearsal is. `stage`: founding, running, resting, comparing; the figures are those of running."""

    stage: str
    phones: int
    percent: int = 0
    day: int = 0
    days: int = 0
    saved: int = 0
    exchanges: int = 0


def rehearse(
    settings: Settings, *, phones: int, days: int, seed: int, tell: Callable[[Progress], None] = lambda _: None
) -> Report:
    """Drive so many phones (PHONES_MIN to PHONES_MAX) through so many days on a copy of this installation; `tell` hears how far it
    is. Raises NoDatabaseError, NoRoomError, BackupError for a database of another release on PostgreSQL, and what `find_phones` raises."""
    program = find_phones()

    def heard(told: dict[str, Any]) -> None:
        figures = {name: told[name] for name in ("percent", "day", "saved", "exchanges") if name in told}
        tell(Progress(told["stage"], phones, days=days, **figures))

    with scratch_folder(_size_of(settings)) as folder, _quiet():
        tell(Progress("founding", phones))
        founded = _copy(settings, folder / "founded", phones - OTHERS)
        arguments = ["--first", str(seed), "--count", "1", "--phones", str(phones), "--days", str(days), "--progress"]
        (world,) = run_worlds(founded, folder / "world", arguments, program, heard)
    return _report(world, phones, days)


def _copy(settings: Settings, folder: Path, teachers: int) -> Founded:
    """The installation with a school of simulated people, in another place."""
    folder.mkdir(mode=0o700)
    if file := _file_of(settings):
        copy_database(file, folder / "xuetan.sqlite")
    else:
        with _opened(settings) as database:
            backups.copy_database(database, folder / "xuetan.sqlite")
    keys = settings.data_dir / "keys"
    if keys.is_dir():
        shutil.copytree(keys, folder / "keys")
    with seeded_secrets("founding"):
        services = build_services(settings_in(folder), Clock(START_MS))
        prepare(services)
        estate = Estate(tuple(f"teacher-{number}" for number in range(1, teachers + 1)))
        with services.database.transaction() as session:
            estate.found(session, services)
        services.log.start(project=False)
        services.log.stop()
        services.database.close()
    return Founded(folder, estate)


def _file_of(settings: Settings) -> Path | None:
    """The SQLite database; None on another back end. NoDatabaseError where there should be one."""
    url = settings.effective_database_url
    if not url.startswith(SQLITE):
        return None
    file = Path(url.removeprefix(SQLITE))
    if not file.exists():
        raise NoDatabaseError
    return file


def _size_of(settings: Settings) -> int:
    """Bytes of the database. A file made of PostgreSQL's rows is smaller than they are there."""
    if file := _file_of(settings):
        return file.stat().st_size
    with _opened(settings) as database, database.reading() as session:
        return int(run_in(session)("SELECT pg_database_size(current_database())", ()).fetchone()[0])


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    """NoDatabaseError when it cannot be reached, or nothing was ever founded in it."""
    database = Database(settings)
    try:
        yield database
    except DBAPIError as error:
        raise NoDatabaseError from error
    finally:
        database.close()


def _report(world: dict[str, Any], phones: int, days: int) -> Report:
    found = [str(one) for one in world["found"]]
    lost, doubled, leaked = (sum(one.startswith(f"{breach} ") for one in found) for breach in BREACHES)
    outcome = world.get("outcome") or {"saved": world["facts"], "received": 0, "aside": 0, "gone": 0}
    return Report(
        phones,
        world["phones"] - phones,
        days,
        outcome["saved"],
        world["exchanges"],
        outcome["received"],
        outcome["aside"],
        outcome["gone"],
        lost,
        doubled,
        leaked,
        [one for one in found if not one.startswith(BREACHES)],
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Crashes and new epochs are the rehearsal's doing."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
