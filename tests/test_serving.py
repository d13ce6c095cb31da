"""`xuetan serve` as a real process: healthy, alone on its folder, ended by SIGTERM with status 0."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from tests.browser.demo_server import START_SECONDS_MAX
from tests.ports import free_port
from tests.waiting import wait_until
from xuetan.serving import FolderInUseError, Server, data_folder_locked
from xuetan.settings import Settings


def serve(folder: Path, port: int, log: Path, *options: str, **more: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "XUETAN_DATA_DIR": str(folder),
        "XUETAN_PORT": str(port),
        "XUETAN_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LC_ALL": "zh_CN.UTF-8",
        **more,
    }
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "xuetan", "serve", *options], env=environment, cwd=log.parent, stdout=out, stderr=out
        )


def is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def test_it_serves_alone_on_its_folder_and_its_port_and_ends_with_status_0(tmp_path: Path) -> None:
    folder, port = tmp_path / "data", free_port()
    first = serve(folder, port, tmp_path / "first.log")
    others: list[subprocess.Popen[bytes]] = []
    try:
        wait_until(lambda: is_healthy(port), START_SECONDS_MAX, what=(tmp_path / "first.log").read_text)
        others = [
            serve(folder, free_port(), tmp_path / "same-folder.log"),
            serve(tmp_path / "elsewhere", port, tmp_path / "same-port.log"),
        ]
        assert [other.wait(timeout=60) for other in others] == [1, 1]
        assert f"另一个雪炭正在使用 {folder}" in (tmp_path / "same-folder.log").read_text(encoding="utf-8")
        assert f"不能监听 127.0.0.1:{port}" in (tmp_path / "same-port.log").read_text(encoding="utf-8")
        assert is_healthy(port)
        first.terminate()
        assert first.wait(timeout=60) == 0
        first_log = (tmp_path / "first.log").read_text(encoding="utf-8")
        assert f"雪炭正在运行：http://127.0.0.1:{port}" in first_log
        assert first_log.splitlines()[-1].startswith("已停止。收到的都存好了")
    finally:
        for process in (first, *others):
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)


def test_what_cannot_start_says_that_its_reason_stands_above(tmp_path: Path) -> None:
    folder, log = tmp_path / "data", tmp_path / "serve.log"
    folder.mkdir()
    (folder / "xuetan.sqlite").write_text("this is not a database")
    assert serve(folder, free_port(), log).wait(timeout=START_SECONDS_MAX) == 1
    said = log.read_text(encoding="utf-8")
    assert "file is not a database" in said
    assert said.splitlines()[-1].startswith("雪炭没有启动，原因在上面几行。")
    assert (folder / "xuetan.sqlite").read_text() == "this is not a database"


@pytest.mark.parametrize("options", [("--workers", "2"), ("--no-migrate", "--workers", "2")])
def test_a_database_that_is_not_there_is_told_in_words(tmp_path: Path, options: tuple[str, ...]) -> None:
    nobody = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing"
    log = tmp_path / "serve.log"
    starting = serve(tmp_path / "data", free_port(), log, *options, XUETAN_DATABASE_URL=nobody)
    assert starting.wait(timeout=START_SECONDS_MAX) == 1
    said = log.read_text(encoding="utf-8")
    assert "Connection refused" in said
    assert said.splitlines()[-1].startswith("雪炭没有启动，原因在上面几行。")


def test_while_it_is_up_it_seldom_looks_for_garbage() -> None:
    usual = gc.get_threshold()
    seen: list[tuple[int, int]] = []

    def look() -> None:
        seen.append((gc.get_threshold()[0], gc.get_freeze_count()))
        server.should_exit = True

    server = Server(uvicorn.Config(PlainTextResponse("ok"), port=free_port(), log_level="error"), look)
    server.run()
    [(after, set_aside)] = seen
    assert after > usual[0]
    assert set_aside > 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == (usual, 0)


def test_the_folder_is_free_again_when_its_holder_has_gone(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    with data_folder_locked(settings), pytest.raises(FolderInUseError), data_folder_locked(settings):
        pass
    with data_folder_locked(settings):
        pass
