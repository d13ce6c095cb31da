"""Every endpoint of phones is knocked at by strangers: no token, a made-up one, an expired one, a revoked device, another's key."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.county import County
from tests.files.uploader import OFFSET_TYPE, Uploader, jpeg
from tests.security.estate import Estate
from tests.security.inventory import DEVICE, TABLE
from tests.security.routes import Route
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator, SyncRefused
from tests.simulation.events import lesson_opened
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import b64url_decode, b64url_encode, new_id
from xuetan.kernel.signing import SigningKey, key_id_of
from xuetan.notifications import queries as notifications
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers

DEVICE_ROUTES = sorted(route for route, access in TABLE.items() if access.who == DEVICE)
DAY_MS = 86_400_000
PHOTO = jpeg()
STRANGERS = {
    "no header": None,
    "an empty token": "Bearer ",
    "a made-up token": "Bearer " + "A" * 43,
    "the name of a person": "Bearer {person}",
    "the name of a device": "Bearer {device}",
    "the hash of a token": "Bearer {hash}",
    "another scheme": "Basic {token}",
    "no scheme": "{token}",
    "a token and more": "Bearer {token} {token}",
    "bytes beyond ASCII": "Bearer \xff\xfe",
    "a very long token": "Bearer " + "x" * 8000,
}


def call(
    client: Any, route: Route, token: str | None = None, device: DeviceSimulator | None = None, **headers: str
) -> Any:
    """A request that would succeed for its device; `token` replaces the header's value, None leaves it out."""
    method, path = route
    if token is not None:
        headers["authorization"] = token
    if path == "/sync/1":
        assert device is not None
        return client.request(method, path, content=device.frame(), headers=headers)
    if path == "/sync/1/files":
        assert device is not None
        return client.request(method, path, content=own_file(device), headers=headers)
    if path == "/sync/1/files/{sha256}":
        assert device is not None
        data = own_file(device)
        told = {"upload-length": str(len(data)), "upload-offset": "0", **headers}
        return client.request(method, f"/sync/1/files/{hashlib.sha256(data).hexdigest()}", content=data, headers=told)
    if path.startswith("/files/"):
        assert device is not None
        return call_file(client, method, device, headers)
    body = None
    if (method, path) == ("POST", "/api/1/push/subscription"):
        body = subscription("https://fcm.googleapis.com/fcm/send/" + new_id())
    return client.request(method, path, json=body, headers=headers)


def call_file(client: Any, method: str, device: DeviceSimulator, headers: dict[str, str]) -> Any:
    """A photo of the device's person: begun or continued by whoever may, read when it is there."""
    upload = Uploader(device, PHOTO)
    if method != "POST" and upload.stands().status_code == 404:
        upload.begin()
    if method == "GET":
        upload.send(0, PHOTO)
    told = {"upload-length": str(len(PHOTO)), "upload-offset": "0", "content-type": OFFSET_TYPE}
    return client.request(method, upload.path, content=PHOTO if method == "PATCH" else b"", headers={**told, **headers})


def own_file(device: DeviceSimulator) -> bytes:
    """A file of the device's own records, as a carrier would bring it."""
    assert device.key is not None
    device.record("lesson_opened/1", lesson_opened("carried"))
    reader = device.enrolment["file_key"]
    header = FileHeader(1, "transfers", key_id_of(reader), device.device_id, "teacher", 1, device.key.spki)
    return make_file(header, encode_transfers(give(device)), reader, device.key)


def subscription(endpoint: str) -> dict[str, Any]:
    key = SigningKey.generate()
    return {
        "endpoint": endpoint,
        "keys": {"p256dh": b64url_encode(b64url_decode(key.spki)[-65:]), "auth": b64url_encode(bytes(16))},
    }


@pytest.mark.parametrize("route", DEVICE_ROUTES, ids=" ".join)
def test_its_own_device_gets_through(estate: Estate, route: Route) -> None:
    phone = estate.phone("teacher")
    assert call(estate.client, route, f"Bearer {phone.token}", phone).status_code in (200, 201, 204)


@pytest.mark.parametrize("route", DEVICE_ROUTES, ids=" ".join)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_refused(estate: Estate, route: Route, stranger: str) -> None:
    phone = estate.phone("teacher")
    header = STRANGERS[stranger]
    if header is not None:
        header = header.format(
            token=phone.token,
            person=phone.person_id,
            device=phone.device_id,
            hash=b64url_encode(hashlib.sha256(phone.token.encode()).digest()),
        )
    answer = call(estate.client, route, header.encode("latin-1") if header else None, phone)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_required"
    assert answer.json()["details"] == {}


