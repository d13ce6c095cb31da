"""One person: what they studied and when, their journal without its words, devices, code, roles, and the password of staff.

Owns the page and the forms on it. Whether the actor may do a thing is decided by accounts; here a form is shown only where it may work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import GrantView, PersonView
from xuetan.console.devices import DeviceRow, device_rows
from xuetan.console.forms import Typed
from xuetan.console.options import Option
from xuetan.console.pages import Page
from xuetan.console.people import FIELD_ROLES, Contact, given_role_options, place_options, read_contacts
from xuetan.console.visit import StaffFormDep, StaffVisit, StaffVisitDep, console_router
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.service import AttemptView, EntrySummary
from xuetan.mentoring import service as mentoring
from xuetan.mentoring.service import PairView
from xuetan.packs import service as packs
from xuetan.programmes import service as programmes

TIMELINE_SHOWN = 120
ATTEMPTS_SHOWN = 12
ANSWERED = "question_answered/1"
STAFF_ROLES = frozenset({"trainer", "administrator"})
router = console_router("/console/people")


@dataclass(frozen=True)
class PackProgress:
    """A pack the person has begun: lessons done of all there are."""

    slug: str
    title: str
    done: int
    total: int

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(frozen=True)
class TimelineRow:
    """`what` in words; `by_name` where somebody else did it."""

    at_ms: int
    received_ms: int
    what: str
    lesson: str
    by_name: str
    is_late: bool
    is_doubtful: bool


@dataclass(frozen=True)
class EntryRow:
    entry: EntrySummary
    lesson: str
    is_doubtful: bool


@dataclass(frozen=True)
class AttemptRow:
    attempt: AttemptView
    lesson: str
    share: float


@dataclass(frozen=True)
class RoleRow:
    """`may_end`: the actor could have given it, so may take it back."""

    grant: GrantView
    place: str
    may_end: bool


@dataclass(frozen=True)
class ReaderRow:
    """Who of the staff opened an entry."""

    name: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True)
class PersonPage(Page):
    """`may_open_as`: the actor may hand out and withdraw ways to sign in as this person."""

    template: ClassVar[str] = "person.html.j2"
    title_key: ClassVar[str] = "console.person_title"
    area: ClassVar[str] = "people"

    person: PersonView
    contact: Contact | None
    classes: tuple[Option, ...]
    pairs: tuple[PairView, ...]
    progress: tuple[PackProgress, ...]
    attempts: tuple[AttemptRow, ...]
    entries: tuple[EntryRow, ...]
    readers: tuple[ReaderRow, ...]
    timeline: tuple[TimelineRow, ...]
    devices: tuple[DeviceRow, ...]
    pin_rows: tuple[DeviceRow, ...]
    roles: tuple[RoleRow, ...]
    role_choices: tuple[Option, ...]
    places: tuple[Option, ...]
    class_choices: tuple[Option, ...]
    has_code: bool
    may_open_as: bool
    may_erase: bool
    is_staff: bool
    typed: Typed

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.person.name}


@router.get("/{person_id}")
def show_person(person_id: str, visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        page = _read_page(session, visit, person_id, Typed())
    return visit.show(page)


@router.post("/{person_id}/code/renew")
def renew_code(person_id: str, visit: StaffFormDep) -> Response:
    """Withdraw the code and make another."""
    with visit.services.database.transaction() as session:
        accounts.revoke_sign_in_code(session, person_id, visit.staff, services=visit.services)
        accounts.issue_sign_in_code(session, person_id, visit.staff, services=visit.services)
    return visit.go(f"/console/people/{person_id}", notice="code_renewed")


@router.post("/{person_id}/code/revoke")
def revoke_code(person_id: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        accounts.revoke_sign_in_code(session, person_id, visit.staff, services=visit.services)
    return visit.go(f"/console/people/{person_id}", notice="code_revoked")


@router.post("/{person_id}/pin/reset")
def reset_pin(person_id: str, visit: StaffFormDep) -> Response:
    """Let the person set a new PIN: phones with a line hear of it, for the others the page shows a code to read out."""
    with visit.services.database.transaction() as session:
        accounts.reset_pin(session, person_id, visit.staff, services=visit.services)
    # The codes stand far down, and somebody is waiting on the telephone.
    return visit.go(f"/console/people/{person_id}#pin", notice="pin_reset")


@router.post("/{person_id}/devices/{device_id}/revoke")
def revoke_device(person_id: str, device_id: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        if device_id not in {one.id for one in accounts.list_devices(session, visit.staff, person_id)}:
            raise NotFoundError
        accounts.revoke_device(session, device_id, visit.staff, services=visit.services)
    return visit.go(f"/console/people/{person_id}", notice="device_revoked")


@router.post("/{person_id}/roles")
def give_role(person_id: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        accounts.grant_role(
            session,
            person_id,
            visit.form.text("role"),
            visit.form.text("organisation"),
            actor=visit.staff,
            services=visit.services,
        )
    return visit.go(f"/console/people/{person_id}", notice="role_given")


@router.post("/{person_id}/roles/{grant_id}/end")
def end_role(person_id: str, grant_id: str, visit: StaffFormDep) -> Response:
    with visit.services.database.transaction() as session:
        if grant_id not in {one.id for one in accounts.list_grants(session, visit.staff, person_id)}:
            raise NotFoundError
        accounts.end_role(session, grant_id, actor=visit.staff, services=visit.services)
    return visit.go(f"/console/people/{person_id}", notice="role_ended")


@router.post("/{person_id}/class")
def join_class(person_id: str, visit: StaffFormDep) -> Response:
    """Put a teacher into a class of the actor's subtree."""
    cohort_id, now_ms = visit.form.text("cohort"), visit.services.clock.now_ms()
    with visit.services.database.transaction() as session:
        programmes.enrol_person(session, visit.staff, cohort_id, person_id, "member", now_ms=now_ms)
    return visit.go(f"/console/people/{person_id}", notice="members_added", count=1)


