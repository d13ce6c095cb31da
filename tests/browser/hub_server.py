"""A hub as a school starts it: a real process of `xuetan serve --upstream`, which a test may kill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.browser.demo_server import START_SECONDS_MAX
from tests.ports import free_port
from tests.waiting import wait_until


class HubServer:
    """One hub on one folder and one port, joined to `upstream` by a code that staff made."""

    def __init__(self, folder: Path, upstream: str, code: str) -> None:
        self.folder = folder
        self.upstream = upstream
        self.code = code
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "XUETAN_DATA_DIR": str(self.folder), "XUETAN_PORT": str(self.port)}
        command = [sys.executable, "-m", "xuetan", "serve", "--upstream", self.upstream, "--hub-code", self.code]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.folder)
        wait_until(self.is_serving, START_SECONDS_MAX, what=lambda: f"the hub serves; its log ends: {self.log_tail()}")

    def log_tail(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def about(self) -> str:
        with urlopen(f"{self.base_url}/hub/1/about", timeout=10) as answer:
            return str(answer.read().decode())

    def is_serving(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the hub ended with {self.process.returncode}: {self.log_tail()}")
        try:
            return bool(self.about())
        except (URLError, OSError):
            return False

    def has_mirrored(self) -> bool:
        return '"epoch"' in self.about()

    def has_packs(self, count: int) -> bool:
        """So many packs, with all their files."""
        with urlopen(self.base_url, timeout=10) as answer:
            shown = re.search(r'data-testid="hub-packs">(\d+)', answer.read().decode())
        begun = self.folder / "shelf" / ".begun"
        return shown is not None and int(shown[1]) == count and not any(begun.iterdir())

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None
