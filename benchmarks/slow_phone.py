"""A browser profile like a cheap phone's: a small screen, Chinese, a slow processor, and a line printed for each figure."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser.conftest import CHROMIUM_ARGUMENTS

# Chrome's "Slow 3G": 400 kbit/s, 400 ms of added latency.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
CPU_THROTTLE = 6


def open_profile(playwright: Playwright, folder: Path) -> BrowserContext:
    return playwright.chromium.launch_persistent_context(
        str(folder),
        executable_path=os.environ.get("XUETAN_CHROMIUM") or shutil.which("chromium"),
        args=CHROMIUM_ARGUMENTS,
        viewport={"width": 360, "height": 640},
        locale="zh-CN",
    )


def throttle(page: Page, *, network: bool) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_THROTTLE})
    if network:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_3G)


def report(name: str, value: float, unit: str, limit: float | None = None) -> None:
    beside = "" if limit is None else f"   limit {limit:g} {unit}   {'ok' if value <= limit else 'OVER'}"
    print(f"{name:58} {value:10.1f} {unit}{beside}")
