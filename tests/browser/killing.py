"""Ends browsers as a flat battery does: SIGKILL, no farewell, nothing flushed by the program."""

from __future__ import annotations

import psutil


def main_process_of(profile: str) -> psutil.Process:
    """The browser that runs on this profile, started by this test."""
    wanted = f"--user-data-dir={profile}"
    for process in psutil.Process().children(recursive=True):
        try:
            arguments = process.cmdline()
        except psutil.Error:
            continue
        if wanted in arguments and not any(one.startswith("--type=") for one in arguments):
            return process
    raise AssertionError(f"no browser runs on {profile}")


def kill_browser(profile: str) -> None:
    """The browser and every process it started, at once."""
    browser = main_process_of(profile)
    everything = [browser, *browser.children(recursive=True)]
    for process in everything:
        _kill(process)
    psutil.wait_procs(everything, timeout=20)


def kill_tabs(profile: str) -> None:
    """The processes in which pages and workers run; the browser itself lives on."""
    tabs = [one for one in main_process_of(profile).children(recursive=True) if "--type=renderer" in one.cmdline()]
    assert tabs, "the browser has no tab"
    for process in tabs:
        _kill(process)
    psutil.wait_procs(tabs, timeout=20)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
