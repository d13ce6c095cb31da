"""Durable jobs: on file with their transaction, done once, whatever dies in between."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.back_ends import SQLITE, backend
from tests.kernel.dying_jobs import DATABASE_URL_FILE, duty_of, make_jobs, open_session, url_of
from tests.postgres import PostgresServer
from tests.waiting import wait_until
from xuetan.kernel.jobs import Jobs, Steps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def database_url(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test of this file runs on both back ends."""
    if backend == SQLITE:
        yield
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("schema_database")) as url:
        (tmp_path / DATABASE_URL_FILE).write_text(url, encoding="utf-8")
        yield


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    jobs = Jobs(url_of(tmp_path), duty_of(tmp_path), poll_seconds=0.02, retry_seconds=0.01)
    jobs.migrate()
    yield jobs
    jobs.stop()


def enqueue(jobs: Jobs, folder: Path, name: str, *args: object, key: str | None = None, delay_ms: int = 0) -> str:
    with open_session(folder) as session:
        job_id = jobs.enqueue(session, name, *args, key=key, delay_ms=delay_ms)
        session.commit()
    return job_id


def run_and_let_die(folder: Path, place: str) -> None:
    command = [sys.executable, "-m", "tests.kernel.dying_jobs", str(folder), place]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def done_in(folder: Path) -> list[str]:
    path = folder / "done.txt"
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def take_up(folder: Path) -> None:
    jobs = make_jobs(folder)
    jobs.start()
    try:
        jobs.wait_idle(20)
        assert jobs.list_failed() == []
    finally:
        jobs.stop()


@pytest.mark.parametrize("place", ["after commit", "between steps", "before the end"])
def test_a_job_that_was_committed_runs_once_after_a_kill(tmp_path: Path, place: str) -> None:
    run_and_let_die(tmp_path, place)
    take_up(tmp_path)
    assert done_in(tmp_path) == ["job first", "job second"]


def test_a_step_cut_short_is_done_again_and_the_recorded_one_is_not(tmp_path: Path) -> None:
    run_and_let_die(tmp_path, "after job second")
    take_up(tmp_path)
    assert done_in(tmp_path) == ["job first", "job second", "job second"]


def test_a_job_whose_transaction_did_not_commit_never_was(tmp_path: Path) -> None:
    run_and_let_die(tmp_path, "before commit")
    take_up(tmp_path)
    assert done_in(tmp_path) == []


def test_a_job_killed_many_times_is_still_taken_up(tmp_path: Path) -> None:
    run_and_let_die(tmp_path, "after job first")
    run_and_let_die(tmp_path, "between steps")
    take_up(tmp_path)
    assert Counter(done_in(tmp_path)) == {"job first": 2, "job second": 1}


def test_a_rolled_back_enqueue_leaves_no_job(jobs: Jobs, tmp_path: Path) -> None:
    ran: list[str] = []
    jobs.register("note", lambda _steps, word: ran.append(word))
    with open_session(tmp_path) as session:
        jobs.enqueue(session, "note", "never")
        session.rollback()
    enqueue(jobs, tmp_path, "note", "once")
    jobs.start()
    jobs.wait_idle(10)
    assert ran == ["once"]


def test_the_same_key_is_the_same_job(jobs: Jobs, tmp_path: Path) -> None:
    ran: list[int] = []
    jobs.register("note", lambda _steps, number: ran.append(number))
    jobs.start()
    first = enqueue(jobs, tmp_path, "note", 1, key="a")
    jobs.wait_idle(10)
    second = enqueue(jobs, tmp_path, "note", 2, key="a")
    jobs.wait_idle(10)
    assert first == second
    assert ran == [1]


def test_a_step_that_fails_is_tried_again_before_the_job_gives_up(jobs: Jobs, tmp_path: Path) -> None:
    tries: list[str] = []

    def unlucky(steps: Steps, luck: int) -> None:
        def work() -> int:
            tries.append("")
            if len(tries) < luck:
                raise OSError("the disk is busy")
            return len(tries)

        assert steps.run("work", work) == luck

    jobs.register("unlucky", unlucky)
    jobs.start()
    job_id = enqueue(jobs, tmp_path, "unlucky", 3)
    jobs.wait_idle(10)
    state = jobs.find_job(job_id)
    assert state is not None
    assert state.state == "done"


