"""SIGKILL at any moment: of a backup, of a restore, of the server whose backup is then put back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from tests.backups.killed_work import MOMENTS
from tests.conftest import settings_in
from tests.county import County
from tests.ports import free_port
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.sync.test_killed_server import ROOT, push_until_killed, server, stored
from tests.waiting import wait_until
from xuetan.app import build_services, create_app
from xuetan.backups import service as backups
from xuetan.backups.errors import BackupError
from xuetan.backups.manifest import list_backups
from xuetan.kernel.clock import FixedClock
from xuetan.settings import Settings

OF_A_BACKUP = [moment for moment, (owner, _) in MOMENTS.items() if owner.__name__.endswith("making")]
OF_A_RESTORE = [moment for moment in MOMENTS if moment not in OF_A_BACKUP]


class Killing:
    """Starts what is to be killed, and kills it at its moment."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.backups.killed_work"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def at(self, moment: str, work: str, data: Path, folder: Path) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\t".join((work, str(data), str(folder), moment)) + "\n")
        self.process.stdin.flush()
        number = int(self.process.stdout.readline())
        os.kill(number, signal.SIGKILL)
        wait_until(lambda: is_gone(number), 30, what="the process is gone")


def is_gone(number: int) -> bool:
    """A process whose files the system has closed: its locks are free."""
    return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"


@pytest.fixture(scope="module")
def killing() -> Iterator[Killing]:
    killing = Killing()
    yield killing
    killing.process.kill()
    killing.process.communicate()


@pytest.mark.parametrize("moment", OF_A_BACKUP)
def test_a_killed_backup_leaves_no_half_of_one_under_its_name(
    killing: Killing, settings: Settings, folder: Path, moment: str
) -> None:
    services = build_services(settings)
    services.blobs.put(b"a picture")
    _ = services.log.epoch, services.keys.root  # type: ignore[attr-defined]
    killing.at(moment, "backup", settings.data_dir, folder)
    left = list_backups(folder)
    assert len(left) == (moment == "before it is told")
    for backup in left:
        backups.restore(settings_in(folder / "trial"), FixedClock(), backup, move_aside=False)
    made = backups.make_backup(services, folder)
    assert list_backups(folder) == [*left, made.path]
    assert not [one for one in folder.iterdir() if one.name.startswith((".making", ".trying", ".removing"))]
    services.database.close()


@pytest.mark.parametrize("moment", OF_A_RESTORE)
def test_a_killed_restore_is_never_served_half_and_is_begun_again(
    killing: Killing, settings: Settings, folder: Path, tmp_path: Path, moment: str
) -> None:
    services = build_services(settings)
    sha, root = services.blobs.put(b"a picture"), services.keys.root.spki
    epoch = services.log.epoch  # type: ignore[attr-defined]
    made = backups.make_backup(services, folder)
    services.database.close()
    again = settings_in(tmp_path / "again")
    again.data_dir.mkdir()
    killing.at(moment, "restore", again.data_dir, made.path)
    if (again.data_dir / "xuetan.sqlite").exists():
        assert moment == "after the database moved"
    else:
        with pytest.raises(BackupError) as told:
            build_services(again)
        assert told.value.key == "cli.restore_unfinished"
        backups.restore(again, FixedClock(), made.path)
    whole = build_services(again)
    whole.log.start(project=False)
    assert whole.log.epoch != epoch  # type: ignore[attr-defined]
    assert (whole.blobs.get(sha), whole.keys.root.spki) == (b"a picture", root)
    whole.log.stop()
    whole.database.close()


@pytest.mark.timeout(180)
def test_a_server_killed_and_put_back_from_an_old_backup_gets_everything_again(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    services = build_services(settings)
    county = County.found(services, None)
    port = free_port()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        county.client = client
        phones: list[DeviceSimulator] = []
        with server(settings, port) as process:
            phones = [county.device_of(name) for name in ("teacher", "colleague", "west-teacher")]
            for phone in phones:
                phone.record("lesson_opened/1", lesson_opened("before"))
                phone.sync()
            # Beside the serving process, as the command does it.
            made = backups.make_backup(services, folder)
            assert phones[0].exchange()["safe"] == 1
            push_until_killed(process, phones, 20)
    services.database.close()
    restored = settings_in(tmp_path / "restored")
    restored.data_dir.mkdir()
    backups.restore(restored, FixedClock(), made.path)
    services = build_services(restored)
    with TestClient(create_app(restored, run_jobs=False)) as client:
        for phone in [*phones, *phones]:
            phone.client = client
            phone.sync()
    for phone in phones:
        assert phone.waiting == 0
        assert len(phone.streams) == 1
        there = stored(services, phone.own_scope)
        assert set(there.values()) == {1}
        assert set(there) == {(phone.stream.stream, seq) for seq in range(phone.stream.end)}
    services.database.close()
