"""Worlds in which real hubs stand beside the real root: a family of seeds of its own, which breaks no promise either; what
goes wrong around hubs is noticed there.

Keys, signatures and sealed bytes are of no seed and no part of a fingerprint: docs/simulation.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.noticed import NOTICED_WITH_HUBS
from tests.simulation.test_worlds import BUG_SEEDS_MAX, Ground, start, worlds_of
from tests.simulation.worlds import first_caught
from xuetan.rehearsal.runner import found, scratch_folder

CLEAN_SEEDS = 8
POWER_CUT_SEEDS = 4


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with scratch_folder() as folder:
        yield Ground(found(folder / "founded"), folder / "world")


@pytest.mark.timeout(600)
def test_no_world_with_hubs_loses_doubles_leaks_diverges_or_stands_still() -> None:
    half = CLEAN_SEEDS // 2
    processes = [start(0, half, "--hubs"), start(half, half, "--hubs")]
    worlds = [world for process in processes for world in worlds_of(process)]
    assert [world["seed"] for world in worlds] == list(range(CLEAN_SEEDS))
    assert {world["seed"]: world["found"] for world in worlds if world["found"]} == {}
    for what in ("held", "statements", "entries", "provisional", "refused"):
        assert any(world[what] for world in worlds), f"no hub ever answered with {what}"


@pytest.mark.timeout(600)
def test_no_power_cut_at_a_hub_or_at_a_root_that_hears_one_breaks_a_promise() -> None:
    half = POWER_CUT_SEEDS // 2
    processes = [start(0, half, "--power-cuts"), start(half, half, "--power-cuts")]
    worlds = [world for process in processes for world in worlds_of(process)]
    assert {world["seed"]: world["found"] for world in worlds} == {seed: [] for seed in range(POWER_CUT_SEEDS)}
    assert sum(world["cuts"] for world in worlds) > POWER_CUT_SEEDS


def test_a_seed_with_hubs_repeats_all_that_was_asked_answered_and_decided() -> None:
    told = [worlds_of(process) for process in [start(2, 2, "--hubs", hash_seed=seed) for seed in ("1", "77")]]
    prints = [[world["fingerprint"] for world in worlds] for worlds in told]
    assert len(set(prints[0])) == 2
    assert prints[0] == prints[1]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", list(NOTICED_WITH_HUBS))
def test_worlds_with_hubs_notice_the_seeded_bug(name: str, ground: Ground) -> None:
    """By the world that noticed it when it was written down; else, after a change of the schedule, by any of sixty."""
    known = first_caught(ground.founded, ground.scratch, name, NOTICED_WITH_HUBS[name], 1)
    assert known or first_caught(ground.founded, ground.scratch, name, 0, BUG_SEEDS_MAX)
