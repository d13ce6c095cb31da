"""The people of a place and all below it, and by which keys their devices are known: what a hub of that place must know.

Owns no rights: whoever calls has decided that it may be told.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from xuetan.accounts.models import Device, OrganisationAncestor, Person

# Parameters of one statement.
PART = 500


@dataclass(frozen=True)
class KnownDevice:
    """A device as a hub knows it."""

    device_id: str
    public_key: str
    revoked: bool


def list_people_below(session: Session, organisation_id: str) -> dict[str, str]:
    """Everybody whose home is this place or one below it: names by id."""
    below = select(OrganisationAncestor.organisation_id).where(OrganisationAncestor.ancestor_id == organisation_id)
    found = session.exec(select(Person.id, Person.name).where(col(Person.organisation_id).in_(below))).all()
    return dict(sorted(found))


def names_of(session: Session, person_ids: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for part in _parts(person_ids):
        names.update(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(part))).all())
    return names


def list_devices_of(session: Session, person_ids: Iterable[str]) -> dict[str, list[KnownDevice]]:
    """The devices of these people by person, revoked ones among them; none whose key was accepted for records alone."""
    devices: dict[str, list[KnownDevice]] = {}
    for part in _parts(person_ids):
        own = col(Device.person_id).in_(part) & ~col(Device.records_only)
        for one in session.exec(select(Device).where(own).order_by(Device.id)).all():
            known = KnownDevice(one.id, one.public_key, one.revoked_ms is not None)
            devices.setdefault(one.person_id, []).append(known)
    return devices


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    listed = sorted(set(ids))
    return (listed[start : start + PART] for start in range(0, len(listed), PART))
