"""One seed, or many; with one rule broken, or none."""

from typing import NamedTuple

from .actions import act
from .bugs import BUGS
from .invariants import check_at_rest
from .rest import come_to_rest
from .world import World

STEPS = 260


class Outcome(NamedTuple):
    """What was violated, and the fingerprint of everything that happened."""

    violations: tuple[str, ...]
    fingerprint: str

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(violation.split()[0] for violation in self.violations)


def run(seed: int, bug: str | None = None, steps: int = STEPS) -> Outcome:
    assert bug is None or bug in BUGS, bug
    world = World(seed, bug)
    for _ in range(steps):
        world.now += world.random.randint(1, 60)
        world.land_due()
        act(world)
    come_to_rest(world)
    check_at_rest(world)
    world.trace("end", world.truth.violations, world.root.serial)
    return Outcome(tuple(world.truth.violations), world.fingerprint())


def first_caught(bug: str, seeds: int) -> int | None:
    """The first seed below `seeds` that catches it."""
    return next((seed for seed in range(seeds) if run(seed, bug).violations), None)
