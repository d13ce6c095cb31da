"""Backups of a PostgreSQL installation: one moment, proven, and put back whole or not at all, on either back end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.back_ends import POSTGRESQL
from tests.conftest import settings_in
from tests.postgres import PostgresServer
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from tests.sync.test_killed_server import ROOT
from xuetan.app import build_services
from xuetan.backups import database_copy
from xuetan.backups import service as backups
from xuetan.backups.errors import BackupError
from xuetan.backups.manifest import DATA, DATABASE, read_manifest
from xuetan.backups.tables import list_tables
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Holdings
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.database import Database
from xuetan.kernel.services import Services
from xuetan.settings import Settings

# A process that restores and stops at a moment, to be killed there.
STOPPING = """
import sys, threading
from pathlib import Path
from tests.conftest import settings_in
from xuetan import wiring
from xuetan.backups import places, restoring
from xuetan.kernel.clock import FixedClock
wiring.import_models()
def stop(*_arguments, **_more):
    print("here", flush=True)
    threading.Event().wait()
owner, name = {"migrate": (places.Database, "migrate"), "load": (places, "copy_in"), "tidy": (restoring.shutil, "rmtree")}[sys.argv[4]]
real = getattr(owner, name)
calls = []
def sometimes(*arguments, **more):
    calls.append(1)
    if name == "migrate" and len(calls) == 1:
        return real(*arguments, **more)
    if name == "copy_in":
        real(*arguments, **more)
    return stop()
