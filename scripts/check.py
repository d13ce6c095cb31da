"""Every check that needs no browser and no server: `make check`. With --fix it formats and mends what can be mended."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import pwa_build

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON_TREES = ["server", "tests", "scripts", "benchmarks"]


def run(name: str, *command: str) -> bool:
    started = time.monotonic()
    result = subprocess.run(command, cwd=ROOT, env=pwa_build.node_environment(), check=False)
    print(f"{'✓' if result.returncode == 0 else '✗'} {name} ({time.monotonic() - started:.0f} s)", flush=True)
    return result.returncode == 0


def npm(script: str) -> tuple[str, ...]:
    return ("npm", "--prefix", "pwa", "run", "--silent", script)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="format and mend instead of checking")
    arguments = parser.parse_args()
    if arguments.fix:
        done = [
            run("ruff mends", str(BIN / "ruff"), "check", "--fix", "--quiet", *PYTHON_TREES),
            run("ruff formats", str(BIN / "ruff"), "format", "--quiet", *PYTHON_TREES),
            run("the phone's code", *npm("fmt")),
        ]
    else:
        done = [
            run("ruff", str(BIN / "ruff"), "check", "--quiet", *PYTHON_TREES),
            run("ruff format", str(BIN / "ruff"), "format", "--check", "--quiet", *PYTHON_TREES),
            run("mypy", str(BIN / "mypy")),
            run("import order of the server", str(BIN / "lint-imports"), "--no-cache"),
            run("contracts in step", sys.executable, "scripts/generate_contracts.py", "--check"),
            run("golden examples in step", sys.executable, "scripts/generate_golden.py", "--check"),
            run("golden examples of grading in step", sys.executable, "scripts/generate_golden_grading.py", "--check"),
            run("golden examples of need in step", sys.executable, "scripts/generate_golden_need.py", "--check"),
            run("places of seeded bugs", sys.executable, "-m", "tests.simulation.places"),
            run("the repository's own rules", sys.executable, "scripts/lint_repository.py"),
            run("the phone: types, import order, lint, unit tests", *npm("check")),
        ]
    sys.exit(0 if all(done) else 1)


if __name__ == "__main__":
    main()
