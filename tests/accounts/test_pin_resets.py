"""A forgotten PIN is reset by a row and by a code; each is good once, for one device, and only whoever may open as the person makes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.accounts.test_enrolment import enrol
from tests.county import County
from xuetan.accounts import service as accounts
from xuetan.accounts.pin_resets import (
    CODE_SHOWN_MS,
    FORGOTTEN_MAX,
    NUMBERS_TOLD,
    RESETS_PER_PERSON_MAX,
    reset_code,
    spell,
)
from xuetan.accounts.service import StaffActor
from xuetan.event_log.service import EventLog
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import ForbiddenError, NotFoundError, TooManyAttemptsError
from xuetan.kernel.ids import b64url_decode
from xuetan.kernel.signing import SigningKey

GOLDEN = json.loads((Path(__file__).parents[2] / "contracts" / "golden" / "pin_resets.json").read_text("utf-8"))


def reset(county: County, actor: StaffActor, name: str = "teacher") -> int:
    return county.write(
        lambda session: accounts.reset_pin(session, county.id_of(name), actor, services=county.services)
    )


def codes(county: County, actor: StaffActor) -> dict[str, str]:
    return county.read(lambda s: accounts.pin_reset_codes(s, county.id_of("teacher"), actor, services=county.services))


@pytest.mark.parametrize("case", GOLDEN["codes"], ids=lambda case: str(case["number"]))
def test_a_code_is_the_one_that_the_phone_reckons(case: dict[str, object]) -> None:
    secret = b64url_decode(str(case["secret"]))
    assert reset_code(secret, str(case["person"]), int(str(case["number"]))) == case["code"]


def test_a_reset_is_a_row_for_the_persons_devices_and_a_code_for_each(county: County, client: TestClient) -> None:
    county.device_of("mentor")
    trainer, phone = county.staff("trainer"), county.device_of("teacher")
    other = enrol(client, county.code_of("teacher"), SigningKey.generate(), "旧手机")
    assert [reset(county, trainer), reset(county, trainer)] == [1, 2]
    phone.sync()
    rows = phone.rows(f"p:{phone.person_id}", "pin_reset")
    assert [row["number"] for row in rows.values()] == [2]
    shown = codes(county, trainer)
    secret = b64url_decode(str(other["pin_secret"]))
    assert shown[str(other["device"])] == spell(reset_code(secret, phone.person_id, 2))
    assert len(set(shown.values())) == 2
    later = enrol(client, county.code_of("teacher"), SigningKey.generate(), "新手机")
    assert (other["pin_resets"], later["pin_resets"]) == (0, 2)


def test_after_a_restore_a_reset_is_above_any_number_that_the_forgotten_history_told(
    county: County, clock: FixedClock
) -> None:
    """What the phone took of the history that is gone, it still takes what comes now, by row and by code."""
    trainer = county.staff("trainer")
    assert reset(county, trainer) == 1
    log = county.services.log
    assert isinstance(log, EventLog)
    clock.advance_ms(60_000)
    log.begin_new_epoch()
    taken_and_forgotten = 1 + FORGOTTEN_MAX
    clock.advance_ms(60_000)
    number = reset(county, trainer)
    assert number > taken_and_forgotten
    assert number <= 1 + NUMBERS_TOLD, "a phone that took none of them still reads its code"
    assert reset(county, trainer) == number + 1
    assert reset(county, trainer, "colleague") == 1 + FORGOTTEN_MAX, "one may have been told of them, too"
    county.add("newcomer", "east-school-1", "teacher")
    assert reset(county, trainer, "newcomer") == 1


def test_enrolling_again_gives_the_same_secret_and_another_device_another(county: County, client: TestClient) -> None:
    code, key = county.code_of("teacher"), SigningKey.generate()
    first, again = enrol(client, code, key), enrol(client, code, key)
    assert first["pin_secret"] == again["pin_secret"]
    assert first["pin_secret"] != enrol(client, code, SigningKey.generate())["pin_secret"]


def test_codes_are_shown_for_a_day_and_not_for_devices_that_are_revoked(county: County, clock: FixedClock) -> None:
    trainer, phone = county.staff("trainer"), county.device_of("teacher")
    reset(county, trainer)
    assert len(codes(county, trainer)) == 1
    county.write(lambda s: accounts.revoke_device(s, phone.device_id, trainer, services=county.services))
    assert codes(county, trainer) == {}
    county.device_of("teacher")
    assert len(codes(county, trainer)) == 1
    clock.advance_ms(CODE_SHOWN_MS + 1)
    assert codes(county, trainer) == {}


def test_who_may_not_open_as_the_person_resets_nothing_and_sees_no_code(county: County) -> None:
    west = county.staff("west-trainer")
    with pytest.raises((ForbiddenError, NotFoundError)):
        reset(county, west)
    with pytest.raises((ForbiddenError, NotFoundError)):
        codes(county, west)


def test_resets_are_limited_in_rate(county: County) -> None:
    trainer = county.staff("trainer")
    for _ in range(RESETS_PER_PERSON_MAX):
        reset(county, trainer)
    with pytest.raises(TooManyAttemptsError):
        reset(county, trainer)
