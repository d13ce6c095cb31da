"""Console sign-in: passwords, sessions, forms."""

from __future__ import annotations

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text

from tests.county import County
from xuetan.accounts import console_access
from xuetan.accounts import service as accounts
from xuetan.accounts.console_access import (
    FAILURES_PER_ADDRESS_MAX,
    FAILURES_PER_NAME_AND_ADDRESS_MAX,
    FAILURES_PER_NAME_MAX,
    SESSION_LIFE_MS,
    WINDOW_MS,
)
from xuetan.accounts.errors import CsrfFailedError, WrongPasswordError
from xuetan.accounts.service import OPERATOR, StaffActor
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import (
    AppError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    SignInRequiredError,
    TooManyAttemptsError,
)

PASSWORD = "雪中送炭又一年 2026"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash with the least cost: its strength is not what is tested here."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    monkeypatch.setattr(console_access, "_hasher", lambda: cheap)
    monkeypatch.setattr(console_access, "_hash_of_nobody", lambda: cheap.hash("nobody"))


@pytest.fixture
def staffed(county: County) -> County:
    give_password(county, "trainer", "Li.Min")
    return county


def give_password(county: County, who: str, name: str, password: str = PASSWORD, actor: StaffActor = OPERATOR) -> None:
    county.write(
        lambda session: accounts.set_password(
            session, county.id_of(who), name, password, actor=actor, services=county.services
        )
    )


def sign_in(county: County, name: str = "li.min", password: str = PASSWORD, address: str = "a", **more: str) -> str:
    return accounts.sign_in(name, password, address=address, services=county.services, **more).token


def who(county: County, token: str) -> StaffActor:
    return county.read(lambda session: accounts.authenticate_console(session, token, now_ms=county.now_ms))


def refusal(county: County, **more: str) -> type[AppError] | None:
    try:
        sign_in(county, **more)
    except AppError as error:
        return type(error)
    return None


def test_name_and_password_open_a_session_with_the_places_of_the_person(staffed: County) -> None:
    actor = who(staffed, sign_in(staffed, name=" ＬＩ.min "))
    east = {staffed.places[name] for name in ("east", "east-school-1", "east-school-2")}
    assert actor.person_id == staffed.id_of("trainer")
    assert (actor.trains, actor.administers, actor.roles) == (east, frozenset(), {"trainer"})


def test_a_wrong_name_and_a_wrong_password_are_told_alike(staffed: County) -> None:
    assert refusal(staffed, name="nobody") is WrongPasswordError
    assert refusal(staffed, password="wrong") is WrongPasswordError
    assert refusal(staffed, name="", password="") is WrongPasswordError
    assert refusal(staffed, name="\ud800", password="\ud800") is WrongPasswordError


def test_every_sign_in_is_a_new_session_and_ends_the_one_that_was_brought(staffed: County) -> None:
    planted = sign_in(staffed)
    fresh = sign_in(staffed, presented_token=planted)
    assert fresh != planted
    assert who(staffed, fresh)
    with pytest.raises(SignInRequiredError):
        who(staffed, planted)


def test_a_made_up_cookie_never_becomes_a_session(staffed: County) -> None:
    assert sign_in(staffed, presented_token="planted") != "planted"
    with pytest.raises(SignInRequiredError):
        who(staffed, "planted")


def test_signing_out_ends_the_session_on_the_server(staffed: County) -> None:
    token, other = sign_in(staffed), sign_in(staffed)
    staffed.write(lambda session: accounts.sign_out(session, token))
    with pytest.raises(SignInRequiredError):
        who(staffed, token)
    assert who(staffed, other)


def test_a_session_ends_after_a_working_day(staffed: County, clock: FixedClock) -> None:
    token = sign_in(staffed)
    clock.advance_ms(SESSION_LIFE_MS - 1)
    assert who(staffed, token)
    clock.advance_ms(1)
    with pytest.raises(SignInRequiredError):
        who(staffed, token)


def test_a_new_password_signs_all_browsers_out(staffed: County) -> None:
    token = sign_in(staffed)
    give_password(staffed, "trainer", "li.min", "another password")
    with pytest.raises(SignInRequiredError):
        who(staffed, token)
    assert refusal(staffed) is WrongPasswordError
    assert who(staffed, sign_in(staffed, password="another password"))


def test_a_role_that_was_taken_back_shuts_the_console_at_once(staffed: County) -> None:
    token = sign_in(staffed)
    grants = staffed.read(lambda session: accounts.list_grants(session, OPERATOR, staffed.id_of("trainer")))
    staffed.write(lambda session: accounts.end_role(session, grants[0].id, actor=OPERATOR, services=staffed.services))
    with pytest.raises(SignInRequiredError):
        who(staffed, token)
    assert refusal(staffed) is WrongPasswordError


