"""Decisions about pushes: which addresses may be called, when a phone is left in peace, when to try again. Pure."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from xuetan.kernel.ids import b64url_decode
from xuetan.notifications.errors import PushEndpointRefusedError

ENDPOINT_CHARACTERS_MAX = 1024
LOOPBACK_HOSTS = frozenset(("127.0.0.1", "localhost", "::1"))

# Local time. A notification that falls into it is pushed when it ends; the inbox has it at once.
QUIET_FROM = datetime.time(21, 30)
QUIET_UNTIL = datetime.time(7, 0)

PUSH_ATTEMPTS_MAX = 6
RETRY_FIRST_MS = 60_000
RETRY_MS_MAX = 6 * 3_600_000


def check_endpoint(endpoint: str, allowed_hosts: Iterable[str], *, allow_loopback: bool) -> None:
    """Raises PushEndpointRefusedError unless this is an https address, on the standard port and without
    credentials, of a host on the list. `*.example.org` on the list means any host below example.org. Loopback, with
    any scheme and port, only by a test's setting."""
    if len(endpoint) > ENDPOINT_CHARACTERS_MAX or not endpoint.isascii() or not endpoint.isprintable():
        raise PushEndpointRefusedError("malformed")
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise PushEndpointRefusedError("malformed") from None
    if parts.username is not None or parts.password is not None or "\\" in endpoint or " " in endpoint:
        raise PushEndpointRefusedError("malformed")
    if allow_loopback and host in LOOPBACK_HOSTS and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise PushEndpointRefusedError("not_https")
    if port not in (None, 443):
        raise PushEndpointRefusedError("port")
    if not any(_is_host(host, allowed) for allowed in allowed_hosts):
        raise PushEndpointRefusedError("host")


def _is_host(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:]) and len(host) > len(allowed) - 1
    return host == allowed


def check_keys(p256dh: str, auth: str) -> None:
    """The phone's public key is an uncompressed P-256 point and the secret has 16 bytes, both in base64url."""
    try:
        point, secret = b64url_decode(p256dh.rstrip("=")), b64url_decode(auth.rstrip("="))
    except ValueError:
        raise PushEndpointRefusedError("keys") from None
    if len(secret) != 16 or not _is_point(point):
        raise PushEndpointRefusedError("keys")


def _is_point(point: bytes) -> bool:
    """On the curve y² = x³ - 3x + b over the field of P-256 (FIPS 186-5)."""
    if len(point) != 65 or point[0] != 4:
        return False
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < prime and y < prime and (y * y - (x * x * x - 3 * x + b)) % prime == 0


def are_public(addresses: Sequence[str]) -> bool:
    """True when every address a host resolves to is on the open internet. No address at all is not."""
    return bool(addresses) and all(ipaddress.ip_address(one.split("%")[0]).is_global for one in addresses)


def quiet_delay_ms(now_ms: int, zone: ZoneInfo) -> int:
    """How long to wait with a push so that nobody is woken; 0 in the day."""
    now = datetime.datetime.fromtimestamp(now_ms / 1000, zone)
    if QUIET_UNTIL <= now.time() < QUIET_FROM:
        return 0
    day = now.date() + datetime.timedelta(days=1) if now.time() >= QUIET_FROM else now.date()
    morning = datetime.datetime.combine(day, QUIET_UNTIL, zone)
    return round(morning.timestamp() * 1000) - now_ms


def retry_delay_ms(attempt: int, asked_seconds: int | None) -> int | None:
    """How long to wait before attempt `attempt` + 1: doubling from a minute, or longer when the service asks; None
    to give up. `attempt` counts from 1."""
    if attempt >= PUSH_ATTEMPTS_MAX:
        return None
    own: int = RETRY_FIRST_MS << (attempt - 1)
    return min(max(own, (asked_seconds or 0) * 1000), RETRY_MS_MAX)
