"""The phone's real engine against the real server, in seeded worlds where everything goes wrong: no seed breaks a promise, every
seeded bug is noticed, a seed repeats its run to the byte.

What the worlds hold and what they cannot show: docs/simulation.md. Any number of seeds: `make soak`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.simulation.noticed import NOTICED, NOTICED_WITH_HUBS
from tests.simulation.server_bugs import BUGS, ROOT, edited
from tests.simulation.worlds import first_caught, hub_bugs, phone_bugs
from xuetan.rehearsal.runner import Founded, found, scratch_folder

CLEAN_SEEDS = 200
BUG_SEEDS_MAX = 60


class Ground(NamedTuple):
    founded: Founded
    scratch: Path


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with scratch_folder() as folder:
        yield Ground(found(folder / "founded"), folder / "world")


def start(first: int, count: int, *others: str, hash_seed: str = "0") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "xuetan.rehearsal.runner", "--first", str(first), "--count", str(count), *others]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT / "server")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT)


def worlds_of(process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    told, _ = process.communicate()
    return [json.loads(line) for line in told.splitlines()]


@pytest.mark.timeout(1200)
def test_no_world_loses_doubles_leaks_diverges_or_stands_still() -> None:
    half = CLEAN_SEEDS // 2
    worlds = [world for process in [start(0, half), start(half, half)] for world in worlds_of(process)]
    assert [world["seed"] for world in worlds] == list(range(CLEAN_SEEDS))
    assert {world["seed"]: world["found"] for world in worlds if world["found"]} == {}


def test_a_seed_repeats_its_world_to_the_byte_in_any_process() -> None:
    told = [worlds_of(start(7, 3, hash_seed=seed)) for seed in ("1", "77")]
    prints = [[world["fingerprint"] for world in worlds] for worlds in told]
    assert len(set(prints[0])) == 3
    assert prints[0] == prints[1]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", list(NOTICED))
def test_the_worlds_notice_the_seeded_bug(name: str, ground: Ground) -> None:
    """By the world that noticed it when it was written down; else, after a change of the schedule, by any of sixty."""
    known = first_caught(ground.founded, ground.scratch, name, NOTICED[name], 1)
    assert known or first_caught(ground.founded, ground.scratch, name, 0, BUG_SEEDS_MAX)


def test_every_seeded_bug_is_written_down_with_a_world_that_notices_it() -> None:
    assert set(NOTICED) | set(NOTICED_WITH_HUBS) == {*phone_bugs(), *BUGS}
    assert set(NOTICED_WITH_HUBS) == hub_bugs()


@pytest.mark.parametrize("name", list(BUGS))
def test_the_place_of_a_servers_seeded_bug_is_there(name: str) -> None:
    assert BUGS[name].wrong in edited(BUGS[name])
