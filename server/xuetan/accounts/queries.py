"""Every SELECT of accounts. What a person may see is decided here: each query for people takes the actor.

Functions without an actor answer the domain's own questions (by token, code or id already checked) and are never
given to a screen.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from xuetan.accounts.models import (
    ConsoleCredential,
    ConsoleSession,
    Device,
    Organisation,
    OrganisationAncestor,
    Person,
    RoleGrant,
    SignInCode,
)
from xuetan.accounts.rules import STAFF_ROLES, StaffActor
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.sql import run_in

# Asked before every exchange of a phone that was not heard a moment ago: through the ORM it took longer than the exchange.
_SPEAKING_DEVICE = """
SELECT account_device.person_id, account_device.id, account_device.organisation_id, account_device.revoked_ms, expires_ms
FROM account_device_session JOIN account_device ON account_device.id = device_id WHERE token_hash = ?
"""


class SpeakingDevice(NamedTuple):
    """A device and its session, as far as it matters who speaks."""

    person_id: str
    device_id: str
    organisation_id: str
    revoked_ms: int | None
    expires_ms: int


def _within(actor: StaffActor, column: Any) -> Any:
    """The condition that keeps a query inside the actor's subtree."""
    return col(column).is_not(None) if actor.is_operator else col(column).in_(actor.subtree)


def find_root(session: Session) -> Organisation | None:
    return session.exec(select(Organisation).where(col(Organisation.parent_id).is_(None))).first()


def get_organisation(session: Session, actor: StaffActor, organisation_id: str) -> Organisation:
    found = session.get(Organisation, organisation_id)
    if found is None or not actor.sees(found.id):
        raise NotFoundError
    return found


def list_organisations(session: Session, actor: StaffActor) -> list[Organisation]:
    return list(session.exec(select(Organisation).where(_within(actor, Organisation.id))))


def list_ancestors(session: Session, organisation_id: str) -> list[tuple[str, int]]:
    """(id, distance) of an organisation and all above it, nearest first."""
    rows = session.exec(
        select(OrganisationAncestor.ancestor_id, OrganisationAncestor.distance)
        .where(OrganisationAncestor.organisation_id == organisation_id)
        .order_by(col(OrganisationAncestor.distance))
    )
    return [(ancestor_id, distance) for ancestor_id, distance in rows]


def get_person(session: Session, actor: StaffActor, person_id: str) -> Person:
    found = session.get(Person, person_id)
    if found is None or not actor.sees(found.organisation_id):
        raise NotFoundError
    return found


def find_person(session: Session, person_id: str) -> Person | None:
    return session.get(Person, person_id)


def list_people(
    session: Session, actor: StaffActor, role: str | None = None, person_ids: Iterable[str] | None = None
) -> list[Person]:
    """People of the actor's subtree, by organisation and name."""
    query = (
        select(Person)
        .join(Organisation, col(Organisation.id) == col(Person.organisation_id))
        .where(_within(actor, Person.organisation_id))
    )
    if role is not None:
        holders = select(RoleGrant.person_id).where(RoleGrant.role == role, col(RoleGrant.ended_ms).is_(None))
        query = query.where(col(Person.id).in_(holders))
    if person_ids is not None:
        query = query.where(col(Person.id).in_(list(person_ids)))
    return list(session.exec(query.order_by(Organisation.name, Person.name, Person.id)))


def organisation_names(session: Session, organisation_ids: Iterable[str]) -> dict[str, str]:
    rows = session.exec(
        select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(list(organisation_ids)))
    )
    return dict(rows.all())


