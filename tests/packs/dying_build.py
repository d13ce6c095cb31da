"""A process that builds the small pack and kills itself at one place, for `test_killed_builds`. Not a test.

usage: dying_build.py <data folder> <source folder> <stage> <how many calls to let pass> <before|after>
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import settings_in
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services
from xuetan.packs import service as packs
from xuetan.packs.builds import Build


def dying(stage: Callable[..., Any], calls: int, moment: str) -> Callable[..., Any]:
    """The stage, in a world where the power fails at its `calls`-th call, before or after it did its work."""
    left = [calls]

    def call(self: Build, *args: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = stage(self, *args)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def main() -> None:
    data, source, stage, calls, moment = sys.argv[1:]
    services = build_services(settings_in(Path(data)))
    setattr(Build, stage, dying(getattr(Build, stage), int(calls), moment))
    services.jobs.poll_seconds = 0.02
    read = packs.read_source(Path(source), services)
    with services.database.transaction() as session:
        packs.request_build(session, services, OPERATOR, read)
    if stage == "_get":
        os.kill(os.getpid(), signal.SIGKILL)
    services.jobs.start()
    services.jobs.wait_idle(60)
    raise SystemExit("it should have died")


if __name__ == "__main__":
    main()
