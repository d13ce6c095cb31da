"""A backup put back is another history, into which phones send again what they retain."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.app import build_services, create_app
from xuetan.backups import service as backups
from xuetan.backups.errors import BackupDamagedError, BackupError
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.settings import Settings


def write(phone: DeviceSimulator, word: str, count: int = 3) -> None:
    for number in range(count):
        phone.record("lesson_opened/1", lesson_opened(f"{word}-{number}"))
    phone.sync()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def refused(settings: Settings, source: Path, **more: bool) -> BackupError:
    with pytest.raises(BackupError) as told:
        backups.restore(settings, FixedClock(), source, **more)
    return told.value


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path / "new machine")
    settings.data_dir.mkdir()
    return settings


def test_after_a_restore_phones_bring_back_what_came_after_the_backup(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    early, late = village.teacher_device(), village.teacher_device()
    write(early, "before")
    old = early.epoch
    made = backups.make_backup(services, folder)
    root = services.keys.root.spki
    write(early, "after", 4)
    write(late, "after", 2)
    unsent = early.record("lesson_opened/1", lesson_opened("unsent"))
    told = backups.restore(empty, FixedClock(), made.path)
    assert (told.events, told.moved_aside, told.changed_settings) == (3, None, {})
    app = create_app(empty, clock=services.clock, run_jobs=False)
    with TestClient(app, base_url="http://testserver") as client:
        restored = dataclasses.replace(village, services=app.state.services, client=client)
        restored.install(app)
        assert restored.services.keys.root.spki == root or "root.pem" not in contents(made.path / "data")
        late_scope = late.own_scope
        with restored.services.database.transaction() as session:
            event_log.add_member(session, late_scope, late.person_id, "owner", now_ms=1)
        for phone in (early, late, early):
            phone.client = client
            phone.sync()
        assert early.epoch == late.epoch == told.epoch != old
        assert [event.payload["lesson"] for event in early.events()] == [
            *(f"before-{number}" for number in range(3)),
            *(f"after-{number}" for number in range(4)),
            "unsent",
        ]
        assert unsent == 7 and early.waiting == 0 and len(early.streams) == 1
        assert len(restored.stored_events(early.own_scope)) == 8
        assert len(restored.stored_events(late_scope)) == 2
        assert "safe" not in early.exchange()
        backups.make_backup(restored.services, folder)
        assert early.exchange()["safe"] == 8


def test_blobs_and_keys_come_back_byte_for_byte(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    sha, root = services.blobs.put(b"a picture"), services.keys.root.spki
    backups.restore(empty, FixedClock(), backups.make_backup(services, folder).path)
    again = build_services(empty)
    assert (again.blobs.get(sha), again.keys.root.spki) == (b"a picture", root)
    again.database.close()


def test_a_folder_with_data_is_not_touched_unless_it_may_be_moved_aside(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    made = backups.make_backup(services, folder)
    (empty.data_dir / "xuetan.sqlite").write_bytes(b"of somebody")
    (empty.data_dir / "keys").mkdir()
    before = contents(empty.data_dir)
    assert refused(empty, made.path).key == "cli.restore_not_empty"
    assert contents(empty.data_dir) == before
    done = backups.restore(empty, FixedClock(), made.path, move_aside=True)
    assert done.moved_aside is not None
    assert (done.moved_aside / "xuetan.sqlite").read_bytes() == b"of somebody"
    assert (empty.data_dir / "xuetan.sqlite").read_bytes() != b"of somebody"


def test_a_database_elsewhere_gets_its_place_and_is_not_overwritten_either(
    village: Village, services: Services, folder: Path, empty: Settings, tmp_path: Path
) -> None:
    made = backups.make_backup(services, folder)
    place = tmp_path / "elsewhere" / "log.sqlite"
    settings = empty.model_copy(update={"database_url": f"sqlite:///{place}"})
    done = backups.restore(settings, FixedClock(), made.path)
    again = build_services(settings)
    assert isinstance(again.log, event_log.EventLog)
    again.log.start(project=False)
    assert again.log.epoch == done.epoch
    again.log.stop()
    again.database.close()
    assert not (settings.data_dir / "xuetan.sqlite").exists()
    shutil.rmtree(settings.data_dir)
    settings.data_dir.mkdir()
    assert refused(settings, made.path).key == "cli.restore_not_empty"


@pytest.mark.parametrize("spoiled", ["xuetan.sqlite", "keys/root.pem"])
def test_an_altered_backup_is_refused_and_changes_nothing(
    village: Village, services: Services, folder: Path, empty: Settings, spoiled: str
) -> None:
    _ = services.keys.root
    made = backups.make_backup(services, folder)
    file = made.path / "data" / spoiled
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    told = refused(empty, made.path, move_aside=True)
    assert isinstance(told, BackupDamagedError) and told.params == {"what": spoiled}
    file.unlink()
    assert isinstance(refused(empty, made.path), BackupDamagedError)
    assert contents(empty.data_dir) == {}


def test_what_is_no_backup_is_told_and_a_folder_of_them_names_its_newest(
    village: Village, services: Services, folder: Path, empty: Settings, tmp_path: Path
) -> None:
    assert refused(empty, tmp_path / "nowhere").key == "cli.backup_is_none"
    backups.make_backup(services, folder)
    newest = backups.make_backup(services, folder)
    told = refused(empty, folder)
    assert (told.key, told.params["newest"]) == ("cli.backup_folder_of_many", newest.path)


def test_a_backup_of_a_newer_release_is_refused(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    with services.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupError) as told:
        backups.make_backup(services, folder)
    assert told.value.key == "cli.backup_newer"


def test_settings_that_changed_since_are_told(
    village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    made = backups.make_backup(services, folder)
    moved = empty.model_copy(update={"public_url": "https://new.example"})
    done = backups.restore(moved, FixedClock(), made.path)
    assert done.changed_settings == {"public_url": ("http://testserver", "https://new.example")}


def test_after_a_restore_the_database_is_no_older_than_its_mark(
    app: FastAPI, village: Village, services: Services, folder: Path, empty: Settings
) -> None:
    write(village.teacher_device(), "before")
    backups.restore(empty, FixedClock(), backups.make_backup(services, folder).path)
    again = build_services(empty)
    again.log.start(project=False)
    again.log.stop()
    again.database.close()
