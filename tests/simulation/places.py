"""Checks that every seeded bug still finds its place in the sources, phone's and server's. Part of `make check`.

Who changes a line that a seeded bug edits sees it here, and moves the edit along (tests/simulation/server_bugs.py,
pwa/simulation/bugs.ts).
"""

from __future__ import annotations

import subprocess
import sys

from tests.simulation.server_bugs import BUGS, ROOT, edited


def main() -> None:
    lost = []
    for name, bug in BUGS.items():
        try:
            edited(bug)
        except AssertionError as error:
            lost.append(f"{name}: {error}")
    for line in lost:
        print(line)
    phone = subprocess.run(["node", str(ROOT / "pwa" / "simulation" / "places.mjs")], check=False)
    sys.exit(1 if lost else phone.returncode)


if __name__ == "__main__":
    main()
