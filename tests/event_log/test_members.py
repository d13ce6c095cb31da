"""Roles, follow lists and server rows: numbers are never given twice, versions tell of every change, positions have no gaps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xuetan.event_log import service as event_log
from xuetan.event_log.entries import run_in
from xuetan.event_log.members import FollowedScope, read_follow_list
from xuetan.kernel.database import Database
from xuetan.kernel.ids import b64url_encode, new_id

# The same in every process: names of tests are made from them.
PERSON, CLASS = b64url_encode(bytes(range(16))), f"c:{b64url_encode(bytes(range(16, 32)))}"


def follow_list(database: Database, person: str = PERSON) -> tuple[int, list[FollowedScope]]:
    with database.reading() as session:
        return read_follow_list(run_in(session), person)


def add(database: Database, scope: str, role: str, person: str = PERSON) -> None:
    with database.transaction() as session:
        event_log.add_member(session, scope, person, role, now_ms=1)


def end(database: Database, scope: str, role: str, person: str = PERSON) -> None:
    with database.transaction() as session:
        event_log.end_member(session, scope, person, role, now_ms=2)


def test_who_follows_nothing_has_version_zero(database: Database) -> None:
    assert follow_list(database) == (0, [])


def test_a_scope_that_comes_back_gets_another_number(database: Database) -> None:
    add(database, CLASS, "member")
    add(database, "pub", "member")
    assert [one.number for one in follow_list(database)[1]] == [1, 2]
    end(database, CLASS, "member")
    assert follow_list(database) == (3, [FollowedScope(2, "pub", "member", 0)])
    add(database, CLASS, "member")
    version, followed = follow_list(database)
    assert version == 4
    assert [(one.number, one.scope) for one in followed] == [(2, "pub"), (3, CLASS)]


def test_a_change_of_role_keeps_the_number_and_raises_the_version(database: Database) -> None:
    add(database, CLASS, "member")
    add(database, CLASS, "trainer")
    assert follow_list(database) == (2, [FollowedScope(1, CLASS, "trainer", 0)])
    end(database, CLASS, "trainer")
    assert follow_list(database) == (3, [FollowedScope(1, CLASS, "member", 0)])
    add(database, CLASS, "trainer")
    end(database, CLASS, "member")
    assert follow_list(database) == (4, [FollowedScope(1, CLASS, "trainer", 0)])


def test_giving_or_ending_twice_changes_nothing(database: Database) -> None:
    add(database, CLASS, "member")
    add(database, CLASS, "member")
    assert follow_list(database)[0] == 1
    end(database, CLASS, "member")
    end(database, CLASS, "member")
    assert follow_list(database) == (2, [])


def test_who_ever_had_a_role_is_remembered(database: Database) -> None:
    add(database, CLASS, "member")
    end(database, CLASS, "member")
    with database.reading() as session:
        assert event_log.roles_in(session, CLASS, PERSON) == event_log.ScopeRoles(frozenset(), frozenset({"member"}))
        assert event_log.roles_in(session, CLASS, new_id()) == event_log.ScopeRoles(frozenset(), frozenset())


@pytest.mark.parametrize(
    ("scope", "role"),
    [
        ("u:short", "owner"),
        ("x:" + PERSON, "owner"),
        ("pub", "owner"),
        ("pub:", "member"),
        (CLASS, "boss"),
        ("u:", "owner"),
    ],
)
def test_a_role_that_a_scope_does_not_have_is_refused(database: Database, scope: str, role: str) -> None:
    with pytest.raises(ValueError, match="no role"):
        add(database, scope, role)
    with pytest.raises(ValueError, match="no role"):
        end(database, scope, role)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([CLASS, "pub"]), st.sampled_from(["member", "trainer"])), max_size=12
    )
)
def test_numbers_are_never_given_twice(database: Database, steps: list[tuple[bool, str, str]]) -> None:
    person = new_id()
    owner_of: dict[int, str] = {}
    gone: set[int] = set()
    version_before, before = 0, {}
    for giving, scope, role in steps:
        if role == "trainer" and scope == "pub":
            continue
        (add if giving else end)(database, scope, role, person)
        version, followed = follow_list(database, person)
        now = {one.number: (one.scope, one.role) for one in followed}
        assert version >= version_before
        assert (version == version_before) == (now == before)
        for number, (scope_, _) in now.items():
            assert owner_of.setdefault(number, scope_) == scope_
            assert number not in gone
        gone |= set(before) - set(now)
        version_before, before = version, now


def row(key: str = "k", body: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"kind": "device", "key": key, "body": body or {"name": "phone", "enrolled_ms": 1, "revoked": False}}


def test_rows_take_positions_without_gaps(database: Database) -> None:
    scope = f"p:{PERSON}"
    with database.transaction() as session:
        assert [event_log.append_row(session, scope, **row(), now_ms=1) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        assert event_log.append_row(session, scope, **row(), now_ms=1) == 4
        raise ZeroDivisionError
    with database.transaction() as session:
        assert event_log.append_row(session, scope, "device", "k", None, now_ms=1) == 4
        assert event_log.append_row(session, f"p:{new_id()}", **row(), now_ms=1) == 1


@pytest.mark.parametrize(
    ("scope", "kind", "body"),
    [
        ("pub", "device", row()["body"]),
        ("nowhere", "device", row()["body"]),
        (f"p:{PERSON}", "device", {"name": 5}),
        (f"p:{PERSON}", "no_such_kind", {}),
    ],
)
def test_a_row_that_breaks_its_contract_is_refused(
    database: Database, scope: str, kind: str, body: dict[str, Any]
) -> None:
    with pytest.raises((ValueError, KeyError)), database.transaction() as session:
        event_log.append_row(session, scope, kind, "k", body, now_ms=1)
