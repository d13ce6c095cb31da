"""What happens in the world besides writing: synchronising, losing, copying, restoring, staff and operators at work,
dishonest people.

Each action is one step. `ACTIONS` gives their weights.
"""

from collections.abc import Callable

from . import courier, invariants
from .facts import Event, Key, fold_key, make_segment
from .hub import Held, Hub
from .log import Request
from .root import UNTOLD
from .truth import Fact
from .world import MENTORS, PHONES_MAX, TEACHERS, World
from .writing import write

NOTHING_PROJECTED: tuple[int, frozenset[Key]] = (0, frozenset())
ROW_KEYS = ("pack-a", "pack-b", "pack-c")


def synchronise(world: World) -> None:
    """A line for a moment: a few exchanges, one after the other or on top of each other."""
    phone, person = world.pick()
    to_hub = world.chance(0.3)
    for _ in range(world.random.randint(1, 3)):
        world.send(phone, person, to_hub)
        world.now += world.random.randint(0, 80)
        world.land_due()


def switch_person(world: World) -> None:
    phone, person = world.pick()
    phone.on_screen = person


def update_app(world: World) -> None:
    world.pick()[0].app = 2


# ---- stores that are copied, cloned, restored, wiped -----------------------------------------------------------------


def copy_phone(world: World) -> None:
    phone, person = world.pick()
    world.copies[(phone.number, person)] = phone.people[person].copy()


def restore_phone(world: World) -> None:
    """The store is an older copy of itself again; sometimes on other hardware, which has another key."""
    if not world.copies:
        return
    number, person = world.random.choice(sorted(world.copies))
    phone = world.phones[number]
    before = phone.people[person].held_uids()
    database = world.copies[(number, person)].copy()
    if world.chance(0.3):
        database.device = world.new_device(person)
    phone.people[person] = database
    phone.engine += 1
    world.truth.durable[(number, person)] = database.held_uids()
    world.lose(before - database.held_uids())
    world.trace("restore phone", number, person)


def clone_phone(world: World) -> None:
    if len(world.phones) >= PHONES_MAX:
        return
    phone, person = world.pick()
    clone = world.add_phone()
    phone.people[person].copied = True
    database = phone.people[person].copy()
    if world.chance(0.5):
        database.device = world.new_device(person)
    clone.people[person] = database
    clone.on_screen = person
    world.truth.durable[(clone.number, person)] = database.held_uids()
    world.trace("clone", phone.number, person)


def wipe_phone(world: World) -> None:
    """The browser threw the store away; the person signs in again, and a safety copy is handed in if there is one."""
    phone, person = world.pick()
    before = phone.people[person].held_uids()
    phone.people[person] = world.new_database(person)
    phone.engine += 1
    world.truth.durable[(phone.number, person)] = set()
    world.lose(before)
    safety = world.safety.get((phone.number, person))
    if safety:
        world.files.append(safety)
    world.trace("wipe", phone.number, person)


# ---- files -----------------------------------------------------------------------------------------------------------


def make_file(world: World) -> None:
    phone, person = world.pick()
    world.files.append(courier.make_file(phone.people[person], whole=False))


def make_safety_copy(world: World) -> None:
    phone, person = world.pick()
    world.safety[(phone.number, person)] = courier.make_file(phone.people[person], whole=True)


def deliver_file(world: World) -> None:
    """Late, once or twice, sometimes altered on the way."""
    if not world.files:
        return
    file = world.random.choice(world.files)
    if world.faulty(0.2):
        altered = courier.alter(file, world.random.choice(("u:t0", "u:t1", "u:t2")))
        courier.take_in(world.root, altered, world.bug, world.now)
        return
    if world.chance(0.7):
        world.files.remove(file)
    world.receipts += courier.take_in(world.root, file, world.bug, world.now)
    invariants.check_file_is_kept(world, file)


def deliver_receipt(world: World) -> None:
    if not world.receipts:
        return
    receipt = world.random.choice(world.receipts)
    for phone in world.phones:
        phone.take_receipt_file(receipt.person, receipt.epoch, receipt.stream, receipt.proven, receipt.chain)
        invariants.check_acknowledgements(world, phone)


# ---- hubs ------------------------------------------------------------------------------------------------------------


def hub_forwards(world: World) -> None:
    world.hub.forward(world.root, world.random.randint(1, 3) if world.faults else 1_000, world.now)


def hub_mirrors(world: World) -> None:
    world.hub.mirror(world.root)


def hub_dies(world: World) -> None:
    world.hub = Hub(world.bug, world.hubs)
    world.hubs += 1


# ---- root, staff, operator -------------------------------------------------------------------------------------------


def back_up(world: World) -> None:
    world.root.make_backup()


def verify_backup(world: World) -> None:
    world.root.verify_backup()


def restore_root(world: World) -> None:
    """From the newest backup, or an older one when that cannot be read."""
    if not world.root.backups:
        return
    before = world.root.state.holds()
    world.root.restore(world.random.randrange(len(world.root.backups)))
    world.lose({uid for _, uid in before - world.root.state.holds()})
    world.trace("restore root", world.root.epoch)


def write_row(world: World) -> None:
    scope = world.random.choice(("c:class", "pub"))
    body = None if world.chance(0.25) else f"v{world.root.serial}"
    world.root.append_row(scope, ("pack", world.random.choice(ROW_KEYS)), body)


