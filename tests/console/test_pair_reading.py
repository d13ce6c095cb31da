"""What a mentor reads of earlier times is chosen with the pair."""

from __future__ import annotations

from typing import Any

from tests.console.office import Office, soup
from tests.console.test_forms import fault
from xuetan.accounts.service import OPERATOR
from xuetan.mentoring import service as mentoring


def test_what_a_mentor_reads_is_chosen_with_the_pair_and_changed_later(office: Office) -> None:
    browser, name = office.browser("trainer"), office.someone()
    form = {"mentor": office.county.id_of("mentor"), "teacher": office.county.id_of(name), "goals": ""}
    assert fault(soup(browser.post("/console/pairs", {**form, "reads": "some"})), "reads")
    assert browser.post("/console/pairs", {**form, "reads": "pairing"}).status_code == 303
    pairs = office.county.read(lambda session: mentoring.list_pairs(session, OPERATOR, active_only=True))
    pair = next(one for one in pairs if one.teacher.name == name)

    def reads() -> Any:
        page = soup(browser.get("/console/pairs"))
        return page.select_one(f'[data-testid="pair-row"][data-person="{form["teacher"]}"] [data-testid="pair-reads"]')

    assert reads()["data-reads"] == "pairing" and "结对以后写的" in reads().get_text()
    assert browser.post(f"/console/pairs/{pair.id}/reads", {"reads": "some"}).status_code == 422
    assert reads()["data-reads"] == "pairing"
    assert browser.post(f"/console/pairs/{pair.id}/reads", {"reads": "all"}).status_code == 303
    assert reads()["data-reads"] == "all"
