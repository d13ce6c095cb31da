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

from xuetan.kernel.jobs import Jobs, Steps


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def make_jobs(folder: Path, die_at: Callable[[str], None] = lambda _place: None) -> Jobs:
    """Jobs over `folder` with one job, `two_steps`, that notes each of its steps."""
    jobs = Jobs(f"sqlite:///{folder / 'jobs.sqlite'}", folder / "jobs.lock", poll_seconds=0.05, retry_seconds=0.01)

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
    engine = create_engine(f"sqlite:///{folder / 'jobs.sqlite'}")
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
