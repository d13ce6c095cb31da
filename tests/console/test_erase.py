"""The page on which something is erased by right: reached in two presses, says what will go, asks for a reason, and shows nothing of it."""

from __future__ import annotations

import pytest

from tests.console.office import Office, soup, words
from tests.learning_log import payloads
from tests.security.browser import Browser
from tests.simulation.device import DeviceSimulator
from tests.waiting import wait_until

SECRET, ENTRY = "张小明", "E" * 16


@pytest.fixture
def phone(office: Office) -> DeviceSimulator:
    """A teacher of their own, who wrote two entries; one names a pupil."""
    office.county.add("leaver", "east-school-1", "teacher")
    phone = office.county.device_of("leaver")
    phone.record("journal_saved/1", payloads.journal(f"{SECRET}哭了", ENTRY))
    phone.record("journal_saved/1", payloads.journal("备课", "O" * 16))
    phone.sync()
    office.county.services.log.project_now()
    return phone


def erase(browser: Browser, person_id: str, **fields: str):  # type: ignore[no-untyped-def]
    return browser.post(
        f"/console/people/{person_id}/erase", {"thing": "", "reason": "家长要求", "confirm": "", **fields}
    )


def silent(browser: Browser, phone: DeviceSimulator) -> str:
    (row,) = soup(browser.get(f"/console/people/{phone.person_id}/erase")).select('[data-testid="erasure-row"]')
    return str(row["data-silent"])


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_it_is_two_presses_from_a_person_and_says_what_will_go(
    office: Office, phone: DeviceSimulator, language: str
) -> None:
    browser = office.browser("mayor", language)
    page = soup(browser.get(f"/console/people/{phone.person_id}"))
    links = {one["href"] for one in page.select('[data-testid="erase-link"]')}
    assert links == {f"/console/people/{phone.person_id}/erase?thing={entry}" for entry in (ENTRY, "O" * 16)}
    assert page.select_one('[data-testid="erase-person-link"]') is not None
    shown = browser.get(f"/console/people/{phone.person_id}/erase?thing={ENTRY}")
    assert SECRET not in shown.text
    form = soup(shown).select_one('[data-testid="erase-form"]')
    assert form is not None and form.select_one('[name="reason"]') and not form.select_one('[name="confirm"]')


def test_one_record_goes_with_a_reason_and_the_page_says_who_has_to_hear(
    office: Office, phone: DeviceSimulator
) -> None:
    browser = office.browser("mayor")
    assert erase(browser, phone.person_id, thing=ENTRY, reason=" ").status_code == 422
    office.clock.advance_ms(1000)
    assert erase(browser, phone.person_id, thing=ENTRY).status_code == 303
    office.county.services.log.project_now()
    shown = browser.get(f"/console/people/{phone.person_id}/erase")
    (row,) = soup(shown).select('[data-testid="erasure-row"]')
    assert row["data-silent"] == "1"
    assert "家长要求" in words(shown) and "mayor" in words(shown) and SECRET not in shown.text
    office.clock.advance_ms(120_000)
    phone.sync()
    # That a phone was in touch is written down beside its answer.
    wait_until(lambda: silent(browser, phone) == "0", 20, what="the phone counts as silent")
    assert browser.get(f"/console/people/{phone.person_id}/erase?thing={ENTRY}").status_code == 404


def test_all_of_a_person_goes_only_when_the_name_was_typed(office: Office, phone: DeviceSimulator) -> None:
    browser = office.browser("mayor")
    refused = erase(browser, phone.person_id, confirm="somebody else")
    assert refused.status_code == 422
    assert soup(refused).select_one('[name="reason"]')["value"] == "家长要求"  # type: ignore[index]
    assert erase(browser, phone.person_id, confirm="leaver").status_code == 303
    office.county.services.log.project_now()
    assert not soup(browser.get(f"/console/people/{phone.person_id}/erase")).select('[data-testid="erase-form"]')
    phone.sync()
    assert [row["what"] for row in phone.rows(phone.own_scope, "erased").values()] == ["person"]


def test_who_may_read_or_train_there_does_not_erase(office: Office, phone: DeviceSimulator) -> None:
    browser = office.browser("trainer")
    page = soup(browser.get(f"/console/people/{phone.person_id}"))
    assert not page.select('[data-testid^="erase"]')
    assert browser.get(f"/console/people/{phone.person_id}/erase").status_code == 403
    assert erase(browser, phone.person_id, thing=ENTRY).status_code == 403
    assert erase(browser, phone.person_id, confirm="leaver").status_code == 403
    assert office.browser("west-trainer").get(f"/console/people/{phone.person_id}/erase").status_code == 404