@router.post("/{person_id}/password")
def set_password(person_id: str, visit: StaffFormDep) -> Response:
    """Give a member of the staff a name and a password for the console."""
    form = visit.form
    form.require("sign_in_name")
    if not form.has_faults:
        try:
            with visit.services.database.transaction() as session:
                accounts.set_password(
                    session,
                    person_id,
                    form.text("sign_in_name", characters_max=81),
                    form.secret("password"),
                    actor=visit.staff,
                    services=visit.services,
                )
        except InvalidRequestError as error:
            for name in error.details.get("fields", ()):
                form.reject(name, f"console.fault_{name}")
    if form.has_faults:
        with visit.services.database.reading() as session:
            page = _read_page(session, visit, person_id, form.typed("sign_in_name"))
        return visit.show(page, status=InvalidRequestError().status)
    return visit.go(f"/console/people/{person_id}", notice="password_set")


def lesson_titles(session: Session, visit: StaffVisit, slugs: set[str]) -> Mapping[tuple[str, str], str]:
    """Titles of the lessons of these packs, in the page's language."""
    titles: dict[tuple[str, str], str] = {}
    for slug in slugs:
        try:
            manifest = packs.get_manifest(session, visit.services.blobs, slug)
        except NotFoundError:
            continue
        for lesson in manifest.lessons:
            editions = {language: edition.title for language, edition in lesson.editions.items()}
            titles[slug, lesson.id] = visit.formats.localized(editions)
    return titles


class SpeaksOfPack(Protocol):
    """Something that may belong to a pack."""

    @property
    def pack(self) -> str | None: ...


def packs_of(things: Sequence[SpeaksOfPack]) -> set[str]:
    return {one.pack for one in things if one.pack}


def _read_page(session: Session, visit: StaffVisit, person_id: str, typed: Typed) -> PersonPage:
    actor = visit.staff
    person = accounts.get_person(session, actor, person_id)
    timeline = learning_log.list_timeline(session, actor, person_id, limit=TIMELINE_SHOWN)
    attempts = learning_log.list_attempts(session, actor, person_id)
    progress = learning_log.list_progress(session, actor, person_id)
    entries = learning_log.list_journal(session, actor, person_id)
    doubtful = learning_log.list_doubtful_times(session, actor, person_id)
    slugs = packs_of(timeline) | packs_of(attempts) | packs_of(progress) | packs_of(entries)
    titles = lesson_titles(session, visit, slugs)

    def title_of(pack: str | None, lesson: str | None) -> str:
        return titles.get((pack or "", lesson or ""), lesson or "")

    may_open_as, has_code = _look_at_code(session, visit, person_id)
    devices = _devices(session, visit, person_id, may_open_as=may_open_as)
    return PersonPage(
        person=person,
        contact=read_contacts(session, [person_id]).get(person_id),
        classes=_classes(session, visit, person_id),
        pairs=tuple(
            pair
            for pair in mentoring.list_pairs(session, actor, active_only=True)
            if person_id in (pair.teacher.id, pair.mentor.id)
        ),
        progress=_progress(session, visit, progress),
        attempts=tuple(
            AttemptRow(one, title_of(one.pack, one.lesson), one.score / one.score_max if one.score_max else 0.0)
            for one in attempts[:ATTEMPTS_SHOWN]
        ),
        entries=tuple(
            EntryRow(one, title_of(one.pack, one.lesson), (person_id, one.changed_ms) in doubtful) for one in entries
        ),
        readers=tuple(
            ReaderRow(accounts.describe_person(session, one.reader_id).name, one.first_ms, one.last_ms)
            for one in learning_log.list_journal_readers(session, actor, person_id)
        ),
        timeline=tuple(
            _timeline_row(session, visit, one, count, person, title_of(one.pack, one.lesson))
            for one, count in _answers_gathered(timeline)
        ),
        devices=devices,
        pin_rows=tuple(sorted((one for one in devices if one.pin_code), key=lambda one: -one.device.enrolled_ms)),
        roles=_roles(session, visit, person_id),
        role_choices=given_role_options(visit),
        places=place_options(session, visit),
        class_choices=_class_choices(session, visit, person),
        has_code=has_code,
        may_open_as=may_open_as,
        may_erase=learning_log.may_erase(session, actor, person_id),
        is_staff=bool(person.roles & STAFF_ROLES),
        typed=typed,
    )


