"""Names of scopes. Pure. A scope is `<letter>:<id>` or `pub`; which letters and roles there are is the contracts'
matter."""

from xuetan.contracts.scopes import SCOPE_ROLES
from xuetan.kernel.ids import is_id

SCOPE_BYTES_MAX = 255
# When a person has several roles in a scope, the follow list names the first of these.
ROLE_PRECEDENCE = ("owner", "trainer", "mentor", "member")


def letter_of(scope: str) -> str:
    """The kind of scope: what stands before the colon, or the whole name."""
    return scope.partition(":")[0]


def is_scope(scope: str) -> bool:
    """True for a well-formed name of a known kind of scope."""
    letter, colon, rest = scope.partition(":")
    if letter == "pub":
        return not colon
    return letter in SCOPE_ROLES and is_id(rest)


def check_role(scope: str, role: str) -> None:
    """A role that a scope of this kind does not have is a programming error."""
    if not is_scope(scope) or role not in SCOPE_ROLES[letter_of(scope)]:
        raise ValueError(f"no role {role} in scope {scope}")


def first_role(roles: set[str]) -> str:
    """The role to show of several; precedence, then the alphabet for roles it does not name."""
    return min(roles, key=lambda role: (ROLE_PRECEDENCE.index(role) if role in ROLE_PRECEDENCE else 9, role))
