"""What a teacher wrote survives a dead server, a reload, two tabs and two devices."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS, Phone

DRAFT = "写到一半：今天小梅第一次自己读完了一页，我没有"


def installed_teacher(demo: DemoServer, open_phone: OpenPhone) -> tuple[Phone, str]:
    slug = demo.facts["packs"][0]
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.install(slug, tier="text")
    phone.wait_for_service_worker()
    phone.sync()
    return phone, slug


def test_the_second_start_with_the_server_dead_shows_today(demo: DemoServer, open_phone: OpenPhone) -> None:
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    phone.context.close()
    demo.kill()

    again = open_phone("teacher", demo.base_url)
    again.go()

    expect(again.at("nav-today")).to_be_visible()
    expect(again.chip()).to_have_attribute("data-state", "offline", timeout=SLOW_MS)


def test_a_reload_in_the_middle_of_a_quiz_keeps_every_answer(demo: DemoServer, open_phone: OpenPhone) -> None:
    ledger = Ledger(demo)
    phone, slug = installed_teacher(demo, open_phone)
    demo.kill()
    phone.open_lesson(slug)
    phone.open_quiz()
    first = phone.answer_question()
    phone.go_on_from(first["question"])
    second = phone.at("question").get_attribute("data-question")

    phone.page.reload()

    expect(phone.at("question")).to_have_attribute("data-question", str(second))
    rest = phone.take_quiz()
    demo.start()
    phone.sync()
    answers = [event for event in ledger.news(demo.person("teacher")["id"]) if event.kind == "question_answered/1"]
    assert [event.payload["question"] for event in answers] == [first["question"], *[one["question"] for one in rest]]
    assert len({event.payload["attempt"] for event in answers}) == 1


def test_a_reload_in_the_middle_of_an_entry_keeps_every_word(demo: DemoServer, open_phone: OpenPhone) -> None:
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    demo.kill()
    phone.at("nav-journal").click()
    phone.at("journal-new").click()
    phone.at("journal-text").press_sequentially(DRAFT)

    phone.page.reload()

    expect(phone.at("journal-text")).to_have_value(DRAFT)


def test_a_browser_killed_in_the_middle_of_an_entry_keeps_what_was_saved(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    demo.kill()
    entry = phone.write_entry("停电前写下的话。")
    phone.context.close()

    again = open_phone("teacher", demo.base_url)
    again.go("/journal")

    expect(again.at("journal-entry", entry=entry)).to_be_visible()


def test_two_tabs_of_one_teacher_write_at_once_and_nothing_is_lost_or_doubled(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    ledger = Ledger(demo)
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    other = Phone(phone.context, phone.context.new_page(), demo.base_url)
    other.go("/journal")
    expect(other.at("journal-new")).to_be_visible()

    texts = []
    for number in range(4):
        for tab, name in ((phone, "左"), (other, "右")):
            texts.append(f"{name}边的标签页，第{number}条")
            tab.at("nav-journal").click()
            tab.at("journal-new").click()
            tab.at("journal-text").fill(texts[-1])
        for tab in (phone, other):
            tab.at("journal-save").click()
            expect(tab.at("journal-text")).to_have_count(0)

    for tab in (phone, other):
        tab.go("/journal")
        for text in texts:
            expect(tab.at("journal-entry").filter(has_text=text)).to_be_visible()
    phone.sync()
    person = demo.person("teacher")["id"]
    assert sorted(ledger.journal_texts(person)) == sorted(texts)
    ledger.check_every_event_once(person)


def test_two_tabs_in_one_talk_keep_each_what_was_typed_there_and_show_nothing_that_was_sent(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    phone = open_phone("teacher", demo.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    demo.kill()
    phone.go("/messages")
    other = Phone(phone.context, phone.context.new_page(), demo.base_url)
    other.go("/messages")
    phone.at("message-text").fill("左边写的")
    other.at("message-text").fill("右边写的")

    phone.at("message-send").click()
    expect(phone.at("message").filter(has_text="左边写的")).to_be_visible()
    expect(phone.at("message-text")).to_have_value("")
    expect(other.at("message-text")).to_have_value("右边写的")
    phone.page.reload()
    expect(phone.at("message-text")).to_have_value("右边写的")

    phone.at("message-send").click()
    expect(other.at("message").filter(has_text="右边写的")).to_be_visible()
    expect(other.at("message-text")).to_have_value("")
    other.page.reload()
    expect(other.at("message").filter(has_text="右边写的")).to_have_count(1)
    expect(other.at("message-text")).to_have_value("")


def test_two_devices_of_one_teacher_write_at_once_and_both_see_both(demo: DemoServer, open_phone: OpenPhone) -> None:
    person, code = demo.person("teacher")["id"], demo.person("teacher")["code"]
    ledger = Ledger(demo)
    first, second = open_phone("first", demo.base_url), open_phone("second", demo.base_url)
    for phone in (first, second):
        phone.sign_in(code)
        phone.wait_for_service_worker()
        phone.sync()
    demo.kill()
    entries = [first.write_entry("旧手机上写的一条。"), second.write_entry("新手机上写的一条。")]
    demo.start()

    for phone in (first, second, first):
        phone.sync()

    for phone in (first, second):
        phone.go("/journal")
        for entry in entries:
            expect(phone.at("journal-entry", entry=entry)).to_be_visible(timeout=SLOW_MS)
    assert sorted(ledger.journal_texts(person)) == sorted(["旧手机上写的一条。", "新手机上写的一条。"])
    ledger.check_every_event_once(person)


def test_two_devices_that_changed_one_entry_keep_both_versions(demo: DemoServer, open_phone: OpenPhone) -> None:
    code = demo.person("teacher")["code"]
    first, second = open_phone("first", demo.base_url), open_phone("second", demo.base_url)
    for phone in (first, second):
        phone.sign_in(code)
        phone.wait_for_service_worker()
    entry = first.write_entry("同一条日志。")
    first.sync()
    second.sync()
    demo.kill()
    for phone, text in ((first, "同一条日志。旧手机补了一句。"), (second, "同一条日志。新手机补了另一句。")):
        phone.go(f"/journal/{entry}")
        phone.at("journal-edit").click()
        phone.at("journal-text").fill(text)
        phone.at("journal-save").click()
        expect(phone.at("journal-text")).to_have_count(0)
    demo.start()

    for phone in (first, second, first):
        phone.sync()

    for phone in (first, second):
        phone.go(f"/journal/{entry}")
        for words in ("旧手机补了一句", "新手机补了另一句"):
            expect(phone.page.get_by_text(words).first).to_be_visible(timeout=SLOW_MS)
