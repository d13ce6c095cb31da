"""Devices: enrolment by code, bearer tokens, renewal with the device key, revocation.

Owns what it takes to speak as a person through a phone. Invariants: a key enrols once per person, however often the
request is repeated; tokens and nonces are stored only as hashes; a nonce opens at most one session; a revoked device
gets nothing.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from sqlmodel import Session, col, delete, select

from xuetan.accounts import queries
from xuetan.accounts.codes import CodeVault
from xuetan.accounts.errors import CodeRevokedError, DeviceRevokedError, TooManyDevicesError, WrongCodeError
from xuetan.accounts.events import DeviceEnrolled, DeviceRevoked
from xuetan.accounts.models import Device, DeviceSession, Person, SessionNonce
from xuetan.accounts.rules import DeviceActor, StaffActor, network_of, read_code
from xuetan.accounts.sign_in_codes import check_may_open_as
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import InvalidRequestError, NotFoundError, SignInRequiredError
from xuetan.kernel.events import publish
from xuetan.kernel.ids import b64url_encode, new_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import key_id_of, load_public_key, verify
from xuetan.kernel.text import well_formed

TOKEN_BYTES = 32
TOKEN_LIFE_MS = 30 * 86_400_000
SESSIONS_PER_DEVICE_MAX = 4
NONCE_LIFE_MS = 5 * 60_000
NONCES_PER_DEVICE_MAX = 4
DEVICES_PER_PERSON_MAX = 20
DEVICE_SILENCE_MS = 30 * 86_400_000
DEVICE_NAME_CHARACTERS_MAX = 80
WINDOW_MS = 10 * 60_000
WRONG_CODES_PER_ADDRESS_MAX = 20
# From everywhere: guessing from many addresses at this rate finds one of five thousand codes in about two hundred years.
WRONG_CODES_MAX = 20_000
WRONG_SIGNATURES_PER_DEVICE_MAX = 20
NEW_DEVICES_PER_PERSON_MAX = 10
SESSION_MESSAGE = "xuetan-session/1\n"


@dataclass(frozen=True)
class IssuedToken:
    """A bearer token: told once, never stored."""

    token: str
    expires_ms: int


@dataclass(frozen=True)
class Enrolment:
    """What a phone gets when it enrols."""

    person: Person
    device: Device
    roles: frozenset[str]
    token: IssuedToken


@dataclass(frozen=True)
class DeviceView:
    """`records_only`: nobody signed in on it here; the operator accepted its key for what others bring of it."""

    id: str
    name: str
    enrolled_ms: int
    revoked_ms: int | None
    records_only: bool


@dataclass(frozen=True)
class DeviceKey:
    """By which key a device is known when it does not speak itself."""

    device_id: str
    person_id: str
    public_key: str
    revoked: bool
    file_key: str | None
    organisation_id: str


def enrol_device(
    session: Session,
    *,
    code: str,
    public_key: str,
    device_name: str,
    address: str,
    services: Services,
    file_key: str = "",
) -> Enrolment:
    """Sign a device in with a printed code. The same key of the same person is the same device, with one more token."""
    spki = _canonical_key(public_key)
    files_spki = _canonical_key(file_key, "file_key") if file_key else None
    person = _person_of_code(session, code, address, services)
    now_ms = services.clock.now_ms()
    device = queries.find_device_by_key(session, person.id, key_id_of(spki))
    if device is not None and device.revoked_ms is not None:
        raise DeviceRevokedError
    if device is None:
        services.rate_limiter.check(f"new-device:{person.id}", NEW_DEVICES_PER_PERSON_MAX, WINDOW_MS)
        device = _add_device(session, person, spki, device_name, now_ms)
    if device.records_only:
        device.records_only, device.name = False, _name_of(device_name)
        session.add(device)
        others = [one for one in queries.list_live_devices(session, person.id) if one.id != device.id]
        publish(session, DeviceEnrolled(person.id, device.id, device.name, not others, now_ms))
    if files_spki is not None:
        device.file_key = files_spki
        session.add(device)
    token = _issue_token(session, device, now_ms)
    roles = queries.roles_of(session, [person.id]).get(person.id, frozenset())
    return Enrolment(person, device, roles, token)


def make_nonce(session: Session, device_id: str, *, services: Services) -> str:
    """A challenge for a device to sign, good once and for a few minutes."""
    now_ms = services.clock.now_ms()
    device = queries.find_device(session, device_id)
    if device is None or device.records_only:
        raise SignInRequiredError
    if device.revoked_ms is not None:
        raise DeviceRevokedError
    kept = session.exec(
        select(SessionNonce.nonce_hash)
        .where(SessionNonce.device_id == device_id, SessionNonce.expires_ms > now_ms)
        .order_by(col(SessionNonce.expires_ms).desc(), col(SessionNonce.nonce_hash))
        .limit(NONCES_PER_DEVICE_MAX - 1)
    ).all()
    session.exec(
        delete(SessionNonce).where(col(SessionNonce.device_id) == device_id, col(SessionNonce.nonce_hash).not_in(kept))
    )
    nonce = b64url_encode(secrets.token_bytes(TOKEN_BYTES))
    session.add(
        SessionNonce(
            nonce_hash=_hashed(nonce),
            organisation_id=device.organisation_id,
            device_id=device_id,
            expires_ms=now_ms + NONCE_LIFE_MS,
        )
    )
    return nonce


def renew_session(
    session: Session, *, device_id: str, nonce: str, signature: str, services: Services
) -> IssuedToken | None:
    """A new token for a device that signed a nonce of ours. None when it did not; the nonce is spent all the same."""
    now_ms = services.clock.now_ms()
    key = f"session-signature:{device_id}"
    services.rate_limiter.refuse_when_spent(key, WRONG_SIGNATURES_PER_DEVICE_MAX, WINDOW_MS)
    device = queries.find_device(session, device_id)
    spent = session.exec(
        delete(SessionNonce).where(
            col(SessionNonce.nonce_hash) == _hashed(nonce),
            col(SessionNonce.device_id) == device_id,
            col(SessionNonce.expires_ms) > now_ms,
        )
    )
    if device is None or device.records_only:
        return None
    if device.revoked_ms is not None:
        raise DeviceRevokedError
    message = (SESSION_MESSAGE + nonce).encode("utf-8", "replace")
    if spent.rowcount != 1 or not verify(device.public_key, message, signature):
        services.rate_limiter.check(key, WRONG_SIGNATURES_PER_DEVICE_MAX, WINDOW_MS)
        return None
    return _issue_token(session, device, now_ms)


def authenticate(session: Session, token: str, *, now_ms: int) -> DeviceActor:
    """Who speaks with this bearer token. SignInRequiredError for an unknown or expired one, DeviceRevokedError after
    revocation.
    """
    found = queries.find_device_session(session, _hashed(token))
    if found is None:
        raise SignInRequiredError
    if found.revoked_ms is not None:
        raise DeviceRevokedError
    if found.expires_ms <= now_ms:
        raise SignInRequiredError
    return DeviceActor(found.person_id, found.device_id, found.organisation_id)


def revoke_device(session: Session, device_id: str, actor: StaffActor, *, services: Services) -> None:
    """Shut a device out. What it holds and has not sent stays on it: its requests are answered 401, nothing is taken."""
    device = queries.find_device(session, device_id)
    if device is None:
        raise NotFoundError
    check_may_open_as(session, device.person_id, actor)
    if device.revoked_ms is not None:
        return
    now_ms = services.clock.now_ms()
    device.revoked_ms = now_ms
    session.add(device)
    session.exec(delete(SessionNonce).where(col(SessionNonce.device_id) == device_id))
    session.flush()
    _tell_device(session, device, now_ms)
    publish(session, DeviceRevoked(device.person_id, device.id, now_ms))


def list_devices(session: Session, actor: StaffActor, person_id: str) -> list[DeviceView]:
    """The devices of a person of the actor's subtree, newest first, revoked ones among them."""
    return [
        DeviceView(device.id, device.name, device.enrolled_ms, device.revoked_ms, device.records_only)
        for device in queries.list_devices(session, actor, person_id)
    ]


