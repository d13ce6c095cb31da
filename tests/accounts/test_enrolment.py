"""Enrolment over HTTP: codes, keys, limits, and who is told."""

from __future__ import annotations

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.county import County
from xuetan.accounts import service as accounts
from xuetan.accounts.devices import DEVICE_SILENCE_MS, DEVICES_PER_PERSON_MAX, WINDOW_MS, WRONG_CODES_PER_ADDRESS_MAX
from xuetan.accounts.events import DeviceEnrolled
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import b64url_encode
from xuetan.kernel.signing import SigningKey


def enrol(client: TestClient, code: str, key: SigningKey, name: str = "红米") -> dict[str, object]:
    answer = client.post("/api/1/enrol", json={"code": code, "public_key": key.spki, "device_name": name})
    body: dict[str, object] = answer.json()
    return {"status": answer.status_code, **body}


def revoke_code(county: County, name: str) -> None:
    county.write(
        lambda session: accounts.revoke_sign_in_code(session, county.id_of(name), OPERATOR, services=county.services)
    )


def revoke_device(county: County, device_id: str) -> None:
    county.write(lambda session: accounts.revoke_device(session, device_id, OPERATOR, services=county.services))


def test_a_code_signs_a_device_in(county: County, client: TestClient) -> None:
    answer = enrol(client, county.code_of("teacher"), SigningKey.generate())
    assert answer["status"] == 200
    assert answer["person"] == county.id_of("teacher")
    assert answer["name"] == "teacher"
    assert answer["roles"] == ["teacher"]
    assert answer["root_key"] == county.services.keys.root.spki
    assert answer["time_zone"] == "Asia/Shanghai"
    assert answer["server_ms"] == county.now_ms
    assert answer["epoch"]


def test_a_code_is_taken_however_it_is_typed(county: County, client: TestClient) -> None:
    code = county.code_of("teacher").lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert enrol(client, code, SigningKey.generate())["status"] == 200


def test_enrolling_twice_with_one_key_is_one_device(county: County, client: TestClient) -> None:
    code, key = county.code_of("teacher"), SigningKey.generate()
    first, second = enrol(client, code, key), enrol(client, code, key)
    assert first["device"] == second["device"]
    assert first["token"] != second["token"]
    devices = county.read(lambda session: accounts.list_devices(session, OPERATOR, county.id_of("teacher")))
    assert len(devices) == 1


def test_both_tokens_of_a_repeated_enrolment_work(county: County, client: TestClient) -> None:
    """The answer to the first request may have been lost after the commit, or not."""
    code, key = county.code_of("teacher"), SigningKey.generate()
    for answer in (enrol(client, code, key), enrol(client, code, key)):
        token = str(answer["token"])
        actor = county.read(lambda session, token=token: accounts.authenticate(session, token, now_ms=county.now_ms))
        assert actor.device_id == answer["device"]


