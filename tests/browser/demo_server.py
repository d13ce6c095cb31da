"""The product as an operator starts it: a real process of `xuetan demo`, which a test may kill and start again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol
from urllib.error import URLError
from urllib.request import urlopen

from tests.ports import free_port
from tests.waiting import wait_until

START_SECONDS_MAX = 300


class ServerProcess(Protocol):
    """A process that was started, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None: ...

    def send_signal(self, sig: signal.Signals, /) -> None: ...

    def wait(self, timeout: float) -> int: ...


class DemoServer:
    """One demo on one folder and one port. `facts` is its demo.json."""

    def __init__(self, folder: Path, port: int | None = None, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.settings = settings or {}
        self.process: ServerProcess | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        return facts

    def person(self, role: str, index: int = 0) -> dict[str, Any]:
        return [person for person in self.facts["people"] if person["role"] == role][index]

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            **self.settings,
            "DEMO_DIR": str(self.folder),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
        }
        self.process = self.launch(environment, self.folder / "server.log")
        wait_until(self.is_serving, START_SECONDS_MAX, what=lambda: f"the demo serves; its log ends: {self.log_tail()}")

    def launch(self, environment: dict[str, str], log: Path) -> ServerProcess:
        with log.open("ab") as told:
            return subprocess.Popen([sys.executable, "-m", "xuetan", "demo"], env=environment, stdout=told, stderr=told)

    def log_tail(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def is_serving(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the demo ended with {self.process.returncode}: {self.log_tail()}")
        try:
            with urlopen(f"{self.base_url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL: no farewell, as a power cut would."""
        self.end(signal.SIGKILL)

    def stop(self) -> int:
        return self.end(signal.SIGTERM)

    def end(self, with_signal: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(with_signal)
        code = self.process.wait(timeout=30)
        self.process = None
        return code
