"""A person with a phone: what the browser tests do, through the test ids of docs/driving.md."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

PIN = "2468"
SLOW_MS = 45_000


class Phone:
    """One browser profile and a tab of it."""

    def __init__(self, context: BrowserContext, page: Page, base_url: str, profile: str = "") -> None:
        self.context, self.page, self.base_url, self.profile = context, page, base_url, profile
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def at(self, test_id: str, **attributes: str) -> Locator:
        selector = f'[data-testid="{test_id}"]' + "".join(
            f'[data-{key}="{value}"]' for key, value in attributes.items()
        )
        return self.page.locator(selector)

    def go(self, path: str = "/") -> None:
        self.page.goto(self.base_url + path)

    def sign_in(self, code: str, pin: str = PIN) -> None:
        self.go()
        self.at("code-input").fill(code)
        self.at("pin-input").fill(pin)
        self.at("sign-in-submit").click()
        expect(self.at("nav-today")).to_be_visible(timeout=SLOW_MS)

    def wait_for_service_worker(self) -> None:
        """Until the worker is active and this page would come from it."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    # ------------------------------------------------------------ packs and lessons

    def pack(self, slug: str) -> Locator:
        return self.at("pack-card", pack=slug)

    def install(self, slug: str, tier: str = "pictures") -> None:
        self.at("nav-learn").click()
        card = self.pack(slug)
        expect(card).to_have_attribute("data-state", re.compile("available|update"), timeout=SLOW_MS)
        card.locator(f'[data-testid="tier-{tier}"]').click()
        card.locator('[data-testid="pack-install"]').click()
        expect(card).to_have_attribute("data-state", "installed", timeout=SLOW_MS)

    def open_lesson(self, slug: str, index: int = 0) -> str:
        """Opens a lesson of an installed pack and tells its id."""
        self.at("nav-learn").click()
        links = self.at("lesson-link")
        if not links.first.is_visible():
            self.pack(slug).locator("a").first.click()
        link = links.nth(index)
        expect(link).to_be_visible()
        lesson = link.get_attribute("data-lesson")
        assert lesson
        link.click()
        expect(self.at("lesson-body")).to_be_visible()
        return lesson

    def finish_lesson(self) -> None:
        self.at("lesson-finish").click()

    def open_quiz(self) -> None:
        self.at("quiz-open").click()
        expect(self.at("question")).to_be_visible()

    def answer_question(self) -> dict[str, Any]:
        """Answers the question on screen with something, reads the feedback, goes on."""
        question = self.at("question")
        kind, identity = question.get_attribute("data-kind"), question.get_attribute("data-question")
        choices = self.at("choice")
        if kind in ("numeric", "short_text", "reflection"):
            self.at("answer-input").fill("12")
        elif kind == "ordering":
            for choice in [item.get_attribute("data-choice") for item in choices.all()]:
                self.at("choice", choice=str(choice)).click()
        elif kind == "matching":
            names = [str(item.get_attribute("data-choice")) for item in choices.all()]
            for left in [name for name in names if name.endswith(".l")]:
                self.at("choice", choice=left).click()
                self.at("choice", choice=left.removesuffix(".l") + ".r").click()
        else:
            choices.first.click()
        self.at("answer-submit").click()
        expect(self.at("answer-feedback")).to_be_visible()
        return {"question": identity, "kind": kind}

    def take_quiz(self) -> list[dict[str, Any]]:
        """Answers until the result is shown."""
        answered: list[dict[str, Any]] = []
        while not self.at("quiz-result").is_visible():
            answered.append(self.answer_question())
            self.go_on_from(str(answered[-1]["question"]))
        return answered

    def go_on_from(self, question: str) -> None:
        """The same button goes on after the feedback, to the next question or the result."""
        self.at("answer-submit").click()
        expect(self.at("question", question=question)).to_have_count(0)
        expect(self.at("question").or_(self.at("quiz-result")).first).to_be_visible()

    # ------------------------------------------------------------ journal and mentor

    def write_entry(self, text: str) -> str:
        self.at("nav-journal").click()
        self.at("journal-new").click()
        self.at("journal-text").fill(text)
        self.at("journal-save").click()
        self.at("nav-journal").click()
        entry = self.at("journal-entry").filter(has_text=text[:20]).first
        expect(entry).to_be_visible()
        identity = entry.get_attribute("data-entry")
        assert identity
        return identity

    def review(self, teacher: str, entry_text: str, comment: str, verdict: str = "accept") -> None:
        self.at("nav-teachers").click()
        self.at("teacher-row", person=teacher).click()
        self.at("review-entry").filter(has_text=entry_text[:20]).first.click()
        self.at("comment-text").fill(comment)
        self.at(f"verdict-{verdict}").click()
        self.at("comment-send").click()
        expect(self.at("feedback-item").filter(has_text=comment)).to_be_visible()

    # ------------------------------------------------------------ sync

    def chip(self) -> Locator:
        return self.at("sync-chip").first

    def sync(self) -> None:
        """Presses the button, waits until that exchange has ended and all was received."""
        self.chip().click()
        self.at("sync-now").click()
        expect(self.at("sync-now")).to_be_enabled(timeout=SLOW_MS)
        expect(self.chip()).to_have_attribute("data-state", "all-received", timeout=SLOW_MS)
        # Read marks are no work that the chip tells of, but they are events.
        expect(self.chip()).to_have_attribute("data-waiting", "0", timeout=SLOW_MS)
