"""People of the actor's subtree: the list with its search, and adding a teacher, mentor or colleague."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import ROLES, PersonView
from xuetan.console.forms import Form, Typed
from xuetan.console.options import Option
from xuetan.console.pages import Page
from xuetan.console.paging import Slice, cut
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import InvalidRequestError
from xuetan.kernel.text import LANGUAGES

PEOPLE_PER_PAGE = 50
FIELD_ROLES = frozenset({"teacher", "mentor"})
SEARCH_CHARACTERS_MAX = 60
NAME_CHARACTERS_MAX = 60
FIELDS = ("name", "role", "organisation", "language")
router = console_router("/console/people")


@dataclass(frozen=True)
class Contact:
    """When a person's phones last spoke, and what they still hold."""

    last_ms: int
    unsent: int


@dataclass(frozen=True)
class PersonRow:
    person: PersonView
    contact: Contact | None


@dataclass(frozen=True)
class PeoplePage(Page):
    template: ClassVar[str] = "people.html.j2"
    title_key: ClassVar[str] = "console.people_title"
    area: ClassVar[str] = "people"

    rows: Slice[PersonRow]
    search: str
    role: str
    roles: tuple[Option, ...]
    is_filtered: bool


@dataclass(frozen=True)
class NewPersonPage(Page):
    template: ClassVar[str] = "person_new.html.j2"
    title_key: ClassVar[str] = "console.person_new_title"
    area: ClassVar[str] = "people"

    organisations: tuple[Option, ...]
    roles: tuple[Option, ...]
    languages: tuple[Option, ...]
    typed: Typed
    again: str = ""


@router.get("")
def show_people(visit: StaffVisitDep, q: str = "", role: str = "", page: int = 1) -> Response:
    search, wanted = q.strip()[:SEARCH_CHARACTERS_MAX], role if role in ROLES else ""
    with visit.services.database.reading() as session:
        found = [
            person
            for person in accounts.list_people(session, visit.staff, role=wanted or None)
            if search.casefold() in f"{person.name} {person.organisation_name}".casefold()
        ]
        query = urlencode({key: value for key, value in (("q", search), ("role", wanted)) if value})
        people = cut(found, page, PEOPLE_PER_PAGE, f"/console/people?{query}{'&' if query else ''}")
        contacts = read_contacts(session, [person.id for person in people.items])
    rows = tuple(PersonRow(person, contacts.get(person.id)) for person in people.items)
    shown = PeoplePage(
        rows=Slice(rows, people.number, people.pages, people.total, people.path),
        search=search,
        role=wanted,
        roles=(Option("", visit.t("console.people_all_roles")), *role_options(visit)),
        is_filtered=bool(search or wanted),
    )
    return visit.show(shown)


@router.get("/new")
def show_new_person(visit: StaffVisitDep, again: str = "") -> Response:
    """`again`: the item of a stranger whose person a restore forgot."""
    with visit.services.database.reading() as session:
        name = _read_forgotten(session, visit, again)[1] if again else ""
        typed = Typed({"role": "teacher", "language": visit.language, "name": name})
        return visit.show(_new_page(session, visit, typed, again))


@router.post("/new")
def add_person(visit: StaffFormDep) -> Response:
    form = visit.form
    again = form.text("again")
    with visit.services.database.reading() as session:
        id_before = _read_forgotten(session, visit, again)[0] if again else None
        page = _new_page(session, visit, form.typed(*FIELDS), again)
        _check_new(form, page)
        if form.has_faults:
            return visit.show(replace(page, typed=form.typed(*FIELDS)), status=InvalidRequestError().status)
    with visit.services.database.transaction() as session:
        person = accounts.create_person(
            session,
            form.text("organisation"),
            form.text("name"),
            form.text("language"),
            [form.text("role")],
            actor=visit.staff,
            services=visit.services,
            id_before=id_before,
        )
    if again:
        return visit.go(f"/console/sync/strangers/{again}", notice="person_added_again", name=person.name)
    return visit.go(f"/console/people/{person.id}", notice="person_added", name=person.name)


def read_contacts(session: Session, person_ids: Sequence[str]) -> Mapping[str, Contact]:
    """The latest contact of each person, over all devices. Whose ids these are was checked before."""
    found: dict[str, Contact] = {}
    for status in event_log.stream_states(session, person_ids):
        known = found.get(status.person_id, Contact(0, 0))
        found[status.person_id] = Contact(max(known.last_ms, status.last_contact_ms), known.unsent + status.missing)
    return found


def role_options(visit: StaffVisit) -> tuple[Option, ...]:
    """Every role, for a search."""
    return tuple(Option(role, visit.t(f"role.{role}")) for role in ROLES)


def given_role_options(visit: StaffVisit) -> tuple[Option, ...]:
    """The roles that the actor can give somewhere; accounts decides where."""
    return tuple(one for one in role_options(visit) if visit.staff.administers or one.value in FIELD_ROLES)


def place_options(session: Session, visit: StaffVisit) -> tuple[Option, ...]:
    """The actor's subtree, each place indented below the one above it."""
    places = accounts.list_organisations(session, visit.staff)
    return tuple(Option(one.id, f"{'　' * one.depth}{one.name}") for one in places)


def _read_forgotten(session: Session, visit: StaffVisit, item_id: str) -> tuple[str, str]:
    """Id and name of the person whom a stranger's records name. For the operator: NotFoundError for everybody else."""
    accounts.check_runs_installation(session, visit.staff)
    stranger = event_log.get_stranger(session, event_log.read_stranger_key(item_id))
    return stranger.of.person_id, stranger.name


def _new_page(session: Session, visit: StaffVisit, typed: Typed, again: str = "") -> NewPersonPage:
    return NewPersonPage(
        organisations=place_options(session, visit),
        roles=given_role_options(visit),
        languages=tuple(Option(one, visit.t(f"word.language_{one.lower().replace('-', '_')}")) for one in LANGUAGES),
        typed=typed,
        again=again,
    )


def _check_new(form: Form, page: NewPersonPage) -> None:
    form.require("name")
    if len(form.text("name")) > NAME_CHARACTERS_MAX:
        form.reject("name", "console.fault_too_long")
    for name, options in (("organisation", page.organisations), ("role", page.roles), ("language", page.languages)):
        if form.text(name) not in {one.value for one in options}:
            form.reject(name, "console.fault_unknown_choice")
