"""What must hold after each answer and when the world is at rest. Compares everybody with the truth; changes nothing.

Each violation begins with a word: LOST, DOUBLED, LEAKED, DIVERGED, ACKED (more than is durable), CHAIN, PROJECTION,
SPURIOUS, EPOCH, RESTLESS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .courier import File
from .database import Database, LocalStream
from .facts import Item, Key, fold_key, heads_of, segment_hash
from .log import Entry, Reply, rows_of
from .phone import Phone

if TYPE_CHECKING:
    from .world import World


# ---- after each answer -----------------------------------------------------------------------------------------------


def check_after_answer(world: World, phone: Phone, person: str, reply: Reply) -> None:
    database = phone.people.get(person)
    if database is None:
        return
    check_acknowledgements(world, phone)
    missing = world.truth.durable.get((phone.number, person), set()) - database.held_uids()
    if missing:
        world.truth.say(f"LOST phone {phone.number} no longer holds {sorted(missing)[:3]}")
    _check_epoch(world, phone, database)
    if phone.forks_without_cause:
        world.truth.say("SPURIOUS a fork where nothing was copied")
    for number, entry in reply.entries:
        if number in database.follow:
            filed = database.entries.get(number, {}).get(entry.position)
            _check_readable(world, database, filed or entry)
    for entry in reply.provisional or ():
        _check_readable(world, database, entry)


def check_acknowledgements(world: World, phone: Phone) -> None:
    """Nothing is called received, or safe, that the root (its backup) does not have, from the first event on."""
    root = world.root
    for database in phone.people.values():
        if database.epoch != root.epoch:
            continue
        for stream in database.streams.values():
            known = root.state.streams.get(stream.name)
            if stream.acked and (known is None or known.chain_at(stream.acked) != _own_chain(stream)):
                world.truth.say(f"ACKED phone {phone.number} believes {stream.acked} of {stream.name}")
            if stream.safe and (stream.safe > stream.acked or stream.safe > root.verified.get(stream.name, 0)):
                world.truth.say(f"ACKED phone {phone.number} believes {stream.safe} of {stream.name} safe")


def _own_chain(stream: LocalStream) -> str | None:
    return next((segment.hash for segment in stream.sealed if segment.end == stream.acked), None)


def _check_epoch(world: World, phone: Phone, database: Database) -> None:
    if database.epoch is None:
        return
    index = world.root.epochs.index(database.epoch) if database.epoch in world.root.epochs else -1
    if index < database.newest_epoch_seen:
        world.truth.say(f"EPOCH phone {phone.number} went back to {database.epoch}")
    elif index == database.newest_epoch_seen and database.follow_version < database.newest_list_seen:
        world.truth.say(f"EPOCH phone {phone.number} went back to an older follow list")
    database.newest_epoch_seen, database.newest_list_seen = index, database.follow_version


def _check_readable(world: World, database: Database, entry: Entry) -> None:
    """Nobody is shown what was written for a scope in which they never had a role."""
    for item in entry.items():
        uid = item.event.uid
        fact = world.truth.facts.get(uid)
        if uid in world.truth.forged or fact is None:
            world.truth.say(f"LEAKED {uid}, which nobody wrote, to {database.person}")
        elif fact.scope != entry.scope:
            world.truth.say(f"LEAKED {uid} of {fact.scope} into {entry.scope}")
        elif database.person != item.author and not world.staff.ever(fact.scope, database.person):
            world.truth.say(f"LEAKED {uid} of {fact.scope} to {database.person}")
        elif fact.expect == "aside":
            world.truth.say(f"LEAKED {uid}, which is set aside, to {database.person}")


def check_file_is_kept(world: World, file: File) -> None:
    missing = file.uids() - {uid for _, uid in world.root.state.holds()} - world.truth.erased
    if missing and file.segments:
        world.truth.say(f"LOST from a file that was handed in: {sorted(missing)[:3]}")


# ---- at rest ---------------------------------------------------------------------------------------------------------


def check_at_rest(world: World) -> None:
    folds = {scope: world.root.state.fold_scope(world.bug, scope) for scope in world.root.state.scopes}
    _check_facts(world, folds)
    _check_streams(world)
    _check_projection(world)
    for phone in world.phones:
        check_acknowledgements(world, phone)
        for database in phone.people.values():
            _check_told(world, phone, database)
            _check_converged(world, phone, database, folds)
    for scope, shown in folds.items():
        _check_journal(world, scope, shown)


def _check_facts(world: World, folds: dict[str, dict[Key, Item]]) -> None:
    shown: dict[tuple[str, str], list[str]] = {}
    for scope, fold in folds.items():
        for item in fold.values():
            shown.setdefault((item.author, item.event.uid), []).append(scope)
    for (author, uid), scopes in shown.items():
        fact = world.truth.facts.get(uid)
        if len(scopes) > 1:
            world.truth.say(f"DOUBLED {uid} stands {len(scopes)} times at the root")
        if (
            fact is None
            or fact.scope not in scopes
            or (fact.author != author and (author, uid) not in world.truth.echoed)
        ):
            world.truth.say(f"LEAKED {uid} by {author} in {scopes}")
    held = world.root.state.holds()
    for uid, fact in world.truth.facts.items():
        in_scope = (fact.author, uid) in shown
        if uid in world.truth.erased:
            if (fact.author, uid) in held:
                world.truth.say(f"LEAKED {uid}, which was erased")
        elif in_scope and fact.expect == "aside":
            world.truth.say(f"LEAKED {uid}, which is set aside")
        elif (
            not in_scope and uid not in world.truth.gone and (fact.expect == "scope" or (fact.author, uid) not in held)
        ):
            world.truth.say(f"LOST {uid} of {fact.author} for {fact.scope}")


def _check_streams(world: World) -> None:
    """Chains verify from the first segment on, contents give their hash, a stream has one author."""
    for name, stream in world.root.state.streams.items():
        chain, end = "", 0
        for first in sorted(stream.known):
            known = stream.known[first]
            if first != end or known.prev != chain:
                world.truth.say(f"CHAIN {name} is broken at {first}")
            chain, end = known.hash, first + known.n
        if (chain, end) != (stream.chain, stream.next):
            world.truth.say(f"CHAIN {name} does not end at its chain")
    authors: dict[str, str] = {}
    for scope, entries in world.root.state.scopes.items():
        for position, entry in enumerate(entries, 1):
            if entry.position != position and world.bug != "serial_cursor":
                world.truth.say(f"CHAIN {scope} has no dense positions")
            if entry.row is None and authors.setdefault(entry.stream, entry.by) != entry.by:
                world.truth.say(f"LEAKED {entry.by} writes in the stream of {authors[entry.stream]}")
            _check_contents(world, entry)


def _check_contents(world: World, entry: Entry) -> None:
    stream = world.root.state.streams.get(entry.stream)
    known = stream.known.get(entry.first) if stream else None
    events = tuple(event for event in entry.events or () if event is not None)
    if not entry.hash or known is None or known.hash != entry.hash or len(events) != known.n:
        return
    if segment_hash(world.bug, entry.stream, entry.scope, entry.first, known.prev, events) != entry.hash:
        world.truth.say(f"CHAIN the contents of {entry.stream} at {entry.first} are not what was sealed")


def project(world: World, scope: str) -> frozenset[Key]:
    return frozenset(world.root.state.fold_scope(world.bug, scope))


def _check_projection(world: World) -> None:
    """What the projector made step by step equals what is made anew. An erased scope is projected anew when its row
    comes."""
    for scope in world.root.state.scopes:
        if world.root.state.projected.get(scope, (0, frozenset()))[1] != project(world, scope):
            world.truth.say(f"PROJECTION of {scope} differs when rebuilt")


def _check_told(world: World, phone: Phone, database: Database) -> None:
    """Everything this phone holds is proven, and what was set aside is told so: no more, no less."""
    codes = database.aside_codes()
    for stream in database.streams.values():
        known = world.root.state.streams.get(stream.name)
        if stream.waits:
            world.truth.say(f"RESTLESS phone {phone.number} still waits with {stream.name}")
        elif known is not None:
            set_aside = {
                seq for segment in known.known.values() for seq, _ in segment.codes if seq < len(stream.events)
            }
            told = {seq for (name, seq) in codes if name == stream.name and seq < len(stream.events)}
            if set_aside != told:
                world.truth.say(f"ACKED phone {phone.number} was told another fate of {stream.name} {set_aside ^ told}")


def _check_converged(world: World, phone: Phone, database: Database, folds: dict[str, dict[Key, Item]]) -> None:
    book = world.root.state.book
    if database.follow != book.listed(database.person):
        world.truth.say(f"DIVERGED follow list of phone {phone.number}")
    followed = {scope: number for number, (scope, _) in book.listed(database.person).items()}
    for scope, shown in database.view().items():
        facts = sorted((item.author, item.event.uid) for item in shown.values())
        if len(set(facts)) != len(facts):
            world.truth.say(f"DOUBLED on phone {phone.number} in {scope}")
        if scope not in followed:
            if any(author != database.person for author, _ in facts):
                world.truth.say(f"LEAKED phone {phone.number} kept others' words of {scope}")
            continue
        wanted = sorted((item.author, item.event.uid) for item in folds.get(scope, {}).values())
        if facts != wanted:
            odd = sorted(set(facts) ^ set(wanted))[:3]
            world.truth.say(f"DIVERGED phone {phone.number} of {database.person} in {scope}: {odd}")
        rows = {key: body for key, (_, body) in database.rows.get(followed[scope], {}).items() if body is not None}
        if rows != rows_of(world.root.state.scopes.get(scope, [])):
            world.truth.say(f"DIVERGED rows on phone {phone.number} in {scope}")


def _check_journal(world: World, scope: str, shown: dict[Key, Item]) -> None:
    """Every version can be reached from a shown head, and is shown as it was written."""
    journal = {fold_key(None, item): item.event for item in shown.values() if item.event.kind == "journal"}
    heads = heads_of(world.bug, journal.values())
    versions: dict[str, list[tuple[object, ...]]] = {}
    for event in journal.values():
        versions.setdefault(str(event.body[1]), []).append(event.body)
    if any(body != bodies[0] for bodies in versions.values() for body in bodies):
        world.truth.say(f"LOST a journal version in {scope} hides behind another")
    reached: set[str] = set()
    waiting = [ver for known in heads.values() for ver in known]
    while waiting:
        ver = waiting.pop()
        if ver not in reached and ver in versions:
            reached.add(ver)
            waiting += [str(parent) for parent in versions[ver][0][2]]  # type: ignore[attr-defined]
    if set(versions) - reached:
        world.truth.say(f"LOST {len(set(versions) - reached)} journal versions in {scope} are not shown")
