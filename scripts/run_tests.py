"""Runs the Python tests, with the browsers for the browser tests, which it finds or installs: Chromium, Firefox, WebKitGTK.

Order for Chromium: XUETAN_CHROMIUM, a Chromium on the path, the system's package when root, `playwright install` with a time limit.
Firefox and WebKitGTK come from the system's packages. What cannot be had ends the run with the one command to run; no test is left out
in silence. XUETAN_BROWSERS=chromium (or any of chromium,firefox,webkit) narrows the run, by the operator's word alone.

The files of tests are shared out over PROCESSES_MAX processes, or as many as `-n` says (`-n 0` for a debugger). With --checks every check
(scripts/check.py) comes first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pwa_build import node_environment

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS_MAX = 420
# More than this was never tried.
PROCESSES_MAX = 4
# Debian's and Ubuntu's names of what each browser needs.
PACKAGES = {
    "chromium": ("chromium", "fonts-noto-cjk"),
    "firefox": ("firefox-esr",),
    "webkit": ("webkit2gtk-driver", "gir1.2-webkit2-4.1", "python3-gi", "xvfb"),
}


def on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def has_chromium() -> bool:
    return bool(os.environ.get("XUETAN_CHROMIUM") or on_path())


def has_firefox() -> bool:
    return bool(shutil.which("firefox-esr") or shutil.which("firefox"))


def has_webkit() -> bool:
    """The driver, a screen to draw on, and the bindings that the system's Python opens a window with."""
    if not (shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and Path("/usr/bin/python3").exists()):
        return False
    probe = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')"
    return subprocess.run(["/usr/bin/python3", "-c", probe], check=False, capture_output=True).returncode == 0


PRESENT: dict[str, Callable[[], bool]] = {"chromium": has_chromium, "firefox": has_firefox, "webkit": has_webkit}


def wanted_browsers() -> list[str]:
    names = [name.strip() for name in os.environ.get("XUETAN_BROWSERS", ",".join(PRESENT)).split(",")]
    unknown = set(names) - set(PRESENT)
    if unknown:
        raise SystemExit(f"XUETAN_BROWSERS names {', '.join(sorted(unknown))}; there are {', '.join(PRESENT)}.")
    return names


def install_packages(names: list[str]) -> None:
    """The system's packages for these browsers in one call, when root; says nothing of success, which is looked at afterwards."""
    if not names or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"· installing what the browser tests need: {', '.join(names)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = [package for name in names for package in PACKAGES[name]]
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        try:
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=INSTALL_SECONDS_MAX)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return


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


def how_to_install(names: list[str]) -> str:
    packages = " ".join(package for name in names for package in PACKAGES[name])
    hint = " (or set XUETAN_CHROMIUM=/path/to/chrome)" if "chromium" in names else ""
    return (
        f"The browser tests need {', '.join(names)}, which could not be installed.\n"
        f"Run:  sudo apt-get install {packages}{hint}   and make test again.\n"
        "To leave browsers out on purpose, name those that are to run: XUETAN_BROWSERS=chromium make test"
    )


def missing(names: list[str]) -> list[str]:
    return [name for name in names if not PRESENT[name]()]


def find_chromium() -> str:
    """The path of a Chromium, which is installed when there is none."""
    if not has_chromium():
        install_packages(["chromium"])
    found = os.environ.get("XUETAN_CHROMIUM") or on_path() or from_playwright()
    if not found:
        raise SystemExit(how_to_install(["chromium"]))
    return found


def find_browsers() -> str:
    """Sees to it that every wanted browser is there; the path of Chromium, which most tests drive."""
    wanted = wanted_browsers()
    install_packages(missing(wanted))
    chromium = find_chromium()
    absent = missing([name for name in wanted if name != "chromium"])
    if absent:
        raise SystemExit(how_to_install(absent))
    return chromium


def shared_out(arguments: list[str]) -> list[str]:
    """pytest's arguments with the files shared out over the cores, in the order in which they were collected."""
    if any(argument.startswith(("-n", "--numprocesses")) for argument in arguments):
        return arguments
    # One more than cores: tests wait a good deal, for lines that die and for servers that were killed. With two more the cores' own
    # sharing made the whole of it a quarter dearer, also where no more than three files of browser tests ran at a time.
    processes = min((os.cpu_count() or 1) + 1, PROCESSES_MAX)
    return ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder", *arguments]


def main() -> None:
    arguments = sys.argv[1:]
    with_checks = "--checks" in arguments
    if with_checks and (
        failed := subprocess.run([sys.executable, ROOT / "scripts/check.py"], cwd=ROOT, check=False).returncode
    ):
        sys.exit(failed)
    chromium = find_browsers()
    # With the pinned Node first on the path: tests run the phone's engine in it.
    environment = {**node_environment(), "XUETAN_CHROMIUM": chromium, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *shared_out([one for one in arguments if one != "--checks"])]
    sys.exit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
