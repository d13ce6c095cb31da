"""A process that works with durable jobs and kills itself, for `test_jobs`. Not a test.

usage: dying_jobs.py <folder> <where to die>. What its jobs do is appended to `done.txt`, one word a line, flushed
to the disk.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine
from sqlmodel import Session

from xuetan.kernel.database import make_backend
from xuetan.kernel.duties import Duty
from xuetan.kernel.jobs import Jobs, Steps
from xuetan.settings import Settings

DATABASE_URL_FILE = "database-url"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def url_of(folder: Path) -> str:
    """The database that the jobs of this folder lie in: as its file says, else one of SQLite."""
    told = folder / DATABASE_URL_FILE
    return told.read_text(encoding="utf-8") if told.exists() else f"sqlite:///{folder / 'jobs.sqlite'}"


def duty_of(folder: Path) -> Duty:
    return make_backend(Settings(_env_file=None, data_dir=folder, database_url=url_of(folder))).make_duty("jobs")


def make_jobs(folder: Path, die_at: Callable[[str], None] = lambda _place: None) -> Jobs:
    """Jobs over `folder` with one job, `two_steps`, that notes each of its steps."""
    jobs = Jobs(url_of(folder), duty_of(folder), poll_seconds=0.05, retry_seconds=0.01)

    def note(word: str) -> str:
        with (folder / "done.txt").open("a", encoding="utf-8") as file:
            file.write(word + "\n")
            file.flush()
            os.fsync(file.fileno())
        die_at(f"after {word}")
        return word

    def two_steps(steps: Steps, name: str) -> None:
        first = steps.run("first", lambda: note(f"{name} first"))
        die_at("between steps")
        assert first == f"{name} first"
        steps.run("second", lambda: note(f"{name} second"))
        die_at("before the end")

    jobs.register("two_steps", two_steps)
    jobs.migrate()
    return jobs


def open_session(folder: Path) -> Session:
    engine = create_engine(url_of(folder))
    return Session(engine)


def main() -> None:
    folder, place = Path(sys.argv[1]), sys.argv[2]
    jobs = make_jobs(folder, lambda here: die() if here == place else None)
    with open_session(folder) as session:
        jobs.enqueue(session, "two_steps", "job", key="the one")
        if place == "before commit":
            die()
        session.commit()
    if place == "after commit":
        die()
    jobs.start()
    jobs.wait_idle(30)
    raise SystemExit("it should have died")


if __name__ == "__main__":
    main()