def test_a_job_that_gave_up_is_listed_for_the_operator_and_stops_no_other(jobs: Jobs, tmp_path: Path) -> None:
    ran: list[str] = []

    def hopeless(steps: Steps) -> None:
        steps.run("work", lambda: 1 // 0)

    jobs.register("hopeless", hopeless)
    jobs.register("note", lambda _steps, word: ran.append(word))
    jobs.start()
    failed = enqueue(jobs, tmp_path, "hopeless")
    enqueue(jobs, tmp_path, "note", "later")
    jobs.wait_idle(10)
    assert ran == ["later"]
    assert [one.job_id for one in jobs.list_failed()] == [failed]


def test_stopping_lets_a_running_step_end_and_leaves_the_rest_on_file(jobs: Jobs, tmp_path: Path) -> None:
    began, go_on = threading.Event(), threading.Event()
    ran: list[str] = []

    def slow(steps: Steps) -> None:
        def first() -> None:
            began.set()
            assert go_on.wait(10)
            ran.append("first")

        steps.run("first", first)
        steps.run("second", lambda: ran.append("second"))

    jobs.register("slow", slow)
    jobs.start()
    job_id = enqueue(jobs, tmp_path, "slow")
    assert began.wait(10)
    stopping = threading.Thread(target=jobs.stop)
    stopping.start()
    wait_until(lambda: jobs.is_stopping, 5, what="stop was not noticed")
    go_on.set()
    stopping.join(10)
    assert ran == ["first"]
    jobs.start()
    jobs.wait_idle(10)
    state = jobs.find_job(job_id)
    assert state is not None
    assert (ran, state.state) == (["first", "second"], "done")


def test_a_step_that_outlives_the_stop_is_done_again_and_is_no_failure(jobs: Jobs, tmp_path: Path) -> None:
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    told: list[str] = []

    def slow(steps: Steps) -> None:
        def work() -> None:
            began.set()
            assert go_on.wait(10)

        try:
            steps.run("work", work, attempts=1)
            told.append("done")
        except Exception:
            told.append("failed")
            raise
        finally:
            ended.set()

    jobs.register("slow", slow)
    jobs.start()
    job_id = enqueue(jobs, tmp_path, "slow")
    assert began.wait(10)
    jobs.stop(grace_seconds=0)
    go_on.set()
    assert ended.wait(10)
    assert told == []
    jobs.start()
    jobs.wait_idle(10)
    state = jobs.find_job(job_id)
    assert state is not None
    assert (told, state.state, jobs.list_failed()) == (["done"], "done", [])


def test_one_process_runs_the_jobs_and_the_next_takes_over_when_it_ends(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        jobs = make_jobs(tmp_path)
        assert jobs.start() is False
        enqueue(jobs, tmp_path, "two_steps", "waited")
        with pytest.raises(TimeoutError):
            jobs.wait_idle(0.2)
        holder.kill()
        jobs.wait_idle(10)
    finally:
        holder.kill()
        holder.wait()
        jobs.stop()
    assert done_in(tmp_path) == ["waited first", "waited second"]


HOLD_THE_LOCK = """
import sys
from pathlib import Path
from tests.kernel.dying_jobs import duty_of
duty = duty_of(Path(sys.argv[1]))
assert duty.take()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_postponed_job_does_not_keep_the_others_waiting(jobs: Jobs, tmp_path: Path) -> None:
    ran: list[str] = []
    jobs.register("note", lambda _steps, word: ran.append(word))
    jobs.start()
    later = enqueue(jobs, tmp_path, "note", "tomorrow", delay_ms=86_400_000)
    enqueue(jobs, tmp_path, "note", "now")
    jobs.wait_idle(10)
    state = jobs.find_job(later)
    assert state is not None
    assert (ran, state.state) == (["now"], "waiting")


def test_an_unregistered_name_is_refused_at_once(jobs: Jobs, tmp_path: Path) -> None:
    with open_session(tmp_path) as session, pytest.raises(ValueError, match="no job named"):
        jobs.enqueue(session, "nobody")


def test_running_jobs_opens_no_connection_to_anywhere(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: called.append(address))
    ran: list[str] = []
    jobs.register("note", lambda _steps, word: ran.append(word))
    jobs.start()
    enqueue(jobs, tmp_path, "note", "quietly")
    jobs.wait_idle(10)
    assert (ran, called) == (["quietly"], [])


def test_what_is_on_file_is_json_and_never_a_pickle(jobs: Jobs, tmp_path: Path) -> None:
    jobs.register("note", lambda steps, _word: steps.run("step", lambda: {"a": [1, None]}) and None)
    jobs.start()
    enqueue(jobs, tmp_path, "note", "词")
    jobs.wait_idle(10)
    with open_session(tmp_path) as session:
        connection = session.connection()
        schema = "dbos." if connection.dialect.name == "postgresql" else ""
        inputs = connection.exec_driver_sql(f"SELECT inputs FROM {schema}workflow_input").scalar_one()
        output = connection.exec_driver_sql(f"SELECT output FROM {schema}operation_outputs").scalar_one()
    assert (inputs, output) == ('{"namedArgs":{},"positionalArgs":["note",["词"]]}', '{"a":[1,null]}')


__all__ = ["backend"]
