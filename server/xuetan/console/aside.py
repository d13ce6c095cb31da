"""One thing that was set aside: what it holds, and the two ways out. Opening it is written down, since it may hold what a teacher wrote."""

import json
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.forms import Typed
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.event_log.service import AsideEvent, AsideItem, AsideKey, Event
from xuetan.kernel.errors import InvalidRequestError

EVENTS_SHOWN = 50
CONTENT_CHARACTERS_SHOWN = 4000
DEVICE_REVOKED = "device_revoked"
router = console_router("/console/sync/aside")


@dataclass(frozen=True)
class EventRow:
    """One event in words and as it was written; `text` is what its writer wrote in it. `state`: released, may_release or stays."""

    seq: int
    what: str
    ts: int
    text: str
    content: str
    is_cut: bool
    code: str
    state: str


@dataclass(frozen=True)
class Reading:
    name: str
    last_ms: int


@dataclass(frozen=True)
class AsidePage(Page):
    """`code`: why all of it would stay aside today, or empty. `hidden`: events beyond those shown."""

    template: ClassVar[str] = "aside.html.j2"
    title_key: ClassVar[str] = "console.aside_item_title"
    area: ClassVar[str] = "sync"

    item_id: str
    item: AsideItem
    person: PersonView
    device: str
    code: str
    events: tuple[EventRow, ...]
    hidden: int
    may_release: bool
    may_answer: bool
    readings: tuple[Reading, ...]
    typed: Typed

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.person.name}


@router.get("/{item_id}")
def show_aside(item_id: str, visit: StaffVisitDep) -> Response:
    key = event_log.read_aside_key(item_id)
    with visit.services.database.transaction() as session:
        accounts.check_runs_installation(session, visit.staff)
        page = _read_page(session, visit, key, Typed())
        event_log.note_aside_reading(session, key, visit.staff.person_id, now_ms=visit.services.clock.now_ms())
    return visit.show(page)


@router.post("/{item_id}/release")
def release(item_id: str, visit: StaffFormDep) -> Response:
    key = event_log.read_aside_key(item_id)
    with visit.services.database.transaction() as session:
        accounts.check_runs_installation(session, visit.staff)
        now_ms = visit.services.clock.now_ms()
        is_heard = event_log.read_aside(session, key).item.code != DEVICE_REVOKED
        count = event_log.release_aside(session, key, by=visit.staff.person_id, now_ms=now_ms)
    visit.services.log.wake()
    notice = "aside_released" if is_heard else "aside_released_unheard"
    return visit.go(f"/console/sync/aside/{item_id}", notice=notice, count=count)


@router.post("/{item_id}/answer")
def answer(item_id: str, visit: StaffFormDep) -> Response:
    key = event_log.read_aside_key(item_id)
    text = visit.form.text("answer")
    try:
        with visit.services.database.transaction() as session:
            accounts.check_runs_installation(session, visit.staff)
            now_ms = visit.services.clock.now_ms()
            event_log.answer_aside(session, key, text, by=visit.staff.person_id, now_ms=now_ms)
    except InvalidRequestError:
        with visit.services.database.reading() as session:
            page = _read_page(session, visit, key, Typed({"answer": text}, {"answer": "console.fault_answer"}))
        return visit.show(page, status=422)
    return visit.go(f"/console/sync/aside/{item_id}", notice="aside_answered")


def _read_page(session: Session, visit: StaffVisit, key: AsideKey, typed: Typed) -> AsidePage:
    contents = event_log.read_aside(session, key)
    devices = {one.id: one.name for one in accounts.list_devices(session, visit.staff, key.person_id)}
    readings = event_log.list_aside_readings(session, key)
    return AsidePage(
        item_id=str(key),
        item=contents.item,
        person=accounts.describe_person(session, key.person_id),
        device=devices.get(key.device_id, ""),
        code=contents.code or "",
        events=tuple(_event_row(visit, one) for one in contents.events[:EVENTS_SHOWN]),
        hidden=max(0, len(contents.events) - EVENTS_SHOWN),
        may_release=contents.may_release,
        may_answer=event_log.may_answer_aside(contents.item),
        readings=tuple(Reading(accounts.describe_person(session, who).name, last_ms) for who, last_ms in readings),
        typed=typed,
    )


def event_row(visit: StaffVisit, seq: int, event: Event | None, *, code: str = "", state: str = "stays") -> EventRow:
    """An event in words and as it was written; a blank one where it cannot be read."""
    if event is None:
        return EventRow(seq, visit.t("console.aside_blank"), 0, "", "", False, code, "stays")
    name = event.kind.partition("/")[0]
    known = f"console.event_{name}"
    if name == "question_answered" or not visit.services.catalogue.has(known):
        known = "event.question_answered" if name == "question_answered" else "console.event_unknown"
    text = event.payload.get("text")
    content = json.dumps(event.payload, ensure_ascii=False, indent=1)
    return EventRow(
        seq,
        visit.t(known, kind=event.kind),
        event.ts,
        text[:CONTENT_CHARACTERS_SHOWN] if isinstance(text, str) else "",
        content[:CONTENT_CHARACTERS_SHOWN],
        len(content) > CONTENT_CHARACTERS_SHOWN,
        code,
        state,
    )


def _event_row(visit: StaffVisit, one: AsideEvent) -> EventRow:
    state = "released" if one.is_released else "may_release" if one.may_release else "stays"
    return event_row(visit, one.seq, one.event, code=one.code or "", state=state)
