"""A backup is whole, proven by restoring it, and only then told to phones."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.backups import making
from xuetan.backups import service as backups
from xuetan.backups.errors import BackupDamagedError, BackupError, BackupFolderBusyError
from xuetan.backups.manifest import list_backups, read_manifest
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.database import Database
from xuetan.kernel.services import Services


def write(phone, count: int = 3) -> None:
    for number in range(count):
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
    phone.sync()


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if one.name != ".lock")


def test_a_backup_holds_database_blobs_and_keys_each_by_its_hash(
    village: Village, services: Services, folder: Path
) -> None:
    write(village.teacher_device())
    sha = services.blobs.put(b"a picture")
    root = services.keys.root.spki
    made = backups.make_backup(services, folder)
    manifest = read_manifest(made.path)
    paths = {file.path: file for file in manifest.files}
    assert {"xuetan.sqlite", f"blobs/{sha[:2]}/{sha}", "keys/root.pem"} <= paths.keys()
    assert not [path for path in paths if "lock" in path or "mark" in path or "/." in path]
    for path, file in paths.items():
        content = (made.path / "data" / path).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.bytes)
    assert (made.events, made.files, made.bytes) == (3, len(paths), sum(file.bytes for file in paths.values()))
    assert manifest.settings["public_url"] == "http://testserver"
    assert root and (made.path / "data" / "keys" / "root.pem").stat().st_mode & 0o077 == 0


def test_a_verified_backup_tells_each_phone_how_far_it_is_safe(
    village: Village, services: Services, folder: Path
) -> None:
    phone, other = village.teacher_device(), village.teacher_device()
    write(phone)
    assert all("safe" not in reply for reply in phone.replies)
    backups.make_backup(services, folder)
    write(phone, 2)
    write(other)
    phone.exchange()
    assert phone.replies[-1]["safe"] == 3 < phone.stream.acknowledged == 5
    assert all("safe" not in reply for reply in other.replies)
    backups.make_backup(services, folder)
    for one, events in ((phone, 5), (other, 3)):
        one.exchange()
        assert one.replies[-1]["safe"] == events


def test_nobody_hears_how_safe_the_stream_of_another_is(village: Village, services: Services, folder: Path) -> None:
    phone, stranger = village.teacher_device(), village.teacher_device()
    write(phone)
    backups.make_backup(services, folder)
    stranger.stream.stream = phone.stream.stream
    assert "safe" not in stranger.exchange()


def test_nothing_is_safe_in_another_epoch(village: Village, services: Services, folder: Path) -> None:
    phone = village.teacher_device()
    write(phone)
    backups.make_backup(services, folder)
    assert isinstance(services.log, event_log.EventLog)
    with services.database.reading() as session:
        assert backups.find_last_backup(session) is not None
    services.log.begin_new_epoch()
    phone.sync()
    assert "safe" not in phone.exchange()
    with services.database.reading() as session:
        assert backups.find_last_backup(session) is None


def test_a_backup_is_one_moment_while_phones_go_on_writing(village: Village, services: Services, folder: Path) -> None:
    phones = [village.teacher_device() for _ in range(3)]
    stop = threading.Event()

    def go_on(phone) -> None:
        while not stop.is_set():
            write(phone, 2)

    threads = [threading.Thread(target=go_on, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    made = [backups.make_backup(services, folder) for _ in range(3)]
    stop.set()
    for thread in threads:
        thread.join(60)
    assert [one.broken_streams for one in made] == [0, 0, 0]
    for phone in phones:
        before = phone.stream.acknowledged
        assert phone.exchange()["safe"] <= before


def test_a_backup_that_does_not_become_the_log_is_not_kept(
    village: Village, services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = village.teacher_device()
    write(phone)
    real = making.stage

    def loses_an_entry(*args, **more) -> Database:
        database = real(*args, **more)
        with database.transaction() as session:
            session.connection().exec_driver_sql("DELETE FROM log_entry")
        return database

    monkeypatch.setattr(making, "stage", loses_an_entry)
    with pytest.raises(BackupDamagedError):
        backups.make_backup(services, folder)
    assert list_backups(folder) == []
    assert "safe" not in phone.exchange()
    monkeypatch.undo()
    backups.make_backup(services, folder)
    assert len(names_in(folder)) == 1, "what the failed run left is gone"


def test_a_stream_that_the_disk_has_damaged_is_kept_and_not_called_safe(
    village: Village, services: Services, folder: Path
) -> None:
    bad, good = village.teacher_device(), village.teacher_device()
    write(bad)
    write(good)
    with services.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE log_entry SET body = ? WHERE stream = ?", (b"rotten", bad.stream.stream)
        )
    made = backups.make_backup(services, folder)
    assert made.broken_streams == 1
    assert good.exchange()["safe"] == 3
    bad.cursors = dict.fromkeys(bad.follow, 1000)
    assert "safe" not in bad.exchange()


def test_the_newest_are_kept_and_unchanged_blobs_are_not_written_twice(
    village: Village, services: Services, folder: Path, clock: FixedClock
) -> None:
    sha = services.blobs.put(b"a picture")
    made = []
    for _ in range(4):
        clock.advance_ms(86_400_000)
        made.append(backups.make_backup(services, folder, keep=2).path.name)
    assert names_in(folder) == made[2:]
    blobs = [folder / name / "data" / "blobs" / sha[:2] / sha for name in made[2:]]
    assert blobs[0].stat().st_ino == blobs[1].stat().st_ino
    # A blob that rotted in the older backup is not handed on.
    blobs[0].write_bytes(b"b picture")
    again = backups.make_backup(services, folder)
    assert (again.path / "data" / "blobs" / sha[:2] / sha).read_bytes() == b"a picture"


def test_two_runs_in_one_second_are_two_backups_and_two_at_once_are_one(
    village: Village, services: Services, folder: Path
) -> None:
    first, second = backups.make_backup(services, folder), backups.make_backup(services, folder)
    assert list_backups(folder) == [first.path, second.path]
    with making._folder_locked(folder), pytest.raises(BackupFolderBusyError):
        backups.make_backup(services, folder)


def test_a_folder_of_backups_inside_the_data_folder_is_not_backed_up_itself(
    village: Village, services: Services
) -> None:
    folder = services.settings.data_dir / "backups"
    backups.make_backup(services, folder)
    assert not [
        one.path for one in read_manifest(backups.make_backup(services, folder).path).files if "backups" in one.path
    ]


def test_a_manifest_that_points_outside_is_none(village: Village, services: Services, folder: Path) -> None:
    made = backups.make_backup(services, folder)
    manifest = made.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"xuetan.sqlite"', '"../xuetan.sqlite"'))
    with pytest.raises(BackupError) as told:
        read_manifest(made.path)
    assert told.value.key == "cli.backup_is_none"
