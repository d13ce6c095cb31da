"""One person's sync, scope by scope."""

from __future__ import annotations

from tests.console.office import Office, soup, words
from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream


def test_a_persons_page_tells_what_never_arrived_and_how_far_each_phone_has_read(office: Office) -> None:
    name = office.someone()
    office.county.enrol(name)
    phone = office.county.device_of(name)
    person = office.county.id_of(name)
    path = f"/console/sync/people/{person}"
    browser = office.browser("trainer")
    assert soup(browser.get(path)).select('[data-testid="left-stream"]') == []
    phone.sync()
    for _ in range(2):
        phone.record("lesson_opened/1", lesson_opened())
    phone.segments_max = 0
    phone.exchange()
    phone.segments_max = 8
    office.clock.advance_ms(1_000)
    phone.streams = [LocalStream()]
    phone.record("lesson_opened/1", {})
    phone.exchange()
    answer = browser.get(path)
    (left,) = soup(answer).select('[data-testid="left-stream"]')
    assert "以前的 2 条一直没送到" in left.get_text()
    rows = {
        str(one["data-scope"]): one.get_text(" ", strip=True)
        for one in soup(answer).select('[data-testid="scope-row"]')
    }
    assert "自己的学习记录" in rows[f"u:{person}"] and "给本人手机的通知" in rows[f"p:{person}"]
    assert "一班" in rows[f"c:{office.county.cohort_id}"]
    assert "全部读到" in rows[f"u:{person}"], "its own words are no news to it"
    assert "还有 1 条没读到" in rows[f"p:{person}"], "that something was set aside"
    phone.sync()
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    assert "没读到" not in words(browser.get(path))
    listed = soup(browser.get("/console/sync")).select_one(f'[data-testid="sync-row"][data-person="{person}"]')
    assert listed is not None and "以前的 2 条一直没送到" in listed.get_text()


def test_a_mentors_pupils_are_named_to_who_sees_them_only(office: Office) -> None:
    mentor = office.county.id_of("mentor")
    office.county.device_of("mentor").sync()
    assert "teacher的学习记录" in words(office.browser("mayor").get(f"/console/sync/people/{mentor}"))
    assert office.browser("west-trainer").get(f"/console/sync/people/{mentor}").status_code == 404
