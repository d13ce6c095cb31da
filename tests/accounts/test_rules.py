"""Decisions of accounts, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.accounts.rules import (
    CODE_ALPHABET,
    OPERATOR,
    StaffActor,
    fold_name,
    may_grant,
    may_open_as,
    network_of,
    read_code,
    spell_code,
)

HERE, ELSEWHERE = "here", "elsewhere"


def staff(*, administers: tuple[str, ...] = (), trains: tuple[str, ...] = ()) -> StaffActor:
    return StaffActor("p", HERE, "n", "zh-Hans", frozenset(administers), frozenset(trains))


ADMINISTRATOR, TRAINER, NOBODY = staff(administers=(HERE,)), staff(trains=(HERE,)), staff()


@pytest.mark.parametrize(
    ("actor", "role", "place", "allowed"),
    [
        (ADMINISTRATOR, "teacher", HERE, True),
        (ADMINISTRATOR, "administrator", HERE, True),
        (ADMINISTRATOR, "teacher", ELSEWHERE, False),
        (ADMINISTRATOR, "administrator", ELSEWHERE, False),
        (TRAINER, "teacher", HERE, True),
        (TRAINER, "mentor", HERE, True),
        (TRAINER, "trainer", HERE, False),
        (TRAINER, "administrator", HERE, False),
        (TRAINER, "teacher", ELSEWHERE, False),
        (NOBODY, "teacher", HERE, False),
        (ADMINISTRATOR, "emperor", HERE, False),
        (OPERATOR, "administrator", ELSEWHERE, True),
        (OPERATOR, "emperor", HERE, False),
    ],
)
def test_roles_are_given_within_the_givers_own_place(actor: StaffActor, role: str, place: str, allowed: bool) -> None:
    assert may_grant(actor, role, place) is allowed


@pytest.mark.parametrize(
    ("actor", "grants", "allowed"),
    [
        (TRAINER, [("teacher", HERE)], True),
        (TRAINER, [("mentor", HERE)], True),
        (TRAINER, [("teacher", HERE), ("trainer", HERE)], False),
        (TRAINER, [("teacher", HERE), ("mentor", ELSEWHERE)], False),
        (ADMINISTRATOR, [("trainer", HERE)], True),
        (ADMINISTRATOR, [("teacher", HERE), ("administrator", ELSEWHERE)], False),
        (NOBODY, [], False),
    ],
)
def test_a_way_in_as_a_person_is_given_only_by_who_could_have_given_each_of_their_roles(
    actor: StaffActor, grants: list[tuple[str, str]], allowed: bool
) -> None:
    assert may_open_as(actor, HERE, grants) is allowed


@given(st.text(alphabet=CODE_ALPHABET, min_size=10, max_size=10))
def test_a_code_is_read_as_it_is_printed(symbols: str) -> None:
    assert read_code(spell_code(symbols)) == symbols


@pytest.mark.parametrize(
    ("typed", "symbols"),
    [
        ("ab1de-fgh0k", "AB1DEFGH0K"),
        ("ＡＢ１ＤＥ－ＦＧＨ０Ｋ", "AB1DEFGH0K"),
        ("abIde fghOk", "AB1DEFGH0K"),
        ("ABLDEFGHOK", "AB1DEFGH0K"),
        ("AB1DE-FGH0", None),
        ("AB1DE-FGH0KK", None),
        ("ABUDE-FGH0K", None),
        ("", None),
        ("雪炭雪炭雪炭雪炭雪炭", None),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, symbols: str | None) -> None:
    assert read_code(typed) == symbols


@given(st.text(max_size=40))
def test_reading_a_code_never_fails(typed: str) -> None:
    symbols = read_code(typed)
    assert symbols is None or all(symbol in CODE_ALPHABET for symbol in symbols)


def test_ten_symbols_carry_fifty_bits() -> None:
    assert len(CODE_ALPHABET) == len(set(CODE_ALPHABET)) == 32


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_household_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_sign_in_names_are_compared_folded() -> None:
    assert fold_name(" Ｌｉ.Ｍｉｎ ") == fold_name("LI.min") == "li.min"
