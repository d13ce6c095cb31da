"""The model of the whole sync protocol: no seed breaks an invariant, every seeded bug is noticed, a seed repeats its
run exactly.

What is modelled and what it taught: docs/simulation.md. More seeds: `python -m tests.simulation.protocol --seeds 1500`.
"""

import os
import subprocess
import sys

import pytest

from tests.simulation.protocol.bugs import BUGS
from tests.simulation.protocol.runner import first_caught, run

CLEAN_SEEDS = 200
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_seed_loses_doubles_leaks_or_stands_still(part: int) -> None:
    failed = {seed: run(seed).violations for seed in range(part, CLEAN_SEEDS, PARTS)}
    assert {seed: violations for seed, violations in failed.items() if violations} == {}


@pytest.mark.parametrize("seed", [0, 7, 41])
def test_a_seed_repeats_its_run_exactly(seed: int) -> None:
    assert run(seed) == run(seed)
    assert run(seed).fingerprint != run(seed + 1).fingerprint


def test_another_process_repeats_the_run_whatever_its_hash_seed() -> None:
    program = "from tests.simulation.protocol.runner import run; print(run(3).fingerprint)"
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout.decode()
        for seed in ("1", "77")
    }
    assert told == {run(3).fingerprint + "\n"}


@pytest.mark.parametrize("name", list(BUGS))
def test_the_simulation_notices_the_seeded_bug(name: str) -> None:
    assert first_caught(name, BUGS[name].seeds) is not None, BUGS[name].breaks
