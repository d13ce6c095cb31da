"""Every SELECT of mentoring. A pair outside the actor's subtree is not found; a mentor on the phone finds their own."""

from sqlmodel import Session, col, select

from xuetan.accounts.service import DeviceActor, StaffActor
from xuetan.kernel.errors import NotFoundError
from xuetan.mentoring.models import Pair


def get_pair(session: Session, actor: StaffActor, pair_id: str) -> Pair:
    pair = session.get(Pair, pair_id)
    if pair is None or not actor.sees(pair.organisation_id):
        raise NotFoundError
    return pair


def find_active_pair(session: Session, mentor_id: str, teacher_id: str) -> Pair | None:
    query = select(Pair).where(Pair.mentor_id == mentor_id, Pair.teacher_id == teacher_id, col(Pair.ended_ms).is_(None))
    return session.exec(query).first()


def list_pairs(
    session: Session, actor: StaffActor | DeviceActor, *, mentor_id: str | None, active_only: bool
) -> list[Pair]:
    """Pairs of the actor's subtree, or, for a phone, those the actor is one half of. Oldest first."""
    query = select(Pair)
    if isinstance(actor, DeviceActor):
        query = query.where((col(Pair.mentor_id) == actor.person_id) | (col(Pair.teacher_id) == actor.person_id))
    elif not actor.is_operator:
        query = query.where(col(Pair.organisation_id).in_(actor.subtree))
    if mentor_id is not None:
        query = query.where(Pair.mentor_id == mentor_id)
    if active_only:
        query = query.where(col(Pair.ended_ms).is_(None))
    return list(session.exec(query.order_by(col(Pair.started_ms), col(Pair.id))))


def list_active_pairs_of_mentor(session: Session, mentor_id: str) -> list[Pair]:
    query = select(Pair).where(Pair.mentor_id == mentor_id, col(Pair.ended_ms).is_(None))
    return list(session.exec(query.order_by(col(Pair.started_ms), col(Pair.id))))


def list_mentor_ids(session: Session, teacher_id: str) -> list[str]:
    """Who mentors this teacher now."""
    query = select(Pair.mentor_id).where(Pair.teacher_id == teacher_id, col(Pair.ended_ms).is_(None))
    return sorted(set(session.exec(query)))
