"""Who signs in hears what other phones and browsers of theirs had said they hold and never sent."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.signing import SigningKey


def sign_in(county: County, client: TestClient, who: str, key: SigningKey | None = None) -> list[dict[str, Any]]:
    body = {"code": county.code_of(who), "public_key": (key or SigningKey.generate()).spki, "device_name": "新手机"}
    answer = client.post("/api/1/enrol", json=body)
    assert answer.status_code == 200
    told: list[dict[str, Any]] | None = answer.json()["unarrived"]
    assert told != []
    return told or []


def hold_back(phone: DeviceSimulator, count: int) -> None:
    """The phone says that it holds so many more, and sends nothing."""
    for _ in range(count):
        phone.record("lesson_opened/1", lesson_opened())
    phone.segments_max = 0
    phone.exchange()
    phone.segments_max = 8


def test_a_new_phone_hears_of_what_an_earlier_one_never_sent(
    county: County, client: TestClient, clock: FixedClock
) -> None:
    assert sign_in(county, client, "teacher") == []
    phone = county.device_of("teacher")
    phone.sync()
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    assert sign_in(county, client, "teacher") == []
    heard_ms = clock.now_ms()
    hold_back(phone, 2)
    clock.advance_ms(86_400_000)
    (told,) = sign_in(county, client, "teacher")
    assert told == {"stream": phone.stream.stream, "name": "phone", "head": 3, "count": 2, "heard_ms": heard_ms}
    assert sign_in(county, client, "colleague") == [], "nobody hears of another's"
    phone.sync()
    assert sign_in(county, client, "teacher") == [], "it has arrived"


def test_the_phone_itself_is_not_told_of_what_it_holds_but_of_what_it_left(
    county: County, client: TestClient, clock: FixedClock
) -> None:
    key = SigningKey.generate()
    sign_in(county, client, "teacher", key)
    phone = DeviceSimulator.enrol(client, county.code_of("teacher"), now_ms=county.services.clock.now_ms, key=key)
    hold_back(phone, 2)
    assert sign_in(county, client, "teacher", key) == []
    old = phone.stream.stream
    phone.streams = [LocalStream()]
    clock.advance_ms(1_000)
    hold_back(phone, 1)
    clock.advance_ms(1_000)
    assert [(one["stream"], one["count"]) for one in sign_in(county, client, "teacher", key)] == [(old, 2)]


def test_of_a_phone_that_was_shut_out_nothing_is_told(county: County, client: TestClient) -> None:
    phone = county.device_of("teacher")
    hold_back(phone, 1)
    county.write(lambda session: accounts.revoke_device(session, phone.device_id, OPERATOR, services=county.services))
    assert sign_in(county, client, "teacher") == []
