"""A process that has something to push and is killed, for `test_killed_pushes`. Not a test.

usage: dying_push.py <data folder> <person> <die before the push|push>. In the second case the receiver kills it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.conftest import settings_in
from xuetan.app import build_services
from xuetan.kernel.clock import FixedClock
from xuetan.notifications import service as notifications


def main() -> None:
    services = build_services(settings_in(Path(sys.argv[1])), FixedClock())
    services.jobs.poll_seconds = 0.02
    with services.database.transaction() as session:
        params = {"mentor": "李老师"}
        notifications.notify(session, services, sys.argv[2], "inbox.feedback_given", params, link="/journal/x")
    print(os.getpid(), flush=True)
    if sys.argv[3] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    services.jobs.start()
    services.jobs.wait_idle(60)
    raise SystemExit("it should have been killed")


if __name__ == "__main__":
    main()
