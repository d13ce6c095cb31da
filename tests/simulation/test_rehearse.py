"""`xuetan rehearse` proves an installation without touching it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import settings_in
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services, prepare
from xuetan.cli import app
from xuetan.kernel.clock import FixedClock
from xuetan.rehearsal import command
from xuetan.rehearsal.command import NoDatabaseError, Report


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A data folder that has served."""
    folder = tmp_path / "data"
    services = build_services(settings_in(folder), FixedClock())
    prepare(services)
    with services.database.transaction() as session:
        accounts.create_organisation(session, None, "county", "county", actor=OPERATOR, now_ms=1)
    services.log.start(project=False)
    services.log.stop()
    services.database.close()
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_a_rehearsal_on_a_sound_installation_is_clean_and_leaves_it_as_it_was(installation: Path) -> None:
    before = contents(installation)
    report = command.rehearse(settings_in(installation), phones=5, days=1, seed=1)
    assert report.is_clean
    assert report.saved > 20
    assert report.received + report.gone >= report.saved
    assert contents(installation) == before


def test_the_exit_status_says_whether_a_promise_was_broken(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = Report(5, 1, 10, 20, 10, 0, 0, 0, 0, 0, [])
    monkeypatch.setenv("XUETAN_DATA_DIR", str(installation))
    for report, status in (
        (clean, 0),
        (clean._replace(lost=1), 1),
        (clean._replace(doubled=1), 1),
        (clean._replace(leaked=1), 1),
        (clean._replace(others=["RESTLESS it does not come to rest"]), 1),
    ):
        monkeypatch.setattr(command, "rehearse", lambda *_args, told=report, **_more: told)
        assert CliRunner().invoke(app, ["rehearse"]).exit_code == status


def test_where_there_is_no_database_there_is_no_rehearsal(tmp_path: Path) -> None:
    with pytest.raises(NoDatabaseError):
        command.rehearse(settings_in(tmp_path / "empty"), phones=5, days=1, seed=1)
