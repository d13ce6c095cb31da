"""A week's log of three teachers, carried by a fourth phone that cannot read it; delivered twice; the receipts come home."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS, Phone
from tests.browser.staff import Trainer
from tests.waiting import wait_until
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services
from xuetan.settings import Settings

DAYS = 5
TEXT = "{name}第{day}天：山上没有信号，今天的课先记在这里。"


def save_what_is_handed_over(phone: Phone, button: str, folder: Path, index: int = 0) -> Path:
    """Presses a button that gives a file out of the app, and keeps the file."""
    with phone.page.expect_download(timeout=SLOW_MS) as handed:
        phone.at(button).nth(index).click()
    place = folder / f"{len(list(folder.iterdir()))}-{handed.value.suggested_filename}"
    handed.value.save_as(place)
    return place


def take_in(phone: Phone, file: Path, told: str) -> None:
    phone.at("take-in-file").set_input_files(file)
    expect(phone.at("file-notice")).to_have_attribute("data-kind", told, timeout=SLOW_MS)


def write_a_week(phone: Phone, name: str) -> list[str]:
    """With no line at all, a day after the other."""
    texts = []
    today = datetime.now(UTC)
    for day in range(1, DAYS + 1):
        phone.page.clock.set_fixed_time(today - timedelta(days=DAYS - day))
        texts.append(TEXT.format(name=name, day=day))
        phone.write_entry(texts[-1])
    return texts


def somebody_else(demo: DemoServer) -> dict[str, str]:
    """A person of the same installation whom nothing joins to the three."""
    settings = Settings(_env_file=None, data_dir=Path(demo.facts["database"]).parent, database_url="")
    services = build_services(settings)
    with services.database.transaction() as session:
        place = accounts.find_root_id(session)
        assert place is not None
        person = accounts.create_person(
            session, place, "赶集的人", "zh-Hans", ["teacher"], actor=OPERATOR, services=services
        )
        code = accounts.issue_sign_in_code(session, person.id, OPERATOR, services=services)
    services.database.close()
    return {"id": person.id, "name": person.name, "code": code}


def test_a_week_of_three_teachers_is_carried_by_a_fourth_phone_that_cannot_read_it(
    demo: DemoServer, open_phone: OpenPhone, tmp_path: Path
) -> None:
    folder = tmp_path / "handed"
    folder.mkdir()
    ledger = Ledger(demo)
    people = [*[demo.person("teacher", index) for index in range(3)], somebody_else(demo)]
    phones = [open_phone(f"phone-{index}", demo.base_url) for index in range(4)]
    for phone, person in zip(phones, people, strict=True):
        phone.sign_in(person["code"])
        phone.wait_for_service_worker()
        phone.sync()
    *teachers, carrier = phones

    demo.kill()

    files, written = [], []
    for phone, person in zip(teachers, people, strict=False):
        written.append(write_a_week(phone, person["name"]))
        phone.go("/me/sync")
        files.append(save_what_is_handed_over(phone, "hand-on", folder))
        expect(phone.at("file-notice")).to_have_attribute("data-kind", "saved")
        # Back to the mountains: it hears nothing of the server until its receipt comes.
        phone.context.close()

    carrier.go("/me/sync")
    for file in files:
        take_in(carrier, file, "carrying")
    take_in(carrier, files[0], "carrying")
    expect(carrier.at("carried")).to_have_attribute("data-count", "3")
    altered = folder / "altered.xtsync"
    good = files[1].read_bytes()
    altered.write_bytes(good[:-200] + bytes([good[-200] ^ 1]) + good[-199:])
    take_in(carrier, altered, "file_altered")
    expect(carrier.at("file-notice")).to_contain_text(people[1]["name"])
    expect(carrier.at("carried")).to_have_attribute("data-count", "3")

    # Nobody looks at the page of files any more: the app is opened where there is a line, and that is all.
    carrier.go("/")
    demo.start()
    carrier.page.reload()
    wait_until(
        lambda: [ledger.journal_texts(person["id"]) for person in people[:3]] == written,
        60,
        what="files to be handed in",
    )
    carrier.go("/me/sync")
    delivered = carrier.at("carried-file", kind="transfers", state="delivered")
    expect(delivered).to_have_count(3, timeout=SLOW_MS)
    receipts = carrier.at("carried-file", kind="receipts", state="waiting")
    expect(receipts).to_have_count(3, timeout=SLOW_MS)
    for person, texts in zip(people, written, strict=False):
        ledger.check_every_event_once(person["id"])
        assert ledger.journal_texts(person["id"]) == texts

    desk = open_phone("desk", demo.base_url, viewport={"width": 1280, "height": 800})
    Trainer(desk, demo)
    for file, refused in ((files[0], False), (altered, True)):
        desk.go("/console/sync/file")
        desk.page.locator('input[name="file"]').set_input_files(file)
        desk.at("file-hand-in").click()
        if refused:
            expect(desk.at("file-refused")).to_contain_text(people[1]["name"])
        else:
            expect(desk.at("file-new")).to_have_text("0")
    ledger.check_every_event_once(people[0]["id"])

    demo.kill()
    home = [save_what_is_handed_over(carrier, "carried-give", folder, index) for index in range(3)]
    for index in range(3):
        phone = open_phone(f"phone-{index}", demo.base_url)
        phones.append(phone)
        phone.go("/me/sync")
        expect(phone.chip()).to_have_attribute("data-waiting", re.compile("[1-9]"), timeout=SLOW_MS)
        for receipt in home:
            phone.at("take-in-file").set_input_files(receipt)
            expect(phone.at("file-notice")).to_be_visible(timeout=SLOW_MS)
        expect(phone.chip()).to_have_attribute("data-waiting", "0", timeout=SLOW_MS)
    assert all(phone.problems == [] for phone in phones)


def test_the_copy_of_a_lost_phone_comes_in_on_a_new_one_as_the_persons_own(
    demo: DemoServer, open_phone: OpenPhone, tmp_path: Path
) -> None:
    """What the server never had comes back, and the copy reads as a stranger's on neither phone."""
    ledger = Ledger(demo)
    teacher = demo.person("teacher")
    lost, new = open_phone("lost", demo.base_url), open_phone("new", demo.base_url)
    lost.sign_in(teacher["code"])
    lost.wait_for_service_worker()
    lost.sync()
    demo.kill()
    text = "只在丢了的手机里写过：今天全班第一次分组。"
    lost.write_entry(text)
    lost.go("/me/sync")
    copy = save_what_is_handed_over(lost, "safety-copy", tmp_path)
    take_in(lost, copy, "own")
    expect(lost.at("own-copies")).to_have_attribute("data-count", "1")
    expect(lost.at("carried")).to_have_count(0)
    lost.context.close()

    demo.start()
    new.sign_in(teacher["code"])
    new.wait_for_service_worker()
    new.sync()
    take_in(new, copy, "own")
    expect(new.at("carried-file", own="true", state="delivered")).to_be_visible(timeout=SLOW_MS)
    new.at("nav-journal").click()
    expect(new.at("journal-entry", state="received").filter(has_text=text[:12])).to_be_visible(timeout=SLOW_MS)
    assert ledger.journal_texts(teacher["id"]) == [text]
    ledger.check_every_event_once(teacher["id"])
    assert new.problems == []
