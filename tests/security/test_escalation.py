"""Nobody gets further than they were let: by a code or password they once knew, by guessing from many places, by reading the disk."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_in
from tests.county import County
from tests.security.asgi import ask
from tests.security.browser import Browser
from tests.security.estate import PASSWORD
from tests.simulation.device import DeviceSimulator, SyncRefused
from xuetan.accounts import devices
from xuetan.accounts import service as accounts
from xuetan.accounts.rules import reaches_further
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services
from xuetan.kernel.signing import SigningKey


def promote(county: County, name: str, role: str, place: str) -> None:
    county.write(
        lambda session: accounts.grant_role(
            session, county.id_of(name), role, county.places[place], actor=OPERATOR, services=county.services
        )
    )


def set_password(county: County, name: str, by: str) -> None:
    county.write(
        lambda session: accounts.set_password(
            session, county.id_of(name), name, PASSWORD, actor=county.staff(by), services=county.services
        )
    )


def test_a_trainer_does_not_become_an_administrator_by_a_password_set_before_the_promotion(county: County) -> None:
    set_password(county, "teacher", by="trainer")
    assert Browser(county.client).sign_in("teacher", PASSWORD).status_code == 403
    promote(county, "teacher", "administrator", "city")
    assert Browser(county.client).sign_in("teacher", PASSWORD).status_code == 403
    set_password(county, "teacher", by="mayor")
    assert Browser(county.client).sign_in("teacher", PASSWORD).status_code == 303


def test_a_code_printed_before_a_role_that_reaches_further_opens_nothing_after_it(county: County) -> None:
    code = county.write(
        lambda session: accounts.issue_sign_in_code(
            session, county.id_of("mentor"), county.staff("trainer"), services=county.services
        )
    )
    own = DeviceSimulator.enrol(county.client, code)
    promote(county, "mentor", "mentor", "west")
    with pytest.raises(SyncRefused, match="403 code_revoked"):
        DeviceSimulator.enrol(county.client, code)
    own.sync()


def test_a_role_within_what_is_held_withdraws_nothing(county: County) -> None:
    code = county.code_of("teacher")
    promote(county, "teacher", "mentor", "east-school-1")
    DeviceSimulator.enrol(county.client, code)
    set_password(county, "trainer", by="mayor")
    promote(county, "trainer", "administrator", "east-school-2")
    assert Browser(county.client).sign_in("trainer", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("role", "above", "held", "expected"),
    [
        ("teacher", ["school", "county"], [("teacher", "school")], False),
        ("mentor", ["school", "county"], [("teacher", "school")], False),
        ("mentor", ["county"], [("teacher", "school")], True),
        ("mentor", ["other", "county"], [("teacher", "school"), ("mentor", "county")], False),
        ("trainer", ["school", "county"], [("teacher", "school"), ("mentor", "county")], True),
        ("trainer", ["school", "county"], [("trainer", "county")], False),
        ("administrator", ["school", "county"], [("trainer", "school")], False),
        ("administrator", ["county"], [("trainer", "school")], True),
    ],
)
def test_a_role_reaches_further_when_not_all_who_open_as_the_person_could_give_it(
    role: str, above: list[str], held: list[tuple[str, str]], expected: bool
) -> None:
    assert reaches_further(role, above, "school", held) == expected


def test_guessing_codes_from_many_addresses_is_stopped_too(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "WRONG_CODES_MAX", 30)
    code, spki = county.code_of("teacher"), SigningKey.generate().spki

    def enrol_from(address: str, code: str) -> Any:
        with county.services.database.transaction() as session:
            return devices.enrol_device(
                session, code=code, public_key=spki, device_name="x", address=address, services=county.services
            )

    for number in range(30):
        with pytest.raises(Exception, match="wrong_code"):
            enrol_from(f"2001:db8:{number:x}::1", "00000-00000")
    with pytest.raises(Exception, match="too_many_attempts"):
        enrol_from("2001:db8:ffff::1", code)


def test_an_address_is_what_the_connection_says_and_not_what_a_header_says(county: County) -> None:
    statuses = []
    for number in range(25):
        headers = ((b"content-type", b"application/json"), (b"x-forwarded-for", f"198.51.100.{number}".encode()))
        body = b'{"code": "00000-00000", "public_key": "%s"}' % SigningKey.generate().spki.encode()
        statuses.append(ask(county.client, "POST", "/api/1/enrol", headers=headers, pieces=[body]).status)
    assert statuses == [403] * 20 + [429] * 5


def test_what_people_wrote_can_be_read_on_the_disk_by_the_server_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "new")
    build_services(settings).database.close()
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
