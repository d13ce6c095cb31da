"""What a person does on a phone in Firefox or WebKit, through the test ids of docs/driving.md. `phone.py` is the same for Chromium."""

from __future__ import annotations

import json

from tests.browser.engines import Engine
from tests.waiting import wait_until

SECONDS_MAX = 60
PIN = "2468"


def place(test_id: str, **attributes: str) -> str:
    return f'[data-testid="{test_id}"]' + "".join(f'[data-{key}="{value}"]' for key, value in attributes.items())


class Hand:
    def __init__(self, engine: Engine, base_url: str) -> None:
        self.engine, self.base_url = engine, base_url

    def go(self, path: str = "/") -> None:
        self.engine.goto(self.base_url + path)

    def sees(self, selector: str) -> bool:
        return bool(self.engine.evaluate(f"document.querySelector({json.dumps(selector)})?.checkVisibility() ?? false"))

    def wait(self, selector: str) -> None:
        wait_until(lambda: self.sees(selector), SECONDS_MAX, what=lambda: f"{selector} is seen; {self.whole_page()}")

    def wait_gone(self, selector: str) -> None:
        wait_until(
            lambda: not self.sees(selector), SECONDS_MAX, what=lambda: f"{selector} is gone; {self.whole_page()}"
        )

    def whole_page(self) -> str:
        return str(self.engine.evaluate("location.pathname + ' ' + document.body.innerText"))[:1500]

    def click(self, selector: str) -> None:
        self.wait(f"{selector}:not(:disabled)")
        self.engine.click(selector)

    def fill(self, selector: str, text: str) -> None:
        self.wait(selector)
        self.engine.evaluate(
            f"""(() => {{
                const field = document.querySelector({json.dumps(selector)});
                const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
                Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, {json.dumps(text)});
                field.dispatchEvent(new Event('input', {{ bubbles: true }}));
            }})()"""
        )

    def attribute(self, selector: str, name: str) -> str:
        self.wait(selector)
        return str(
            self.engine.evaluate(f"document.querySelector({json.dumps(selector)}).getAttribute({json.dumps(name)})")
        )

    # ------------------------------------------------------------ what a teacher does

    def sign_in(self, code: str) -> None:
        self.go()
        self.fill(place("code-input"), code)
        self.fill(place("pin-input"), PIN)
        self.click(place("sign-in-submit"))
        self.wait(place("nav-today"))

    def wait_for_service_worker(self) -> None:
        assert self.engine.evaluate("navigator.serviceWorker.ready.then(() => true)") is True

    def install(self, slug: str) -> None:
        card = place("pack-card", pack=slug)
        self.click(place("nav-learn"))
        self.click(f"{card} {place('tier-text')}")
        self.click(f"{card} {place('pack-install')}")
        self.wait(place("pack-card", pack=slug, state="installed"))

    def finish_next_lesson(self, slug: str) -> str:
        """Reads the first lesson of an installed pack that was not finished yet to its end, and tells its id."""
        self.click(place("nav-learn"))
        self.click(f"{place('pack-card', pack=slug)} a")
        lesson = self.attribute(place("lesson-link", state="new"), "data-lesson")
        self.click(place("lesson-link", lesson=lesson))
        self.wait(place("lesson-body"))
        self.click(place("lesson-finish"))
        self.wait(place("lesson-finished"))
        return lesson

    def write_entry(self, text: str) -> None:
        self.click(place("nav-journal"))
        self.click(place("journal-new"))
        self.fill(place("journal-text"), text)
        self.click(place("journal-save"))
        self.wait_gone(place("journal-text"))

    def sync(self) -> None:
        self.click(place("sync-chip"))
        self.click(place("sync-now"))
        self.wait(place("sync-now") + ":not(:disabled)")
        self.wait(place("sync-chip", state="all-received", waiting="0"))
