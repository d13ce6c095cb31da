"""Backups and restores in processes of their own, to be killed at a named moment: `python -m tests.backups.killed_work`.

Reads lines `backup|restore<TAB>data folder<TAB>folder<TAB>moment`; forks a process that does it, stops at the moment, says its number
and waits for its end. Forking from one that has loaded everything spares the seconds of loading.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from tests.conftest import settings_in
from xuetan.app import build_services
from xuetan.backups import copying, making, places, restoring
from xuetan.backups import service as backups
from xuetan.kernel.clock import FixedClock

# What is about to be done when the process stops.
MOMENTS = {
    "after the database": (making, "list_kept"),
    "before the manifest": (making, "write_durably"),
    "before the trial": (making, "_prove"),
    "before it is told": (making, "_note"),
    "while staging": (restoring.Database, "migrate"),
    "before the new epoch": (restoring, "begin_new_history"),
    "before moving in": (restoring, "flush_tree"),
    "before the database moves": (places, "flush_folder"),
    "after the database moved": (copying.shutil, "rmtree"),
}


def main() -> None:
    for line in sys.stdin:
        if os.fork() == 0:
            do(*line.rstrip("\n").split("\t"))
            os._exit(3)


def do(work: str, data: str, folder: str, moment: str) -> None:
    owner, name = MOMENTS[moment]
    settings = settings_in(Path(data))
    services = build_services(settings) if work == "backup" else None

    def stop_here(*_args: object, **_more: object) -> None:
        print(os.getpid(), flush=True)
        threading.Event().wait()

    setattr(owner, name, stop_here)
    if services is not None:
        backups.make_backup(services, Path(folder))
    else:
        backups.restore(settings, FixedClock(), Path(folder))


if __name__ == "__main__":
    main()
