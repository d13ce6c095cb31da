"""People and their roles. Owns what a person's phones are told about the person: profile, card, and the scopes they
follow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import queries
from xuetan.accounts.console_access import forget_password
from xuetan.accounts.errors import NotForYourselfError
from xuetan.accounts.events import PersonCreated, RoleEnded
from xuetan.accounts.models import Person, RoleGrant
from xuetan.accounts.organisations import check_runs_installation
from xuetan.accounts.rules import ROLES, StaffActor, may_grant, reaches_further
from xuetan.accounts.sign_in_codes import withdraw_code
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.kernel.events import publish
from xuetan.kernel.ids import is_id, new_id
from xuetan.kernel.services import Services
from xuetan.kernel.text import LANGUAGES, well_formed

PERSON_NAME_CHARACTERS_MAX = 60


@dataclass(frozen=True)
class PersonView:
    """A person as others see them."""

    id: str
    name: str
    language: str
    organisation_id: str
    organisation_name: str
    roles: frozenset[str]


@dataclass(frozen=True)
class GrantView:
    """A role and where it was given."""

    id: str
    role: str
    organisation_id: str
    granted_ms: int


def create_person(
    session: Session,
    organisation_id: str,
    name: str,
    language: str,
    roles: Iterable[str],
    *,
    actor: StaffActor,
    services: Services,
    id_before: str | None = None,
) -> PersonView:
    """Add a person with roles at their organisation. The name is what phones and console show, not what anybody signs
    in with. `id_before`: theirs here before a restore forgot them, as their records say; for the operator.
    """
    name = well_formed(name).strip()
    if not 0 < len(name) <= PERSON_NAME_CHARACTERS_MAX or language not in LANGUAGES:
        raise InvalidRequestError(details={"fields": ["name", "language"]})
    queries.get_organisation(session, actor, organisation_id)
    wanted = list(dict.fromkeys(roles))
    _check_grants(actor, wanted, organisation_id)
    if id_before is not None:
        check_runs_installation(session, actor)
        if not is_id(id_before) or queries.find_person(session, id_before) is not None:
            raise InvalidRequestError(details={"fields": ["id"]})
    now_ms = services.clock.now_ms()
    person = Person(
        id=id_before or new_id(), organisation_id=organisation_id, name=name, language=language, created_ms=now_ms
    )
    session.add(person)
    session.flush()
    for role in wanted:
        _add_grant(session, person.id, role, organisation_id, granted_by=actor.person_id, now_ms=now_ms)
    _open_scopes(session, person, now_ms)
    _tell_profile(session, person, services)
    publish(session, PersonCreated(person.id, organisation_id))
    return _view(session, [person])[0]


def grant_role(
    session: Session, person_id: str, role: str, organisation_id: str, *, actor: StaffActor, services: Services
) -> None:
    """Give a role at an organisation; it holds there and below. Giving what is held changes nothing.

    A role that reaches further than what the person held withdraws sign-in code and password: whoever printed or set
    them could not have given the new role, and must not get it by them.
    """
    person = queries.get_person(session, actor, person_id)
    queries.get_organisation(session, actor, organisation_id)
    _check_grants(actor, [role], organisation_id)
    if role == "mentor" and person_id == actor.person_id:
        raise NotForYourselfError
    held = queries.list_grants(session, person_id)
    if any(grant.role == role and grant.organisation_id == organisation_id for grant in held):
        return
    now_ms = services.clock.now_ms()
    places = [(grant.role, grant.organisation_id) for grant in held]
    above = [ancestor_id for ancestor_id, _ in queries.list_ancestors(session, organisation_id)]
    if reaches_further(role, above, person.organisation_id, places):
        withdraw_code(session, person_id, now_ms)
        forget_password(session, person_id)
    _add_grant(session, person_id, role, organisation_id, granted_by=actor.person_id, now_ms=now_ms)
    _tell_profile(session, person, services)


def end_role(session: Session, grant_id: str, *, actor: StaffActor, services: Services) -> None:
    """Take a role back. What the person wrote in it stays."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None or not actor.sees(grant.organisation_id):
        raise NotFoundError
    if not may_grant(actor, grant.role, grant.organisation_id):
        raise ForbiddenError
    if grant.ended_ms is not None:
        return
    now_ms = services.clock.now_ms()
    grant.ended_ms = now_ms
    session.add(grant)
    session.flush()
    person = queries.find_person(session, grant.person_id)
    assert person is not None
    _tell_profile(session, person, services)
    if grant.role not in queries.roles_of(session, [person.id]).get(person.id, frozenset()):
        publish(session, RoleEnded(person.id, grant.role, now_ms))


