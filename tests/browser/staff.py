"""A trainer at the console, in the words of the product."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.demo_server import DemoServer
from tests.browser.phone import Phone


class Trainer:
    """Signs in with the demo's console account."""

    def __init__(self, browser: Phone, demo: DemoServer) -> None:
        self.browser, self.page = browser, browser.page
        account = demo.facts["console"]
        browser.go("/console/")
        self.page.locator('input[name="name"]').fill(account["sign_in"])
        self.page.locator('input[name="password"]').fill(account["password"])
        self.page.locator('button[type="submit"]').click()
        expect(browser.at("console-nav")).to_be_visible()

    def publish_to_class(self, slug: str) -> None:
        self.browser.go(f"/console/packs/{slug}")
        form = self.browser.at("publish-form")
        form.locator('select[name="cohort"]').select_option(index=0)
        form.locator('button[type="submit"]').click()
        expect(self.browser.at("notice")).to_be_visible()

    def reset_pin(self, person: str) -> str:
        """Lets the person set a new PIN; the code that would be read out for their first device."""
        self.browser.go(f"/console/people/{person}")
        form = self.page.locator(f'form[action="/console/people/{person}/pin/reset"]')
        self.page.locator("details.confirm").filter(has=form).locator("summary").click()
        form.locator("button").click()
        expect(self.browser.at("notice")).to_be_visible()
        return self.browser.at("pin-code").first.inner_text()

    def make_hub(self, name: str) -> str:
        """Makes a hub for the whole installation; the code by which it joins."""
        self.browser.go("/console/sync/hubs")
        form = self.page.locator('form[action="/console/sync/hubs"]')
        form.locator('select[name="organisation"]').select_option(index=0)
        form.locator('input[name="name"]').fill(name)
        self.browser.at("hub-make").click()
        return self.browser.at("hub-code").inner_text()
