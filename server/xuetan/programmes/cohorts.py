"""Programmes, classes and who is in them. Owns the `cohort` row and the membership of `c:` and `g:` scopes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView, StaffActor
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError
from xuetan.kernel.events import publish
from xuetan.kernel.ids import new_id
from xuetan.programmes import queries
from xuetan.programmes.events import PersonEnrolled
from xuetan.programmes.models import Cohort, CohortMember, Programme
from xuetan.programmes.rules import is_name, may_join_as


@dataclass(frozen=True)
class ProgrammeView:
    id: str
    organisation_id: str
    name: dict[str, str]


@dataclass(frozen=True)
class CohortView:
    """A class as staff see it; `members` counts the teachers in it now."""

    id: str
    organisation_id: str
    name: dict[str, str]
    programme_id: str
    programme_name: dict[str, str]
    members: int


@dataclass(frozen=True)
class MemberView:
    """Somebody in a class, and as what."""

    person: PersonView
    role: str
    joined_ms: int


def create_programme(
    session: Session, actor: StaffActor, organisation_id: str, name: Mapping[str, str], *, now_ms: int
) -> ProgrammeView:
    """Begin a programme of an organisation in the actor's subtree."""
    accounts.get_organisation(session, actor, organisation_id)
    if not is_name(name):
        raise InvalidRequestError(details={"fields": ["name"]})
    programme = Programme(id=new_id(), organisation_id=organisation_id, name=dict(name), created_ms=now_ms)
    session.add(programme)
    session.flush()
    return ProgrammeView(programme.id, organisation_id, programme.name)


def list_programmes(session: Session, actor: StaffActor) -> list[ProgrammeView]:
    return [ProgrammeView(one.id, one.organisation_id, one.name) for one in queries.list_programmes(session, actor)]


def create_cohort(
    session: Session, actor: StaffActor, programme_id: str, name: Mapping[str, str], *, now_ms: int
) -> CohortView:
    """Open a class in a programme."""
    programme = queries.get_programme(session, actor, programme_id)
    if not is_name(name):
        raise InvalidRequestError(details={"fields": ["name"]})
    cohort = Cohort(
        id=new_id(),
        organisation_id=programme.organisation_id,
        programme_id=programme_id,
        name=dict(name),
        created_ms=now_ms,
    )
    session.add(cohort)
    session.flush()
    row = {"cohort": cohort.id, "name": cohort.name, "programme": programme.name}
    event_log.append_row(session, f"c:{cohort.id}", "cohort", cohort.id, row, now_ms=now_ms)
    return _view(cohort, programme, 0)


def enrol_person(
    session: Session, actor: StaffActor, cohort_id: str, person_id: str, role: str, *, now_ms: int
) -> None:
    """Put a person of the actor's subtree into a class. Doing it twice changes nothing."""
    cohort, programme = queries.get_cohort(session, actor, cohort_id)
    person = accounts.get_person(session, actor, person_id)
    if not may_join_as(role, person.roles):
        raise ForbiddenError
    member = session.get(CohortMember, (cohort_id, person_id, role))
    if member is not None and member.left_ms is None:
        return
    if member is None:
        member = CohortMember(
            cohort_id=cohort_id,
            person_id=person_id,
            role=role,
            organisation_id=cohort.organisation_id,
            joined_ms=now_ms,
        )
    member.left_ms = None
    session.add(member)
    session.flush()
    event_log.add_member(session, f"c:{cohort_id}", person_id, role, now_ms=now_ms)
    event_log.add_member(session, f"g:{programme.id}", person_id, "member", now_ms=now_ms)
    publish(session, PersonEnrolled(cohort_id, person_id, role, now_ms))


def remove_person(
    session: Session, actor: StaffActor, cohort_id: str, person_id: str, role: str, *, now_ms: int
) -> None:
    """Take a person out of a class. What they learned stays theirs; packs on the phone stay there."""
    _, programme = queries.get_cohort(session, actor, cohort_id)
    member = session.get(CohortMember, (cohort_id, person_id, role))
    if member is None or member.left_ms is not None:
        return
    member.left_ms = now_ms
    session.add(member)
    session.flush()
    event_log.end_member(session, f"c:{cohort_id}", person_id, role, now_ms=now_ms)
    if not queries.is_in_programme(session, programme.id, person_id):
        event_log.end_member(session, f"g:{programme.id}", person_id, "member", now_ms=now_ms)


def get_cohort(session: Session, actor: StaffActor, cohort_id: str) -> CohortView:
    """A class of the actor's subtree; NotFoundError for any other."""
    cohort, programme = queries.get_cohort(session, actor, cohort_id)
    return _view(cohort, programme, len(queries.list_members(session, [cohort_id], "member")))


def list_cohorts(session: Session, actor: StaffActor) -> list[CohortView]:
    """The classes of the actor's subtree, oldest first."""
    found = queries.list_cohorts(session, actor)
    counts: dict[str, int] = {}
    for member in queries.list_members(session, [cohort.id for cohort, _ in found], "member"):
        counts[member.cohort_id] = counts.get(member.cohort_id, 0) + 1
    return [_view(cohort, programme, counts.get(cohort.id, 0)) for cohort, programme in found]


def list_members(session: Session, actor: StaffActor, cohort_id: str, *, role: str | None = None) -> list[MemberView]:
    """Who is in a class now, as far as the actor's subtree reaches, by school and name."""
    queries.get_cohort(session, actor, cohort_id)
    members = queries.list_members(session, [cohort_id], role)
    people = accounts.list_people(session, actor, person_ids={member.person_id for member in members})
    return [
        MemberView(person, member.role, member.joined_ms)
        for person in people
        for member in members
        if member.person_id == person.id
    ]


def list_cohorts_of(session: Session, actor: StaffActor, person_id: str) -> list[str]:
    """Ids of the classes of the actor's subtree in which a person is a member now."""
    return [cohort.id for cohort in queries.list_cohorts_of(session, actor, person_id)]


def _view(cohort: Cohort, programme: Programme, members: int) -> CohortView:
    return CohortView(cohort.id, cohort.organisation_id, cohort.name, programme.id, programme.name, members)
