"""Turning pushes on and off, by the device and nobody else."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.notifications.conftest import bearer
from tests.notifications.receiver import Receiver
from tests.simulation.device import DeviceSimulator
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.ids import b64url_decode
from xuetan.kernel.services import Services
from xuetan.notifications import queries

ADDRESSES = (("GET", "/api/1/push/key"), ("POST", "/api/1/push/subscription"), ("DELETE", "/api/1/push/subscription"))


def subscribed(services: Services, device: DeviceSimulator) -> str | None:
    with services.database.reading() as session:
        found = queries.find_subscription(session, device.device_id)
        return found.endpoint if found else None


def test_the_key_is_a_point_and_stays_the_same(client: TestClient, county: County, services: Services) -> None:
    phone = county.device_of("teacher")
    key = client.get("/api/1/push/key", headers=bearer(phone)).json()["key"]
    assert b64url_decode(key)[0] == 4
    assert len(b64url_decode(key)) == 65
    assert client.get("/api/1/push/key", headers=bearer(phone)).json()["key"] == key
    assert (services.settings.data_dir / "keys" / "vapid.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}])
def test_a_stranger_is_asked_to_sign_in(
    client: TestClient, receiver: Receiver, method: str, address: str, headers: dict[str, str]
) -> None:
    body = receiver.subscription() if method == "POST" else None
    answer = client.request(method, address, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


def test_a_device_that_subscribes_again_is_known_by_its_new_address(
    client: TestClient, phone: DeviceSimulator, receiver: Receiver, services: Services
) -> None:
    client.post("/api/1/push/subscription", json=receiver.subscription("/push/new"), headers=bearer(phone))
    assert subscribed(services, phone) == f"{receiver.base}/push/new"


def test_a_device_turns_off_its_own_pushes_only(
    client: TestClient, county: County, phone: DeviceSimulator, services: Services
) -> None:
    other = county.device_of("colleague")
    assert client.delete("/api/1/push/subscription", headers=bearer(other)).json() == {"subscribed": False}
    assert subscribed(services, phone) is not None
    for _ in range(2):
        assert client.delete("/api/1/push/subscription", headers=bearer(phone)).json() == {"subscribed": False}
        assert subscribed(services, phone) is None


@pytest.mark.parametrize("endpoint", ["https://example.org/x", "http://192.168.0.1/x", "https://169.254.169.254/", ""])
def test_an_address_that_is_no_push_service_is_refused(
    client: TestClient, county: County, receiver: Receiver, services: Services, endpoint: str
) -> None:
    phone = county.device_of("teacher")
    body = receiver.subscription() | {"endpoint": endpoint}
    answer = client.post("/api/1/push/subscription", json=body, headers=bearer(phone))
    assert (answer.status_code, answer.json()["code"]) == (422, "push_endpoint_refused")
    assert subscribed(services, phone) is None


@pytest.mark.parametrize(
    "body", [{}, {"endpoint": 1}, {"endpoint": "x", "keys": {"p256dh": "x" * 999, "auth": ""}}, []]
)
def test_a_malformed_subscription_is_a_plain_refusal(client: TestClient, county: County, body: object) -> None:
    phone = county.device_of("teacher")
    answer = client.post("/api/1/push/subscription", json=body, headers=bearer(phone))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_revoked_device_gets_no_more_pushes(
    county: County, phone: DeviceSimulator, services: Services, client: TestClient
) -> None:
    county.write(lambda session: accounts.revoke_device(session, phone.device_id, OPERATOR, services=services))
    assert subscribed(services, phone) is None
    answer = client.get("/api/1/push/key", headers=bearer(phone))
    assert (answer.status_code, answer.json()["code"]) == (401, "device_revoked")
