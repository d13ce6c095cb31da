"""A real process of `xuetan serve` on a folder that a test made, which may be killed, started again and looked at from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tests.county import County
from tests.ports import free_port
from tests.waiting import wait_until
from xuetan.app import build_services
from xuetan.kernel.services import Services
from xuetan.settings import Settings

START_SECONDS_MAX = 240


def settings_of(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder, secure_cookies=False, push_allow_loopback=True)


@dataclass
class RealServer:
    """One folder, one port; `log` is what the process ever said."""

    folder: Path
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def with_county(cls, folder: Path, schema_file: Path) -> tuple[RealServer, County, Services]:
        """A server that is not started yet, over a county of people."""
        folder.mkdir()
        shutil.copy(schema_file, folder / "xuetan.sqlite")
        services = build_services(settings_of(folder))
        return cls(folder), County.found(services, None), services

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        path = self.folder / "server.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
            "XUETAN_DATA_DIR": str(self.folder),
            "XUETAN_HOST": self.host,
            "XUETAN_PORT": str(self.port),
            "XUETAN_SECURE_COOKIES": "false",
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "xuetan", "serve", "--no-migrate"],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        wait_until(
            self.is_serving, START_SECONDS_MAX, what=lambda: f"the server serves; its log ends: {self.log[-2000:]}"
        )

    def is_serving(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}: {self.log[-2000:]}")
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
        if self.process is None:
            return 0
        self.process.send_signal(with_signal)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    @property
    def memory_bytes(self) -> int:
        """What the process has in memory now."""
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def forget_memory_peak(self) -> None:
        assert self.process is not None
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    @property
    def memory_peak_bytes(self) -> int:
        """The most it had in memory since the peak was forgotten, as the system counts it."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the system does not say")

    def listening(self) -> set[tuple[str, int]]:
        """(address, port) of everything it listens at."""
        assert self.process is not None
        found = psutil.Process(self.process.pid).net_connections(kind="inet")
        return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}