def roles_of(session: Session, person_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The roles that each person holds now, wherever they were given."""
    rows = session.exec(
        select(RoleGrant.person_id, RoleGrant.role).where(
            col(RoleGrant.person_id).in_(list(person_ids)), col(RoleGrant.ended_ms).is_(None)
        )
    )
    found: dict[str, set[str]] = {}
    for person_id, role in rows:
        found.setdefault(person_id, set()).add(role)
    return {person_id: frozenset(roles) for person_id, roles in found.items()}


def places_of_staff(session: Session, person_id: str) -> dict[str, frozenset[str]]:
    """For each staff role of a person, every organisation where it holds: where it was given and all below."""
    rows = session.exec(
        select(RoleGrant.role, OrganisationAncestor.organisation_id)
        .join(OrganisationAncestor, col(OrganisationAncestor.ancestor_id) == col(RoleGrant.organisation_id))
        .where(
            RoleGrant.person_id == person_id,
            col(RoleGrant.ended_ms).is_(None),
            col(RoleGrant.role).in_(sorted(STAFF_ROLES)),
        )
    )
    found: dict[str, set[str]] = {}
    for role, organisation_id in rows:
        found.setdefault(role, set()).add(organisation_id)
    return {role: frozenset(places) for role, places in found.items()}


def list_grants(session: Session, person_id: str) -> list[RoleGrant]:
    """The roles a person holds now, oldest first."""
    query = select(RoleGrant).where(RoleGrant.person_id == person_id, col(RoleGrant.ended_ms).is_(None))
    return list(session.exec(query.order_by(col(RoleGrant.granted_ms), col(RoleGrant.id))))


def find_valid_code(session: Session, person_id: str) -> SignInCode | None:
    return session.exec(
        select(SignInCode).where(SignInCode.person_id == person_id, col(SignInCode.revoked_ms).is_(None))
    ).first()


def find_code(session: Session, look_up: str) -> SignInCode | None:
    return session.exec(select(SignInCode).where(SignInCode.look_up == look_up)).first()


def find_device(session: Session, device_id: str) -> Device | None:
    return session.get(Device, device_id)


def find_devices(session: Session, device_ids: Iterable[str]) -> Sequence[Device]:
    return session.exec(select(Device).where(col(Device.id).in_(set(device_ids)))).all()


def find_device_by_key(session: Session, person_id: str, thumbprint: str) -> Device | None:
    return session.exec(select(Device).where(Device.person_id == person_id, Device.thumbprint == thumbprint)).first()


def list_holders_of_key(session: Session, thumbprint: str) -> list[str]:
    return list(
        session.exec(select(Device.person_id).where(Device.thumbprint == thumbprint).order_by(Device.person_id))
    )


def list_holders_of_keys(session: Session, thumbprints: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    pairs = select(Device.thumbprint, Device.person_id).where(col(Device.thumbprint).in_(set(thumbprints)))
    for thumbprint, person_id in session.exec(pairs).all():
        found.setdefault(thumbprint, []).append(person_id)
    return found


def list_devices(session: Session, actor: StaffActor, person_id: str) -> list[Device]:
    """A person's devices, newest first; NotFoundError for a person outside the actor's subtree."""
    get_person(session, actor, person_id)
    query = select(Device).where(Device.person_id == person_id)
    return list(session.exec(query.order_by(col(Device.enrolled_ms).desc(), col(Device.id))))


def list_live_devices(session: Session, person_id: str) -> Sequence[Device]:
    """Devices on which a person signed in, that are not revoked."""
    live = col(Device.revoked_ms).is_(None) & ~col(Device.records_only)
    return session.exec(select(Device).where(Device.person_id == person_id, live)).all()


def find_device_session(session: Session, token_hash: str) -> SpeakingDevice | None:
    row = run_in(session)(_SPEAKING_DEVICE, (token_hash,)).fetchone()
    return SpeakingDevice(*row) if row else None


def find_credential(session: Session, sign_in_name: str) -> ConsoleCredential | None:
    return session.exec(select(ConsoleCredential).where(ConsoleCredential.sign_in_name == sign_in_name)).first()


def find_console_session(session: Session, token_hash: str) -> ConsoleSession | None:
    return session.get(ConsoleSession, token_hash)
