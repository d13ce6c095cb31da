"""Tokens of hubs: a nonce of ours, signed by the hub's key, opens a session. Tokens and nonces are stored as hashes."""

import hashlib
import secrets

from sqlmodel import Session, col, delete, select

from xuetan.hubs.errors import HubRevokedError
from xuetan.hubs.models import Hub, HubNonce, HubSession
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.ids import b64url_encode, is_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import verify
from xuetan.sync.service import session_message

TOKEN_BYTES = 32
TOKEN_LIFE_MS = 30 * 86_400_000
NONCE_LIFE_MS = 5 * 60_000
NONCES_MAX = 4
SESSIONS_MAX = 4
WRONG_SIGNATURES_MAX = 20
WINDOW_MS = 10 * 60_000


def make_nonce(session: Session, hub_id: str, services: Services) -> str:
    """A challenge, good once and for a few minutes. SignInRequiredError for a hub that is none."""
    hub = _find(session, hub_id)
    now_ms = services.clock.now_ms()
    _keep_newest(session, HubNonce, hub.id, NONCES_MAX - 1, now_ms)
    nonce = b64url_encode(secrets.token_bytes(TOKEN_BYTES))
    session.add(HubNonce(nonce_hash=_hashed(nonce), hub_id=hub.id, expires_ms=now_ms + NONCE_LIFE_MS))
    return nonce


def open_session(
    session: Session, hub_id: str, nonce: str, signature: str, services: Services
) -> tuple[str, int] | None:
    """A token and when it ends, for a hub that signed a nonce of ours. None when it did not; the nonce is spent."""
    limit = f"hub-signature:{hub_id}"
    services.rate_limiter.refuse_when_spent(limit, WRONG_SIGNATURES_MAX, WINDOW_MS)
    hub = _find(session, hub_id)
    now_ms = services.clock.now_ms()
    spent = session.exec(
        delete(HubNonce).where(
            col(HubNonce.nonce_hash) == _hashed(nonce),
            col(HubNonce.hub_id) == hub.id,
            col(HubNonce.expires_ms) > now_ms,
        )
    )
    if spent.rowcount != 1 or not verify(hub.key or "", session_message(nonce), signature):
        services.rate_limiter.check(limit, WRONG_SIGNATURES_MAX, WINDOW_MS)
        return None
    _keep_newest(session, HubSession, hub.id, SESSIONS_MAX - 1, now_ms)
    token, expires_ms = b64url_encode(secrets.token_bytes(TOKEN_BYTES)), now_ms + TOKEN_LIFE_MS
    session.add(HubSession(token_hash=_hashed(token), hub_id=hub.id, expires_ms=expires_ms))
    return token, expires_ms


def authenticate(session: Session, token: str, now_ms: int) -> Hub:
    """The hub that speaks with this token. SignInRequiredError or HubRevokedError."""
    found = session.get(HubSession, _hashed(token))
    if found is None or found.expires_ms <= now_ms:
        raise SignInRequiredError
    return _find(session, found.hub_id)


def _find(session: Session, hub_id: str) -> Hub:
    hub = session.get(Hub, hub_id) if is_id(hub_id) else None
    if hub is None or hub.key is None:
        raise SignInRequiredError
    if hub.revoked_ms is not None:
        raise HubRevokedError
    return hub


def _keep_newest(
    session: Session, table: type[HubNonce] | type[HubSession], hub_id: str, count: int, now_ms: int
) -> None:
    name = "nonce_hash" if table is HubNonce else "token_hash"
    column = col(getattr(table, name))
    kept = session.exec(
        select(column)
        .where(col(table.hub_id) == hub_id, col(table.expires_ms) > now_ms)
        .order_by(col(table.expires_ms).desc(), column)
        .limit(count)
    ).all()
    session.exec(delete(table).where(col(table.hub_id) == hub_id, column.not_in(kept)))


def _hashed(secret: str) -> str:
    return b64url_encode(hashlib.sha256(secret.encode("utf-8", "replace")).digest())