def find_device_keys(session: Session, device_ids: Iterable[str]) -> dict[str, DeviceKey]:
    """Who signs with which key, of those devices that are known; revoked ones among them."""
    return {one.id: _key_of(one) for one in queries.find_devices(session, device_ids)}


def find_devices_by_key(session: Session, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DeviceKey]:
    """The same by (person, id of the key): a phone that signs in again where it was forgotten has another device id and the same key."""
    found = ((pair, queries.find_device_by_key(session, *pair)) for pair in set(keys))
    return {pair: _key_of(device) for pair, device in found if device is not None}


def find_holders_of_key(session: Session, key_id: str) -> list[str]:
    """The people who have a device of this key: several may share a phone."""
    return queries.list_holders_of_key(session, key_id)


def find_holders_of_keys(session: Session, key_ids: Collection[str]) -> dict[str, list[str]]:
    """The same for several keys; none where there is nobody."""
    return queries.list_holders_of_keys(session, key_ids)


def canonical_key(public_key: str) -> str | None:
    """The one spelling of a P-256 key under which devices are known; None for what is none."""
    try:
        return _canonical_key(public_key)
    except InvalidRequestError:
        return None


def accept_key(
    session: Session,
    person_id: str,
    device_id: str,
    public_key: str,
    device_name: str,
    *,
    actor: StaffActor,
    services: Services,
) -> None:
    """Believe from now on what this key signed in the person's name. It opens nothing: no session and no hub gives it anything
    before its person signs in on that phone."""
    person = check_may_open_as(session, person_id, actor)
    spki = _canonical_key(public_key)
    if queries.find_device_by_key(session, person_id, key_id_of(spki)) is not None:
        return
    now_ms = services.clock.now_ms()
    # It keeps its id, under which hubs hold its records, unless somebody has it already. Anybody may name any id: it proves nothing.
    is_free = queries.find_device(session, device_id) is None
    device = Device(
        id=device_id if is_free else new_id(),
        organisation_id=person.organisation_id,
        person_id=person_id,
        name=_name_of(device_name),
        public_key=spki,
        thumbprint=key_id_of(spki),
        enrolled_ms=now_ms,
        records_only=True,
    )
    session.add(device)
    session.flush()
    _tell_device(session, device, now_ms)


