"""axe finds nothing on any screen of phone and console, in both languages, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.phone import Phone
from tests.browser.staff import Trainer

PACK_PAGES = ("build", "builds")
AXE = Path(__file__).resolve().parents[2] / "pwa" / "node_modules" / "axe-core" / "axe.min.js"


# A colour on its way from one state to the next is none that axe should judge: what moves for nobody who asked for rest does not move here.
STILL = {"reduced_motion": "reduce"}


def violations(page: Page) -> list[str]:
    """Breaches of WCAG 2.2 A and AA and of axe's best practices, each with the first place it was found."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in result["violations"]]


def clean(page: Page, name: str) -> None:
    found = violations(page)
    assert found == [], f"{name}: {found}"


def teacher_screens(phone: Phone, slug: str) -> Iterator[str]:
    yield "today"
    for name in ("learn", "journal", "me"):
        phone.at(f"nav-{name}").click()
        expect(phone.page.locator("h1")).to_be_visible()
        yield name
    phone.open_lesson(slug)
    yield "lesson"
    phone.open_quiz()
    while not phone.at("quiz-result").is_visible():
        yield f"question {phone.at('question').get_attribute('data-kind')}"
        answered = phone.answer_question()
        yield f"feedback {answered['kind']}"
        phone.go_on_from(str(answered["question"]))
    yield "quiz result"
    entry = phone.write_entry("无障碍检查时写的一条。")
    phone.go(f"/journal/{entry}")
    expect(phone.page.locator("h1")).to_be_visible()
    yield "entry"
    for path in ("/journal/new", "/me/sync", "/inbox", "/messages", "/settings"):
        phone.go(path)
        expect(phone.page.locator("h1")).to_be_visible()
        yield path


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_on_a_teachers_screens(
    demo: DemoServer, open_phone: OpenPhone, locale: str, scheme: str
) -> None:
    phone = open_phone("teacher", demo.base_url, locale=locale, color_scheme=scheme, **STILL)
    phone.go()
    expect(phone.at("code-input")).to_be_visible()
    clean(phone.page, "sign-in")
    phone.sign_in(demo.person("teacher")["code"])
    slug = demo.facts["packs"][0]
    phone.install(slug)
    phone.at("nav-today").click()
    expect(phone.page.locator("h1")).to_be_visible()

    for name in teacher_screens(phone, slug):
        clean(phone.page, name)


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "dark"), ("en-GB", "light")])
def test_axe_finds_nothing_on_a_mentors_screens(
    demo: DemoServer, open_phone: OpenPhone, locale: str, scheme: str
) -> None:
    phone = open_phone("mentor", demo.base_url, locale=locale, color_scheme=scheme, **STILL)
    phone.sign_in(demo.person("mentor")["code"])
    phone.sync()
    phone.at("nav-teachers").click()
    expect(phone.at("teacher-row").first).to_be_visible()
    clean(phone.page, "caseload")
    for row in phone.at("teacher-row").all():
        if row.get_attribute("data-person") == demo.person("teacher")["id"]:
            row.click()
            break
    expect(phone.at("review-entry").first).to_be_visible()
    clean(phone.page, "teacher")
    phone.at("review-entry").first.click()
    expect(phone.at("comment-text")).to_be_visible()
    clean(phone.page, "review")


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "light"), ("en-GB", "dark")])
def test_axe_finds_nothing_on_the_consoles_pages(
    demo: DemoServer, open_phone: OpenPhone, locale: str, scheme: str
) -> None:
    browser = open_phone("staff", demo.base_url, locale=locale, color_scheme=scheme, **STILL)
    browser.go("/console/sign-in")
    clean(browser.page, "sign-in")
    Trainer(browser, demo)
    seen: set[str] = set()
    waiting = ["/console/"]
    while waiting:
        path = waiting.pop(0)
        browser.go(path)
        expect(browser.page.locator("h1")).to_be_visible()
        clean(browser.page, path)
        links = browser.page.locator('a[href^="/console/"]').evaluate_all("all => all.map(a => a.getAttribute('href'))")
        for link in links:
            shape = shape_of(link)
            if shape not in seen and not link.endswith((".csv", ".zip", "sign-out")):
                seen.add(shape)
                waiting.append(link)
    assert {"console/sync/file", "console/sync/hubs", "console/people/…", "console/packs/…"} <= seen


def shape_of(path: str) -> str:
    """Pages that differ only by an id are one screen."""
    parts = path.split("?", maxsplit=1)[0].strip("/").split("/")
    is_pack = parts[:2] == ["console", "packs"]
    return "/".join(
        "…" if re.fullmatch(r"[A-Za-z0-9_-]{22}", part) or (is_pack and index == 2 and part not in PACK_PAGES) else part
        for index, part in enumerate(parts)
    )
