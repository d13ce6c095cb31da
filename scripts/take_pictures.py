"""Takes the README's pictures from a running demo: phone and console, light and dark, Chinese, English and mirrored.

Writes `docs/pictures/*.webp`.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM_ARGUMENTS  # noqa: E402
from tests.browser.demo_server import DemoServer  # noqa: E402
from tests.browser.phone import Phone  # noqa: E402
from tests.browser.staff import Trainer  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
PHONE = {"width": 360, "height": 720}
DESKTOP = {"width": 1280, "height": 800}
JOURNAL = "今天把两个年级的铃声分开了。三年级先做自动作业，我在一年级讲了十二分钟，回头看时只有小宝一个人停了笔。"
COMMENT = "第二句写得很实在。小宝停笔那一刻，你当时猜他卡在哪里？"


@contextmanager
def profile(
    playwright: Playwright, folder: Path, base_url: str, viewport: dict[str, int], **options: str
) -> Iterator[Phone]:
    context = playwright.chromium.launch_persistent_context(
        str(folder),
        executable_path=os.environ.get("XUETAN_CHROMIUM") or shutil.which("chromium"),
        args=CHROMIUM_ARGUMENTS,
        viewport=viewport,
        device_scale_factor=2,
        **{"locale": "zh-CN", **options},
    )
    yield Phone(context, context.pages[0], base_url)
    context.close()


def take(page: Page, name: str) -> None:
    """One picture, as WebP, small enough for a README."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    picture.convert("RGB").save(PICTURES / f"{name}.webp", quality=80, method=6)
    print(f"docs/pictures/{name}.webp")


def teacher_pictures(phone: Phone, demo: DemoServer) -> None:
    slug = demo.facts["packs"][1]
    phone.sign_in(demo.person("teacher")["code"])
    phone.at("nav-learn").click()
    phone.pack(slug).wait_for()
    take(phone.page, "learn")
    phone.install(slug)
    phone.wait_for_service_worker()
    phone.at("nav-today").click()
    take(phone.page, "today")
    demo.kill()
    phone.open_lesson(slug)
    phone.page.evaluate("document.querySelector('[data-testid=lesson-body] img')?.scrollIntoView({block: 'center'})")
    take(phone.page, "lesson-offline")
    phone.open_quiz()
    phone.answer_question()
    take(phone.page, "quiz-offline")
    phone.write_entry(JOURNAL)
    phone.chip().click()
    take(phone.page, "sync-offline")
    demo.start()
    phone.sync()


def mentor_pictures(phone: Phone, demo: DemoServer) -> None:
    phone.sign_in(demo.person("mentor")["code"])
    phone.sync()
    phone.at("nav-teachers").click()
    phone.at("teacher-row").first.wait_for()
    take(phone.page, "caseload")
    phone.review(demo.person("teacher")["id"], JOURNAL, COMMENT, verdict="talk")
    take(phone.page, "review-dark")


def console_pictures(browser: Phone, demo: DemoServer) -> None:
    Trainer(browser, demo)
    browser.go(f"/console/packs/{demo.facts['packs'][1]}")
    take(browser.page, "console-pack")
    browser.go("/console/classes")
    browser.at("class-row").first.locator("a").first.click()
    browser.page.wait_for_load_state()
    take(browser.page, "console-class")


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        demo = DemoServer(folder / "demo")
        demo.start()
        with profile(playwright, folder / "teacher", demo.base_url, PHONE) as phone:
            teacher_pictures(phone, demo)
        with profile(playwright, folder / "mentor", demo.base_url, PHONE, color_scheme="dark") as phone:
            mentor_pictures(phone, demo)
        with profile(playwright, folder / "staff", demo.base_url, DESKTOP) as browser:
            console_pictures(browser, demo)
        demo.stop()


if __name__ == "__main__":
    main()