def test_one_key_in_another_spelling_is_the_same_device(county: County, client: TestClient) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    usual = b64url_encode(
        private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    point = private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    header = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    compressed = b64url_encode(header + point)
    code = county.code_of("teacher")
    devices = {
        client.post("/api/1/enrol", json={"code": code, "public_key": spki, "device_name": "x"}).json()["device"]
        for spki in (usual, compressed)
    }
    assert len(devices) == 1


def test_a_second_device_is_announced_on_the_first(county: County) -> None:
    told: list[DeviceEnrolled] = []
    county.services.database.handlers.register(DeviceEnrolled, lambda _session, event: told.append(event))
    first = county.device_of("teacher", name="红米")
    second = county.device_of("teacher", name="华为")
    first.sync()
    own = f"p:{first.person_id}"
    names = {body["name"] for body in first.rows(own, "device").values()}
    assert names == {"红米", "华为"}
    assert [(event.device_id, event.is_first) for event in told] == [
        (first.device_id, True),
        (second.device_id, False),
    ]


def test_two_people_on_one_phone_are_two_devices(county: County, client: TestClient) -> None:
    key = SigningKey.generate()
    one, other = enrol(client, county.code_of("teacher"), key), enrol(client, county.code_of("colleague"), key)
    assert one["device"] != other["device"]
    assert one["person"] != other["person"]


def test_a_wrong_code_tells_nothing(county: County, client: TestClient) -> None:
    answer = enrol(client, "00000-00000", SigningKey.generate())
    assert (answer["status"], answer["code"], answer["retry"]) == (403, "wrong_code", "never")
    assert answer["details"] == {}


def test_a_revoked_code_opens_nothing_and_its_devices_stay(county: County, client: TestClient) -> None:
    code = county.code_of("teacher")
    device = county.device_of("teacher")
    revoke_code(county, "teacher")
    assert enrol(client, code, SigningKey.generate())["code"] == "code_revoked"
    device.sync()


def test_after_a_revoked_code_a_new_one_works(county: County, client: TestClient) -> None:
    old = county.code_of("teacher")
    revoke_code(county, "teacher")
    assert (
        county.read(
            lambda session: accounts.find_sign_in_code(
                session, county.id_of("teacher"), OPERATOR, services=county.services
            )
        )
        is None
    )
    new = county.code_of("teacher")
    assert new != old
    assert enrol(client, new, SigningKey.generate())["status"] == 200


def test_guessing_is_stopped_after_some_tries_even_with_the_right_code(
    county: County, client: TestClient, clock: FixedClock
) -> None:
    code, key = county.code_of("teacher"), SigningKey.generate()
    codes = [enrol(client, "00000-00000", key)["code"] for _ in range(WRONG_CODES_PER_ADDRESS_MAX)]
    assert set(codes) == {"wrong_code"}
    stopped = enrol(client, code, key)
    assert (stopped["status"], stopped["code"], stopped["retry"]) == (429, "too_many_attempts", "later")
    clock.advance_ms(WINDOW_MS)
    assert enrol(client, code, key)["status"] == 200


def test_a_whole_class_enrols_through_one_router(county: County, client: TestClient) -> None:
    code = county.code_of("teacher")
    key = SigningKey.generate()
    assert all(enrol(client, code, key)["status"] == 200 for _ in range(WRONG_CODES_PER_ADDRESS_MAX * 2))


def test_a_leaked_code_cannot_fill_a_person_with_devices(county: County, client: TestClient, clock: FixedClock) -> None:
    code = county.code_of("teacher")
    answers = []
    for _ in range(DEVICES_PER_PERSON_MAX + 2):
        answers.append(enrol(client, code, SigningKey.generate())["status"])
        clock.advance_ms(WINDOW_MS // 5)
    assert answers.count(200) == DEVICES_PER_PERSON_MAX
    assert set(answers[DEVICES_PER_PERSON_MAX:]) == {409}
    assert enrol(client, code, SigningKey.generate())["code"] == "too_many_devices"


def test_devices_that_fell_silent_make_room_and_are_not_shut_out(
    county: County, client: TestClient, clock: FixedClock
) -> None:
    code, first = county.code_of("teacher"), SigningKey.generate()
    device = enrol(client, code, first)["device"]
    for _ in range(DEVICES_PER_PERSON_MAX + 5):
        clock.advance_ms(DEVICE_SILENCE_MS // 15)
        assert enrol(client, code, SigningKey.generate())["status"] == 200
    again = enrol(client, code, first)
    assert (again["status"], again["device"]) == (200, device)


def test_new_devices_come_only_so_fast(county: County, client: TestClient) -> None:
    code = county.code_of("teacher")
    answers = [enrol(client, code, SigningKey.generate())["status"] for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


def _foreign_key(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return b64url_encode(
        private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize(
    "public_key",
    [
        "",
        "x",
        "not base64url!",
        b64url_encode(b"not a key"),
        SigningKey.generate().spki + "=",
        base64.b64encode(b"\xff" * 91).decode(),
        _foreign_key(ec.generate_private_key(ec.SECP384R1())),
        _foreign_key(rsa.generate_private_key(65537, 1024)),
        "\ud800",
        "A" * 401,
    ],
)
def test_only_p256_keys_enrol(county: County, client: TestClient, public_key: str) -> None:
    body = {"code": county.code_of("teacher"), "public_key": public_key, "device_name": "x"}
    answer = client.post("/api/1/enrol", content=json.dumps(body))
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


def test_the_name_of_a_device_is_cleaned_and_cut(county: County, client: TestClient) -> None:
    enrol(client, county.code_of("teacher"), SigningKey.generate(), name=" 红\0米 " + "长" * 150)
    enrol(client, county.code_of("teacher"), SigningKey.generate(), name="")
    devices = county.read(lambda session: accounts.list_devices(session, OPERATOR, county.id_of("teacher")))
    assert {device.name for device in devices} == {"红米 " + "长" * 77, "-"}


def test_a_revoked_device_gets_nothing_and_its_key_is_spent(county: County, client: TestClient) -> None:
    key = SigningKey.generate()
    device = county.device_of("teacher", key=key)
    revoke_device(county, device.device_id)
    with pytest.raises(Exception, match="401 device_revoked"):
        device.sync()
    with pytest.raises(Exception, match="401 device_revoked"):
        device.renew_session()
    assert enrol(client, county.code_of("teacher"), key)["code"] == "device_revoked"


def test_other_devices_of_a_person_go_on_and_see_the_revocation(county: County) -> None:
    lost, kept = county.device_of("teacher", name="lost"), county.device_of("teacher", name="kept")
    revoke_device(county, lost.device_id)
    kept.sync()
    rows = kept.rows(f"p:{kept.person_id}", "device")
    assert {body["name"]: body["revoked"] for body in rows.values()} == {"lost": True, "kept": False}


def test_no_secret_is_in_the_database(county: County) -> None:
    code = county.code_of("teacher")
    device = county.device_of("teacher")
    with county.services.database.engine.connect() as connection:
        for table in ("account_sign_in_code", "account_device_session", "account_session_nonce", "account_device"):
            stored = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert device.token not in stored
            assert code not in stored
            assert code.replace("-", "") not in stored


def test_a_code_can_be_printed_again_but_not_without_the_key_file(county: County) -> None:
    code = county.code_of("teacher")
    assert county.code_of("teacher") == code
    path = county.services.settings.data_dir / "keys" / "sign-in-codes.pem"
    assert path.stat().st_mode & 0o077 == 0
    county.services.keys._keys.pop("sign-in-codes")
    path.unlink()
    assert county.code_of("teacher") != code


def test_the_qr_holds_the_link_and_the_link_hides_the_code_in_its_fragment() -> None:
    link = accounts.sign_in_link("https://xuetan.example/", "ABCDE-FGHJK")
    assert link == "https://xuetan.example/#code=ABCDE-FGHJK"
    svg = accounts.link_qr_svg(link)
    assert svg.startswith("<svg")
    # Of any size, and whole at any size: with a width of its own the page would cut a longer link's edges.
    assert re.match(r'<svg [^>]*viewBox="0 0 (\d+) \1"', svg)
    assert " width=" not in svg.partition(">")[0]
    assert "ABCDE" not in svg
