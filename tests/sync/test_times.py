"""When something was written, as everybody sees it: by what the phone said when it first came."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.events import lesson_opened
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


def test_what_came_and_was_not_answered_is_told_with_its_times(county: County, clock: FixedClock) -> None:
    phone = county.device_of("teacher")
    phone.sync()
    phone.record("lesson_opened/1", lesson_opened())
    phone.clock_offset_ms = 3_600_000
    came_ms = clock.now_ms()
    phone.send(phone.frame())
    clock.advance_ms(60_000)
    phone.clock_offset_ms = 0
    reply = phone.send(phone.frame())
    assert reply["acks"] == [["dup"]]
    (entry,) = [one for one in reply["entries"] if "f" in one]
    assert (entry["at"], entry["off"], "d" in entry) == (came_ms, 3_600_000, False)


def test_nothing_is_told_twice_where_no_answer_was_lost(county: County) -> None:
    phone = county.device_of("teacher")
    phone.sync()
    phone.record("lesson_opened/1", lesson_opened())
    reply = phone.send(phone.frame())
    assert [sorted(one) for one in reply["entries"] if "f" in one] == [["f", "n", "p", "r"]]