def test_a_teacher_with_a_password_does_not_get_in(county: County) -> None:
    give_password(county, "teacher", "teacher")
    assert refusal(county, name="teacher") is WrongPasswordError


def test_guessing_one_name_from_one_address_is_stopped(staffed: County, clock: FixedClock) -> None:
    for _ in range(FAILURES_PER_NAME_AND_ADDRESS_MAX):
        assert refusal(staffed, password="wrong") is WrongPasswordError
    assert refusal(staffed) is TooManyAttemptsError
    assert refusal(staffed, address="elsewhere") is None
    clock.advance_ms(WINDOW_MS)
    assert refusal(staffed) is None


def test_guessing_many_names_from_one_address_is_stopped(staffed: County) -> None:
    for number in range(FAILURES_PER_ADDRESS_MAX):
        assert refusal(staffed, name=f"name{number}") is WrongPasswordError
    assert refusal(staffed, name="yet another") is TooManyAttemptsError


def test_guessing_one_name_from_many_addresses_is_stopped(staffed: County) -> None:
    for number in range(FAILURES_PER_NAME_MAX):
        assert refusal(staffed, password="wrong", address=f"address{number}") is WrongPasswordError
    assert refusal(staffed, address="yet another") is TooManyAttemptsError


def test_signing_in_does_not_forgive_an_address_its_other_failures(staffed: County) -> None:
    for number in range(3):
        refusal(staffed, name=f"name{number}")
    sign_in(staffed)
    for number in range(FAILURES_PER_ADDRESS_MAX - 3):
        refusal(staffed, name=f"other{number}")
    assert refusal(staffed, name="yet another") is TooManyAttemptsError


@pytest.mark.parametrize("password", ["short", "", "x" * 201])
def test_passwords_have_a_length(county: County, password: str) -> None:
    with pytest.raises(InvalidRequestError):
        give_password(county, "trainer", "li.min", password)


def test_a_sign_in_name_belongs_to_one_person(staffed: County) -> None:
    with pytest.raises(InvalidRequestError):
        give_password(staffed, "west-trainer", "LI.MIN")


def test_a_password_is_set_only_by_who_could_have_given_the_roles(county: County) -> None:
    with pytest.raises(NotFoundError):
        give_password(county, "west-trainer", "x", actor=county.staff("trainer"))
    with pytest.raises(ForbiddenError):
        give_password(county, "trainer", "x", actor=county.staff("trainer"))
    with pytest.raises(NotFoundError):
        give_password(county, "trainer", "x", actor=county.staff("head"))
    give_password(county, "trainer", "x", actor=county.staff("mayor"))


def test_neither_password_nor_cookie_is_in_the_database(staffed: County) -> None:
    token = sign_in(staffed)
    with staffed.services.database.engine.connect() as connection:
        for table in ("account_console_credential", "account_console_session"):
            stored = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert PASSWORD not in stored
            assert token not in stored
        assert "$argon2id$" in repr(connection.execute(text("SELECT * FROM account_console_credential")).all())


def test_one_changes_ones_own_password_by_knowing_it(staffed: County) -> None:
    actor, token, new = staffed.staff("trainer"), sign_in(staffed), "a better password"

    def change(old: str, new: str) -> None:
        accounts.change_own_password(actor, old, new, address="a", services=staffed.services)

    with pytest.raises(WrongPasswordError):
        change("not mine", new)
    with pytest.raises(InvalidRequestError):
        change(PASSWORD, "short")
    change(PASSWORD, new)
    with pytest.raises(SignInRequiredError):
        who(staffed, token)
    assert who(staffed, sign_in(staffed, password=new))
    with pytest.raises(WrongPasswordError):
        accounts.change_own_password(staffed.staff("mayor"), "", new, address="a", services=staffed.services)


def test_the_installed_hash_is_argon2id_at_its_recommended_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert console_access._hasher().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,")


def test_a_form_belongs_to_the_cookie_it_was_made_for() -> None:
    accounts.check_csrf("cookie", accounts.make_csrf_token("cookie"))
    for cookie, submitted in (
        ("cookie", accounts.make_csrf_token("other")),
        ("cookie", ""),
        ("", accounts.make_csrf_token("")),
        ("cookie", "雪"),
        ("cookie", "\ud800"),
    ):
        with pytest.raises(CsrfFailedError):
            accounts.check_csrf(cookie, submitted)


def test_the_cookie_is_kept_from_scripts_and_from_other_hosts(county: County) -> None:
    secure = county.services.settings.model_copy(update={"secure_cookies": True})
    assert accounts.session_cookie(secure) == {
        "key": "__Host-xuetan_console",
        "path": "/",
        "secure": True,
        "httponly": True,
        "samesite": "lax",
    }
    assert accounts.session_cookie(county.services.settings)["key"] == "xuetan_console"
    assert accounts.new_form_secret() != accounts.new_form_secret()
