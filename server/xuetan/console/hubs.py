"""Hubs: which there are, when each was last heard, how much it keeps; making one, and ending one.

Owns the forms and the words. The code of a new hub is on the page once, and stands in no address and no cookie.
"""

from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.console.forms import Typed
from xuetan.console.options import Option
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.contracts.limits import HUB_NAME_CHARACTERS_MAX
from xuetan.hubs import service as hubs
from xuetan.hubs.service import HubView, MadeHub
from xuetan.kernel.errors import InvalidRequestError, NotFoundError

PATH = "/console/sync/hubs"
# Without the first two it would listen to nobody but itself.
COMMAND = "XUETAN_HOST=0.0.0.0 XUETAN_PUBLIC_URL=http://{place}:8000 xuetan serve --upstream {root} --hub-code {code}"
SILENT_AFTER_MS = 14 * 86_400_000
FIELDS = ("name", "organisation")
router = console_router(PATH)


@dataclass(frozen=True)
class HubRow:
    """`is_silent`: joined, and long not heard."""

    hub: HubView
    is_silent: bool


@dataclass(frozen=True)
class HubsPage(Page):
    """`places` are those for which the staff may make a hub; `made` stands there right after one was."""

    template: ClassVar[str] = "hubs.html.j2"
    title_key: ClassVar[str] = "console.hubs_title"
    area: ClassVar[str] = "sync"

    rows: tuple[HubRow, ...]
    places: tuple[Option, ...]
    typed: Typed
    made: MadeHub | None
    command: str
    name_max: int


@router.get("")
def show_hubs(visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, Typed(), None)
    return visit.show(page)


@router.post("")
def make_hub(visit: StaffFormDep) -> Response:
    form = visit.form
    form.require("name")
    made = None
    with visit.services.database.transaction() as session:
        if form.text("organisation") not in {one.value for one in _places(session, visit)}:
            form.reject("organisation", "console.fault_unknown_choice")
        if not form.has_faults:
            made = hubs.make_hub(
                session,
                form.text("organisation"),
                form.text("name", characters_max=HUB_NAME_CHARACTERS_MAX),
                actor=visit.staff,
                services=visit.services,
            )
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, Typed() if made else form.typed(*FIELDS), made)
    return visit.show(page, status=200 if made else InvalidRequestError().status)


@router.post("/{hub_id}/revoke")
def revoke_hub(hub_id: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        name = next((one.name for one in hubs.list_hubs(session, visit.staff) if one.id == hub_id), None)
        if name is None:
            raise NotFoundError
        hubs.revoke_hub(session, hub_id, visit.staff, services=visit.services)
    return visit.go(PATH, notice="hub_revoked", name=name)


def _read_page(session: Session, visit: StaffVisit, typed: Typed, made: MadeHub | None) -> HubsPage:
    now_ms = visit.services.clock.now_ms()
    address = visit.services.settings.public_url.rstrip("/")
    return HubsPage(
        rows=tuple(HubRow(one, _is_silent(one, now_ms)) for one in hubs.list_hubs(session, visit.staff)),
        places=_places(session, visit),
        typed=typed,
        made=made,
        command=COMMAND.format(place=visit.t("console.hubs_own_address"), root=address, code=made.code) if made else "",
        name_max=HUB_NAME_CHARACTERS_MAX,
    )


def _places(session: Session, visit: StaffVisit) -> tuple[Option, ...]:
    listed = accounts.list_organisations(session, visit.staff)
    return tuple(Option(one.id, "  " * one.depth + one.name) for one in listed if visit.staff.may_administer(one.id))


def _is_silent(hub: HubView, now_ms: int) -> bool:
    if hub.revoked_ms is not None or hub.enrolled_ms is None:
        return False
    return now_ms - (hub.contact_ms or hub.enrolled_ms) >= SILENT_AFTER_MS
