"""One entry changed on two devices: both versions are kept and shown until their owner puts them together."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS, Phone

FIRST = "今天讲了《悯农》。小梅第一次举手。"


def change(phone: Phone, entry: str, text: str) -> None:
    phone.go(f"/journal/{entry}")
    phone.at("journal-edit").click()
    phone.at("journal-text").fill(text)
    phone.at("journal-save").click()
    expect(phone.at("journal-text")).to_have_count(0)


def changed_on_two_devices(demo: DemoServer, open_phone: OpenPhone, *texts: str) -> tuple[Phone, Phone, str]:
    code = demo.person("teacher")["code"]
    first, second = open_phone("first", demo.base_url), open_phone("second", demo.base_url)
    for phone in (first, second):
        phone.sign_in(code)
        phone.wait_for_service_worker()
    entry = first.write_entry(FIRST)
    first.sync()
    second.sync()
    demo.kill()
    for phone, text in zip((first, second), texts, strict=True):
        change(phone, entry, text)
    demo.start()
    for phone in (first, second, first):
        phone.sync()
    return first, second, entry


def test_changes_in_different_sentences_fit_together_and_two_devices_that_take_them_make_one_version(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    ledger = Ledger(demo)
    first, second, entry = changed_on_two_devices(
        demo, open_phone, FIRST.replace("举手", "举手，声音很小"), f"{FIRST}下课后我记了下来。"
    )
    merged = "今天讲了《悯农》。小梅第一次举手，声音很小。下课后我记了下来。"
    for phone in (first, second):
        phone.go(f"/journal/{entry}")
        expect(phone.at("entry-version")).to_have_count(2, timeout=SLOW_MS)
        expect(phone.at("merge", places="0")).to_be_visible()
        expect(phone.at("merged-text")).to_have_text(merged)
    demo.kill()
    for phone in (first, second):
        phone.at("merge-save").click()
        expect(phone.at("journal-entry", entry=entry)).to_contain_text(merged)
    demo.start()
    for phone in (first, second, first):
        phone.sync()

    vers = set()
    for phone in (first, second):
        phone.go(f"/journal/{entry}")
        expect(phone.at("entry-version")).to_have_count(0)
        vers.add(phone.at("journal-entry", entry=entry).get_attribute("data-ver"))
    assert len(vers) == 1
    events = [one for one in ledger.news(demo.person("teacher")["id"]) if one.kind == "journal_saved/1"]
    assert len({one.payload["ver"] for one in events}) == 4


def test_where_both_changed_one_sentence_the_owner_keeps_both_or_one_and_writes_on(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    first, second, entry = changed_on_two_devices(
        demo, open_phone, FIRST.replace("举手", "举手了"), FIRST.replace("第一次举手", "没有举手")
    )
    mentor = open_phone("mentor", demo.base_url)
    mentor.sign_in(demo.person("mentor")["code"])
    mentor.sync()
    mentor.go(f"/teachers/{demo.person('teacher')['id']}/{entry}")
    expect(mentor.at("entry-other-version")).to_have_count(1, timeout=SLOW_MS)

    first.go(f"/journal/{entry}")
    place = first.at("merge-place")
    expect(place).to_have_attribute("data-kept", "both")
    expect(first.at("merged-text")).to_contain_text("举手了")
    expect(first.at("merged-text")).to_contain_text("没有举手")
    place.locator("label").filter(has_text="没有举手").click()
    expect(first.at("merged-text")).to_have_text("今天讲了《悯农》。小梅没有举手。")
    first.at("merge-edit").click()
    expect(first.at("journal-text")).to_have_value("今天讲了《悯农》。小梅没有举手。")
    first.at("journal-text").fill("今天讲了《悯农》。小梅没有举手。明天再看。")
    expect(first.at("draft-state", state="saved")).to_be_visible()
    first.page.reload()
    expect(first.at("journal-text")).to_have_value("今天讲了《悯农》。小梅没有举手。明天再看。")
    first.at("journal-save").click()
    expect(first.at("journal-entry", entry=entry)).to_contain_text("明天再看")
    first.sync()
    second.sync()
    second.go(f"/journal/{entry}")
    expect(second.at("journal-entry", entry=entry)).to_contain_text("明天再看")
    expect(second.at("entry-version")).to_have_count(0)
