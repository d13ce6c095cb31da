"""Runs the benchmarks; each prints its figures beside those to reach. Name some to run only these.

Two run only when they are named: `peers` installs the servers of others from the registries, `kernel_line` is as slow as its lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import run_tests

ROOT = Path(__file__).resolve().parent.parent
NOT_BENCHMARKS = {"__init__", "counting_proxy", "slow_phone"}
ONLY_WHEN_NAMED = {"peers", "kernel_line"}


def main() -> None:
    there = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - NOT_BENCHMARKS
    names = sys.argv[1:] or sorted(there - ONLY_WHEN_NAMED)
    environment = {**os.environ, "XUETAN_CHROMIUM": run_tests.find_chromium(), "PYTHONPATH": str(ROOT)}
    failed = 0
    for name in names:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        failed += subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
