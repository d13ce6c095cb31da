"""Records that were signed by phones which this installation does not know: whose they say they are, what is in them, and the
operator's two answers. Opening them is written down, since they may hold what a teacher wrote; the list shows no contents.

For the operator alone, the administrators of the root organisation: accepting a key lets somebody's words into somebody's record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.aside import EventRow, event_row
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Stranger, StrangerKey
from xuetan.kernel.errors import NotFoundError
from xuetan.sync import service as sync

EVENTS_SHOWN = 50
PATH = "/console/sync/strangers"
router = console_router(PATH)


@dataclass(frozen=True)
class StrangerRow:
    """`person` is None where nobody of that id is here. `state`: open, accepted or refused."""

    item_id: str
    stranger: Stranger
    person: PersonView | None
    state: str


@dataclass(frozen=True)
class StrangersPage(Page):
    template: ClassVar[str] = "strangers.html.j2"
    title_key: ClassVar[str] = "console.strangers_title"
    area: ClassVar[str] = "sync"

    rows: tuple[StrangerRow, ...]

    @property
    def nobodys(self) -> int:
        """Of how many keys something is kept in the name of somebody who is not here."""
        return sum(1 for one in self.rows if one.stranger.transfers and not one.stranger.is_known_person)


@dataclass(frozen=True)
class ScopeRow:
    """How many events were written into what."""

    what: str
    events: int


@dataclass(frozen=True)
class StrangerPage(Page):
    """`holders`: people whose phone this key is already, as where several share one. `hidden`: events beyond those shown."""

    template: ClassVar[str] = "stranger.html.j2"
    title_key: ClassVar[str] = "console.stranger_title"
    area: ClassVar[str] = "sync"

    row: StrangerRow
    holders: tuple[str, ...]
    scopes: tuple[ScopeRow, ...]
    events: tuple[EventRow, ...]
    hidden: int
    opened_by: str

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.row.person.name if self.row.person else self.row.stranger.name or "?"}


@router.get("")
def show_strangers(visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        accounts.check_runs_installation(session, visit.staff)
        found = event_log.list_strangers(session, only_open=False)
        people = _people(session, visit, found)
    rows = sorted((_row(one, people) for one in found), key=lambda row: row.state != "open")
    return visit.show(StrangersPage(tuple(rows)))


@router.get("/{item_id}")
def show_stranger(item_id: str, visit: StaffVisitDep) -> Response:
    of = event_log.read_stranger_key(item_id)
    with visit.services.database.transaction() as session:
        accounts.check_runs_installation(session, visit.staff)
        page = _read_page(session, visit, of)
        event_log.note_stranger_opened(session, of, visit.staff.person_id, now_ms=visit.services.clock.now_ms())
    return visit.show(page)


@router.post("/nobodys/throw-away")
def throw_nobodys_away(visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        accounts.check_runs_installation(session, visit.staff)
        event_log.throw_nobodys_away(session, visit.staff.person_id, now_ms=visit.services.clock.now_ms())
    return visit.go(PATH, notice="stranger_thrown_away")


@router.post("/{item_id}/accept")
def accept(item_id: str, visit: StaffFormDep) -> Response:
    of = event_log.read_stranger_key(item_id)
    with visit.services.database.transaction() as session:
        accounts.check_runs_installation(session, visit.staff)
        name = accounts.describe_person(session, of.person_id).name
        device_name = visit.t("console.stranger_device")
        sync.accept_stranger(session, of, device_name, actor=visit.staff, services=visit.services)
    return visit.go(PATH, notice="stranger_accepted", name=name)


@router.post("/{item_id}/throw-away")
def throw_away(item_id: str, visit: StaffFormDep) -> Response:
    of = event_log.read_stranger_key(item_id)
    with visit.services.database.transaction() as session:
        accounts.check_runs_installation(session, visit.staff)
        now_ms = visit.services.clock.now_ms()
        event_log.throw_stranger_away(session, of, visit.staff.person_id, now_ms=now_ms)
    return visit.go(PATH, notice="stranger_thrown_away")


def _people(session: Session, visit: StaffVisit, found: list[Stranger]) -> Mapping[str, PersonView]:
    ids = {one.of.person_id for one in found}
    return {one.id: one for one in accounts.list_people(session, visit.staff, person_ids=ids)}


def _row(stranger: Stranger, people: Mapping[str, PersonView]) -> StrangerRow:
    refused, accepted = stranger.refused_ms is not None, stranger.accepted_ms is not None
    state = "refused" if refused else "accepted" if accepted else "open" if stranger.transfers else "known"
    return StrangerRow(str(stranger.of), stranger, people.get(stranger.of.person_id), state)


def _read_page(session: Session, visit: StaffVisit, of: StrangerKey) -> StrangerPage:
    stranger = event_log.get_stranger(session, of)
    row = _row(stranger, _people(session, visit, [stranger]))
    contents = event_log.read_of_stranger(session, of, EVENTS_SHOWN)
    total = sum(count for _, count in contents.scopes)
    holders = [one for one in accounts.find_holders_of_key(session, of.key_id) if one != of.person_id]
    names = accounts.names_of(session, [*holders, *([stranger.opened_by] if stranger.opened_by else [])])
    return StrangerPage(
        row=row,
        holders=tuple(names[one] for one in holders if one in names),
        scopes=_scope_rows(session, visit, of, contents.scopes),
        events=tuple(event_row(visit, one.seq, one.event) for one in contents.events),
        hidden=total - len(contents.events),
        opened_by=names.get(stranger.opened_by or "", ""),
    )


def _scope_rows(
    session: Session, visit: StaffVisit, of: StrangerKey, scopes: Iterable[tuple[str, int]]
) -> tuple[ScopeRow, ...]:
    """Scopes that have the same words stand in one line."""
    counted: dict[str, int] = {}
    for scope, count in scopes:
        what = _scope_in_words(session, visit, of, scope)
        counted[what] = counted.get(what, 0) + count
    return tuple(ScopeRow(*one) for one in counted.items())


def _scope_in_words(session: Session, visit: StaffVisit, of: StrangerKey, scope: str) -> str:
    letter, _, owner = scope.partition(":")
    if owner == of.person_id:
        return visit.t("console.stranger_own")
    if letter == "u":
        try:
            return visit.t("console.stranger_others", name=accounts.describe_person(session, owner).name)
        except NotFoundError:
            return visit.t("console.stranger_elsewhere")
    return visit.t("console.stranger_elsewhere")
