"""`python -m tests.simulation.protocol --seeds 1500`: failures of the protocol, and how many seeds notice each seeded
bug."""

import argparse
import collections
import sys
import time

from .bugs import BUGS
from .runner import run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--bug-seeds", type=int, default=300, help="seeds per seeded bug")
    parser.add_argument("--bug", choices=sorted(BUGS), nargs="+", help="these only")
    arguments = parser.parse_args()
    failures = 0 if arguments.bug else _prove(range(arguments.first, arguments.first + arguments.seeds))
    names = arguments.bug or list(BUGS)
    uncaught = [name for name in names if not _detect(name, min(arguments.seeds, arguments.bug_seeds))]
    print(f"uncaught: {', '.join(uncaught) or 'none'}")
    return 1 if failures or uncaught else 0


def _prove(seeds: range) -> int:
    began = time.perf_counter()
    failed = {seed: outcome.violations for seed in seeds if (outcome := run(seed)).violations}
    seconds = time.perf_counter() - began
    print(f"{len(seeds)} seeds, {len(failed)} failures, {len(seeds) / seconds:.0f} seeds a second")
    for seed, violations in failed.items():
        print(f"  seed {seed}: {'; '.join(violations[:4])}")
    return len(failed)


def _detect(name: str, seeds: int) -> bool:
    caught: list[int] = []
    kinds: collections.Counter[str] = collections.Counter()
    for seed in range(seeds):
        outcome = run(seed, name)
        if outcome.violations:
            caught.append(seed)
            kinds.update(outcome.kinds)
    first = caught[0] if caught else "-"
    print(f"| {BUGS[name].family} | `{name}` | {BUGS[name].breaks} | {len(caught)} of {seeds} | {first} | "
          f"{' '.join(kind for kind, _ in kinds.most_common(3))} |", flush=True)  # fmt: skip
    return bool(caught)


if __name__ == "__main__":
    sys.exit(main())
