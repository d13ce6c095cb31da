"""Tabs that are reloaded, closed and killed while they write, and a phone whose power is cut: what was said to be saved is there, once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.killing import kill_browser, kill_tabs
from tests.browser.ledger import Ledger
from tests.browser.phone import Phone
from tests.waiting import wait_until

TABS = ("甲", "乙", "丙")
EACH = 200

# Writes the messages of one series as a person does, as fast as the page lets it: each after the one before is shown.
# Begins where the series stands, as whoever opens a tab again would.
WRITER = """
([series, count]) => {
    const at = (id) => document.querySelector(`[data-testid="${id}"]`);
    // Looks when the page has changed; what a field holds changes without that, so also now and then. Looking all the time,
    // three tabs would take the processor from what they try.
    const until = (done, nowAndThenAlso = () => {}) => new Promise((found) => {
        const look = () => {
            if (!done()) return;
            changes.disconnect();
            clearInterval(nowAndThen);
            found();
        };
        const changes = new MutationObserver(look);
        const nowAndThen = setInterval(() => {
            nowAndThenAlso();
            look();
        }, 30);
        changes.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
        look();
    });
    const text = (number) => `${series}第${number}句。`;
    const drawn = () => [...document.querySelectorAll('[data-testid="message"]')].map((one) => one.textContent);
    const shown = (words) => drawn().some((one) => one.includes(words));
    const put = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set;
    // Only the newest are drawn: how far this series came may stand among the earlier ones.
    const next = async () => {
        for (;;) {
            const all = drawn();
            const numbers = all.map((words) => words.split(series + '第')[1]).filter(Boolean).map((rest) => parseInt(rest, 10));
            if (numbers.length > 0) return Math.max(...numbers) + 1;
            if (!at('messages-earlier')) return 0;
            at('messages-earlier').click();
            await until(() => !at('messages-earlier') || drawn().length > all.length);
        }
    };
    // Storing is what is tried here, and drawing six hundred messages in three tabs would take most of the time.
    const unseen = new CSSStyleSheet();
    unseen.replaceSync('[data-testid="message"] { display: none }');
    document.adoptedStyleSheets = [unseen];
    const write = async () => {
        await until(() => at('message-text'));
        for (let number = await next(); number < count; number += 1) {
            window.written = number;
            put.call(at('message-text'), text(number));
            at('message-text').dispatchEvent(new Event('input', { bubbles: true }));
            await until(() => at('message-send').getAttribute('aria-disabled') !== 'true');
            at('message-send').click();
            await until(
                () => shown(text(number)) && at('message-text').value !== text(number),
                () => {
                    // The other tabs were quicker by far.
                    if (at('message-text').value === '' && !shown(text(number))) at('messages-earlier')?.click();
                },
            );
        }
        window.written = count;
    };
    window.written = 0;
    void write();
}
"""


class Desk:
    """Three tabs of one teacher, each writing its own series of messages."""

    def __init__(self, phone: Phone, profile: str) -> None:
        self.phone, self.profile = phone, profile
        self.tabs: dict[str, Page] = {}

    def write_in(self, series: str, page: Page) -> None:
        self.tabs[series] = page
        page.goto(f"{self.phone.base_url}/messages")
        self.go_on(series)

    def go_on(self, series: str) -> None:
        self.tabs[series].evaluate(WRITER, [series, EACH])

    def open(self, series: str) -> None:
        self.write_in(series, self.phone.context.new_page())

    def reload(self, series: str) -> None:
        self.tabs[series].reload()
        self.go_on(series)

    def close(self, series: str) -> None:
        self.tabs[series].close()
        self.open(series)

    def kill_all(self) -> None:
        """All tabs and the worker at once; then they are opened again."""
        kill_tabs(self.profile)
        for series in TABS:
            self.close(series)

    def written(self) -> int:
        return sum(int(page.evaluate("window.written")) for page in self.tabs.values())

    def wait_for(self, count: int) -> None:
        """However slow the machine is: only a desk on which nothing more is written fails."""
        while (before := self.written()) < count:
            wait_until(lambda before=before: self.written() > before, 120, what=f"{before} of {count}, and no more")


@pytest.mark.timeout(1200)
def test_three_tabs_that_are_reloaded_closed_and_killed_lose_and_double_nothing(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    ledger = Ledger(demo)
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    desk = Desk(phone, phone.profile)
    desk.write_in(TABS[0], phone.page)
    for series in TABS[1:]:
        desk.open(series)

    desk.wait_for(60)
    desk.reload("乙")
    desk.wait_for(150)
    desk.close("丙")
    desk.wait_for(240)
    desk.kill_all()
    desk.wait_for(360)
    desk.reload("丙")
    desk.wait_for(450)
    desk.kill_all()
    desk.wait_for(len(TABS) * EACH)

    last = Phone(phone.context, desk.tabs["甲"], demo.base_url)
    last.sync()
    person = demo.person("teacher")["id"]
    expected = sorted(f"{series}第{number}句。" for series in TABS for number in range(EACH))
    arrived = [str(event.payload["text"]) for event in ledger.news(person) if event.kind == "message_sent/1"]
    assert sorted(arrived) == expected
    ledger.check_every_event_once(person)
    assert len({event.stream for event in ledger.news(person)}) == 1


def test_what_was_said_to_be_saved_is_there_after_a_power_cut(demo: DemoServer, open_phone: OpenPhone) -> None:
    """Three times on one profile: the browser with all its processes dies in the moment in which the entry is shown."""
    ledger = Ledger(demo)
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    demo.kill()
    texts = [f"第{number}次停电前写下的话。" for number in range(3)]
    for number, text in enumerate(texts):
        phone.at("nav-journal").click()
        phone.at("journal-new").click()
        phone.at("journal-text").fill(text)
        phone.at("journal-save").click()
        phone.page.wait_for_function(
            "words => !document.querySelector('[data-testid=\"journal-text\"]') "
            "&& [...document.querySelectorAll('[data-testid=\"journal-entry\"]')].some(one => one.textContent.includes(words))",
            arg=text,
        )
        kill_browser(phone.profile)

        phone = open_phone("teacher", demo.base_url)
        phone.go("/journal")
        for written in texts[: number + 1]:
            expect(phone.at("journal-entry").filter(has_text=written)).to_have_count(1)

    demo.start()
    phone.sync()
    person = demo.person("teacher")["id"]
    assert ledger.journal_texts(person) == texts
    ledger.check_every_event_once(person)


def test_a_draft_that_was_said_to_be_kept_is_there_after_a_power_cut(demo: DemoServer, open_phone: OpenPhone) -> None:
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    demo.kill()
    phone.at("nav-journal").click()
    phone.at("journal-new").click()
    phone.at("journal-text").fill("写了一半就没电了")
    phone.page.wait_for_selector('[data-testid="draft-state"][data-state="saved"]')
    kill_browser(phone.profile)

    again = open_phone("teacher", demo.base_url)
    again.go("/journal")
    again.at("journal-draft").click()

    expect(again.at("journal-text")).to_have_value("写了一半就没电了")
