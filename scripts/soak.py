"""Simulated worlds for as long as asked: `make soak SEEDS=100000 FIRST=0`. The phone's real engine against the real server.

One process per core, each with blocks of seeds of its own; a process ends with its block, so nothing grows however long
it runs. Tells every minute how far it is, and ends at once at the first failure, with its seed, its breach and status 1.
A soak that was stopped goes on from the seed that it told last. What else is on the command line goes to the phones'
side: `--bug gc_on_send`, or `--hubs` for worlds with hubs, whose seeds are others.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BLOCK = 100
TELL_SECONDS = 60.0
# A world takes a second; on a machine that does much else, half a minute.
STALL_SECONDS = 1_800.0


class Told(NamedTuple):
    """What a worker says: a world has ended, and what was found in it; or its process did, at that seed."""

    worker: int
    seed: int
    found: list[str]


class Worker:
    """One block after the other, each in a process of its own; every world is put into `told`."""

    def __init__(self, number: int, blocks: Iterator[range], told: queue.Queue[Told | None], others: list[str]) -> None:
        self._number = number
        self._blocks = blocks
        self._told = told
        self._others = others
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self.next: int | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def stop(self) -> None:
        self._stopping = True
        if self._process is not None:
            self._process.terminate()

    def _run(self) -> None:
        for block in self._blocks:
            self.next = block.start
            status = self._run_block(block)
            if self._stopping:
                break
            if self.next < block.stop:
                self._told.put(Told(self._number, self.next, [f"the process ended with status {status}"]))
                break
        self.next = None
        self._told.put(None)

    def _run_block(self, block: range) -> int:
        command = [sys.executable, "-m", "xuetan.rehearsal.runner", "--first", str(block.start)]
        command += ["--count", str(len(block)), *self._others]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "server")}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            world = json.loads(line)
            self.next = world["seed"] + 1
            self._told.put(Told(self._number, world["seed"], world["found"]))
        return self._process.wait()


class Progress:
    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._began = self._last = time.monotonic()
        self.done = 0

    def add(self) -> None:
        self.done += 1
        if time.monotonic() - self._last >= TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        self._last = time.monotonic()
        rate = self.done / (self._last - self._began)
        nexts = [worker.next for worker in self._workers if worker.next is not None]
        further = f"; go on with FIRST={min(nexts)}" if nexts else ""
        # Of processes that ended: before the first block has, nothing is known.
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        memory = f", at most {peak} MB" if peak else ""
        print(f"· {self.done} seeds without a breach, {rate:.2f} a second{memory}{further}", flush=True)


def soak(first: int, count: int, workers_max: int, others: list[str]) -> bool:
    """True when no world broke a promise."""
    blocks = iter([range(start, min(start + BLOCK, first + count)) for start in range(first, first + count, BLOCK)])
    told: queue.Queue[Told | None] = queue.Queue()
    workers = [Worker(number, blocks, told, others) for number in range(workers_max)]
    progress = Progress(workers)
    try:
        for worker in workers:
            worker.thread.start()
        running = len(workers)
        while running:
            one = told.get(timeout=STALL_SECONDS)
            if one is None:
                running -= 1
            elif one.found:
                print(f"✗ seed {one.seed}: {'; '.join(one.found)}", flush=True)
                family = "".join(f" {name}" for name in ("--hubs", "--power-cuts") if name in others)
                print(f"again: python -m tests.simulation.worlds{family} --first {one.seed} --count 1", flush=True)
                return False
            else:
                progress.add()
    except queue.Empty:
        nexts = [worker.next for worker in workers if worker.next is not None]
        print(f"✗ nothing ended in {STALL_SECONDS:.0f} seconds; these seeds are running: {nexts}", flush=True)
        return False
    finally:
        progress.tell()
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.thread.join()
    print(f"✓ seeds {first} to {first + count - 1}: nothing lost, doubled, leaked; all converged and came to rest")
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments, others = parser.parse_known_args()
    signal.signal(signal.SIGTERM, _end)
    sys.exit(0 if soak(arguments.first, arguments.seeds, arguments.workers, others) else 1)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
