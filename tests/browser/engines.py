"""Firefox and WebKit as phones: each started on a profile that a later start finds again. Firefox speaks WebDriver BiDi itself,
WebKitGTK through WebKitWebDriver.

Owns the two ways of speaking; `hand.py` what a person does. Clicks are the browser's own, not an element's method.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import psutil
from websockets.sync.client import ClientConnection, connect

from tests.browser.killing import kill_descendants, kill_tree
from tests.ports import free_port
from tests.waiting import wait_until

START_SECONDS_MAX = 240
ANSWER_SECONDS_MAX = 60
# A quiet Firefox: no first-run pages, nothing sent anywhere, no proxy of the environment.
FIREFOX_PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "intl.locale.requested": "zh-CN",
    "intl.accept_languages": "zh-CN, zh",
}
WEBKIT_WINDOW = Path(__file__).with_name("webkit_window.py")


class Engine(Protocol):
    """A browser with one page."""

    def goto(self, url: str) -> None: ...

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, a promise's when it is one."""
        ...

    def click(self, selector: str) -> None: ...

    def close(self) -> None:
        """Ends it as a person does."""
        ...

    def kill(self) -> None:
        """SIGKILL for it and all it started."""
        ...


def open_engine(name: str, profile: Path) -> Engine:
    """`firefox` or `webkit`, on this profile."""
    profile.mkdir(parents=True, exist_ok=True)
    return Firefox(profile) if name == "firefox" else WebKit(profile)


class Firefox:
    def __init__(self, profile: Path) -> None:
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in FIREFOX_PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        assert program, "there is no Firefox: scripts/run_tests.py installs it or says how"
        log = profile / "browser.log"
        log.unlink(missing_ok=True)
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        with log.open("ab") as file:
            self._process = subprocess.Popen(command, stdout=file, stderr=file)
        found: list[str] = []

        def listens() -> bool:
            found.extend(re.findall(r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8", "replace")))
            return bool(found)

        wait_until(listens, START_SECONDS_MAX, what=lambda: log.read_text("utf-8", "replace")[-2000:])
        self._exit = ExitStack()
        self._socket: ClientConnection = self._exit.enter_context(
            connect(found[0] + "/session", proxy=None, max_size=None, open_timeout=ANSWER_SECONDS_MAX)
        )
        self._number = 0
        self._call("session.new", capabilities={})
        self._page = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def _call(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=ANSWER_SECONDS_MAX))
            if answer.get("id") == self._number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def goto(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def _run(self, expression: str) -> Any:
        found = self._call("script.evaluate", expression=expression, target={"context": self._page}, awaitPromise=True)
        assert found["type"] == "success", found
        return found["result"]

    def evaluate(self, expression: str) -> Any:
        return json.loads(self._run(f"(async () => JSON.stringify((await ({expression})) ?? null))()")["value"])

    def click(self, selector: str) -> None:
        place = f"document.querySelector({json.dumps(selector)})"
        node = self._run(f"(() => {{ const it = {place}; it.scrollIntoView({{block: 'center'}}); return it; }})()")
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        self._call("input.performActions", context=self._page, actions=press(origin))

    def close(self) -> None:
        self._call("browser.close")
        self._exit.close()
        self._process.wait(timeout=START_SECONDS_MAX)

    def kill(self) -> None:
        end_at_once(self._process)
        self._exit.close()


class WebKit:
    def __init__(self, profile: Path) -> None:
        self._exit = ExitStack()
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "500x900x24", "-nolisten", "tcp"]
        self._screen = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as announced:
            display = announced.readline().strip()
        self._port = free_port()
        environment = {
            **os.environ,
            "DISPLAY": f":{display}",
            "GDK_BACKEND": "x11",
            "LANGUAGE": "zh_CN",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
        }
        environment.pop("PYTHONPATH", None)
        with (profile / "browser.log").open("ab") as log:
            self._driver = subprocess.Popen(
                ["WebKitWebDriver", "-p", str(self._port)], env=environment, stdout=log, stderr=log
            )
        self._opener = build_opener(ProxyHandler({}))
        wait_until(self._listens, START_SECONDS_MAX, what="WebKitWebDriver listens")
        options = {"binary": str(WEBKIT_WINDOW), "args": [str(profile)]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options, "timeouts": {"script": 60_000}}}
        self._session = ""
        self._session = "/session/" + self._call("POST", "/session", capabilities=capabilities)["sessionId"]

    def _listens(self) -> bool:
        try:
            return bool(self._call("GET", "/status")["ready"])
        except OSError:
            return False

    def _call(self, method: str, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        request = Request(f"http://127.0.0.1:{self._port}{path}", data, method=method)
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS_MAX) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from error

    def goto(self, url: str) -> None:
        self._call("POST", f"{self._session}/url", url=url)

    def evaluate(self, expression: str) -> Any:
        script = (
            f"const done = arguments[0]; (async () => JSON.stringify((await ({expression})) ?? null))()"
            ".then(done, error => done(JSON.stringify({failed: String(error)})))"
        )
        return json.loads(self._call("POST", f"{self._session}/execute/async", script=script, args=[]))

    def click(self, selector: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        found = self._call("POST", f"{self._session}/element", using="css selector", value=selector)
        self._call("POST", f"{self._session}/actions", actions=press(found))

    def close(self) -> None:
        """The last window of a session closes its browser."""
        self._call("DELETE", f"{self._session}/window")
        self._end()

    def kill(self) -> None:
        if self._driver.poll() is None:
            kill_descendants(psutil.Process(self._driver.pid))
        self._end()

    def _end(self) -> None:
        self._opener.close()
        for process in (self._driver, self._screen):
            end_at_once(process)


def press(origin: dict[str, Any]) -> list[dict[str, Any]]:
    """A press on the middle of an element: on whatever lies there, as a finger would."""
    steps = [
        {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    return [{"type": "pointer", "id": "finger", "actions": steps}]


def end_at_once(process: subprocess.Popen[bytes]) -> None:
    """With all it started."""
    if process.poll() is None:
        kill_tree(psutil.Process(process.pid))
    process.wait(timeout=30)