def _person_of_code(session: Session, typed: str, address: str, services: Services) -> Person:
    """Only wrong codes count against an address: a whole class may enrol through one router."""
    limits = ((f"wrong-code:{network_of(address)}", WRONG_CODES_PER_ADDRESS_MAX), ("wrong-code", WRONG_CODES_MAX))
    for key, limit in limits:
        services.rate_limiter.refuse_when_spent(key, limit, WINDOW_MS)
    symbols = read_code(typed)
    code = queries.find_code(session, CodeVault(services.keys).look_up(symbols)) if symbols else None
    if code is None or code.revoked_ms is not None:
        for key, limit in limits:
            services.rate_limiter.check(key, limit, WINDOW_MS)
        raise WrongCodeError if code is None else CodeRevokedError
    person = queries.find_person(session, code.person_id)
    assert person is not None
    return person


def _add_device(session: Session, person: Person, spki: str, device_name: str, now_ms: int) -> Device:
    others = queries.list_live_devices(session, person.id)
    spoke_ms = {one.device_id: one.last_contact_ms for one in event_log.stream_states(session, [person.id])}
    # A browser that clears its store enrols anew each time. The device it was stays enrolled, in case it is a phone that
    # was long without a network and still holds words; it only counts no more.
    heard = [one for one in others if now_ms - max(one.enrolled_ms, spoke_ms.get(one.id, 0)) < DEVICE_SILENCE_MS]
    if len(heard) >= DEVICES_PER_PERSON_MAX:
        raise TooManyDevicesError(details={"devices_max": DEVICES_PER_PERSON_MAX})
    device = Device(
        id=new_id(),
        organisation_id=person.organisation_id,
        person_id=person.id,
        name=_name_of(device_name),
        public_key=spki,
        thumbprint=key_id_of(spki),
        enrolled_ms=now_ms,
    )
    session.add(device)
    session.flush()
    _tell_device(session, device, now_ms)
    publish(session, DeviceEnrolled(person.id, device.id, device.name, not others, now_ms))
    return device


def _name_of(device_name: str) -> str:
    return well_formed(device_name).strip()[:DEVICE_NAME_CHARACTERS_MAX] or "-"


def _key_of(device: Device) -> DeviceKey:
    return DeviceKey(
        device.id,
        device.person_id,
        device.public_key,
        device.revoked_ms is not None,
        device.file_key,
        device.organisation_id,
    )


def _tell_device(session: Session, device: Device, now_ms: int) -> None:
    body = {"name": device.name, "enrolled_ms": device.enrolled_ms, "revoked": device.revoked_ms is not None}
    event_log.append_row(session, f"p:{device.person_id}", "device", device.id, body, now_ms=now_ms)


def _issue_token(session: Session, device: Device, now_ms: int) -> IssuedToken:
    """A new token beside the newest few: an answer that was lost on the way must not shut the phone out."""
    kept = session.exec(
        select(DeviceSession.token_hash)
        .where(DeviceSession.device_id == device.id, DeviceSession.expires_ms > now_ms)
        .order_by(col(DeviceSession.created_ms).desc(), col(DeviceSession.token_hash))
        .limit(SESSIONS_PER_DEVICE_MAX - 1)
    ).all()
    session.exec(
        delete(DeviceSession).where(
            col(DeviceSession.device_id) == device.id, col(DeviceSession.token_hash).not_in(kept)
        )
    )
    token = b64url_encode(secrets.token_bytes(TOKEN_BYTES))
    expires_ms = now_ms + TOKEN_LIFE_MS
    session.add(
        DeviceSession(
            token_hash=_hashed(token),
            organisation_id=device.organisation_id,
            device_id=device.id,
            created_ms=now_ms,
            expires_ms=expires_ms,
        )
    )
    session.flush()
    return IssuedToken(token, expires_ms)


def _canonical_key(public_key: str, field: str = "public_key") -> str:
    """A P-256 key in its one canonical SubjectPublicKeyInfo, so that a key cannot enrol under two thumbprints."""
    try:
        key = load_public_key(public_key)
    except ValueError as error:
        raise InvalidRequestError(details={"fields": [field]}) from error
    return b64url_encode(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def _hashed(secret: str) -> str:
    return b64url_encode(hashlib.sha256(secret.encode("utf-8", "replace")).digest())
