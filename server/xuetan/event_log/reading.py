"""Who may write and read what of a scope now, and from where on, in the caller's transaction."""

from sqlmodel import Session

from xuetan.event_log import members, pull
from xuetan.event_log.entries import run_in
from xuetan.event_log.kind_rules import RULES
from xuetan.event_log.members import Floor
from xuetan.event_log.scopes import letter_of


def may_append_now(session: Session, scope: str, person_id: str) -> bool:
    """True when a role that the person has now writes some kind of event in this scope."""
    roles = members.read_roles(run_in(session), scope, person_id)
    return bool(roles.current & RULES.writers.get(letter_of(scope), frozenset()))


def set_floor(session: Session, scope: str, person_id: str, floor: Floor, *, now_ms: int) -> None:
    """Let a follower read a scope from another place on. Their phones drop what they had of it and read anew."""
    members.set_floor(run_in(session), scope, person_id, floor, now_ms)


def floor_of(session: Session, scope: str, person_id: str) -> Floor:
    """From where on somebody reads a scope that they follow."""
    return members.read_floor(run_in(session), scope, person_id)


def may_read_named(session: Session, scope: str, person_id: str, name: str) -> bool:
    """A follower may have a file of this name: they read all of the scope, or something that they may read of it names the file."""
    return pull.may_read_named(run_in(session), scope, person_id, name)


def read_head(session: Session, scope: str) -> int:
    """The newest position of a scope."""
    row = run_in(session)("SELECT head FROM log_scope WHERE scope = ?", (scope,)).fetchone()
    return int(row[0]) if row else 0
