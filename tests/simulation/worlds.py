"""Simulated worlds from the command line: the phone's real engine against the real server.

    python -m tests.simulation.worlds --first 0 --count 100          seeds, one line each
    python -m tests.simulation.worlds --hubs --first 0 --count 100   worlds with hubs, whose seeds are others
    python -m tests.simulation.worlds --bugs 40                      which seed of 40 notices each seeded bug, and how
    python -m tests.simulation.worlds --bugs 40 --only gc_on_send,no_epoch

`make soak` runs `xuetan.rehearsal.runner` in several processes.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
from contextlib import nullcontext
from pathlib import Path

from tests.simulation.server_bugs import BUGS, HUB_BUGS, ROOT, seeded
from xuetan.rehearsal.runner import Founded, found, run_worlds, scratch_folder

# What breaks a promise. A world that FAILED has a mistake of its own, which must not pass for a catch.
BREACHES = frozenset(
    [
        "LOST",
        # A stream was left although nothing was copied or put back: S4 says that what was sent is never cut again.
        "SPURIOUS",
        "DOUBLED",
        "LEAKED",
        "DIVERGED",
        "ACKED",
        "RESTLESS",
        "RECEIPTS",
        "CHAIN",
        "PROJECTION",
        "ASIDE",
        "EPOCH",
        "BOOKS",
        "CRASH",
    ]
)


def phone_bugs() -> dict[str, str]:
    """The seeded bugs of pwa/simulation/bugs.ts and hub-bugs.ts: name to what it breaks."""
    return {**_bugs_in("bugs.ts"), **hub_bugs_of_phones()}


def hub_bugs_of_phones() -> dict[str, str]:
    return _bugs_in("hub-bugs.ts")


def _bugs_in(file: str) -> dict[str, str]:
    text = (ROOT / "pwa" / "simulation" / file).read_text(encoding="utf-8")
    return dict(re.findall(r'^  (\w+): \{\n    breaks: "(.*)",$', text, re.MULTILINE))


def hub_bugs() -> set[str]:
    """Seeded bugs that need a hub to be noticed."""
    return {*hub_bugs_of_phones(), *HUB_BUGS}


def first_caught(founded: Founded, scratch: Path, name: str, first: int, count: int) -> tuple[int, str] | None:
    """The first of these seeds that notices a bug, and how; None when none does. A bug of hubs is looked for in worlds with hubs."""
    arguments = ["--first", str(first), "--count", str(count), "--until-found"]
    if name in hub_bugs():
        arguments += ["--hubs"]
    if name in phone_bugs():
        arguments += ["--bug", name]
    caught: tuple[int, str] | None = None
    with seeded(name) if name in BUGS else nullcontext():
        for world in run_worlds(founded, scratch, arguments):
            kinds = {one.split()[0] for one in world["found"]}
            if kinds - BREACHES:
                raise AssertionError(f"seed {world['seed']} with {name}: {world['found']}")
            if kinds:
                caught = world["seed"], " ".join(sorted(kinds))
    return caught


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--bugs", type=int, default=0, help="try every seeded bug on so many seeds")
    parser.add_argument("--hubs", action="store_true", help="worlds with hubs: seeds of their own")
    parser.add_argument("--power-cuts", action="store_true", help="the same, with power cuts at hubs")
    parser.add_argument("--only", default="", help="these seeded bugs, with commas between")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with scratch_folder() as folder:
        founded = found(folder / "founded")
        if arguments.bugs:
            names = arguments.only.split(",") if arguments.only else list({**phone_bugs(), **BUGS})
            for name in names:
                try:
                    caught = first_caught(founded, folder / "world", name, arguments.first, arguments.bugs)
                except AssertionError as error:
                    caught = (-1, str(error)[:3000])
                print(name, caught, flush=True)
        else:
            told = ["--first", str(arguments.first), "--count", str(arguments.count)]
            if arguments.hubs:
                told += ["--hubs"]
            if arguments.power_cuts:
                told += ["--power-cuts"]
            failed = False
            for world in run_worlds(founded, folder / "world", told):
                failed = failed or bool(world["found"])
                print(json.dumps(world, ensure_ascii=False), flush=True)
            sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
