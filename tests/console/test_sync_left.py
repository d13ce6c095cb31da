"""Sync health keeps in sight what a phone still holds whatever became of its owner's roles, and says when the last backup was tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.office import Office, soup, words
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.waiting import wait_until
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.backups import service as backups
from xuetan.console import sync_health

PATH = "/console/sync"


def holding_two(office: Office, name: str) -> DeviceSimulator:
    """A phone that said it holds two events, and sent none."""
    office.county.add(name, "west-school", "teacher")
    phone = office.county.device_of(name)
    phone.segments_max = 0
    for _ in range(2):
        phone.record("lesson_opened/1", lesson_opened())
    phone.exchange()
    return phone


def test_a_phone_that_holds_work_is_shown_though_its_owners_last_role_ended(office: Office) -> None:
    phone = holding_two(office, "leaving")
    mayor = office.browser("mayor")

    def row() -> str:
        found = soup(mayor.get(PATH)).select_one(f'[data-testid="sync-row"][data-person="{phone.person_id}"]')
        return "" if found is None else found.get_text(" ", strip=True)

    # Nobody waits for a contact to be written.
    wait_until(lambda: "还有 2 条没送到" in row(), 20, what=row)
    grants = office.county.read(lambda session: accounts.list_grants(session, OPERATOR, phone.person_id))
    for grant in grants:
        mayor.post(f"/console/people/{phone.person_id}/roles/{grant.id}/end")
    assert office.county.read(lambda session: accounts.list_grants(session, OPERATOR, phone.person_id)) == []
    assert "还有 2 条没送到" in row()
    phone.segments_max = 8
    phone.sync()
    wait_until(lambda: row() == "", 20, what=lambda: f"all of it has arrived: {row()}")


def test_the_operator_sees_when_the_last_backup_was_tried_and_nobody_else(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mayor = office.browser("mayor")
    shown = soup(mayor.get(PATH)).select_one('[data-testid="backup"]')
    assert shown is not None and shown["data-old"] == "true" and "还没有验证过的备份" in shown.get_text()
    backups.make_backup(office.county.services, tmp_path)
    shown = soup(mayor.get(PATH)).select_one('[data-testid="backup"]')
    assert shown is not None and shown["data-old"] == "false" and str(tmp_path) in shown.get_text()
    monkeypatch.setattr(sync_health, "BACKUP_OLD_MS", -1)
    shown = soup(office.browser("mayor", "en").get(PATH)).select_one('[data-testid="backup"]')
    assert shown is not None and shown["data-old"] == "true" and "just now" in shown.get_text()
    assert "备份" not in words(office.browser("trainer").get(PATH))
