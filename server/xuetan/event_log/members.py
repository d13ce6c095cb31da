"""Who has which role in which scope, and the follow list that comes of it.

A role ends, it is never deleted: who ever had one keeps the right to append. A follow number is given once per person
and never again, so a phone that missed an end and a new beginning still notices. Every change of the list raises its
version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from xuetan.event_log.entries import Run
from xuetan.event_log.scopes import check_role, first_role
from xuetan.kernel.sql import read_each


@dataclass(frozen=True)
class ScopeRoles:
    current: frozenset[str]
    ever: frozenset[str]


class Floor(NamedTuple):
    """From where on somebody reads a scope: what stands after this position and was written at this time or later, ms UTC."""

    position: int
    ms: int


EVERYTHING = Floor(0, 0)


class FollowedScope(NamedTuple):
    number: int
    scope: str
    role: str
    head: int
    floor: int = 0
    floor_ms: int = 0


ROLES = "SELECT role, ended_ms FROM log_role WHERE scope = ? AND person_id = ?"
_FOLLOW_LISTS = """
SELECT r.person_id, r.version, f.number, f.scope, f.role, COALESCE(s.head, 0), f.floor, f.floor_ms FROM log_reader r
LEFT JOIN log_follow f ON f.person_id = r.person_id AND f.ended_ms IS NULL
LEFT JOIN log_scope s ON s.scope = f.scope WHERE r.person_id IN (*) ORDER BY f.number
"""
NO_ROLES = ScopeRoles(frozenset(), frozenset())


def read_roles(run: Run, scope: str, person_id: str) -> ScopeRoles:
    rows = run(ROLES, (scope, person_id)).fetchall()
    if not rows:
        return NO_ROLES
    return ScopeRoles(frozenset(row[0] for row in rows if row[1] is None), frozenset(row[0] for row in rows))


def start_role(run: Run, scope: str, person_id: str, role: str, now_ms: int, floor: Floor = EVERYTHING) -> bool:
    """Give a role, or give it again after it ended. Giving it twice changes nothing: False. `floor` is for who does not read the scope
    yet."""
    check_role(scope, role)
    before = read_roles(run, scope, person_id).current
    if role in before:
        return False
    run(
        """INSERT INTO log_role (scope, person_id, role, since_ms) VALUES (?, ?, ?, ?)
           ON CONFLICT (scope, person_id, role) DO UPDATE SET since_ms = excluded.since_ms, ended_ms = NULL""",
        (scope, person_id, role, now_ms),
    )
    _settle_follow(run, scope, person_id, before, before | {role}, now_ms=now_ms, floor=floor)
    return True


def end_role(run: Run, scope: str, person_id: str, role: str, now_ms: int) -> None:
    """End a role. Ending one that is not held changes nothing."""
    check_role(scope, role)
    before = read_roles(run, scope, person_id).current
    if role not in before:
        return
    run(
        "UPDATE log_role SET ended_ms = ? WHERE scope = ? AND person_id = ? AND role = ?",
        (now_ms, scope, person_id, role),
    )
    _settle_follow(run, scope, person_id, before, before - {role}, now_ms=now_ms)


def read_follow_list(run: Run, person_id: str) -> tuple[int, list[FollowedScope]]:
    """The version of a person's follow list, and the scopes they read now, by number, each with its newest position."""
    return read_follow_lists(run, [person_id])[person_id]


def read_follow_lists(run: Run, person_ids: Iterable[str]) -> dict[str, tuple[int, list[FollowedScope]]]:
    """The same of several people."""
    lists: dict[str, tuple[int, list[FollowedScope]]] = {person_id: (0, []) for person_id in person_ids}
    for person_id, version, *followed in read_each(run, _FOLLOW_LISTS, lists):
        _, scopes = lists[person_id]
        lists[person_id] = (version, scopes)
        if followed[0] is not None:
            scopes.append(FollowedScope(*followed))
    return lists


def _settle_follow(
    run: Run,
    scope: str,
    person_id: str,
    before: frozenset[str],
    after: frozenset[str],
    *,
    now_ms: int,
    floor: Floor = EVERYTHING,
) -> None:
    open_follow = "WHERE person_id = ? AND scope = ? AND ended_ms IS NULL"
    if not after:
        run(f"UPDATE log_follow SET ended_ms = ? {open_follow}", (now_ms, person_id, scope))  # noqa: S608
        given = 0
    elif not before:
        given = 1
    elif first_role(set(before)) != first_role(set(after)):
        run(f"UPDATE log_follow SET role = ? {open_follow}", (first_role(set(after)), person_id, scope))  # noqa: S608
        given = 0
    else:
        return
    _count_change(run, scope, person_id, first_role(set(after)) if given else "", floor)


def set_floor(run: Run, scope: str, person_id: str, floor: Floor, now_ms: int) -> None:
    """Let somebody read a scope from another place on: under a new number, so that the phone drops what it had and reads anew. Who
    does not read the scope, or reads it from there, is left as they are."""
    open_follow = "WHERE person_id = ? AND scope = ? AND ended_ms IS NULL"
    row = run(f"SELECT role, floor, floor_ms FROM log_follow {open_follow}", (person_id, scope)).fetchone()  # noqa: S608
    if row is None or (row[1], row[2]) == floor:
        return
    run(f"UPDATE log_follow SET ended_ms = ? {open_follow}", (now_ms, person_id, scope))  # noqa: S608
    _count_change(run, scope, person_id, row[0], floor)


def read_floor(run: Run, scope: str, person_id: str) -> Floor:
    """From where on somebody reads a scope that they follow."""
    row = run(
        "SELECT floor, floor_ms FROM log_follow WHERE person_id = ? AND scope = ? AND ended_ms IS NULL",
        (person_id, scope),
    ).fetchone()
    return Floor(int(row[0]), int(row[1])) if row else EVERYTHING


def _count_change(run: Run, scope: str, person_id: str, new_role: str, floor: Floor) -> None:
    """Raise the version of the list; with a role, give the scope a new number."""
    given = 1 if new_role else 0
    row = run(
        """INSERT INTO log_reader (person_id, version, last_number) VALUES (?, 1, ?)
           ON CONFLICT (person_id) DO UPDATE SET version = log_reader.version + 1,
           last_number = log_reader.last_number + ?
           RETURNING last_number""",
        (person_id, given, given),
    ).fetchone()
    if given:
        run(
            "INSERT INTO log_follow (person_id, number, scope, role, floor, floor_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (person_id, row[0], scope, new_role, *floor),
        )
