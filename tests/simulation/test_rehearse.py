"""`xuetan rehearse` proves an installation without touching it."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import settings_in
from tests.ports import free_port
from tests.postgres import PostgresServer
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services, prepare
from xuetan.cli import app
from xuetan.kernel.clock import FixedClock
from xuetan.rehearsal import command
from xuetan.rehearsal.command import NoDatabaseError, Progress, Report
from xuetan.rehearsal.runner import MEMORY_DISK, NoRoomError, scratch_folder
from xuetan.rehearsal.telling import ProgressLine
from xuetan.settings import Settings


def serve_once(settings: Settings) -> None:
    services = build_services(settings, FixedClock())
    prepare(services)
    with services.database.transaction() as session:
        accounts.create_organisation(session, None, "county", "county", actor=OPERATOR, now_ms=1)
    services.log.start(project=False)
    services.log.stop()
    services.database.close()


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """A data folder that has served."""
    folder = tmp_path / "data"
    serve_once(settings_in(folder))
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_a_rehearsal_on_a_sound_installation_is_clean_and_leaves_it_as_it_was(installation: Path) -> None:
    before = contents(installation)
    told: list[Progress] = []
    report = command.rehearse(settings_in(installation), phones=5, days=1, seed=1, tell=told.append)
    assert report.is_clean
    assert report.phones == 5
    assert 0 <= report.copies <= 6
    assert report.saved > 20
    assert report.received + report.gone >= report.saved
    assert contents(installation) == before
    assert [one.stage for one in told if one.stage != "running"] == ["founding", "resting", "comparing"]
    running = [one.percent for one in told if one.stage == "running"]
    assert running == list(range(101))
    assert told[-3].saved == report.saved


def test_rows_of_postgresql_are_rehearsed_on_a_copy(postgres: PostgresServer, tmp_path: Path) -> None:
    with postgres.database() as url:
        settings = settings_in(tmp_path / "data", url)
        with pytest.raises(NoDatabaseError):
            command.rehearse(settings, phones=5, days=1, seed=1)
        serve_once(settings)
        report = command.rehearse(settings, phones=5, days=1, seed=1)
        assert report.is_clean
        assert report.saved > 20
        services = build_services(settings, FixedClock())
        with services.database.reading() as session:
            assert not accounts.list_people(session, OPERATOR)
        services.database.close()


def test_a_server_that_is_not_there_is_no_database(tmp_path: Path) -> None:
    nowhere = settings_in(tmp_path / "data", f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    with pytest.raises(NoDatabaseError):
        command.rehearse(nowhere, phones=5, days=1, seed=1)


def test_copies_lie_in_memory_only_where_they_are_a_small_part_of_it_and_nowhere_without_room(tmp_path: Path) -> None:
    with scratch_folder(1) as small:
        assert small.is_dir()
    assert not small.exists()
    large = shutil.disk_usage(MEMORY_DISK).free // 4
    with scratch_folder(large) as folder:
        assert not folder.is_relative_to(MEMORY_DISK)
    with pytest.raises(NoRoomError) as refused, scratch_folder(shutil.disk_usage(tmp_path).total):
        raise AssertionError
    assert refused.value.needed > refused.value.free


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def rehearsal_of(line: ProgressLine) -> None:
    line.tell(Progress("founding", 5))
    for percent in range(101):
        line.tell(Progress("running", 5, percent, 1, 2, percent * 3, percent * 5))
    line.tell(Progress("resting", 5))
    line.end()


def test_a_log_hears_of_every_tenth_of_the_way_and_how_long_it_will_take() -> None:
    seconds = iter(range(0, 10_000, 60))
    log = io.StringIO()
    rehearsal_of(ProgressLine(log, "en", lambda: float(next(seconds))))
    lines = log.getvalue().splitlines()
    assert [line.split("%")[0] for line in lines if "%" in line] == [f"Rehearsing, {tenth * 10}" for tenth in range(11)]
    assert "left" not in lines[1]
    assert lines[2].endswith("about 9 minutes left")
    assert "\r" not in log.getvalue()


def test_on_a_terminal_one_line_is_written_over_and_over() -> None:
    terminal = Terminal()
    rehearsal_of(ProgressLine(terminal, "en", lambda: 0.0))
    written = terminal.getvalue()
    assert written.startswith("Getting ready")
    assert written.count("\r") == 101
    assert written.endswith("comes to rest …\n")


def test_the_exit_status_says_whether_a_promise_was_broken(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = Report(5, 0, 1, 10, 20, 10, 0, 0, 0, 0, 0, [])
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


def test_fewer_phones_than_a_school_has_are_refused_in_words_and_not_made_more() -> None:
    result = CliRunner().invoke(app, ["rehearse", "--phones", "4"])
    assert result.exit_code == 2
    assert "--phones" in result.output and "5" in result.output


def test_where_there_is_no_database_there_is_no_rehearsal(tmp_path: Path) -> None:
    with pytest.raises(NoDatabaseError):
        command.rehearse(settings_in(tmp_path / "empty"), phones=5, days=1, seed=1)