def list_grants(session: Session, actor: StaffActor, person_id: str) -> list[GrantView]:
    """The roles a person of the actor's subtree holds now."""
    queries.get_person(session, actor, person_id)
    return [
        GrantView(grant.id, grant.role, grant.organisation_id, grant.granted_ms)
        for grant in queries.list_grants(session, person_id)
    ]


def get_person(session: Session, actor: StaffActor, person_id: str) -> PersonView:
    """A person of the actor's subtree; NotFoundError for anybody else."""
    return _view(session, [queries.get_person(session, actor, person_id)])[0]


def describe_person(session: Session, person_id: str) -> PersonView:
    """A person by id, for a domain that has checked the right to know, or writes the name into a row that only the
    right people read.
    """
    person = queries.find_person(session, person_id)
    if person is None:
        raise NotFoundError
    return _view(session, [person])[0]


def list_people(
    session: Session, actor: StaffActor, *, role: str | None = None, person_ids: Iterable[str] | None = None
) -> list[PersonView]:
    """People of the actor's subtree by organisation and name; only those with `role`, only those named, when given."""
    return _view(session, queries.list_people(session, actor, role, person_ids))


def _check_grants(actor: StaffActor, roles: Sequence[str], organisation_id: str) -> None:
    if any(role not in ROLES for role in roles):
        raise InvalidRequestError(details={"fields": ["roles"]})
    if not all(may_grant(actor, role, organisation_id) for role in roles):
        raise ForbiddenError


def _add_grant(
    session: Session, person_id: str, role: str, organisation_id: str, *, granted_by: str, now_ms: int
) -> None:
    session.add(
        RoleGrant(
            id=new_id(),
            organisation_id=organisation_id,
            person_id=person_id,
            role=role,
            granted_ms=now_ms,
            granted_by=granted_by,
        )
    )
    session.flush()


def _open_scopes(session: Session, person: Person, now_ms: int) -> None:
    event_log.add_member(session, f"u:{person.id}", person.id, "owner", now_ms=now_ms)
    event_log.add_member(session, f"p:{person.id}", person.id, "owner", now_ms=now_ms)
    event_log.add_member(session, "pub", person.id, "member", now_ms=now_ms)
    for ancestor_id, _ in queries.list_ancestors(session, person.organisation_id):
        event_log.add_member(session, f"o:{ancestor_id}", person.id, "member", now_ms=now_ms)


def _tell_profile(session: Session, person: Person, services: Services) -> None:
    now_ms = services.clock.now_ms()
    organisation = queries.organisation_names(session, [person.organisation_id]).get(person.organisation_id, "")
    roles = queries.roles_of(session, [person.id]).get(person.id, frozenset())
    profile = {
        "person": person.id,
        "name": person.name,
        "roles": [role for role in ROLES if role in roles],
        "organisation": organisation,
        "language": person.language,
        "time_zone": services.settings.time_zone,
    }
    card = {"person": person.id, "name": person.name, "organisation": organisation}
    event_log.append_row(session, f"p:{person.id}", "profile", person.id, profile, now_ms=now_ms)
    event_log.append_row(session, f"u:{person.id}", "person_card", person.id, card, now_ms=now_ms)


def _view(session: Session, people: Sequence[Person]) -> list[PersonView]:
    roles = queries.roles_of(session, [person.id for person in people])
    names = queries.organisation_names(session, {person.organisation_id for person in people})
    return [
        PersonView(
            id=person.id,
            name=person.name,
            language=person.language,
            organisation_id=person.organisation_id,
            organisation_name=names.get(person.organisation_id, ""),
            roles=roles.get(person.id, frozenset()),
        )
        for person in people
    ]
