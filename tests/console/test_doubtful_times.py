"""Times that are not to be relied on are marked where they are shown, in words."""

from __future__ import annotations

from tests.console.office import Office, soup
from tests.county_pack import FIRST, SLUG
from tests.learning_log.payloads import journal
from xuetan.kernel.ids import new_thing_id

MARK = "手机时间不准"


def test_an_entry_of_a_phone_with_a_wrong_clock_is_marked_in_the_list_and_on_its_page(office: Office) -> None:
    name = office.someone()
    person = office.county.id_of(name)
    office.county.enrol(name)
    phone = office.county.device_of(name)
    phone.sync()
    right, wrong = new_thing_id(), new_thing_id()
    phone.record("journal_saved/1", journal("钟是对的", right, pack=SLUG, lesson=FIRST))
    phone.sync()
    phone.clock_offset_ms = -2 * 86_400_000
    phone.record("journal_saved/1", journal("钟差了两天", wrong, pack=SLUG, lesson=FIRST))
    phone.sync()
    office.county.services.log.project_now()
    browser = office.browser("trainer")
    page = soup(browser.get(f"/console/people/{person}"))
    rows = {str(row.a["href"]).rsplit("/", 1)[1]: row.get_text() for row in page.select("tr:has(a[href*=entries])")}
    assert MARK in rows[wrong] and MARK not in rows[right]
    assert page.select_one('[data-testid="doubtful-why"]')
    pages = {one: soup(browser.get(f"/console/people/{person}/entries/{one}")) for one in (right, wrong)}
    cards = {one: pages[one].select_one("article.card") for one in pages}
    assert cards[wrong] is not None and cards[right] is not None
    assert MARK in cards[wrong].get_text() and MARK not in cards[right].get_text()
