"""Backups by themselves: at their hours, through failures, and no more than are wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from tests.county import StepsAtOnce
from tests.waiting import wait_until
from xuetan.app import build_services
from xuetan.backups import schedule
from xuetan.backups.manifest import list_backups
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR_MS = 3_600_000
STEPS = StepsAtOnce()


def at(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(at("2026-11-27T02:59:00"))


@pytest.fixture
def scheduled(settings: Settings, clock: FixedClock, folder: Path) -> Iterator[Services]:
    services = build_services(settings.model_copy(update={"backup_folder": folder, "backup_keep": 2}), clock)
    assert services.log.epoch  # type: ignore[attr-defined]
    yield services
    services.jobs.stop()
    services.database.close()


def waiting(services: Services) -> list[str]:
    with services.database.reading() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT workflow_uuid FROM workflow_status WHERE status IN ('ENQUEUED', 'DELAYED') ORDER BY 1"
        )
        return [str(row[0]).partition(":")[2] for row in rows]


def test_the_next_moment_is_the_next_of_the_hours_in_the_zone_of_the_installation() -> None:
    assert schedule.next_moment(at("2026-11-27T02:59:59"), (3,), SHANGHAI) == at("2026-11-27T03:00:00")
    assert schedule.next_moment(at("2026-11-27T03:00:00"), (3,), SHANGHAI) == at("2026-11-28T03:00:00")
    assert schedule.next_moment(at("2026-11-27T03:00:00"), (15, 3), SHANGHAI) == at("2026-11-27T15:00:00")


def test_an_hour_that_summer_time_leaves_out_delays_no_backup_by_more_than_a_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = at("2026-03-28T12:00:00", berlin)
    moments = [before]
    for _ in range(4):
        moments.append(schedule.next_moment(moments[-1], (2,), berlin))
    assert all(0 < later - earlier <= 25 * HOUR_MS for earlier, later in itertools.pairwise(moments))
    assert all(schedule._is_moment(moment, (2,), berlin) for moment in moments[1:])


def test_an_installation_that_starts_again_and_again_has_one_next_backup(scheduled: Services) -> None:
    for _ in range(3):
        schedule.begin(scheduled)
    assert waiting(scheduled) == [str(at("2026-11-27T03:00:00"))]


def test_without_a_folder_there_is_none(settings: Settings, clock: FixedClock) -> None:
    services = build_services(settings, clock)
    schedule.begin(services)
    assert waiting(services) == []
    services.database.close()


def test_each_backup_puts_the_next_on_file_and_the_newest_are_kept(
    scheduled: Services, clock: FixedClock, folder: Path
) -> None:
    for day in (27, 28, 29):
        moment = at(f"2026-11-{day}T03:00:00")
        clock.advance_ms(moment - clock.now_ms())
        schedule.back_up(scheduled, STEPS, moment)  # type: ignore[arg-type]
    assert waiting(scheduled)[-1] == str(at("2026-11-30T03:00:00"))
    assert [one.name for one in list_backups(folder)] == ["xuetan-20261127T190000Z", "xuetan-20261128T190000Z"]


def test_a_server_that_was_off_for_days_makes_one_backup_and_goes_on_from_now(
    scheduled: Services, clock: FixedClock, folder: Path
) -> None:
    clock.advance_ms(10 * 24 * HOUR_MS)
    schedule.back_up(scheduled, STEPS, at("2026-11-27T03:00:00"))  # type: ignore[arg-type]
    assert len(list_backups(folder)) == 1
    assert waiting(scheduled) == [str(at("2026-12-07T03:00:00"))]


def test_a_backup_that_fails_does_not_end_the_chain(scheduled: Services, folder: Path) -> None:
    folder.write_text("the disk is not plugged in")
    with pytest.raises(FileExistsError):
        schedule.back_up(scheduled, STEPS, at("2026-11-27T03:00:00"))  # type: ignore[arg-type]
    assert waiting(scheduled) == [str(at("2026-11-28T03:00:00"))]


def test_a_moment_that_the_settings_no_longer_name_does_nothing(scheduled: Services, folder: Path) -> None:
    schedule.back_up(scheduled, STEPS, at("2026-11-27T04:00:00"))  # type: ignore[arg-type]
    assert (waiting(scheduled), folder.exists()) == ([], False)


def test_the_durable_job_makes_a_backup(scheduled: Services, clock: FixedClock, folder: Path) -> None:
    schedule.begin(scheduled)
    with scheduled.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE workflow_status SET delay_until_epoch_ms = 1")
    clock.advance_ms(HOUR_MS)
    scheduled.jobs.start()
    wait_until(lambda: list_backups(folder), 60, what="a backup is there")
    assert datetime.fromtimestamp(clock.now_ms() / 1000, UTC).hour == 19


def test_hours_that_are_none_are_refused_at_the_start() -> None:
    for hours in ((), (24,), (-1,)):
        with pytest.raises(ValidationError):
            Settings(_env_file=None, backup_hours=hours)
