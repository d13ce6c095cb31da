"""Simulated worlds for as long as asked: `make soak SEEDS=100000 FIRST=0`. The phone's real engine against the real server.

One process per core, each with its own part of the seeds. Prints seeds per second, and ends at the first failure with
its seed, its breach and status 1. What was asked is run in order of blocks, so a soak that was stopped goes on from the
seed that it printed last.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = 100


def run_block(first: int, count: int) -> list[dict[str, object]]:
    """The worlds of one block that broke a promise."""
    command = [sys.executable, "-m", "xuetan.rehearsal.runner", "--first", str(first), "--count", str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "server")}
    result = subprocess.run(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT, check=False)
    worlds = [json.loads(line) for line in result.stdout.splitlines()]
    failed = [world for world in worlds if world["found"]]
    if result.returncode != 0 and not failed:
        failed = [{"seed": first + len(worlds), "found": [f"the process ended with status {result.returncode}"]}]
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    end = arguments.first + arguments.seeds
    blocks = iter(range(arguments.first, end, BLOCK))
    began, done = time.monotonic(), 0
    running: dict[Future[list[dict[str, object]]], int] = {}
    with ThreadPoolExecutor(arguments.workers) as pool:
        while True:
            while len(running) < arguments.workers and (first := next(blocks, None)) is not None:
                running[pool.submit(run_block, first, min(BLOCK, end - first))] = first
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                first = running.pop(future)
                if failed := future.result():
                    for world in failed:
                        print(f"✗ seed {world['seed']}: {'; '.join(map(str, world['found']))}", flush=True)
                    print(f"again: python -m tests.simulation.worlds --first {failed[0]['seed']} --count 1")
                    pool.shutdown(cancel_futures=True)
                    sys.exit(1)
                done += min(BLOCK, end - first)
                left = min(running.values(), default=first + BLOCK)
                rate = done / (time.monotonic() - began)
                print(f"· {done} seeds without a breach, {rate:.1f} a second; go on with FIRST={left}", flush=True)
    print(f"✓ seeds {arguments.first} to {end - 1}: nothing lost, doubled, leaked; all converged and came to rest")


if __name__ == "__main__":
    main()
