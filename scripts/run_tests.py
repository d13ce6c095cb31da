"""Runs the Python tests, with a Chromium for the browser tests, which it finds or installs.

Order: XUETAN_CHROMIUM, a Chromium on the path, the system's package when root, `playwright install` with a time limit.
If all fail it says the one command to run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS_MAX = 420


def on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def from_system_package() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("· installing the system's Chromium for the browser tests", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
    ):
        try:
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=INSTALL_SECONDS_MAX)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
    return on_path()


def from_playwright() -> str | None:
    print("· asking playwright for a Chromium", flush=True)
    try:
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"], check=True, timeout=INSTALL_SECONDS_MAX
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find_chromium() -> str:
    found = os.environ.get("XUETAN_CHROMIUM") or on_path() or from_system_package() or from_playwright()
    if not found:
        raise SystemExit(
            "The browser tests need Chromium and none could be installed.\n"
            "Run:  sudo apt-get install chromium   (or set XUETAN_CHROMIUM=/path/to/chrome), then make test again."
        )
    return found


def main() -> None:
    environment = {**os.environ, "XUETAN_CHROMIUM": find_chromium(), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
