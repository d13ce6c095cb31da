"""Erasure by right of what stands in a person's record: one thing with all that was said of it, or everything.

Owns who may do it (administrators of the person's place or above it), and which events a thing consists of. The log takes them away
(`event_log.erasing`); this domain's tables are made anew from what stays.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, delete

from xuetan.accounts import service as accounts
from xuetan.accounts.service import StaffActor
from xuetan.event_log.events import EventsErased
from xuetan.event_log.service import erasing
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.kernel.ids import new_id
from xuetan.kernel.text import well_formed
from xuetan.learning_log import models, projection

REASON_CHARACTERS_MAX = 300
# Fields by which an event names the thing that it is, or is about.
_THINGS = ("entry", "message", "attempt", "feedback")


def may_erase(session: Session, actor: StaffActor, person_id: str) -> bool:
    """NotFoundError for somebody outside of the actor's subtree."""
    return actor.may_administer(accounts.get_person(session, actor, person_id).organisation_id)


def list_erasures(session: Session, actor: StaffActor, person_id: str) -> list[erasing.ErasureView]:
    """What was erased of a person's record, the latest first: that it was, never what."""
    accounts.get_person(session, actor, person_id)
    return erasing.list_erasures(session, f"u:{person_id}")


def measure_thing(session: Session, actor: StaffActor, person_id: str, thing: str) -> erasing.Extent:
    """What erasing a thing would take. NotFoundError when there is no such thing, or nothing left of it."""
    _check(session, actor, person_id)
    scope = f"u:{person_id}"
    extent = erasing.measure(session, scope, _of_thing(session, scope, thing))
    if not extent.kinds:
        raise NotFoundError
    return extent


def measure_person(session: Session, actor: StaffActor, person_id: str) -> erasing.Extent:
    """What erasing everything would take; of nothing when nothing is there."""
    _check(session, actor, person_id)
    return erasing.measure(session, f"u:{person_id}", _everything)


def erase_thing(
    session: Session, actor: StaffActor, person_id: str, thing: str, reason: str, *, now_ms: int
) -> erasing.ErasureView:
    """Erase an entry with its versions and what was said of it, or a message. NotFoundError when there is no such thing;
    InvalidRequestError without a reason."""
    scope = f"u:{person_id}"
    erasure = _erasure(session, actor, person_id, erasing.ENTRY, reason, now_ms, thing=thing)
    done = erasing.erase(session, erasure, _of_thing(session, scope, thing))
    if not done.events:
        raise NotFoundError
    return done


def erase_person(
    session: Session, actor: StaffActor, person_id: str, reason: str, *, now_ms: int
) -> erasing.ErasureView:
    """Erase all that stands in a person's record, whoever wrote it, and what was told to them about it. Who they are (name, place, roles)
    stays: their account is ended elsewhere. InvalidRequestError without a reason."""
    erasure = _erasure(session, actor, person_id, erasing.PERSON, reason, now_ms)
    done = erasing.erase(session, erasure, _everything)
    if not done.events:
        raise NotFoundError
    return done


def forget_erased(session: Session, event: EventsErased) -> None:
    """Drop what was made of a person's record; the projector makes it anew from what stays."""
    if not event.scope.startswith(projection.SCOPE_PREFIX):
        return
    person_id = event.scope.removeprefix(projection.SCOPE_PREFIX)
    for table in models.PROJECTIONS:
        session.exec(delete(table).where(col(table.person_id) == person_id))  # type: ignore[attr-defined]
    erasing.project_anew(session, projection.PROJECTOR, event.scope)


def _check(session: Session, actor: StaffActor, person_id: str) -> None:
    if not may_erase(session, actor, person_id):
        raise ForbiddenError


def _erasure(
    session: Session, actor: StaffActor, person_id: str, what: str, reason: str, now_ms: int, *, thing: str = ""
) -> erasing.ErasureView:
    _check(session, actor, person_id)
    reason = well_formed(reason).strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX:
        raise InvalidRequestError(details={"fields": ["reason"]})
    return erasing.ErasureView(
        erasure_id=new_id(),
        scope=f"u:{person_id}",
        what=what,
        thing=thing,
        by_person_id=actor.person_id,
        office=_office(session, actor, person_id),
        reason=reason,
        at_ms=now_ms,
    )


def _office(session: Session, actor: StaffActor, person_id: str) -> str:
    """The name of the place in whose name it is done: the actor's own, or the person's where nobody of the staff acts."""
    if actor.is_operator:
        return accounts.get_person(session, actor, person_id).organisation_name
    return accounts.describe_person(session, actor.person_id).organisation_name


def _everything(_stored: erasing.StoredEvent) -> bool:
    return True


def _of_thing(session: Session, scope: str, thing: str) -> erasing.Choose:
    """Its own events, and those about feedback that was given to it. Only who had a role here says what is whose: a stranger could name
    anything else as feedback to it."""
    given: dict[str, set[str]] = {}

    def gather(stored: erasing.StoredEvent) -> bool:
        entry, feedback = _text(stored, "entry"), _text(stored, "feedback")
        if stored.role and stored.event.kind.startswith("feedback_given/") and entry and feedback:
            given.setdefault(feedback, set()).add(entry)
        return False

    erasing.measure(session, scope, gather)
    # One id for feedback to several entries says of no answer to which of them it belongs: the answer stays, and can be erased by that id.
    about = {feedback for feedback, entries in given.items() if entries == {thing}}

    def choose(stored: erasing.StoredEvent) -> bool:
        return _text(stored, "feedback") in about or any(_text(stored, name) == thing for name in _THINGS)

    return choose


def _text(stored: erasing.StoredEvent, name: str) -> str | None:
    payload: Mapping[str, Any] = stored.event.payload
    found = payload.get(name)
    return found if isinstance(found, str) else None
