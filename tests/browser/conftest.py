"""Browser fixtures: one Chromium, profiles that survive a restart, and demos to drive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fasteners import InterProcessLock
from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from tests.browser.demo_server import DemoServer
from tests.browser.forked_demo import ForkedDemo
from tests.browser.phone import Phone

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # A page of the browser's own, for an address bar that nobody sees, costs a tenth of what a test takes. Chromium hears the
    # last such list only: the rest is what would otherwise go on in the background.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup,AimEnabled,OptimizationHints,MediaRouter,"
    "LensOverlay,NetworkTimeServiceQuerying,PaintHolding,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,PreconnectToSearch,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,AvoidCorsURLLoaderRestartOnRedirect",
    # A microphone that beeps, and a yes to who asks for it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

BROWSER_SECONDS_MAX = 600


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the browser tests."""
    narrow_to_named_browsers(config, items)
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Against hanging, not a claim: the first of them also makes the demo, and machines are busy.
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(BROWSER_SECONDS_MAX))


def narrow_to_named_browsers(config: pytest.Config, items: list[pytest.Item]) -> None:
    """XUETAN_BROWSERS is the operator's word; what it leaves out is counted as deselected."""
    named = os.environ.get("XUETAN_BROWSERS", "firefox,webkit").split(",")
    unwanted = [item for item in items if engine_of(item) not in (None, *named)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


def engine_of(item: pytest.Item) -> str | None:
    call = getattr(item, "callspec", None)
    return call.params.get("engine") if call else None


# Ends with this folder: as long as it is there, an event loop runs in the main thread and no other test could run one.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def seeded_demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A demo folder as the first start leaves it, made once for all processes of this run and copied for each test that wants its own."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "demo"
    made, lock = shared / "made", InterProcessLock(shared.with_suffix(".lock"))
    with lock:
        server = DemoServer(shared / "data")
        if not made.exists():
            shutil.rmtree(shared, ignore_errors=True)
            server.start()
            assert server.stop() == 0
            made.touch()
    return server.folder


@pytest.fixture
def demo(seeded_demo: Path, tmp_path: Path) -> Iterator[DemoServer]:
    folder = tmp_path / "demo"
    shutil.copytree(seeded_demo, folder)
    server = ForkedDemo(folder)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()


OpenPhone = Callable[..., Phone]


@pytest.fixture
def open_phone(playwright: Playwright, tmp_path: Path) -> Iterator[OpenPhone]:
    """Opens a browser profile as a phone; the same name opens the same profile again."""
    opened: list[BrowserContext] = []

    def open_one(name: str, base_url: str, *, locale: str = "zh-CN", **options: object) -> Phone:
        settings: dict[str, object] = {"viewport": {"width": 390, "height": 844}, "locale": locale, **options}
        profile = str(tmp_path / f"profile-{name}")
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=os.environ.get("XUETAN_CHROMIUM") or shutil.which("chromium"),
            args=CHROMIUM_ARGUMENTS,
            **settings,  # type: ignore[arg-type]
        )
        context.set_default_timeout(20_000)
        opened.append(context)
        return Phone(context, context.pages[0], base_url, profile)

    yield open_one
    for context in opened:
        context.close()
