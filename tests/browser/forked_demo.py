"""The demo for tests that start it again and again: the same command in a process of its own, forked from one that has read the sources.

Reading them takes ten times as long as starting, and nothing of it is what these tests try; `tests/test_demo.py` starts the
command as an operator does. What is killed is a whole process all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.browser.demo_server import DemoServer

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["xuetan.cli"])


class ForkedProcess:
    """What a DemoServer asks of `subprocess.Popen`, of a forked process."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, sig: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("xuetan demo", timeout)
        return code


class ForkedDemo(DemoServer):
    def launch(self, environment: dict[str, str], log: Path) -> ForkedProcess:
        # A run that ends without having killed it takes it along.
        process = _FORKS.Process(target=_run_demo, args=(environment, str(log)), name="xuetan demo", daemon=True)
        process.start()
        return ForkedProcess(process)


def _run_demo(environment: dict[str, str], log: str) -> None:
    told = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(told, 1)
    os.dup2(told, 2)
    os.environ.clear()
    os.environ.update(environment)
    # Here, where the environment is that of the process that was started; the sources were read before.
    from xuetan.cli import app

    app(["demo"])
