"""Backups by themselves: a durable job at the hours of the day that the settings name.

Owns the chain: a job first puts the next on file, then makes its backup, so that a backup which fails (the disk is not plugged in) does
not end the chain. A job is known by its moment; one whose moment the settings no longer name does nothing and ends its chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from xuetan.backups import erasures
from xuetan.backups.making import make_backup
from xuetan.kernel.jobs import Steps
from xuetan.kernel.services import Services

SCHEDULED_BACKUP = "scheduled_backup"
ATTEMPTS = 3


def register(services: Services) -> None:
    erasures.register(services)
    services.jobs.register(SCHEDULED_BACKUP, partial(back_up, services))


def begin(services: Services) -> None:
    """Put the next backup on file, unless it is already; and what was erased on every list. To be called whenever the installation
    starts."""
    erasures.write_lists(services.database, services.settings)
    if services.settings.backup_folder is not None:
        _enqueue_next(services, services.clock.now_ms())


def back_up(services: Services, steps: Steps, moment_ms: int) -> None:
    settings = services.settings
    if settings.backup_folder is None or not _is_moment(moment_ms, settings.backup_hours, settings.zone):
        return
    # A server that was off for days makes one backup when it comes back, not one for each day.
    steps.run("next", lambda: _enqueue_next(services, max(moment_ms, services.clock.now_ms())))
    folder, keep = settings.backup_folder, settings.backup_keep
    steps.run("backup", lambda: make_backup(services, folder, keep=keep).path.name, attempts=ATTEMPTS)


def next_moment(after_ms: int, hours: Iterable[int], zone: ZoneInfo) -> int:
    """The next full hour of these, in this zone, after a moment; ms UTC."""
    local = datetime.fromtimestamp(after_ms / 1000, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    moments = (
        int((midnight + timedelta(days=day)).replace(hour=hour).timestamp() * 1000)
        for day in range(3)
        for hour in sorted(set(hours))
    )
    return next(moment for moment in moments if moment > after_ms)


def _enqueue_next(services: Services, after_ms: int) -> int:
    settings = services.settings
    moment = next_moment(after_ms, settings.backup_hours, settings.zone)
    with services.database.transaction() as session:
        delay_ms = max(0, moment - services.clock.now_ms())
        services.jobs.enqueue(session, SCHEDULED_BACKUP, moment, key=str(moment), delay_ms=delay_ms)
    return moment


def _is_moment(moment_ms: int, hours: Iterable[int], zone: ZoneInfo) -> bool:
    return next_moment(moment_ms - 1, hours, zone) == moment_ms
