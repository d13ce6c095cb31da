"""What a first visit costs a teacher, and how soon something is seen under 6x CPU throttle and slow 3G.

Prints bytes over the wire (headers included) and requests until the worker is active and Today is shown, the size of
the JavaScript that runs for sign-in and Today, the number of chunks, and first contentful paint of a cold and a second
start.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from benchmarks.counting_proxy import CountingProxy
from benchmarks.slow_phone import open_profile, report, throttle
from tests.browser.demo_server import DemoServer
from tests.browser.phone import Phone

DIST = Path(__file__).resolve().parent.parent / "server" / "xuetan" / "pwa_dist"


def first_paint_ms(page: Page) -> float:
    return float(
        page.evaluate(
            """() => new Promise(done => {
                const found = () => performance.getEntriesByName('first-contentful-paint')[0];
                if (found()) return done(found().startTime);
                new PerformanceObserver(list => done(list.getEntriesByName('first-contentful-paint')[0].startTime))
                    .observe({type: 'paint', buffered: true});
            })"""
        )
    )


def javascript() -> None:
    """Sizes of what was built: scripts named by index.html run for sign-in and Today; the others come later."""
    index = (DIST / "index.html").read_text(encoding="utf-8")
    first = {name.rsplit("/", 1)[1] for name in re.findall(r'(?:src|href)="([^"]+\.js)"', index)}
    chunks = sorted(path for path in DIST.rglob("*.js") if path.name not in ("sw.js", "service-worker.js"))
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) / 1000 for path in chunks}
    report("JavaScript run for sign-in and Today, gzip", sum(sizes[name] for name in first), "KB", 40)
    report("all JavaScript of the app, gzip", sum(sizes.values()), "KB")
    report("chunks", len(sizes), "", 4)


def visit(playwright: Playwright, demo: DemoServer, folder: Path) -> None:
    with CountingProxy(demo.port) as proxy:
        base_url = f"http://127.0.0.1:{proxy.port}"
        context = open_profile(playwright, folder)
        phone = Phone(context, context.pages[0], base_url)
        phone.sign_in(demo.person("teacher")["code"])
        phone.wait_for_service_worker()
        phone.at("sync-chip").first.wait_for()
        report("first visit until worker is active and Today is shown", proxy.count.bytes_all / 1000, "KB", 200)
        report("requests of the first visit", len(proxy.count.requests), "", 16)
        for request in proxy.count.requests:
            print(f"    {request}")
        context.close()


def paint(playwright: Playwright, demo: DemoServer, folder: Path) -> None:
    context = open_profile(playwright, folder)
    phone = Phone(context, context.pages[0], demo.base_url)
    throttle(phone.page, network=True)
    phone.go()
    report("first paint, cold, 6x CPU, slow 3G", first_paint_ms(phone.page), "ms")
    phone.at("code-input").wait_for(timeout=60_000)
    report("sign-in form usable, cold, 6x CPU, slow 3G", phone.page.evaluate("performance.now()"), "ms")
    phone.context.set_default_timeout(120_000)
    phone.sign_in(demo.person("teacher", 1)["code"])
    phone.wait_for_service_worker()
    context.close()
    demo.kill()
    context = open_profile(playwright, folder)
    again = Phone(context, context.pages[0], demo.base_url)
    throttle(again.page, network=False)
    again.go()
    report("first paint, second start, server dead, 6x CPU", first_paint_ms(again.page), "ms")
    again.at("nav-today").wait_for()
    report("Today shown, second start, server dead, 6x CPU", again.page.evaluate("performance.now()"), "ms")
    context.close()


def main() -> None:
    print("Kolibri 0.19.5: 2,860 KB, 574 KB of JavaScript, 26 requests, no second start without its server")
    javascript()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = DemoServer(Path(folder) / "demo")
        demo.start()
        visit(playwright, demo, Path(folder) / "first")
        paint(playwright, demo, Path(folder) / "paint")
        if demo.process is not None:
            demo.stop()


if __name__ == "__main__":
    main()
