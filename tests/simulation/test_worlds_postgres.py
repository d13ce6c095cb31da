"""The same worlds over PostgreSQL: what its transactions, locks and types do under the phone's real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.postgres import PostgresServer
from tests.simulation.postgres_storage import PostgresStorage
from tests.simulation.server_bugs import seeded
from xuetan.rehearsal.runner import Founded, found, run_worlds, scratch_folder

SEEDS = 4


class Ground(NamedTuple):
    founded: Founded
    storage: PostgresStorage
    scratch: Path


@pytest.fixture(scope="module")
def ground(postgres: PostgresServer) -> Iterator[Ground]:
    name = postgres.create()
    with scratch_folder() as folder:
        founded = found(folder / "founded", postgres.url_of(name))
        storage = PostgresStorage(postgres, name, folder / "world")
        yield Ground(founded, storage, folder)
        storage.close()
    postgres.drop(name)


def breaches(ground: Ground, first: int, count: int) -> dict[int, list[str]]:
    arguments = ["--first", str(first), "--count", str(count)]
    worlds = run_worlds(ground.founded, ground.scratch, arguments, storage=ground.storage)
    return {world["seed"]: world["found"] for world in worlds}


@pytest.mark.timeout(300)
def test_no_world_over_postgresql_breaks_a_promise(ground: Ground) -> None:
    assert breaches(ground, 0, SEEDS) == {seed: [] for seed in range(SEEDS)}


def test_a_world_over_postgresql_notices_that_a_restored_root_keeps_its_epoch(ground: Ground) -> None:
    with seeded("no_epoch"):
        assert breaches(ground, 0, 1)[0]
