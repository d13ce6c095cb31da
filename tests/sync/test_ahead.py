"""A root that was put back under the same history, as an image of its disk is: phones that read further are counted for the operator."""

from __future__ import annotations

import logging

import pytest

from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.event_log import service as event_log
from xuetan.event_log.service import EventLog
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.sql import run_in


def ahead(village: Village) -> int:
    with village.services.database.reading() as session:
        return event_log.count_ahead(session)[0]


def put_back(village: Village, scope: str) -> None:
    """As in an older copy: the last position of the scope was never given."""
    with village.services.database.transaction() as session:
        run = run_in(session)
        run(
            "DELETE FROM log_entry WHERE scope = ? AND position = (SELECT head FROM log_scope WHERE scope = ?)",
            (scope,) * 2,
        )
        run("UPDATE log_scope SET head = head - 1 WHERE scope = ?", (scope,))


def reading_phone(village: Village) -> DeviceSimulator:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    phone.sync()
    return phone


def test_phones_in_step_are_not_ahead(village: Village) -> None:
    phone = reading_phone(village)
    other = village.teacher_device()
    village.give(other.own_scope, phone.person_id, "mentor")
    phone.sync()
    village.end(other.own_scope, phone.person_id, "mentor")
    phone.sync()
    assert ahead(village) == 0


def test_a_phone_that_only_asks_is_counted_once_told_once_and_until_a_new_epoch(
    village: Village, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = reading_phone(village), reading_phone(village)
    for phone in (one, two):
        put_back(village, phone.own_scope)
    with caplog.at_level(logging.WARNING, logger="xuetan.event_log"):
        for phone in (one, one, two):
            phone.sync()
    assert ahead(village) == 2
    warned = [record for record in caplog.records if "new-epoch" in record.getMessage()]
    assert len(warned) == 1
    # The scope grows again over what the phone has read: the sign would be gone.
    other = village.device(one.person_id)
    other.record("lesson_opened/1", lesson_opened())
    other.sync()
    clock.advance_ms(7_200_000)
    one.sync()
    assert ahead(village) == 2
    log = village.services.log
    assert isinstance(log, EventLog)
    log.begin_new_epoch()
    one.sync()
    assert ahead(village) == 0


def test_a_phone_that_pushes_is_counted_too(village: Village) -> None:
    phone = reading_phone(village)
    village.row(f"p:{phone.person_id}", "pin_reset", phone.person_id, {"number": 1, "by_name": "x", "made_ms": 1})
    phone.sync()
    put_back(village, f"p:{phone.person_id}")
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    assert ahead(village) == 1


def test_a_newer_follow_list_than_ours_is_ahead(village: Village) -> None:
    phone = reading_phone(village)
    phone.follow_version += 1
    phone.exchange()
    assert ahead(village) == 1
