"""Sync health: what phones hold that never arrived and since when, when each last spoke and with which app, whose clock is
off, and what was set aside and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.backups import service as backups
from xuetan.backups.service import LastBackup
from xuetan.console.pages import Page
from xuetan.console.paging import Slice, cut
from xuetan.console.visit import StaffVisit, StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.event_log.service import StreamStatus
from xuetan.learning_log import service as learning_log

DEVICES_PER_PAGE = 100
QUIET_AFTER_MS = 14 * 86_400_000
BACKUP_OLD_MS = 3 * 86_400_000
FIELD_ROLES = frozenset({"teacher", "mentor"})
router = console_router("/console/sync")


@dataclass(frozen=True)
class DeviceRow:
    """One device of a person: events it last said it holds, and those that arrived. `clock_minutes`: how far its clock is off,
    either way, where that is so much that its times are doubted; else 0. `never`: events of streams that it left, which never arrived."""

    person: PersonView
    device: str
    is_revoked: bool
    held: int
    arrived: int
    missing: int
    missing_since_ms: int | None
    last_ms: int
    is_quiet: bool
    app: str
    clock_minutes: int
    never: int = 0


@dataclass(frozen=True)
class AsideRow:
    """Events of a person that were kept aside for one reason, the last of them at `received_ms`."""

    person: PersonView
    code: str
    count: int
    received_ms: int


@dataclass(frozen=True)
class SyncHealthPage(Page):
    """`never`: people with a role of the field whose phone never spoke. `order`: the column that the list is sorted by.
    For who runs the installation: `backup`, the last one that was tried; `strangers`, keys that nobody knows, of which something is kept;
    `ahead`, phones that have read further than there is, since `ahead_ms`."""

    template: ClassVar[str] = "sync_health.html.j2"
    title_key: ClassVar[str] = "console.sync_title"
    area: ClassVar[str] = "sync"

    order: str
    rows: Slice[DeviceRow]
    aside: tuple[AsideRow, ...]
    never: tuple[PersonView, ...]
    missing: int
    never_arrived: int
    quiet: int
    runs_installation: bool
    backup: LastBackup | None
    is_backup_old: bool
    strangers: int
    ahead: int
    ahead_ms: int


@router.get("")
def show_sync_health(visit: StaffVisitDep, page: int = 1, order: str = "need") -> Response:
    with visit.services.database.reading() as session:
        shown = _read_page(session, visit, page, order if order in ORDERS else "need")
    return visit.show(shown)


def _read_page(session: Session, visit: StaffVisit, number: int, order: str) -> SyncHealthPage:
    people = {one.id: one for one in accounts.list_people(session, visit.staff)}
    by = ORDERS[order]
    never: dict[tuple[str, str], int] = {}
    for left in event_log.left_streams(session, list(people)):
        key = (left.person_id, left.device_id)
        never[key] = never.get(key, 0) + left.missing
    field = {one.id for one in people.values() if one.roles & FIELD_ROLES}
    # Whoever's roles ended may still have work on a phone, which arrives when it next has a line.
    statuses = [
        one
        for one in event_log.stream_states(session, list(people))
        if one.person_id in field or one.missing or (one.person_id, one.device_id) in never
    ]
    statuses.sort(key=lambda one: by(one, people[one.person_id]))
    shown = cut(statuses, number, DEVICES_PER_PAGE, f"/console/sync?order={order}&")
    spoke = {one.person_id for one in statuses}
    now_ms = visit.services.clock.now_ms()
    rows = tuple(
        device_row(session, visit, people[one.person_id], one, never.get((one.person_id, one.device_id), 0))
        for one in shown.items
    )
    runs_installation = accounts.runs_installation(session, visit.staff)
    backup = backups.find_last_backup(session) if runs_installation else None
    ahead, ahead_ms = event_log.count_ahead(session) if runs_installation else (0, 0)
    return SyncHealthPage(
        order=order,
        rows=Slice(rows, shown.number, shown.pages, shown.total, shown.path),
        aside=_aside_rows(session, people),
        never=tuple(person for person in people.values() if person.id in field and person.id not in spoke),
        missing=sum(one.missing for one in statuses),
        never_arrived=sum(never.values()),
        quiet=sum(_is_quiet(one, now_ms) for one in statuses),
        runs_installation=runs_installation,
        backup=backup,
        is_backup_old=backup is None or now_ms - backup.made_ms > BACKUP_OLD_MS,
        strangers=len(event_log.list_strangers(session, only_open=True)) if runs_installation else 0,
        ahead=ahead,
        ahead_ms=ahead_ms,
    )


# Each ends with who has waited longest.
ORDERS: Mapping[str, Callable[[StreamStatus, PersonView], tuple[object, ...]]] = {
    "need": lambda one, _: (-one.missing, one.last_contact_ms),
    "name": lambda one, person: (person.organisation_name, person.name, one.last_contact_ms),
    "contact": lambda one, _: (one.last_contact_ms,),
    "app": lambda one, _: (one.app, one.last_contact_ms),
}


def _clock_minutes(status: StreamStatus) -> int:
    off_ms = abs(status.clock_offset_ms or 0)
    return off_ms // 60_000 if off_ms > learning_log.CLOCK_DOUBT_MS else 0


def _is_quiet(status: StreamStatus, now_ms: int) -> bool:
    return now_ms - status.last_contact_ms >= QUIET_AFTER_MS


def device_row(
    session: Session, visit: StaffVisit, person: PersonView, status: StreamStatus, never: int = 0
) -> DeviceRow:
    known = {one.id: one for one in accounts.list_devices(session, visit.staff, person.id)}
    device = known.get(status.device_id)
    return DeviceRow(
        person=person,
        device=device.name if device else "",
        is_revoked=device is not None and device.revoked_ms is not None,
        held=status.head,
        arrived=status.next,
        missing=status.missing,
        missing_since_ms=status.missing_since_ms,
        last_ms=status.last_contact_ms,
        app=status.app,
        clock_minutes=_clock_minutes(status),
        is_quiet=_is_quiet(status, visit.services.clock.now_ms()),
        never=never,
    )


def _aside_rows(session: Session, people: Mapping[str, PersonView]) -> tuple[AsideRow, ...]:
    """Kept bytes stay unread here: that, when and why is what staff need."""
    counts = event_log.count_set_aside(session, list(people))
    return tuple(AsideRow(people[one.person_id], one.code, one.events, one.received_ms) for one in counts)
