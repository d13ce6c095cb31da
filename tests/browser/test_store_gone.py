"""A store that the browser cleared is told at the next start: how much the server has, how much never arrived."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.phone import SLOW_MS

CLEAR = """async () => {
  const all = await indexedDB.databases();
  await Promise.all(all.map(({ name }) => new Promise((done) => {
    const asked = indexedDB.deleteDatabase(name);
    asked.onsuccess = asked.onerror = () => done(null);
  })));
}"""


def test_a_cleared_store_is_told_in_numbers_and_what_had_arrived_comes_back(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    teacher = demo.person("teacher")
    phone = open_phone("cleared", demo.base_url)
    phone.sign_in(teacher["code"])
    phone.wait_for_service_worker()
    phone.write_entry("这一篇送到了。")
    phone.sync()
    demo.kill()
    phone.write_entry("这一篇没来得及送。")
    phone.page.wait_for_function(
        "Object.values(JSON.parse(localStorage['xuetan-marker'])).some(({ waiting }) => waiting > 0)"
    )
    phone.page.evaluate(CLEAR)
    phone.go("/")
    expect(phone.at("store-gone", cleared="true")).to_be_visible(timeout=SLOW_MS)
    expect(phone.at("gone-back")).to_be_visible()
    expect(phone.at("gone-lost")).to_contain_text("1")
    demo.start()
    phone.sign_in(teacher["code"])
    phone.sync()
    phone.go("/journal")
    expect(phone.at("journal-entry").filter(has_text="这一篇送到了")).to_be_visible(timeout=SLOW_MS)
    expect(phone.page.get_by_text("这一篇没来得及送")).to_have_count(0)
    # Read at the sign-in, it is brief; what has come back it no longer counts, opened again either.
    expect(phone.at("store-gone", open="false")).to_be_visible()
    phone.at("gone-more").click()
    expect(phone.at("gone-lost")).to_contain_text("1")
    expect(phone.at("gone-back")).to_have_count(0)
    phone.at("store-gone").get_by_role("button").click()
    expect(phone.at("store-gone")).to_have_count(0)
    phone.go("/")
    expect(phone.at("nav-today")).to_be_visible()
    expect(phone.at("store-gone")).to_have_count(0)


def test_where_the_whole_site_was_cleared_the_server_says_at_the_sign_in_what_never_arrived(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    teacher = demo.person("teacher")
    phone = open_phone("cleared-whole", demo.base_url)
    phone.sign_in(teacher["code"])
    phone.wait_for_service_worker()
    phone.sync()
    # A line that loses the end of what goes up: the server hears how many there are, and cannot take the words.
    cut = []

    def cut_short(route: Route) -> None:
        cut.append(route.request.post_data_buffer or b"")
        route.continue_(post_data=cut[-1][:-1])

    phone.context.route("**/sync/1", cut_short)
    phone.write_entry("这一篇没来得及送。")
    expect(phone.chip()).to_have_attribute("data-waiting", "1", timeout=SLOW_MS)
    phone.chip().click()
    with phone.page.expect_response("**/sync/1"):
        phone.at("sync-now").click()
    assert cut
    phone.page.evaluate(CLEAR)
    phone.page.evaluate("localStorage.clear()")
    phone.context.unroute("**/sync/1")
    phone.go("/")
    expect(phone.at("code-input")).to_be_visible(timeout=SLOW_MS)
    expect(phone.at("store-gone")).to_have_count(0)
    phone.sign_in(teacher["code"])
    expect(phone.at("unarrived-stream")).to_have_count(1, timeout=SLOW_MS)
    expect(phone.at("unarrived-stream")).to_contain_text("1")
    phone.at("unarrived").get_by_role("button").click()
    expect(phone.at("unarrived")).to_have_count(0)
    phone.sync()
    phone.go("/")
    expect(phone.at("nav-today")).to_be_visible()
    expect(phone.at("unarrived")).to_have_count(0)