def _look_at_code(session: Session, visit: StaffVisit, person_id: str) -> tuple[bool, bool]:
    """Whether the actor may hand out the code, and whether there is one."""
    try:
        code = accounts.find_sign_in_code(session, person_id, visit.staff, services=visit.services)
    except ForbiddenError:
        return False, False
    return True, code is not None


def _devices(session: Session, visit: StaffVisit, person_id: str, *, may_open_as: bool) -> tuple[DeviceRow, ...]:
    codes = accounts.pin_reset_codes(session, person_id, visit.staff, services=visit.services) if may_open_as else {}
    return device_rows(session, person_id, accounts.list_devices(session, visit.staff, person_id), codes)


def _classes(session: Session, visit: StaffVisit, person_id: str) -> tuple[Option, ...]:
    return tuple(
        Option(cohort_id, visit.formats.localized(programmes.get_cohort(session, visit.staff, cohort_id).name))
        for cohort_id in programmes.list_cohorts_of(session, visit.staff, person_id)
    )


def _class_choices(session: Session, visit: StaffVisit, person: PersonView) -> tuple[Option, ...]:
    """Classes that a teacher who is in none may be put into."""
    if "teacher" not in person.roles or programmes.list_cohorts_of(session, visit.staff, person.id):
        return ()
    return tuple(
        Option(one.id, visit.formats.localized(one.name)) for one in programmes.list_cohorts(session, visit.staff)
    )


def _roles(session: Session, visit: StaffVisit, person_id: str) -> tuple[RoleRow, ...]:
    """Roles that were given outside the actor's subtree are shown without the place's name."""
    actor = visit.staff
    places = {one.id: one.name for one in accounts.list_organisations(session, actor)}
    return tuple(
        RoleRow(
            one,
            places.get(one.organisation_id, ""),
            actor.may_administer(one.organisation_id) or (one.role in FIELD_ROLES and actor.sees(one.organisation_id)),
        )
        for one in accounts.list_grants(session, actor, person_id)
    )


def _progress(session: Session, visit: StaffVisit, states: list[learning_log.LessonState]) -> tuple[PackProgress, ...]:
    done: dict[str, int] = {}
    for one in states:
        done[one.pack] = done.get(one.pack, 0) + (one.finished_ms is not None)
    found = []
    for slug, count in done.items():
        try:
            card = packs.get_pack_card(session, slug)
        except NotFoundError:
            found.append(PackProgress(slug, slug, count, 0))
        else:
            found.append(PackProgress(slug, visit.formats.localized(card["title"]), count, card["lessons"]))
    return tuple(found)


def _answers_gathered(
    timeline: Sequence[learning_log.TimelineItem],
) -> list[tuple[learning_log.TimelineItem, int]]:
    """The timeline with answers to questions of one lesson, given one after the other, as one line with their number."""
    gathered: list[tuple[learning_log.TimelineItem, int]] = []
    for item in timeline:
        last, count = gathered[-1] if gathered else (None, 0)
        if last and item.kind == last.kind == ANSWERED and (item.pack, item.lesson) == (last.pack, last.lesson):
            gathered[-1] = (last, count + 1)
        else:
            gathered.append((item, 1))
    return gathered


def _timeline_row(
    session: Session,
    visit: StaffVisit,
    item: learning_log.TimelineItem,
    count: int,
    person: PersonView,
    lesson: str,
) -> TimelineRow:
    key = f"console.event_{item.kind.partition('/')[0]}"
    known = visit.services.catalogue.has(key)
    by_other = item.by_person_id != person.id
    return TimelineRow(
        at_ms=item.at_ms,
        received_ms=item.received_ms,
        what=visit.t(key, count=count) if known else visit.t("console.event_unknown", kind=item.kind),
        lesson=lesson,
        by_name=accounts.describe_person(session, item.by_person_id).name if by_other else "",
        is_late=item.after,
        is_doubtful=item.doubtful,
    )
