"""Console sign-in: passwords, the session behind the cookie, and the token that ties a form to it.

Owns who is signed in to the console. Invariants: every sign-in makes a new session and ends the one the browser
brought (no fixation); sign-out ends it on the server; a password or a cookie is stored only as a hash; a wrong name
costs as much time as a wrong password.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, col, delete

from xuetan.accounts import queries
from xuetan.accounts.errors import CsrfFailedError, WrongPasswordError
from xuetan.accounts.models import ConsoleCredential, ConsoleSession
from xuetan.accounts.rules import StaffActor, fold_name, network_of
from xuetan.accounts.sign_in_codes import check_may_open_as
from xuetan.kernel.errors import BusyError, ForbiddenError, InvalidRequestError, SignInRequiredError
from xuetan.kernel.ids import b64url_encode
from xuetan.kernel.services import Services
from xuetan.kernel.text import well_formed
from xuetan.settings import Settings

PASSWORD_CHARACTERS_MIN = 10
PASSWORD_CHARACTERS_MAX = 200
SIGN_IN_NAME_CHARACTERS_MAX = 80
SESSION_LIFE_MS = 10 * 3_600_000
TOKEN_BYTES = 32
WINDOW_MS = 15 * 60_000
FAILURES_PER_NAME_AND_ADDRESS_MAX = 8
FAILURES_PER_NAME_MAX = 60
FAILURES_PER_ADDRESS_MAX = 40
HASHES_AT_ONCE_MAX = 2
HASH_TURN_SECONDS_MAX = 3.0
_hashing = BoundedSemaphore(HASHES_AT_ONCE_MAX)


@dataclass(frozen=True)
class ConsoleToken:
    """The value of the session cookie: told once, never stored."""

    token: str
    expires_ms: int


def set_password(
    session: Session, person_id: str, sign_in_name: str, password: str, *, actor: StaffActor, services: Services
) -> None:
    """Give a person a name and password for the console; all their browsers are signed out. Only staff can use it."""
    person = check_may_open_as(session, person_id, actor)
    folded = fold_name(sign_in_name)
    taken = queries.find_credential(session, folded)
    if not 0 < len(folded) <= SIGN_IN_NAME_CHARACTERS_MAX or (taken and taken.person_id != person_id):
        raise InvalidRequestError(details={"fields": ["sign_in_name"]})
    _check_length(password)
    credential = session.get(ConsoleCredential, person_id) or ConsoleCredential(
        person_id=person_id, organisation_id=person.organisation_id, sign_in_name=folded, password_hash="", changed_ms=0
    )
    credential.sign_in_name = folded
    credential.password_hash = _hasher().hash(well_formed(password))
    credential.changed_ms = services.clock.now_ms()
    session.add(credential)
    _end_sessions(session, person_id)


def forget_password(session: Session, person_id: str) -> None:
    """Nobody signs in as this person until another password is set."""
    session.exec(delete(ConsoleCredential).where(col(ConsoleCredential.person_id) == person_id))
    _end_sessions(session, person_id)


def change_own_password(actor: StaffActor, old: str, new: str, *, address: str, services: Services) -> None:
    """Set another password for oneself, knowing the present one; all of one's browsers are signed out.

    Opens its own transactions, like `sign_in`.
    """
    with services.database.reading() as session:
        credential = session.get(ConsoleCredential, actor.person_id)
    if credential is None:
        raise WrongPasswordError
    _check_password(credential.sign_in_name, old, address, services)
    _check_length(new)
    new_hash = _hasher().hash(well_formed(new))
    with services.database.transaction() as session:
        current = session.get(ConsoleCredential, actor.person_id)
        if current is None or current.password_hash != credential.password_hash:
            raise WrongPasswordError
        current.password_hash, current.changed_ms = new_hash, services.clock.now_ms()
        session.add(current)
        _end_sessions(session, actor.person_id)


def sign_in(name: str, password: str, *, address: str, services: Services, presented_token: str = "") -> ConsoleToken:
    """Open a console session. `presented_token` is the cookie the browser brought: that session ends, whoever's it was.

    Opens its own transactions: the slow hash is reckoned before the one that writes, which everybody else waits for.
    """
    credential = _check_password(name, password, address, services)
    with services.database.transaction() as session:
        return _open_session(session, credential, presented_token, services.clock.now_ms())


def sign_out(session: Session, token: str) -> None:
    """End the session of this cookie, if there is one."""
    session.exec(delete(ConsoleSession).where(col(ConsoleSession.token_hash) == _hashed(token)))


def authenticate_console(session: Session, token: str, *, now_ms: int) -> StaffActor:
    """Who uses the console with this cookie, with today's roles; SignInRequiredError else. Works in a reading
    session.
    """
    found = queries.find_console_session(session, _hashed(token)) if token else None
    if found is None or found.expires_ms <= now_ms:
        raise SignInRequiredError
    try:
        return staff_actor(session, found.person_id)
    except ForbiddenError:
        raise SignInRequiredError from None


def staff_actor(session: Session, person_id: str) -> StaffActor:
    """The actor that a person of the staff is today; ForbiddenError for anybody without a staff role."""
    person = queries.find_person(session, person_id)
    places = queries.places_of_staff(session, person_id)
    if person is None or not places:
        raise ForbiddenError
    return StaffActor(
        person_id=person.id,
        organisation_id=person.organisation_id,
        name=person.name,
        language=person.language,
        administers=places.get("administrator", frozenset()),
        trains=places.get("trainer", frozenset()),
    )


def new_form_secret() -> str:
    """A random cookie value for forms before there is a session, such as the sign-in form itself."""
    return b64url_encode(secrets.token_bytes(TOKEN_BYTES))


def make_csrf_token(token: str) -> str:
    """The value for a form's hidden field, bound to the cookie `token` (session or form secret)."""
    return b64url_encode(hmac.digest(token.encode("utf-8", "replace"), b"xuetan-csrf/1", "sha256"))


