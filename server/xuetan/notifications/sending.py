"""One push, sent: encrypted for the phone (RFC 8291), signed by this installation (RFC 8292), posted with a time
limit.

Owns the only call that leaves the machine for an address that a client supplied. It follows no redirect, uses no
proxy or credential of the environment, reads little of the answer, and calls only hosts that are listed and resolve
to public addresses.
"""

from __future__ import annotations

import json
import logging
import socket
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

from xuetan.kernel.ids import b64url_decode, b64url_encode
from xuetan.kernel.signing import KeyStore, SigningKey
from xuetan.notifications.errors import PushEndpointRefusedError
from xuetan.notifications.rules import are_public, check_endpoint
from xuetan.settings import Settings

VAPID_KEY = "vapid"
POINT_BYTES = 65
TIME_TO_LIVE_SECONDS = 3 * 24 * 3600
CONNECT_SECONDS_MAX = 5
ANSWER_SECONDS_MAX = 10
ANSWER_BYTES_MAX = 2048
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """`sent`; `gone`: the subscription is dead; `later`: try again; `refused`: trying again would not help."""

    result: Literal["sent", "gone", "later", "refused"]
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Push:
    """What to send and where. `topic` (at most 32 characters of base64url) lets the push service and the phone
    replace an earlier copy of the same notification."""

    endpoint: str
    p256dh: str
    auth: str
    topic: str
    message: dict[str, Any]


def vapid_key(keys: KeyStore) -> SigningKey:
    """The key that says to push services who we are; made at first use. Subscriptions are bound to it for ever."""
    return keys.get(VAPID_KEY)


def application_server_key(keys: KeyStore) -> str:
    """The public half as browsers want it: the uncompressed point in base64url."""
    return b64url_encode(b64url_decode(vapid_key(keys).spki)[-POINT_BYTES:])


def send(push: Push, settings: Settings, keys: KeyStore) -> Outcome:
    """Send once. Whatever happens out there is an outcome, not an exception."""
    try:
        _check_address(push.endpoint, settings)
    except PushEndpointRefusedError as refused:
        log.warning("a push was not sent: its address is refused (%s)", refused.details["reason"])
        return Outcome("refused")
    except OSError:
        return Outcome("later")
    try:
        with _PlainSession() as session:
            webpush(
                {"endpoint": push.endpoint, "keys": {"p256dh": push.p256dh, "auth": push.auth}},
                data=json.dumps(push.message, ensure_ascii=False, separators=(",", ":")),
                vapid_private_key=Vapid02.from_pem(vapid_key(keys).private_pem),
                vapid_claims={"sub": settings.vapid_subject},
                ttl=TIME_TO_LIVE_SECONDS,
                headers={"Topic": push.topic, "Urgency": "normal"},
                timeout=(CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX),
                requests_session=session,
            )
    except WebPushException as failure:
        return _outcome(failure)
    except (requests.RequestException, OSError):
        return Outcome("later")
    return Outcome("sent")


def _check_address(endpoint: str, settings: Settings) -> None:
    """At each sending again: the list of hosts may have changed since the phone subscribed, and names may move."""
    check_endpoint(endpoint, settings.push_hosts, allow_loopback=settings.push_allow_loopback)
    if settings.push_allow_loopback:
        return
    found = socket.getaddrinfo(urlsplit(endpoint).hostname, 443, type=socket.SOCK_STREAM)
    if not are_public([str(one[4][0]) for one in found]):
        raise PushEndpointRefusedError("private_address")


def _outcome(failure: WebPushException) -> Outcome:
    status = failure.status_code
    if status in (404, 410):
        return Outcome("gone")
    if status is None or status == 429 or status >= 500:
        asked = failure.retry_after if status is not None else None
        return Outcome("later", int(asked) if asked is not None and asked.isdecimal() and len(asked) < 9 else None)
    log.warning("a push service answered %s", status)
    return Outcome("refused")


class _PlainSession(requests.Session):
    """Posts once, to exactly this address, and reads the beginning of the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().request(*args, **kwargs | {"allow_redirects": False, "stream": True})
        response._content = response.raw.read(ANSWER_BYTES_MAX)
        response.close()
        return response
