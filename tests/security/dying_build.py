"""A process that builds the small pack and kills itself in the middle of writing a file, for `test_kill`. Not a test.

usage: dying_build.py <data folder> <source folder> <at which flush of a file to die>
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.conftest import settings_in
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services
from xuetan.packs import service as packs


def main() -> None:
    left = [int(sys.argv[3])]
    flush = os.fsync

    def dying_flush(descriptor: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(descriptor)

    services = build_services(settings_in(Path(sys.argv[1])))
    source = packs.read_source(Path(sys.argv[2]), services)
    with services.database.transaction() as session:
        packs.request_build(session, services, OPERATOR, source)
    os.fsync = dying_flush
    services.jobs.poll_seconds = 0.02
    services.jobs.start()
    services.jobs.wait_idle(60)
    raise SystemExit("it should have died")


if __name__ == "__main__":
    main()
