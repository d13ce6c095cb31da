"""What people do in their apps: study, keep a journal, give feedback, and what old or broken apps write. Owns the
facts' expected fate."""

from collections.abc import Callable

from .database import Database
from .facts import PAYLOAD_MAX, Event, Origin, event_hash, heads_of, origin_of, version_of
from .phone import Phone
from .truth import Fact
from .world import MENTORS, PAIRS, TEACHERS, World

LONG_TEXT = PAYLOAD_MAX + 4


def write(world: World) -> None:
    """Somebody saves something, on whatever phone, with no line."""
    phone, person = world.pick()
    database = phone.people[person]
    kinds: list[Callable[[World, Phone, Database, str], None]] = [_odd_app]
    kinds += [_feedback] * 6 if person in MENTORS else [_study, _study, _study, _journal, _journal, _message]
    world.random.choice(kinds)(world, phone, database, person)


def save(
    world: World, phone: Phone, database: Database, scope: str, kind: str, expect: str = "scope", **more: object
) -> None:
    uid = world.new_uid()
    event = Event(kind, world.now + phone.offset, uid, **more)  # type: ignore[arg-type]
    if world.bug == "save_refused_when_long" and event.body == ("long",):
        world.truth.save(phone.number, uid, Fact(database.person, scope, expect))
        return
    if world.bug == "tabs_share_seq" and world.chance(0.1) and database.streams[database.current].events:
        stream = database.streams[database.current]
        if stream.sealed_end < len(stream.events):
            stream.events.pop()
    database.append(scope, event)
    world.truth.save(phone.number, uid, Fact(database.person, scope, expect))
    world.trace("save", phone.number, uid, scope, kind)


def _study(world: World, phone: Phone, database: Database, person: str) -> None:
    """A lesson, sometimes with text that repeats itself, sometimes too long for an event: then it goes as a blob, and
    the event names it."""
    if world.chance(0.1):
        save(world, phone, database, f"u:{person}", "study", body=("long",))
    else:
        save(world, phone, database, f"u:{person}", "study", inflated=5 if world.chance(0.15) else 1)


def _journal(world: World, phone: Phone, database: Database, person: str) -> None:
    scope, thing = f"u:{person}", f"{person}/journal"
    shown = database.view().get(scope, {})
    heads = heads_of(world.bug, (item.event for item in shown.values())).get(thing, {})
    text, title = world.random.choice("ab"), world.random.choice("xy")
    parents = tuple(sorted(heads))
    ver = version_of(world.bug, thing, parents, text, title)
    save(world, phone, database, scope, "journal", body=(thing, ver, parents, text, title))


def _message(world: World, phone: Phone, database: Database, person: str) -> None:
    save(world, phone, database, f"u:{person}", "message")


def _feedback(world: World, phone: Phone, database: Database, person: str) -> None:
    """Into one of several teachers' scopes; the pair may have ended meanwhile, or never have been."""
    paired = sorted({f"u:{teacher}" for teacher in TEACHERS if world.staff.ever(f"u:{teacher}", person)})
    if world.chance(0.08):
        save(world, phone, database, "u:t2", "message", "either" if "u:t2" in paired else "aside")
        return
    kind = world.random.choice(("feedback", "feedback", "message"))
    save(world, phone, database, world.random.choice(paired), kind)


def _odd_app(world: World, phone: Phone, database: Database, person: str) -> None:
    """Malformed, too large, not this role's, of a kind nobody knows yet, or with an origin that is not true."""
    own = f"u:{person}" if person in TEACHERS else f"u:{next(teacher for mentor, teacher in PAIRS if mentor == person)}"
    what = world.random.randrange(6)
    if what == 0:
        save(world, phone, database, own, "malformed", "aside")
    elif what == 1:
        save(world, phone, database, own, "study" if person in TEACHERS else "feedback", "aside", size=LONG_TEXT)
    elif what == 2:
        save(world, phone, database, own, "feedback" if person in TEACHERS else "journal", "aside",
             body=("none", "none", (), "", ""))  # fmt: skip
    elif what == 3:
        save(world, phone, database, own, "future")
    elif what == 4:
        _lying_origin(world, phone, database, own)
    else:
        _echo(world, phone, database, own)


def _lying_origin(world: World, phone: Phone, database: Database, scope: str) -> None:
    """An app that changed a text while it emitted it again."""
    stream = database.streams[database.current]
    if not stream.events:
        return
    seq = world.random.randrange(len(stream.events))
    origin = Origin(stream.name, seq, event_hash(stream.events[seq][1]))
    save(world, phone, database, scope, "message", origin=origin)


def _echo(world: World, phone: Phone, database: Database, scope: str) -> None:
    """A mentor's broken or dishonest app repeats a message of the teacher, with the teacher's origin."""
    if database.person not in MENTORS or scope not in database.view():
        return
    messages = [
        item for item in database.view()[scope].values() if item.event.kind == "message" and item.author in TEACHERS
    ]
    if not messages:
        return
    item = world.random.choice(messages)
    database.append(scope, item.event._replace(origin=origin_of(world.bug, item)))
    world.truth.echoed.add((database.person, item.event.uid))
