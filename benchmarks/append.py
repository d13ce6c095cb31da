"""How long a phone takes until what was written is on its disk: the shipped app in Chromium at 6x CPU throttle.

Messages are sent one by one, each when the page has come to rest after the one before, as by somebody who writes; each is a
transaction of the app with strict durability, timed in the page from its opening to its completion. Prints median and
p99 beside the figures to reach, and how many times as long that is as the barest transaction of the same page takes: what
IndexedDB and this machine's disk ask of anybody.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.slow_phone import open_profile, report, throttle
from tests.browser.demo_server import DemoServer
from tests.browser.phone import Phone

MESSAGES = 100
REACH_MS, DREAM_MS = 20, 10
# Strict transactions that write into the log of events, and how long each took.
TIMER = """
window.appends = [];
const open = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const began = performance.now();
    const transaction = open.call(this, stores, mode, options);
    if (options?.durability === 'strict' && [...transaction.objectStoreNames].includes('events'))
        transaction.addEventListener('complete', () => window.appends.push(performance.now() - began));
    return transaction;
};
"""
# A person needs longer for the shortest message.
PAUSE_MS = 400
WRITER = """
async ([count, pause]) => {
    const at = (id) => document.querySelector(`[data-testid="${id}"]`);
    const rest = () => new Promise((rested) => setTimeout(() => requestIdleCallback(rested), pause));
    const put = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set;
    for (let number = 0; number < count; number += 1) {
        put.call(at('message-text'), `第${number}句。`);
        at('message-text').dispatchEvent(new Event('input', { bubbles: true }));
        await rest();
        at('message-send').click();
        await rest();
        while (window.appends.length <= number) await rest();
    }
    return window.appends;
}
"""
# One record, strict, in a database of its own.
BARE = """
async ([count, pause]) => {
    const rest = () => new Promise((rested) => setTimeout(() => requestIdleCallback(rested), pause));
    const opening = indexedDB.open('bare');
    opening.onupgradeneeded = () => opening.result.createObjectStore('records', { autoIncrement: true });
    await new Promise((resolve) => { opening.onsuccess = resolve; });
    const took = [];
    for (let number = 0; number < count; number += 1) {
        await rest();
        const began = performance.now();
        const transaction = opening.result.transaction('records', 'readwrite', { durability: 'strict' });
        transaction.objectStore('records').put({ text: `第${number}句。` });
        await new Promise((resolve) => { transaction.oncomplete = resolve; });
        took.push(performance.now() - began);
    }
    return took;
}
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = DemoServer(Path(folder) / "demo")
        demo.start()
        context = open_profile(playwright, Path(folder) / "phone")
        context.add_init_script(TIMER)
        phone = Phone(context, context.pages[0], demo.base_url)
        phone.sign_in(demo.person("teacher")["code"])
        phone.wait_for_service_worker()
        demo.kill()
        phone.go("/messages")
        phone.at("message-text").wait_for()
        throttle(phone.page, network=False)
        phone.page.evaluate("window.appends.length = 0")
        took = phone.page.evaluate(WRITER, [MESSAGES, PAUSE_MS])
        bare = phone.page.evaluate(BARE, [MESSAGES, PAUSE_MS])
        context.close()
    report(f"append, strict, 6x CPU: median of {len(took)}", statistics.median(took), "ms", REACH_MS)
    report("append, strict, 6x CPU: p99", statistics.quantiles(took, n=100)[98], "ms")
    report("  the barest strict transaction there: median", statistics.median(bare), "ms")
    report("  append, in such transactions", statistics.median(took) / statistics.median(bare), "")
    print(f"    dream: {DREAM_MS} ms")


if __name__ == "__main__":
    main()
