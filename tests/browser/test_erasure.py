"""Erasure by right in real browsers: erased in the console, gone from the phones that held it, and nothing brings it back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.phone import Phone
from tests.browser.staff import Trainer

SECRET = "张小明今天在课上哭了。"
KEPT = "把两个年级的铃声分开了。"
REASON = "家长要求删除"
# Every value of every store of every database of the page, bytes as text.
DUMP = """async () => {
  const words = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done, failed) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
    for (const store of db.objectStoreNames) {
      const all = await new Promise((done) => {
        const asked = db.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result);
      });
      words.push(JSON.stringify(all));
    }
    db.close();
  }
  return words.join("\\n");
}"""


def erase(trainer: Trainer, person: str, entry: str) -> None:
    trainer.browser.go(f"/console/people/{person}")
    trainer.page.locator(f'[data-testid="erase-link"][href$="{entry}"]').click()
    form = trainer.browser.at("erase-form")
    form.locator('input[name="reason"]').fill(REASON)
    form.locator("button").click()
    expect(trainer.browser.at("erasure-row")).to_contain_text(REASON)


def stored(phone: Phone) -> str:
    return str(phone.page.evaluate(DUMP))


def test_an_erased_entry_leaves_the_writers_phone_and_the_mentors(demo: DemoServer, open_phone: OpenPhone) -> None:
    teacher_facts, mentor_facts = demo.person("teacher"), demo.person("mentor")
    teacher, mentor = open_phone("teacher", demo.base_url), open_phone("mentor", demo.base_url)
    teacher.sign_in(teacher_facts["code"])
    entry = teacher.write_entry(SECRET)
    teacher.write_entry(KEPT)
    teacher.sync()
    mentor.sign_in(mentor_facts["code"])
    mentor.sync()
    assert SECRET in stored(teacher)
    assert SECRET in stored(mentor)

    erase(Trainer(open_phone("trainer", demo.base_url), demo), teacher_facts["id"], entry)

    for phone in (teacher, mentor):
        phone.sync()
        expect(phone.at("erasure-item")).to_contain_text(REASON)
    teacher.at("nav-journal").click()
    expect(teacher.at("erasure-item")).to_contain_text(REASON)
    expect(teacher.at("journal-entry").filter(has_text=KEPT[:10])).to_be_visible()
    expect(teacher.at("journal-entry").filter(has_text=SECRET[:10])).to_have_count(0)
    for phone in (teacher, mentor):
        phone.page.wait_for_function(f"async () => !(await ({DUMP})()).includes({SECRET!r})")

    teacher.write_entry("接着写。")
    teacher.sync()
    assert SECRET not in stored(teacher)
    late = open_phone("late", demo.base_url)
    late.sign_in(mentor_facts["code"])
    late.sync()
    assert KEPT in stored(late)
    assert SECRET not in stored(late)
