"""Giving packs to classes and to everybody. Owns the `pack` and `assignment` rows of `c:` and the `pack` row of `pub`.

Invariant: a class's phones never get a `pack` row of an older version after a newer one.
"""

from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.service import StaffActor
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError
from xuetan.kernel.events import publish
from xuetan.kernel.text import well_formed
from xuetan.packs import service as packs
from xuetan.programmes import queries
from xuetan.programmes.events import PackAssigned, PackUpdated
from xuetan.programmes.models import Assignment, OpenPack
from xuetan.programmes.rules import NOTE_CHARACTERS_MAX, is_day


@dataclass(frozen=True)
class AssignmentView:
    """A pack given to a class."""

    cohort_id: str
    slug: str
    version: int
    due_day: str | None
    note: str
    assigned_ms: int


def assign_pack(
    session: Session,
    actor: StaffActor,
    cohort_id: str,
    slug: str,
    *,
    due_day: str | None = None,
    note: str = "",
    now_ms: int,
) -> AssignmentView:
    """Give the newest version of a pack to a class, or change its day and note when the class has it already."""
    cohort, _ = queries.get_cohort(session, actor, cohort_id)
    note = well_formed(note).strip()
    if (due_day is not None and not is_day(due_day)) or len(note) > NOTE_CHARACTERS_MAX:
        raise InvalidRequestError(details={"fields": ["due_day", "note"]})
    card = packs.get_pack_card(session, slug)
    found = session.get(Assignment, (cohort_id, slug))
    assignment = found or Assignment(
        cohort_id=cohort_id,
        slug=slug,
        organisation_id=cohort.organisation_id,
        version=card["version"],
        told_version=0,
        assigned_ms=now_ms,
        assigned_by=actor.person_id,
    )
    assignment.version, assignment.due_day, assignment.note = card["version"], due_day, note
    session.add(assignment)
    _tell_card(session, f"c:{cohort_id}", assignment, card, now_ms)
    row = {
        "slug": slug,
        "version": assignment.version,
        "assigned_ms": assignment.assigned_ms,
        "due_day": due_day,
        "by_name": actor.name,
        "note": note,
    }
    event_log.append_row(session, f"c:{cohort_id}", "assignment", slug, row, now_ms=now_ms)
    session.flush()
    if found is None:
        told = _people_of(session, cohort_id)
        publish(session, PackAssigned(cohort_id, slug, assignment.version, card["title"], actor.name, told, now_ms))
    return _view(assignment)


def open_pack(session: Session, actor: StaffActor, slug: str, *, now_ms: int) -> None:
    """Offer a pack to everybody. It reaches the whole installation, so the actor's place must be its root."""
    root_id = accounts.find_root_id(session)
    if root_id is None or not actor.sees(root_id):
        raise ForbiddenError
    card = packs.get_pack_card(session, slug)
    opened = session.get(OpenPack, slug) or OpenPack(
        slug=slug, organisation_id=root_id, told_version=0, opened_ms=now_ms, opened_by=actor.person_id
    )
    _tell_card(session, "pub", opened, card, now_ms)
    session.flush()


def refresh_pack_rows(session: Session, slug: str, *, now_ms: int) -> None:
    """Tell every class that has a pack, and everybody if it is open, of its newest version. Runs when a version is
    published.
    """
    card = packs.get_pack_card(session, slug)
    for assignment in queries.list_assignments_of_pack(session, slug):
        if _tell_card(session, f"c:{assignment.cohort_id}", assignment, card, now_ms):
            told = _people_of(session, assignment.cohort_id)
            publish(session, PackUpdated(assignment.cohort_id, slug, card["version"], card["title"], told, now_ms))
    opened = session.get(OpenPack, slug)
    if opened is not None:
        _tell_card(session, "pub", opened, card, now_ms)
    session.flush()


def list_assignments(session: Session, actor: StaffActor, cohort_id: str) -> list[AssignmentView]:
    """What a class of the actor's subtree was given, oldest first."""
    queries.get_cohort(session, actor, cohort_id)
    return [_view(one) for one in queries.list_assignments(session, cohort_id)]


def list_open_packs(session: Session) -> list[str]:
    """Slugs of the packs that everybody may take. No secret: each phone has the list."""
    return [one.slug for one in queries.list_open_packs(session)]


def _tell_card(session: Session, scope: str, given: Assignment | OpenPack, card: packs.PackCard, now_ms: int) -> bool:
    """Write the pack's row unless this version was told; True when it was written."""
    if card["version"] <= given.told_version:
        return False
    given.told_version = card["version"]
    session.add(given)
    event_log.append_row(session, scope, "pack", given.slug, dict(card), now_ms=now_ms)
    return True


def _people_of(session: Session, cohort_id: str) -> tuple[str, ...]:
    return tuple(member.person_id for member in queries.list_members(session, [cohort_id], "member"))


def _view(assignment: Assignment) -> AssignmentView:
    return AssignmentView(
        assignment.cohort_id,
        assignment.slug,
        assignment.version,
        assignment.due_day,
        assignment.note,
        assignment.assigned_ms,
    )