setattr(owner, name, sometimes)
restoring.restore(settings_in(Path(sys.argv[1]), sys.argv[2]), FixedClock(), Path(sys.argv[3]))
"""


@pytest.fixture
def backend() -> str:
    return POSTGRESQL


@pytest.fixture
def empty(postgres: PostgresServer, tmp_path: Path) -> Iterator[Settings]:
    """An installation that is not there yet: no folder, a database without tables."""
    with postgres.database() as url:
        yield settings_in(tmp_path / "again", url)


def write(phone: Any, count: int = 3) -> None:
    for number in range(count):
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
    phone.sync()


def rows_of(database: Database) -> dict[str, list[str]]:
    """Every row of every table, but what a restore changes on purpose."""
    found = {}
    with database.engine.connect() as connection:
        for table in list_tables(database):
            if table.name in ("log_history", "backup_verified"):
                continue
            columns = [column for column in table.columns if column.name != "safe"]
            found[table.name] = sorted(
                map(repr, map(tuple, connection.execute(table.select().with_only_columns(*columns))))
            )
    return found


def test_what_is_put_back_is_every_row_of_every_table(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    phones = [village.teacher_device() for _ in range(3)]
    for phone in phones:
        write(phone)
    sha = services.blobs.put(b"a picture")
    services.jobs.register("some", lambda _steps: None)
    with services.database.transaction() as session:
        services.jobs.enqueue(session, "some", key="one")
    made = backups.make_backup(services, folder)
    assert (made.events, made.broken_streams, read_manifest(made.path).back_end) == (9, 0, "postgresql")
    before, old = rows_of(services.database), services.log.epoch  # type: ignore[attr-defined]
    done = backups.restore(empty, FixedClock(), made.path)
    again = build_services(empty)
    assert rows_of(again.database) == before
    assert len([table for table, rows in before.items() if rows]) > 10 and before["workflow_status"]
    assert again.blobs.get(sha) == b"a picture"
    again.log.start(project=False)
    assert again.log.epoch == done.epoch != old  # type: ignore[attr-defined]
    again.log.stop()
    again.database.close()


def test_a_verified_backup_tells_each_phone_how_far_it_is_safe(
    village: Village, services: Services, folder: Path
) -> None:
    phone = village.teacher_device()
    write(phone)
    backups.make_backup(services, folder)
    write(phone, 2)
    phone.exchange()
    assert phone.replies[-1]["safe"] == 3 < phone.stream.acknowledged


def test_a_backup_shows_one_moment_of_a_database_that_is_written_to(
    village: Village, services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = village.teacher_device()
    write(phone)
    real = database_copy.copy_out

    def copy_while_written(database: Database, target: Path) -> Holdings:
        original = event_log.read_holdings

        def then_write(run: Any) -> Holdings:
            held = original(run)
            write(phone, 4)
            return held

        monkeypatch.setattr(event_log, "read_holdings", then_write)
        return real(database, target)

    monkeypatch.setattr(database_copy, "copy_out", copy_while_written)
    made = backups.make_backup(services, folder)
    assert made.events == 3 < phone.stream.acknowledged == 7


def test_a_backup_is_put_back_on_the_other_back_end(
    village: Village, services: Services, folder: Path, tmp_path: Path
) -> None:
    write(village.teacher_device())
    made = backups.make_backup(services, folder)
    file = settings_in(tmp_path / "file")
    backups.restore(file, FixedClock(), made.path)
    on_sqlite = build_services(file)
    with on_sqlite.database.reading() as session, services.database.reading() as living:
        there, here = event_log.holdings_of(session), event_log.holdings_of(living)
    assert (there.heads, there.chains, there.events) == (here.heads, here.chains, here.events)
    on_sqlite.database.close()


def test_a_database_with_rows_is_not_touched_unless_it_may_be_moved_aside(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    write(village.teacher_device())
    made = backups.make_backup(services, folder)
    backups.restore(empty, FixedClock(), made.path)
    first = rows_of_settings(empty)
    with pytest.raises(BackupError) as told:
        backups.restore(empty, FixedClock(), made.path)
    assert told.value.key == "cli.restore_not_empty"
    assert rows_of_settings(empty) == first
    database = Database(empty)
    with database.reading() as session, pytest.raises(BackupError) as told:
        session.connection()
        backups.restore(empty, FixedClock(), made.path, move_aside=True)
    assert told.value.key == "cli.restore_in_use"
    database.close()
    done = backups.restore(empty, FixedClock(1), made.path, move_aside=True)
    assert rows_of_settings(empty) == first and done.moved_aside is not None
    with psycopg.connect(empty.database_url) as connection:
        schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'").fetchall()
        assert len(schemas) == 2
        aside = next(name for (name,) in schemas if name.endswith("public"))
        assert connection.execute(f'SELECT COUNT(*) FROM "{aside}".log_entry').fetchone() != (0,)


def rows_of_settings(settings: Settings) -> dict[str, list[str]]:
    database = Database(settings)
    try:
        return rows_of(database)
    finally:
        database.close()


@pytest.mark.parametrize("moment", ["migrate", "load", "tidy"])
def test_a_killed_restore_is_never_served_half_and_is_begun_again(
    village: Village, services: Services, folder: Path, empty: Settings, moment: str
) -> None:
    write(village.teacher_device())
    made = backups.make_backup(services, folder)
    before = rows_of(services.database)
    command = [sys.executable, "-c", STOPPING, str(empty.data_dir), empty.database_url, str(made.path), moment]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    if moment == "tidy":
        build_services(empty).database.close()
    else:
        with pytest.raises(BackupError) as told:
            build_services(empty)
        assert told.value.key == "cli.restore_unfinished"
        backups.restore(empty, FixedClock(), made.path)
    assert rows_of_settings(empty) == before


def test_a_damaged_backup_touches_nothing(village: Village, services: Services, folder: Path, empty: Settings) -> None:
    made = backups.make_backup(services, folder)
    file = made.path / DATA / DATABASE
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(BackupError):
        backups.restore(empty, FixedClock(), made.path)
    with psycopg.connect(empty.database_url) as connection:
        assert connection.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_backups_go_on_while_phones_write(village: Village, services: Services, folder: Path) -> None:
    phone, stopping = village.teacher_device(), threading.Event()

    def keep_writing() -> None:
        while not stopping.is_set():
            write(phone, 2)

    writing = threading.Thread(target=keep_writing)
    writing.start()
    try:
        made = [backups.make_backup(services, folder) for _ in range(2)]
    finally:
        stopping.set()
        writing.join()
    assert made[0].events < made[1].events <= phone.stream.acknowledged