@pytest.mark.parametrize("route", DEVICE_ROUTES, ids=" ".join)
@pytest.mark.parametrize("where", ["query", "cookie", "session cookie"])
def test_a_token_counts_only_in_its_header(estate: Estate, route: Route, where: str) -> None:
    phone = estate.phone("teacher")
    method, path = route
    if where == "query":
        answer = estate.client.request(method, f"{path}?token={phone.token}&access_token={phone.token}")
    else:
        name = "xuetan_console" if where == "session cookie" else "token"
        answer = estate.client.request(method, path, headers={"cookie": f"{name}={phone.token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("route", DEVICE_ROUTES, ids=" ".join)
def test_an_expired_token_is_refused(county: County, clock: FixedClock, route: Route) -> None:
    phone = county.device_of("teacher")
    assert call(county.client, route, f"Bearer {phone.token}", phone).status_code in (200, 201, 204)
    clock.advance_ms(30 * DAY_MS)
    answer = call(county.client, route, f"Bearer {phone.token}", phone)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


def test_a_revoked_device_is_refused_everywhere(county: County) -> None:
    """At once, though the gateway remembers who spoke a moment ago; and with every way in: token, nonce, key, code."""
    phone = county.device_of("teacher")
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    county.write(lambda session: accounts.revoke_device(session, phone.device_id, OPERATOR, services=county.services))
    for route in DEVICE_ROUTES:
        answer = call(county.client, route, f"Bearer {phone.token}", phone)
        assert (answer.status_code, answer.json()["code"]) == (401, "device_revoked"), route
    with pytest.raises(SyncRefused, match="401 device_revoked"):
        phone.renew_session()
    with pytest.raises(SyncRefused, match="401 device_revoked"):
        DeviceSimulator.enrol(county.client, county.code_of("teacher"), key=phone.key)


def test_the_key_of_another_device_opens_no_session(county: County) -> None:
    phone, other = county.device_of("teacher"), county.device_of("west-teacher")
    nonce = county.client.post("/api/1/session/nonce", json={"device": phone.device_id}).json()["nonce"]
    assert other.key is not None
    signature = other.key.sign(b"xuetan-session/1\n" + nonce.encode())
    for device_id in (phone.device_id, other.device_id):
        answer = county.client.post(
            "/api/1/session", json={"device": device_id, "nonce": nonce, "signature": signature}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


def test_a_device_subscribes_and_unsubscribes_itself_alone(county: County) -> None:
    phone, other = county.device_of("teacher"), county.device_of("west-teacher")
    endpoint = "https://fcm.googleapis.com/fcm/send/mine"
    path = "/api/1/push/subscription"

    def send(method: str, device: DeviceSimulator, body: dict[str, Any] | None = None) -> Any:
        headers = {"authorization": f"Bearer {device.token}"}
        return county.client.request(method, path, json=body, headers=headers)

    assert send("POST", phone, subscription(endpoint)).status_code == 200
    # Naming another device or person in the body changes nothing: who speaks is who is meant.
    claimed = {
        **subscription("https://fcm.googleapis.com/fcm/send/theirs"),
        "device": phone.device_id,
        "person": phone.person_id,
    }
    assert send("POST", other, claimed).status_code == 200
    assert send("DELETE", other).status_code == 200
    kept = county.read(lambda session: notifications.list_subscriptions(session, phone.person_id))
    assert [one.endpoint for one in kept] == [endpoint]


NO_PUSH_SERVICES = (
    "http://fcm.googleapis.com/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evil.example/x",
    "https://user:pass@fcm.googleapis.com/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:10.0.0.1]/x",
    "file:///etc/passwd",
    "https://fcm.googleapis.com\\@evil.example/x",
    "//fcm.googleapis.com/x",
)


def test_a_push_address_that_is_no_push_service_is_refused_and_not_repeated(estate: Estate) -> None:
    headers = {"authorization": f"Bearer {estate.phone('teacher').token}"}
    for endpoint in NO_PUSH_SERVICES:
        answer = estate.client.post("/api/1/push/subscription", json=subscription(endpoint), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "push_endpoint_refused"), endpoint
        assert endpoint not in answer.text
