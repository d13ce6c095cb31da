"""Ends browsers as a flat battery does: SIGKILL, no farewell, nothing flushed by the program."""

from __future__ import annotations

import contextlib

import psutil


def main_process_of(profile: str) -> psutil.Process:
    """The browser that runs on this profile, started by this test."""
    wanted = f"--user-data-dir={profile}"
    for process in psutil.Process().children(recursive=True):
        arguments = _arguments_of(process)
        if wanted in arguments and not any(one.startswith("--type=") for one in arguments):
            return process
    raise AssertionError(f"no browser runs on {profile}")


def kill_browser(profile: str) -> None:
    """The browser and every process it started, at once."""
    kill_tree(main_process_of(profile))


def kill_tabs(profile: str) -> None:
    """The processes in which pages and workers run; the browser itself lives on."""
    tabs = [one for one in main_process_of(profile).children(recursive=True) if "--type=renderer" in _arguments_of(one)]
    assert tabs, "the browser has no tab"
    _kill(tabs)


def kill_tree(root: psutil.Process) -> None:
    """This process and all it started, at once."""
    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        descendants = root.children(recursive=True)
    _kill([root, *descendants])


def kill_descendants(root: psutil.Process) -> None:
    """All that this process started, at once; it lives on."""
    _kill(root.children(recursive=True))


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        # One may end by itself as soon as the one before it is gone.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _, waited_for = psutil.wait_procs(processes, timeout=20)
    alive = [one for one in waited_for if lives(one)]
    assert not alive, f"killed and still there: {alive}"


def lives(process: psutil.Process) -> bool:
    """False also for one that has ended and that nobody has waited for: who does is not always us."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _arguments_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended since it was listed
        return []
