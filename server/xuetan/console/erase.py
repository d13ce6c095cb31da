"""Erasure by right: one record, or all that stands of a person. Says before what will be gone and for whom, and afterwards how many phones
have not been in touch since. Who may is decided by the learning log; nothing of what was written is shown here.
"""

from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR, PersonView
from xuetan.console.forms import Typed
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.event_log.service import erasing
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.learning_log import service as learning_log

THING_CHARACTERS_MAX = 64
router = console_router("/console/people")


@dataclass(frozen=True)
class DoneRow:
    """An erasure. `silent`: phones that were not in touch since, `oldest_ms` being the longest ago that one of them was."""

    erasure: erasing.ErasureView
    by_name: str
    silent: int
    oldest_ms: int


@dataclass(frozen=True)
class ErasePage(Page):
    """`thing`: what is to go, all of the person where empty. `parts`: of what there is how much, in words."""

    template: ClassVar[str] = "erase.html.j2"
    title_key: ClassVar[str] = "console.erase_title"
    area: ClassVar[str] = "people"

    person: PersonView
    thing: str
    parts: tuple[tuple[str, int], ...]
    files: int
    done: tuple[DoneRow, ...]
    typed: Typed

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.person.name}


@router.get("/{person_id}/erase")
def show_erase(person_id: str, visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, person_id, _thing(visit.request.query_params.get("thing", "")), Typed())
    return visit.show(page)


@router.post("/{person_id}/erase")
def erase(person_id: str, visit: StaffFormDep) -> Response:
    form, thing = visit.form, _thing(visit.form.text("thing"))
    reason, now_ms = form.text("reason"), visit.services.clock.now_ms()
    with visit.services.database.reading() as session:
        person = accounts.get_person(session, visit.staff, person_id)
    if not thing and form.text("confirm") != person.name:
        form.reject("confirm", "console.fault_erase_confirm")
    try:
        if form.has_faults:
            raise InvalidRequestError(details={"fields": ["confirm"]})
        with visit.services.database.transaction() as session:
            if thing:
                done = learning_log.erase_thing(session, visit.staff, person_id, thing, reason, now_ms=now_ms)
            else:
                done = learning_log.erase_person(session, visit.staff, person_id, reason, now_ms=now_ms)
    except InvalidRequestError:
        if not reason or len(reason) > learning_log.REASON_CHARACTERS_MAX:
            form.reject("reason", "console.fault_erase_reason")
        with visit.services.database.reading() as session:
            page = _read_page(session, visit, person_id, thing, form.typed("reason", "confirm"))
        return visit.show(page, status=422)
    visit.services.log.wake()
    return visit.go(f"/console/people/{person_id}/erase", notice="erased", count=done.events)


def _thing(text: str) -> str:
    return text[:THING_CHARACTERS_MAX]


def _read_page(session: Session, visit: StaffVisit, person_id: str, thing: str, typed: Typed) -> ErasePage:
    person = accounts.get_person(session, visit.staff, person_id)
    if not learning_log.may_erase(session, visit.staff, person_id):
        raise ForbiddenError
    if thing:
        extent = learning_log.measure_thing(session, visit.staff, person_id, thing)
    else:
        extent = learning_log.measure_person(session, visit.staff, person_id)
    parts = sorted((_kind_words(visit, kind), count) for kind, count in extent.kinds.items())
    done = learning_log.list_erasures(session, visit.staff, person_id)
    contacts = _contacts(session, person_id)
    rows = tuple(_done_row(session, one, contacts) for one in done)
    return ErasePage(person, thing, tuple(parts), len(extent.files), rows, typed)


def _kind_words(visit: StaffVisit, kind: str) -> str:
    name = kind.partition("/")[0]
    known = f"console.erase_kind_{name}"
    return visit.t(known) if visit.services.catalogue.has(known) else visit.t("console.event_unknown", kind=kind)


def _contacts(session: Session, person_id: str) -> list[int]:
    """When each phone that is still valid of those who read this record, or did, was last in touch."""
    readers = {one for one, _role, _ended in event_log.read_scope_roles(session, f"u:{person_id}")}
    valid = {
        device.id
        for reader in readers
        for device in accounts.list_devices(session, OPERATOR, reader)
        if not device.revoked_ms
    }
    states = event_log.stream_states(session, sorted(readers))
    return [one.last_contact_ms for one in states if one.device_id in valid]


def _done_row(session: Session, erasure: erasing.ErasureView, contacts: list[int]) -> DoneRow:
    silent = [one for one in contacts if one < erasure.at_ms]
    try:
        name = accounts.describe_person(session, erasure.by_person_id).name
    except NotFoundError:
        name = ""
    return DoneRow(erasure, name, len(silent), min(silent, default=0))
