"""Every SELECT of programmes. A class outside the actor's subtree is not found."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from xuetan.accounts.service import StaffActor
from xuetan.kernel.errors import NotFoundError
from xuetan.programmes.models import Assignment, Cohort, CohortMember, OpenPack, Programme


def _within(actor: StaffActor, column: Any) -> Any:
    return col(column).is_not(None) if actor.is_operator else col(column).in_(actor.subtree)


def get_programme(session: Session, actor: StaffActor, programme_id: str) -> Programme:
    found = session.get(Programme, programme_id)
    if found is None or not actor.sees(found.organisation_id):
        raise NotFoundError
    return found


def list_programmes(session: Session, actor: StaffActor) -> list[Programme]:
    query = select(Programme).where(_within(actor, Programme.organisation_id))
    return list(session.exec(query.order_by(col(Programme.created_ms), col(Programme.id))))


def get_cohort(session: Session, actor: StaffActor, cohort_id: str) -> tuple[Cohort, Programme]:
    found = session.get(Cohort, cohort_id)
    if found is None or not actor.sees(found.organisation_id):
        raise NotFoundError
    programme = session.get(Programme, found.programme_id)
    assert programme is not None
    return found, programme


def list_cohorts(session: Session, actor: StaffActor) -> list[tuple[Cohort, Programme]]:
    """Classes of the actor's subtree, oldest first."""
    rows = session.exec(
        select(Cohort, Programme)
        .join(Programme, col(Programme.id) == col(Cohort.programme_id))
        .where(_within(actor, Cohort.organisation_id))
        .order_by(col(Cohort.created_ms), col(Cohort.id))
    )
    return [(cohort, programme) for cohort, programme in rows]


def list_members(session: Session, cohort_ids: Iterable[str], role: str | None = None) -> list[CohortMember]:
    """Who is in these classes now. The caller has checked the right to see the classes."""
    query = select(CohortMember).where(
        col(CohortMember.cohort_id).in_(list(cohort_ids)), col(CohortMember.left_ms).is_(None)
    )
    if role is not None:
        query = query.where(CohortMember.role == role)
    return list(session.exec(query.order_by(col(CohortMember.joined_ms), col(CohortMember.person_id))))


def list_cohorts_of(session: Session, actor: StaffActor, person_id: str) -> list[Cohort]:
    """The classes of the actor's subtree in which a person is a member now."""
    query = (
        select(Cohort)
        .join(CohortMember, col(CohortMember.cohort_id) == col(Cohort.id))
        .where(
            CohortMember.person_id == person_id,
            CohortMember.role == "member",
            col(CohortMember.left_ms).is_(None),
            _within(actor, Cohort.organisation_id),
        )
    )
    return list(session.exec(query.order_by(col(Cohort.created_ms), col(Cohort.id))))


def list_assignments(session: Session, cohort_id: str) -> list[Assignment]:
    """What a class was given, oldest first. The caller has checked the right to see the class."""
    query = select(Assignment).where(Assignment.cohort_id == cohort_id)
    return list(session.exec(query.order_by(col(Assignment.assigned_ms), col(Assignment.slug))))


def list_assignments_of_pack(session: Session, slug: str) -> list[Assignment]:
    query = select(Assignment).where(Assignment.slug == slug)
    return list(session.exec(query.order_by(col(Assignment.cohort_id))))


def list_open_packs(session: Session) -> list[OpenPack]:
    return list(session.exec(select(OpenPack).order_by(col(OpenPack.slug))))


def is_in_programme(session: Session, programme_id: str, person_id: str) -> bool:
    """True while a person is in any class of a programme."""
    query = (
        select(CohortMember.cohort_id)
        .join(Cohort, col(Cohort.id) == col(CohortMember.cohort_id))
        .where(
            Cohort.programme_id == programme_id,
            CohortMember.person_id == person_id,
            col(CohortMember.left_ms).is_(None),
        )
    )
    return session.exec(query).first() is not None
