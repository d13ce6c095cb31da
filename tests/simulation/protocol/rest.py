"""Bringing the world to rest: no more faults, everybody meets everybody, until nothing changes.

Owns the claim that it comes to rest: in a bounded number of rounds, each phone with a bounded number of requests.
"""

from . import actions, courier, invariants
from .world import World

ROUNDS_MAX = 12
REQUESTS_PER_ROUND = 40


def come_to_rest(world: World) -> None:
    world.faults = False
    for phone in world.phones:
        phone.app = 2
    while world.root.open_commits:
        actions.commit_open(world)
    before: object = None
    for _ in range(ROUNDS_MAX):
        _one_round(world)
        now = _state(world)
        if now == before:
            return
        before = now
    world.truth.say("RESTLESS the world does not come to rest")


def _one_round(world: World) -> None:
    _land_everything(world)
    actions.enter_roles_again(world)
    for file in world.files:
        world.receipts += courier.take_in(world.root, file, world.bug, world.now)
        invariants.check_file_is_kept(world, file)
    world.files.clear()
    world.hub.forward(world.root, 1_000, world.now)
    world.hub.mirror(world.root)
    while world.root.open_commits:
        actions.commit_open(world)
    for phone in world.phones:
        for person in sorted(phone.people):
            world.send(phone, person, to_hub=True)
            _land_everything(world)
            _exhaust(world, phone.number, person)
    actions.release_all_of_one_person(world)
    while world.root.open_commits:
        actions.commit_open(world)
    actions.project(world)


def _exhaust(world: World, number: int, person: str) -> None:
    """One phone synchronises with the root until an exchange changes nothing."""
    phone = world.phones[number]
    before: object = None
    for _ in range(REQUESTS_PER_ROUND):
        world.send(phone, person, to_hub=False)
        _land_everything(world)
        while world.root.open_commits:
            actions.commit_open(world)
        database = phone.people[person]
        streams = [(stream.name, stream.acked) for stream in database.streams.values()]
        now = (database.epoch, database.follow_version, dict(database.cursors), streams)
        if now == before:
            return
        before = now


def _land_everything(world: World) -> None:
    while world.flights:
        world.now = max(world.now, world.flights[0][0])
        world.land_due()


def _state(world: World) -> object:
    databases = [database for phone in world.phones for database in phone.people.values()]
    return (
        world.root.epoch,
        {scope: len(entries) for scope, entries in world.root.state.scopes.items()},
        {name: stream.next for name, stream in world.root.state.streams.items()},
        [[(stream.name, stream.acked) for stream in database.streams.values()] for database in databases],
        [dict(database.cursors) for database in databases],
        len(world.root.state.asides),
        len(world.hub.held),
    )
