"""A school with a hub and no line: what the teacher writes is seen by the mentor there, or goes there by hand, and is numbered once
when the line is back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.hub_server import HubServer
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS, Phone
from tests.browser.staff import Trainer
from tests.waiting import wait_until

MIRROR_SECONDS_MAX = 120
TEXT = "断网第三天，小组讨论有了新办法。"
ANSWER = "在中转站读到了，这个办法值得试。"


@pytest.fixture
def ledger(demo: DemoServer) -> Ledger:
    return Ledger(demo)


@pytest.fixture
def phones(demo: DemoServer, open_phone: OpenPhone) -> tuple[Phone, Phone]:
    """Teacher and mentor, signed in before there is a hub."""
    opened = []
    for role in ("teacher", "mentor"):
        phone = open_phone(role, demo.base_url)
        phone.sign_in(demo.person(role)["code"])
        phone.wait_for_service_worker()
        phone.sync()
        opened.append(phone)
    return opened[0], opened[1]


@pytest.fixture
def hub(demo: DemoServer, phones: tuple[Phone, Phone], open_phone: OpenPhone, tmp_path: Path) -> Iterator[HubServer]:
    """Joined, and knowing the phones that were there before."""
    code = Trainer(open_phone("office", demo.base_url), demo).make_hub("石梯村小学的中转站")
    hub = HubServer(tmp_path / "hub", demo.base_url, code)
    try:
        hub.start()
        wait_until(hub.has_mirrored, MIRROR_SECONDS_MAX, what="the hub mirrors")
        for phone, find in zip(phones, (type_address, scan_address), strict=True):
            find(phone, hub)
            wait_until(partial(knows, phone), MIRROR_SECONDS_MAX, what="the hub knows the phone")
        yield hub
    finally:
        hub.kill()


def type_address(phone: Phone, hub: HubServer) -> None:
    phone.go("/me/sync")
    phone.at("hub-address").fill(hub.base_url)
    add_hub(phone)


def scan_address(phone: Phone, hub: HubServer) -> None:
    """Opens what the QR of the hub's own page says, as the phone's camera does."""
    page = phone.context.new_page()
    page.goto(hub.base_url)
    link = page.get_by_test_id("hub-link").get_attribute("href")
    page.close()
    assert link is not None
    phone.page.goto(link)
    expect(phone.at("hub-address")).to_have_value(hub.base_url)
    expect(phone.at("hub-add")).to_be_in_viewport()
    # The link alone adds nothing: somebody presses.
    expect(phone.at("hub-notice")).to_have_count(0)
    add_hub(phone)


def add_hub(phone: Phone) -> None:
    phone.at("hub-add").click()
    expect(phone.at("hub-notice")).to_have_attribute("data-kind", "added", timeout=SLOW_MS)


def ask_hub(phone: Phone) -> None:
    phone.go("/me/sync")
    phone.at("hub-ask").first.click()
    expect(phone.at("hub-notice")).to_have_attribute("data-kind", "answered", timeout=SLOW_MS)


def knows(phone: Phone) -> bool:
    ask_hub(phone)
    return phone.at("hub-item").first.get_attribute("data-refused") is None


def test_with_the_root_cut_off_teacher_and_mentor_meet_at_the_hub_and_all_is_numbered_once_afterwards(
    ledger: Ledger, phones: tuple[Phone, Phone], demo: DemoServer, hub: HubServer
) -> None:
    teacher, mentor = demo.person("teacher"), demo.person("mentor")
    at_school, at_desk = phones

    wait_until(partial(hub.has_packs, len(demo.facts["packs"])), MIRROR_SECONDS_MAX, what="the hub has the packs")

    demo.kill()
    at_school.install(demo.facts["packs"][0])
    at_school.open_lesson(demo.facts["packs"][0])
    at_school.write_entry(TEXT)
    ask_hub(at_school)
    expect(at_school.at("hub-item").first).not_to_have_attribute("data-kept", "0")
    expect(at_school.at("sync-at-hub")).to_be_visible()
    expect(at_school.chip()).to_have_attribute("data-state", "offline")
    ask_hub(at_desk)
    at_desk.at("nav-teachers").click()
    at_desk.at("teacher-row", person=teacher["id"]).click()
    at_desk.at("review-entry").filter(has_text=TEXT[:20]).first.click()
    expect(at_desk.at("provisional")).to_be_visible()
    at_desk.at("comment-text").fill(ANSWER)
    at_desk.at("verdict-accept").click()
    at_desk.at("comment-send").click()
    expect(at_desk.at("feedback-item").filter(has_text=ANSWER)).to_be_visible()
    ask_hub(at_desk)
    ask_hub(at_school)
    at_school.go("/journal")
    at_school.at("journal-entry").filter(has_text=TEXT[:20]).first.click()
    expect(at_school.at("feedback-item").filter(has_text=ANSWER)).to_have_attribute("data-delivery", "at_hub")

    demo.start()
    for phone in (at_school, at_desk):
        phone.sync()
    at_school.sync()
    assert ledger.journal_texts(teacher["id"]) == [TEXT]
    given = [one for one in ledger.written_by(mentor["id"], teacher["id"]) if one.payload.get("text") == ANSWER]
    assert len(given) == 1
    ledger.check_every_event_once(teacher["id"])
    at_desk.go(f"/teachers/{teacher['id']}")
    at_desk.at("review-entry").filter(has_text=TEXT[:20]).first.click()
    expect(at_desk.at("provisional")).to_have_count(0)
    at_school.go("/journal")
    at_school.at("journal-entry").filter(has_text=TEXT[:20]).first.click()
    expect(at_school.at("feedback-item").filter(has_text=ANSWER)).to_have_attribute("data-delivery", "received")


def test_a_question_goes_to_the_hub_by_hand_and_its_answer_comes_back_as_a_file(
    ledger: Ledger, phones: tuple[Phone, Phone], demo: DemoServer, hub: HubServer, tmp_path: Path
) -> None:
    """Where a browser may not ask a hub on plain http: the phone's file, the hub's /lite page, and the file it answers with."""
    teacher = demo.person("teacher")
    at_school, _ = phones
    demo.kill()
    at_school.write_entry(TEXT)
    at_school.go("/me/sync")
    kept = int(at_school.at("hub-item").first.get_attribute("data-kept") or "0")
    question = saved(at_school.page, at_school.at("hub-file").first, tmp_path / "question.xtsync")

    desk = at_school.context.browser.new_context(accept_downloads=True).new_page()  # type: ignore[union-attr]
    desk.goto(f"{hub.base_url}/lite")
    desk.locator("#file").set_input_files(question)
    # A question is answered with the file itself.
    answer = saved(desk, desk.locator("button[type=submit]"), tmp_path / "answer.xtsync")
    desk.context.close()

    at_school.at("take-in-file").set_input_files(answer)
    expect(at_school.at("file-notice")).to_have_attribute("data-kind", "hub_answer", timeout=SLOW_MS)
    expect(at_school.at("hub-item").first).to_have_attribute("data-kept", str(kept + 1))
    expect(at_school.at("sync-at-hub")).to_be_visible()
    at_school.at("take-in-file").set_input_files(answer)
    expect(at_school.at("file-notice")).to_have_attribute("data-kind", "hub_answer_unreadable", timeout=SLOW_MS)

    demo.start()
    wait_until(lambda: ledger.journal_texts(teacher["id"]) == [TEXT], MIRROR_SECONDS_MAX, what="the hub brought it")
    at_school.sync()
    ledger.check_every_event_once(teacher["id"])


def saved(page: Page, button: Locator, place: Path) -> Path:
    with page.expect_download(timeout=SLOW_MS) as handed:
        button.click()
    handed.value.save_as(place)
    return place