def check_csrf(token: str, submitted: str) -> None:
    """CsrfFailedError unless `submitted` was made for this cookie."""
    expected = make_csrf_token(token)
    if not token or not hmac.compare_digest(expected.encode(), submitted.encode("utf-8", "replace")):
        raise CsrfFailedError


def session_cookie(settings: Settings) -> dict[str, Any]:
    """Name and attributes of the session cookie, as keyword arguments of Starlette's `set_cookie` (all but value and
    age).
    """
    return _cookie(settings, "xuetan_console")


def form_cookie(settings: Settings) -> dict[str, Any]:
    """The same for the form secret."""
    return _cookie(settings, "xuetan_form")


def _check_password(name: str, password: str, address: str, services: Services) -> ConsoleCredential:
    """The credential of this name and password; WrongPasswordError, or TooManyAttemptsError before anything is looked
    at.
    """
    folded, network = fold_name(name[:SIGN_IN_NAME_CHARACTERS_MAX]), network_of(address)
    limits = (
        (f"password:{folded}:{network}", FAILURES_PER_NAME_AND_ADDRESS_MAX),
        (f"password-name:{folded}", FAILURES_PER_NAME_MAX),
        (f"password-address:{network}", FAILURES_PER_ADDRESS_MAX),
    )
    with services.database.reading() as session:
        credential = queries.find_credential(session, folded)
        is_staff = credential is not None and bool(queries.places_of_staff(session, credential.person_id))
    with _turn_to_hash():
        # Asked and counted in the same turn, so that a burst of guesses cannot pass all at once.
        for key, limit in limits:
            services.rate_limiter.refuse_when_spent(key, limit, WINDOW_MS)
        known = credential.password_hash if credential else _hash_of_nobody()
        right = _hasher().verify(well_formed(password[:PASSWORD_CHARACTERS_MAX]), known)
        if credential is None or not right or not is_staff:
            for key, limit in limits:
                services.rate_limiter.check(key, limit, WINDOW_MS)
            raise WrongPasswordError
    services.rate_limiter.forget(limits[0][0])
    return credential


@contextmanager
def _turn_to_hash() -> Iterator[None]:
    """One of the few hashes that are reckoned at once: each takes 64 MB, and anybody may ask for one."""
    if not _hashing.acquire(timeout=HASH_TURN_SECONDS_MAX):
        raise BusyError
    try:
        yield
    finally:
        _hashing.release()


def _check_length(password: str) -> None:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise InvalidRequestError(details={"fields": ["password"]})


def _end_sessions(session: Session, person_id: str) -> None:
    session.exec(delete(ConsoleSession).where(col(ConsoleSession.person_id) == person_id))
    session.flush()


def _cookie(settings: Settings, name: str) -> dict[str, Any]:
    prefix = "__Host-" if settings.secure_cookies else ""
    return {"key": prefix + name, "path": "/", "secure": settings.secure_cookies, "httponly": True, "samesite": "lax"}


def _open_session(session: Session, credential: ConsoleCredential, presented_token: str, now_ms: int) -> ConsoleToken:
    current = session.get(ConsoleCredential, credential.person_id)
    if current is None or current.password_hash != credential.password_hash:
        raise WrongPasswordError  # changed while the hash was reckoned
    if presented_token:
        sign_out(session, presented_token)
    session.exec(delete(ConsoleSession).where(col(ConsoleSession.expires_ms) <= now_ms))
    token = b64url_encode(secrets.token_bytes(TOKEN_BYTES))
    expires_ms = now_ms + SESSION_LIFE_MS
    session.add(
        ConsoleSession(
            token_hash=_hashed(token),
            organisation_id=credential.organisation_id,
            person_id=credential.person_id,
            created_ms=now_ms,
            expires_ms=expires_ms,
        )
    )
    session.flush()
    return ConsoleToken(token, expires_ms)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return _hasher().hash(secrets.token_hex())


def _hashed(token: str) -> str:
    return b64url_encode(hashlib.sha256(token.encode("utf-8", "replace")).digest())
