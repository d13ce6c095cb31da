"""Which hub this is: its certificate, the root's key, the epoch it mirrors, when it last heard the root.

Owns the one row of `relay_state` and the keys by which a hub signs and opens.
"""

import hashlib
import hmac
import secrets

import msgspec
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session

from xuetan.contracts.sync import HubAbout, HubCertificate
from xuetan.kernel.services import Services
from xuetan.kernel.signing import KeyStore, SigningKey
from xuetan.relay.errors import HubNotReadyError
from xuetan.relay.models import RelayState

ONLY_ROW = 1
# By one answer a hub grows no older than this, whatever the clocks say.
STEP_MS_MAX = 86_400_000
# The longest of all waits.
WAIT_MS_MAX = 60 * 60_000
PASSWORD_BYTES = 9


def hub_key(keys: KeyStore) -> SigningKey:
    """The key by which this hub signs, made at first use. Questions are sealed to `keys.files`."""
    return keys.get("hub")


def find_state(session: Session) -> RelayState | None:
    return session.get(RelayState, ONLY_ROW)


def get_state(session: Session) -> RelayState:
    """HubNotReadyError before this hub enrolled."""
    state = find_state(session)
    if state is None:
        raise HubNotReadyError
    return state


def found_state(session: Session, certificate: HubCertificate, root_key: str) -> str:
    """Write down what enrolment gave; the operator's password, which is told once."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    state = find_state(session) or RelayState(row_id=ONLY_ROW, certificate="", root_key="", operator_hash="")
    state.certificate = msgspec.json.encode(certificate).decode()
    state.root_key = root_key
    state.operator_hash = _hashed(password)
    session.add(state)
    return password


def renew_certificate(session: Session, state: RelayState, certificate: HubCertificate) -> None:
    """Another one from the same root: the password stays."""
    state.certificate = msgspec.json.encode(certificate).decode()
    session.add(state)


def grow_older(state: RelayState, root_ms: int) -> None:
    """Age by what passed at the root between two of its answers, at most a day: what is kept for a year is not dropped because
    a clock jumped, this hub's or the root's."""
    passed = root_ms - (root_ms if state.root_ms is None else state.root_ms)
    state.age_ms += min(max(0, passed), STEP_MS_MAX)
    state.root_ms = root_ms


def is_due(try_after_ms: Mapped[int], now_ms: int) -> ColumnElement[bool]:
    """The wait is over, or is none that this clock would have begun: one without a battery starts in 1970."""
    return (try_after_ms <= now_ms) | (try_after_ms > now_ms + WAIT_MS_MAX)


def certificate_in(state: RelayState) -> HubCertificate:
    return msgspec.json.decode(state.certificate, type=HubCertificate)


def is_operator(state: RelayState, password: str) -> bool:
    """72 random bits need no slow hash."""
    return hmac.compare_digest(_hashed(password), state.operator_hash)


def describe_hub(services: Services) -> HubAbout:
    """What anybody may know of this hub."""
    about = HubAbout(1, services.clock.now_ms())
    with services.database.reading() as session:
        state = find_state(session)
        if state is not None:
            about.certificate = certificate_in(state)
            if state.epoch is not None:
                about.epoch = state.epoch
            if state.heard_ms is not None:
                about.root_ms = state.heard_ms
    return about


def _hashed(password: str) -> str:
    return hashlib.sha256(password.encode("utf-8", "replace")).hexdigest()
