"""Two people on one phone, and one of them forgets the PIN: over the network, and with a code that is read out."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS, Phone
from tests.browser.staff import Trainer

NEW_PIN = "8642"


def switch(phone: Phone) -> None:
    phone.at("nav-me").click()
    phone.at("person-switch").click()
    expect(phone.at("sign-in-submit")).to_be_visible()


def unlock(phone: Phone, person: str, pin: str) -> None:
    phone.at("person-choice", person=person).click()
    phone.at("pin-input").fill(pin)
    phone.at("sign-in-submit").click()


def forget(phone: Phone, person: str) -> None:
    phone.at("person-choice", person=person).click()
    phone.at("forgot-pin").click()


def test_a_forgotten_pin_is_reset_over_the_network_and_by_a_code_with_none(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    ledger = Ledger(demo)
    first, second = demo.person("teacher"), demo.person("teacher", 1)
    phone = open_phone("shared", demo.base_url)
    phone.sign_in(first["code"])
    phone.wait_for_service_worker()
    phone.write_entry("第一个人写的。")
    switch(phone)
    phone.at("code-input").fill(second["code"])
    phone.at("pin-input").fill("1357")
    phone.at("sign-in-submit").click()
    expect(phone.at("nav-today")).to_be_visible(timeout=SLOW_MS)
    phone.sync()
    switch(phone)
    trainer = Trainer(open_phone("office", demo.base_url), demo)
    trainer.reset_pin(first["id"])

    forget(phone, first["id"])
    expect(phone.at("forgot-form", state="granted")).to_be_visible(timeout=SLOW_MS)
    phone.at("reset-pin").fill(NEW_PIN)
    phone.at("reset-submit").click()
    expect(phone.at("nav-today")).to_be_visible()
    phone.go("/journal")
    expect(phone.at("journal-entry").filter(has_text="第一个人写的")).to_be_visible()
    expect(phone.page.get_by_text("第二个人写的")).to_have_count(0)

    switch(phone)
    code = trainer.reset_pin(second["id"])
    demo.kill()
    forget(phone, second["id"])
    expect(phone.at("forgot-form", state="code")).to_be_visible(timeout=SLOW_MS)
    phone.at("reset-code").fill("0000-0000-0000")
    phone.at("reset-pin").fill(NEW_PIN)
    phone.at("reset-submit").click()
    expect(phone.page.locator("#reset-code[aria-invalid]")).to_be_visible()
    phone.at("reset-code").fill(code.lower().replace("-", " "))
    phone.at("reset-submit").click()
    expect(phone.at("nav-today")).to_be_visible()
    phone.write_entry("第二个人写的。")
    switch(phone)
    expect(phone.at("person-choice", person=second["id"])).to_contain_text("1")
    expect(phone.page.get_by_text("第二个人写的")).to_have_count(0)
    unlock(phone, second["id"], NEW_PIN)
    demo.start()
    phone.sync()
    assert "第二个人写的。" in ledger.journal_texts(second["id"])
    assert "第一个人写的。" in ledger.journal_texts(first["id"])
