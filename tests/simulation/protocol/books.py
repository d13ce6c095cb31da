"""Who may what: roles in scopes, follow lists, and the table of kinds. Part of the root's state; a hub mirrors a copy.

Invariant: a follow number is never given twice to one person within one history of the root.
"""

from dataclasses import dataclass, field

from .facts import PAYLOAD_MAX, Event

KINDS: dict[str, frozenset[str]] = {
    "study": frozenset({"owner"}),
    "journal": frozenset({"owner"}),
    "feedback": frozenset({"mentor"}),
    "message": frozenset({"owner", "mentor"}),
}
ROLE_ORDER = ("owner", "mentor", "member")


@dataclass
class FollowList:
    """One person's list. `active` maps a scope to its number."""

    version: int = 0
    last_number: int = 0
    active: dict[str, int] = field(default_factory=dict)
    as_sent: dict[int, tuple[str, str]] | None = None

    def copy(self) -> "FollowList":
        return FollowList(self.version, self.last_number, dict(self.active))


class Book:
    """Roles (scope, person) -> role -> whether it is current, and the follow lists made from them."""

    def __init__(self, bug: str | None) -> None:
        self.bug = bug
        self.roles: dict[tuple[str, str], dict[str, bool]] = {}
        self.follows: dict[str, FollowList] = {}

    def copy(self) -> "Book":
        other = Book(self.bug)
        other.roles = {key: dict(roles) for key, roles in self.roles.items()}
        other.follows = {person: follow.copy() for person, follow in self.follows.items()}
        return other

    def current(self, scope: str, person: str) -> set[str]:
        return {role for role, is_current in self.roles.get((scope, person), {}).items() if is_current}

    def ever(self, scope: str, person: str) -> set[str]:
        return set(self.roles.get((scope, person), {}))

    def follow(self, person: str) -> FollowList:
        return self.follows.setdefault(person, FollowList())

    def give(self, scope: str, person: str, role: str) -> bool:
        if role in self.current(scope, person):
            return False
        self.roles.setdefault((scope, person), {})[role] = True
        follow = self.follow(person)
        follow.version += 1
        if scope not in follow.active:
            follow.last_number += 1
            follow.active[scope] = follow.last_number
        self._renumber(follow)
        return True

    def end(self, scope: str, person: str, role: str) -> bool:
        if role not in self.current(scope, person):
            return False
        self.roles[(scope, person)][role] = False
        follow = self.follow(person)
        follow.version += 1
        if not self.current(scope, person):
            del follow.active[scope]
        self._renumber(follow)
        return True

    def _renumber(self, follow: FollowList) -> None:
        follow.as_sent = None
        if self.bug == "follow_numbers_reused":
            follow.active = {scope: index for index, scope in enumerate(follow.active, 1)}

    def listed(self, person: str) -> dict[int, tuple[str, str]]:
        """The follow list as it is sent: number -> (scope, role)."""
        follow = self.follow(person)
        if follow.as_sent is None:
            follow.as_sent = {
                number: (scope, next(role for role in ROLE_ORDER if role in self.current(scope, person)))
                for scope, number in follow.active.items()
            }
        return follow.as_sent


class Permit:
    """What a writer may append to a scope: nobody without a role ever; each event alone by its kind."""

    def __init__(self, bug: str | None, book: Book, scope: str, person: str) -> None:
        self.bug = bug
        self.now = book.current(scope, person)
        self.ever = set(self.now) if bug == "ended_pair_forbidden" else book.ever(scope, person)

    @property
    def may_append(self) -> bool:
        return bool(self.ever)

    @property
    def after(self) -> bool:
        return not self.now

    @property
    def role(self) -> str:
        return next(role for role in ROLE_ORDER if role in (self.now or self.ever))

    def code_of(self, event: Event) -> str | None:
        """Why this one event is set aside, if it is."""
        if event.kind == "malformed":
            return "malformed_event"
        if event.size > PAYLOAD_MAX:
            return "payload_too_large"
        allowed = KINDS.get(event.kind)
        if allowed is not None and not allowed & self.ever:
            return "kind_not_permitted"
        return None
