"""Every check that needs no browser and no server: `make check`. With --fix it formats and mends what can be mended."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pwa_build

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON_TREES = ["server", "tests", "scripts", "benchmarks"]


# Of a check that failed, at the end of everything, where whoever reads a long log looks first.
LINES_REPEATED_MAX = 60


def run(name: str, *command: str) -> str | None:
    """What a check says is shown in one piece when it has ended, so that several can run at the same time.

    Returns what is to be repeated of one that failed; None of one that passed.
    """
    started = time.monotonic()
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=pwa_build.node_environment(),
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    mark = "✓" if result.returncode == 0 else "✗"
    print(f"{result.stdout}{mark} {name} ({time.monotonic() - started:.0f} s)", flush=True)
    if result.returncode == 0:
        return None
    return "\n".join([f"✗ {name}", *result.stdout.splitlines()[-LINES_REPEATED_MAX:]])


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
        checks = [
            # The longest first, so that the short ones fill the time beside them.
            ("unit tests of the phone", *npm("test")),
            ("the phone: types, format, lint, import order", *npm("check:static")),
            ("mypy", str(BIN / "mypy")),
            ("contracts in step", sys.executable, "scripts/generate_contracts.py", "--check"),
            ("golden examples in step", sys.executable, "scripts/generate_golden.py", "--check"),
            ("golden examples of grading in step", sys.executable, "scripts/generate_golden_grading.py", "--check"),
            ("golden examples of need in step", sys.executable, "scripts/generate_golden_need.py", "--check"),
            ("places of seeded bugs", sys.executable, "-m", "tests.simulation.places"),
            ("the repository's own rules", sys.executable, "scripts/lint_repository.py"),
            ("import order of the server", str(BIN / "lint-imports"), "--no-cache"),
            ("ruff", str(BIN / "ruff"), "check", "--quiet", *PYTHON_TREES),
            ("ruff format", str(BIN / "ruff"), "format", "--check", "--quiet", *PYTHON_TREES),
        ]
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 4)) as pool:
            done = list(pool.map(lambda check: run(*check), checks))
    failed = [told for told in done if told is not None]
    if failed:
        print("\n\n".join(["", f"{len(failed)} of {len(done)} checks failed:", *failed]), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
