"""Which addresses may be called, when a phone is left in peace, when to try again."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from xuetan.kernel.ids import b64url_encode
from xuetan.notifications.errors import PushEndpointRefusedError
from xuetan.notifications.rules import (
    PUSH_ATTEMPTS_MAX,
    QUIET_FROM,
    QUIET_UNTIL,
    RETRY_MS_MAX,
    are_public,
    check_endpoint,
    check_keys,
    quiet_delay_ms,
    retry_delay_ms,
)
from xuetan.settings import Settings

HOSTS = Settings(_env_file=None).push_hosts
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
        "https://web.push.apple.com/abc",
        "https://fcm.googleapis.com:443/x",
    ],
)
def test_the_push_services_of_the_browsers_are_taken(endpoint: str) -> None:
    check_endpoint(endpoint, HOSTS, allow_loopback=False)


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("http://fcm.googleapis.com/x", "not_https"),
        ("ftp://fcm.googleapis.com/x", "not_https"),
        ("https://fcm.googleapis.com:8443/x", "port"),
        ("https://fcm.googleapis.com:22/x", "port"),
        ("https://example.org/x", "host"),
        ("https://fcm.googleapis.com.example.org/x", "host"),
        ("https://evilpush.apple.com.example/x", "host"),
        ("https://push.apple.com/x", "host"),
        ("https://xpush.services.mozilla.com/x", "host"),
        ("https://127.0.0.1/x", "host"),
        ("https://localhost/x", "host"),
        ("https://[::1]/x", "host"),
        ("https://10.0.0.5/x", "host"),
        ("https://169.254.169.254/latest/meta-data", "host"),
        ("https://fcm.googleapis.com@10.0.0.5/x", "malformed"),
        ("https://user:pass@fcm.googleapis.com/x", "malformed"),
        ("https://fcm.googleapis.com\\@10.0.0.5/x", "malformed"),
        ("https://fcm.googleapis.com /x", "malformed"),
        ("https://fcm.googleapis.com/\r\nHost: x", "malformed"),
        ("https://fcm。googleapis.com/x", "malformed"),
        ("https://fcm.googleapis.com:99999/x", "malformed"),
        ("https://[fcm.googleapis.com/x", "malformed"),
        ("https://fcm.googleapis.com/" + "x" * 2000, "malformed"),
        ("", "not_https"),
        ("x", "not_https"),
    ],
)
def test_any_other_address_is_refused_with_its_reason(endpoint: str, reason: str) -> None:
    with pytest.raises(PushEndpointRefusedError) as refused:
        check_endpoint(endpoint, HOSTS, allow_loopback=False)
    assert refused.value.details == {"reason": reason}


def test_loopback_is_taken_only_by_a_tests_setting() -> None:
    check_endpoint("http://127.0.0.1:9999/x", HOSTS, allow_loopback=True)
    for endpoint in ("http://127.0.0.1:9999/x", "http://localhost/x"):
        with pytest.raises(PushEndpointRefusedError):
            check_endpoint(endpoint, HOSTS, allow_loopback=False)
    with pytest.raises(PushEndpointRefusedError):
        check_endpoint("http://192.168.1.1/x", HOSTS, allow_loopback=True)


@given(st.text(max_size=60))
def test_no_text_makes_the_check_fail_otherwise_than_by_refusing(endpoint: str) -> None:
    with pytest.raises(PushEndpointRefusedError):
        check_endpoint(endpoint, HOSTS, allow_loopback=True)


@pytest.mark.parametrize(
    ("addresses", "public"),
    [
        (["142.250.74.10"], True),
        (["142.250.74.10", "2a00:1450:4009:80a::200a"], True),
        (["142.250.74.10", "10.0.0.5"], False),
        (["127.0.0.1"], False),
        (["::1"], False),
        (["fe80::1%eth0"], False),
        (["169.254.169.254"], False),
        (["100.64.0.1"], False),
        (["::ffff:10.0.0.5"], False),
        (["0.0.0.0"], False),
        ([], False),
    ],
)
def test_a_host_is_called_only_when_all_its_addresses_are_public(addresses: list[str], public: bool) -> None:
    assert are_public(addresses) is public


def test_keys_must_be_a_point_of_the_curve_and_a_secret() -> None:
    point = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    good, auth = b64url_encode(point), b64url_encode(b"0" * 16)
    check_keys(good, auth)
    check_keys(good + "=", auth + "==")
    off_curve = b64url_encode(point[:-1] + bytes([point[-1] ^ 1]))
    compressed = b64url_encode(b"\x02" + point[1:33])
    for p256dh, secret in ((off_curve, auth), (compressed, auth), (good, "AAAA"), ("???", auth), ("", ""), (good, "é")):
        with pytest.raises(PushEndpointRefusedError):
            check_keys(p256dh, secret)


@given(st.datetimes(datetime.datetime(2020, 1, 1), datetime.datetime(2040, 1, 1)))  # noqa: DTZ001
def test_a_push_waits_for_the_morning_and_never_longer(local: datetime.datetime) -> None:
    moment = local.replace(tzinfo=SHANGHAI)
    now_ms = int(moment.timestamp() * 1000)
    delay = quiet_delay_ms(now_ms, SHANGHAI)
    sent = datetime.datetime.fromtimestamp((now_ms + delay) / 1000, SHANGHAI)
    assert QUIET_UNTIL <= sent.time() < QUIET_FROM
    assert 0 <= delay <= 9.5 * 3_600_000
    if QUIET_UNTIL <= moment.time() < QUIET_FROM:
        assert delay == 0


def test_tries_grow_apart_listen_to_the_service_and_end() -> None:
    assert [retry_delay_ms(attempt, None) for attempt in (1, 2, 3)] == [60_000, 120_000, 240_000]
    assert retry_delay_ms(1, 3600) == 3_600_000
    assert retry_delay_ms(1, 10**9) == RETRY_MS_MAX
    assert retry_delay_ms(PUSH_ATTEMPTS_MAX, 1) is None