def change_pair(world: World) -> None:
    """A pair ends, begins, or begins again."""
    mentor, teacher = world.random.choice(MENTORS), world.random.choice(TEACHERS)
    if world.staff.current(f"u:{teacher}", mentor):
        world.staff_ends(f"u:{teacher}", mentor, "mentor")
    else:
        world.staff_gives(f"u:{teacher}", mentor, "mentor")
        for fact in world.truth.facts.values():
            if (fact.author, fact.scope, fact.expect) == (mentor, f"u:{teacher}", "aside"):
                fact.expect = "either"
    world.trace("pair", mentor, teacher)


def enter_roles_again(world: World) -> None:
    """After a restore staff enter what they remember: who has, and who had, which role."""
    book = world.root.state.book
    for (scope, person), roles in sorted(world.staff.roles.items()):
        for role, is_current in sorted(roles.items()):
            if role not in book.ever(scope, person) or (is_current and role not in book.current(scope, person)):
                world.root.give_role(scope, person, role)
            if not is_current:
                book.end(scope, person, role)


def release(world: World) -> None:
    """The operator looked at what was set aside and lets it in."""
    good = [
        aside for aside in world.root.state.asides if aside.code in ("payload_too_large", "forked", "not_permitted")
    ]
    if not good:
        return
    aside = world.random.choice(good)
    uids = [event.uid for event in aside.segment.events]
    if aside.seq is not None:
        uids = [uids[aside.seq - aside.segment.first]]
    for uid in uids:
        if uid in world.truth.facts and world.truth.facts[uid].expect == "aside":
            world.truth.facts[uid].expect = "either"
    world.root.release(aside)


def release_all_of_one_person(world: World) -> None:
    """What came under a stream that its own writer's other device, or an older copy, had gone on with: their words,
    under their name."""
    world.root.give_up_waiting()
    for aside in list(world.root.state.asides):
        stream = world.root.state.streams.get(aside.segment.stream)
        if aside.code in UNTOLD and (stream is None or stream.person == aside.person):
            world.root.release(aside)


def erase(world: World) -> None:
    scope = f"u:{world.random.choice(TEACHERS)}"
    entries = [entry for entry in world.root.state.scopes.get(scope, []) if entry.items()]
    if not entries:
        return
    items = world.random.choice(entries).items()
    if any((item.author, item.event.uid) in world.truth.echoed for item in items):
        return
    world.truth.erased |= {item.event.uid for item in items}
    world.root.erase(scope, items)
    world.trace("erase", scope, len(items))


def project(world: World) -> None:
    """The projector works through the log; it may be killed before it commits."""
    killed = world.faulty(0.4)
    for scope, entries in world.root.state.scopes.items():
        cursor, keys = world.root.state.projected.get(scope, NOTHING_PROJECTED)
        if cursor >= len(entries):
            continue
        if killed:
            if world.bug == "projector_cursor_apart":
                world.root.state.projected[scope] = (len(entries), keys)
            continue
        fresh = entries[cursor:]
        if any(entry.row is not None and entry.row[0] == "erased" for entry in fresh):
            keys = invariants.project(world, scope)
        else:
            keys |= {fold_key(world.bug, item) for entry in fresh for item in entry.items()}
        world.root.state.projected[scope] = (len(entries), keys)


def commit_open(world: World) -> None:
    """Only under the seeded bug of the global number: commits become visible in any order."""
    if world.root.open_commits:
        world.root.commit_open(world.random.randrange(len(world.root.open_commits)))


# ---- dishonest -------------------------------------------------------------------------------------------------------


def stranger_in_stream(world: World) -> None:
    """Somebody who saw a stream's name goes on writing in it, exactly where it ends."""
    phone, victim = world.pick()
    name = phone.people[victim].current
    stream = world.root.state.streams.get(name)
    if victim == "t2" or stream is None:
        return
    uid = world.new_uid()
    world.truth.facts[uid] = Fact("t2", "u:t2", "either")
    event = Event("study", world.now, uid)
    segment = make_segment(world.bug, name, "u:t2", stream.next, stream.chain, (event,))
    request = Request(-1, 0, 0, "t2", "stranger", name, (segment,), {}, 0, world.root.epoch, 2, world.now)
    world.root.exchange(request)


def forger_in_hub(world: World) -> None:
    """Whoever owns the hub invents a teacher's words. There is no signature to go with them."""
    uid = world.new_uid()
    world.truth.forged.add(uid)
    segment = make_segment(world.bug, world.mint("t0"), "u:t0", 0, "", (Event("study", world.now, uid),))
    world.hub.held.append(Held("t0", "forged", segment, "none"))


ACTIONS: tuple[tuple[int, Callable[[World], None]], ...] = (
    (290, write), (330, synchronise), (55, hub_forwards), (30, hub_mirrors), (6, hub_dies), (12, switch_person),
    (5, update_app), (16, copy_phone), (14, restore_phone), (7, clone_phone), (6, wipe_phone), (20, make_file),
    (8, make_safety_copy), (24, deliver_file), (22, deliver_receipt), (16, back_up), (10, verify_backup),
    (12, restore_root), (25, write_row), (16, change_pair), (10, enter_roles_again), (12, release), (5, erase),
    (20, project), (10, stranger_in_stream), (6, forger_in_hub),
)  # fmt: skip
NAMED = [action for _, action in ACTIONS]
WEIGHTS = [weight for weight, _ in ACTIONS]


def act(world: World) -> None:
    world.random.choices(NAMED, WEIGHTS)[0](world)
    if world.bug == "serial_cursor" and world.chance(0.5):
        commit_open(world)
