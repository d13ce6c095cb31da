"""One person's sync, scope by scope: what their phones hold that never arrived, how far each has read, what was set aside where.

Whose scope it is is named only to who sees that person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.pages import Page
from xuetan.console.sync_health import DeviceRow, device_row
from xuetan.console.visit import StaffVisit, StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.event_log.service import ScopeHealth
from xuetan.programmes import service as programmes

router = console_router("/console/sync/people")


@dataclass(frozen=True)
class LeftRow:
    """A stream that a phone of this name left: `count` of its events never arrived, `last_ms` is when the phone last spoke of it."""

    device: str
    count: int
    last_ms: int


@dataclass(frozen=True)
class PlaceRow:
    """How many entries by others stand after what this phone has read."""

    device: str
    behind: int


@dataclass(frozen=True)
class ScopeRow:
    """`name` in words; `followed`: the person reads it now."""

    name: str
    health: ScopeHealth
    followed: bool
    places: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class SyncPersonPage(Page):
    template: ClassVar[str] = "sync_person.html.j2"
    title_key: ClassVar[str] = "console.sync_person_title"
    area: ClassVar[str] = "sync"

    person: PersonView
    devices: tuple[DeviceRow, ...]
    left: tuple[LeftRow, ...]
    scopes: tuple[ScopeRow, ...]

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.person.name}


@router.get("/{person_id}")
def show_sync_person(person_id: str, visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, person_id)
    return visit.show(page)


def _read_page(session: Session, visit: StaffVisit, person_id: str) -> SyncPersonPage:
    person = accounts.get_person(session, visit.staff, person_id)
    names = {one.id: one.name for one in accounts.list_devices(session, visit.staff, person_id)}
    states = event_log.stream_states(session, [person_id])
    names_of = {
        f"c:{one.id}": visit.formats.localized(one.name) for one in programmes.list_cohorts(session, visit.staff)
    }
    names_of |= {f"o:{one.id}": one.name for one in accounts.list_organisations(session, visit.staff)}
    return SyncPersonPage(
        person=person,
        devices=tuple(device_row(session, visit, person, one) for one in states),
        left=tuple(
            LeftRow(names.get(one.device_id, ""), one.missing, one.last_contact_ms)
            for one in event_log.left_streams(session, [person_id])
        ),
        scopes=tuple(
            ScopeRow(
                _name_of(session, visit, one.scope, person, names_of),
                one,
                bool(one.role),
                tuple(PlaceRow(names.get(place.device_id, ""), place.behind) for place in one.places),
            )
            for one in event_log.read_scope_health(session, person_id)
        ),
    )


def _name_of(session: Session, visit: StaffVisit, scope: str, person: PersonView, names_of: Mapping[str, str]) -> str:
    letter, _, rest = scope.partition(":")
    if letter == "u" and rest != person.id:
        seen = accounts.list_people(session, visit.staff, person_ids=[rest])
        return visit.t("console.scope_u_of", name=seen[0].name if seen else "—")
    if scope in names_of:
        return visit.t(f"console.scope_{letter}_of", name=names_of[scope])
    known = letter if letter in ("u", "p", "c", "g", "o", "pub") else "other"
    return visit.t(f"console.scope_{known}")
