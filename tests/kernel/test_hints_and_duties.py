"""What the ports of hints and duties promise, on both back ends; and what only holds between processes, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.back_ends import POSTGRESQL, backend
from tests.waiting import wait_until
from xuetan.kernel.database import Database
from xuetan.kernel.hints import HINT_BYTES_MAX, UNKNOWN, PostgresHints
from xuetan.settings import Settings

__all__ = ["backend"]
SECONDS_MAX = 60
Open = Callable[[], Database]


@pytest.fixture
def opened(settings: Settings) -> Iterator[Open]:
    """Opens the database of this test, each time as another process would."""
    there: list[Database] = []

    def open_one() -> Database:
        there.append(Database(settings))
        return there[-1]

    yield open_one
    for one in there:
        one.close()


def cut_connections(settings: Settings) -> None:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )


def test_a_hint_is_heard_in_its_own_process_before_sending_returns_and_under_its_topic_alone(opened: Open) -> None:
    hints, heard = opened().hints, []
    hints.subscribe("one", lambda text: heard.append(("one", text)))
    hints.subscribe("other", lambda text: heard.append(("other", text)))
    hints.send("one", "u:a u:b")
    hints.send("one")
    hints.send("nobody", "listens")
    assert heard == [("one", "u:a u:b"), ("one", UNKNOWN)]


def test_a_listener_that_fails_harms_neither_the_sender_nor_other_listeners(opened: Open) -> None:
    hints, heard = opened().hints, []

    def failing(_text: str) -> None:
        raise ZeroDivisionError

    hints.subscribe("one", failing)
    hints.subscribe("one", heard.append)
    hints.send("one", "text")
    assert heard == ["text"]


def test_starting_and_closing_twice_is_doing_it_once(opened: Open) -> None:
    hints = opened().hints
    for _ in range(2):
        hints.start()
    for _ in range(2):
        hints.close()


def test_a_duty_is_of_one_at_a_time_and_free_when_it_was_left(opened: Open) -> None:
    here, there = opened().make_duty("project"), opened().make_duty("project")
    assert not here.holds()
    assert here.take() and here.take() and here.holds()
    assert not there.take() and not there.holds()
    here.leave()
    here.leave()
    assert not here.holds()
    assert there.take() and not here.take()
    there.leave()


def test_duties_of_different_names_do_not_wait_for_each_other(opened: Open) -> None:
    one, other = opened().make_duty("project"), opened().make_duty("jobs")
    assert one.take() and other.take()
    one.leave()
    assert other.holds()
    other.leave()


@pytest.mark.parametrize("backend", [POSTGRESQL], indirect=True)
def test_hints_reach_other_processes_once_and_those_too_long_say_that_anything_may_be_meant(opened: Open) -> None:
    here, there = opened().hints, opened().hints
    heard_here: list[str] = []
    heard_there: list[str] = []
    here.subscribe("grown", heard_here.append)
    there.subscribe("grown", heard_there.append)
    assert isinstance(there, PostgresHints) and isinstance(here, PostgresHints)
    for hints in (here, there):
        hints.start()
        assert hints.wait_listening(SECONDS_MAX)
    wait_until(lambda: heard_here and heard_there, SECONDS_MAX, what="each knows that it may have missed anything")
    heard_here.clear()
    heard_there.clear()
    here.send("grown", "u:a")
    here.send("grown", "x" * (HINT_BYTES_MAX + 1))
    here.send("grown", "last")
    wait_until(lambda: "last" in heard_there, SECONDS_MAX, what="the other hears")
    assert heard_there == ["u:a", UNKNOWN, "last"]
    assert heard_here == ["u:a", "x" * (HINT_BYTES_MAX + 1), "last"], "its own not again from outside"


@pytest.mark.parametrize("backend", [POSTGRESQL], indirect=True)
def test_after_a_lost_connection_every_listener_is_told_and_hints_are_heard_again(
    opened: Open, settings: Settings
) -> None:
    here, there, heard = opened().hints, opened().hints, []
    assert isinstance(there, PostgresHints)
    there.subscribe("grown", heard.append)
    there.start()
    assert there.wait_listening(SECONDS_MAX)
    wait_until(lambda: heard == [UNKNOWN], SECONDS_MAX, what="told at the start")
    cut_connections(settings)
    wait_until(lambda: len(heard) >= 2 and heard[-1] == UNKNOWN, SECONDS_MAX, what="told after the loss")
    wait_until(lambda: here.send("grown", "again") or "again" in heard, SECONDS_MAX, what="heard again")


@pytest.mark.parametrize("backend", [POSTGRESQL], indirect=True)
def test_a_duty_ends_with_its_connection_and_its_holder_notices(opened: Open, settings: Settings) -> None:
    here, there = opened().make_duty("project"), opened().make_duty("project")
    assert here.take()
    cut_connections(settings)
    wait_until(there.take, SECONDS_MAX, what="another takes it up")
    assert not here.holds() and not here.take()
    there.leave()
    assert here.take()
    here.leave()
