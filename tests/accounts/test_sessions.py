"""Bearer tokens and their renewal with the device key."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.device import DeviceSimulator
from xuetan.accounts import service as accounts
from xuetan.accounts.devices import (
    NONCE_LIFE_MS,
    NONCES_PER_DEVICE_MAX,
    SESSIONS_PER_DEVICE_MAX,
    TOKEN_LIFE_MS,
    WRONG_SIGNATURES_PER_DEVICE_MAX,
)
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey


def nonce_for(client: TestClient, device_id: str) -> str:
    nonce: str = client.post("/api/1/session/nonce", json={"device": device_id}).json()["nonce"]
    return nonce


def renew(client: TestClient, device: DeviceSimulator, nonce: str, key: SigningKey | None = None) -> tuple[int, str]:
    signer = key or device.key
    assert signer is not None
    signature = signer.sign(b"xuetan-session/1\n" + nonce.encode())
    answer = client.post("/api/1/session", json={"device": device.device_id, "nonce": nonce, "signature": signature})
    body = answer.json()
    return answer.status_code, body.get("token") or body["code"]


def test_an_expired_token_is_renewed_with_the_device_key(county: County, clock: FixedClock) -> None:
    device = county.device_of("teacher")
    clock.advance_ms(TOKEN_LIFE_MS)
    with pytest.raises(Exception, match="401 sign_in_required"):
        device.sync()
    device.renew_session()
    device.sync()


def test_the_old_token_works_until_it_expires(county: County) -> None:
    """The answer to a renewal may be lost on the way."""
    device = county.device_of("teacher")
    old = device.token
    device.renew_session()
    assert device.token != old
    device.token = old
    device.sync()


def test_a_nonce_opens_one_session(county: County, client: TestClient) -> None:
    device = county.device_of("teacher")
    nonce = nonce_for(client, device.device_id)
    assert renew(client, device, nonce)[0] == 200
    assert renew(client, device, nonce) == (401, "sign_in_required")


def test_a_nonce_is_spent_by_a_wrong_signature(county: County, client: TestClient) -> None:
    device = county.device_of("teacher")
    nonce = nonce_for(client, device.device_id)
    assert renew(client, device, nonce, SigningKey.generate()) == (401, "sign_in_required")
    assert renew(client, device, nonce) == (401, "sign_in_required")


def test_a_nonce_is_short_lived(county: County, client: TestClient, clock: FixedClock) -> None:
    device = county.device_of("teacher")
    nonce = nonce_for(client, device.device_id)
    clock.advance_ms(NONCE_LIFE_MS)
    assert renew(client, device, nonce) == (401, "sign_in_required")


def test_a_nonce_belongs_to_one_device(county: County, client: TestClient) -> None:
    device, other = county.device_of("teacher"), county.device_of("colleague")
    assert renew(client, device, nonce_for(client, other.device_id)) == (401, "sign_in_required")


def test_a_nonce_of_ones_own_making_opens_nothing(county: County, client: TestClient) -> None:
    assert renew(client, county.device_of("teacher"), "A" * 43) == (401, "sign_in_required")


def test_guessing_signatures_is_stopped(county: County, client: TestClient) -> None:
    device = county.device_of("teacher")
    codes = [
        renew(client, device, nonce_for(client, device.device_id), SigningKey.generate())[1]
        for _ in range(WRONG_SIGNATURES_PER_DEVICE_MAX + 1)
    ]
    assert codes == ["sign_in_required"] * WRONG_SIGNATURES_PER_DEVICE_MAX + ["too_many_attempts"]


def test_only_a_few_nonces_and_tokens_of_a_device_are_alive(
    county: County, client: TestClient, clock: FixedClock
) -> None:
    device = county.device_of("teacher")
    tokens = [device.token]
    for _ in range(SESSIONS_PER_DEVICE_MAX + 2):
        clock.advance_ms(1)
        device.renew_session()
        tokens.append(device.token)
    alive = []
    for token in tokens:
        try:
            county.read(lambda session, token=token: accounts.authenticate(session, token, now_ms=county.now_ms))
            alive.append(token)
        except SignInRequiredError:
            pass
    assert alive == tokens[-SESSIONS_PER_DEVICE_MAX:]
    nonces = []
    for _ in range(NONCES_PER_DEVICE_MAX + 1):
        clock.advance_ms(1)
        nonces.append(nonce_for(client, device.device_id))
    assert renew(client, device, nonces[0]) == (401, "sign_in_required")
    assert renew(client, device, nonces[1])[0] == 200


def test_a_stranger_gets_neither_nonce_nor_session(county: County, client: TestClient) -> None:
    answer = client.post("/api/1/session/nonce", json={"device": new_id()})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")
    stranger = DeviceSimulator(client, "nobody", "no token", new_id(), SigningKey.generate())
    assert renew(client, stranger, "A" * 43) == (401, "sign_in_required")


@pytest.mark.parametrize("token", ["", "x", "雪炭", "\ud800", "A" * 5000])
def test_a_token_that_was_never_given_is_nobody(county: County, token: str) -> None:
    with pytest.raises(SignInRequiredError):
        county.read(lambda session: accounts.authenticate(session, token, now_ms=county.now_ms))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/1/enrol", {}),
        ("/api/1/enrol", {"code": 7, "public_key": [], "device_name": None}),
        ("/api/1/session/nonce", {"device": "short"}),
        ("/api/1/session/nonce", []),
        ("/api/1/session", {"device": "A" * 22, "nonce": "", "signature": ""}),
        ("/api/1/session", {"device": "A" * 22, "nonce": "x" * 65, "signature": "y"}),
    ],
)
def test_malformed_requests_are_told_so(client: TestClient, path: str, body: object) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
