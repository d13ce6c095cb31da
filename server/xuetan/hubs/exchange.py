"""`POST /hubs/1/sync`: what a hub brings is judged, what it may know is given.

Owns the reach of a hub: the people of its place and below, who else writes to them, and the scopes these follow. A hub
names positions, never scopes that it wants: what lies outside of its reach is not looked at. Works in its own
transactions; never called from the event loop.
"""

from collections.abc import Mapping
from threading import BoundedSemaphore

import msgspec
from msgspec import UNSET
from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.contracts.limits import HUB_REPLY_BYTES_TARGET, PULL_BYTES_MIN
from xuetan.contracts.sync import (
    HubDevice,
    HubPerson,
    HubReach,
    HubReachPart,
    HubSyncHeader,
    HubSyncReply,
    MirroredEntry,
)
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried, Floor
from xuetan.hubs.models import Hub
from xuetan.hubs.registry import certificate_of, note_contact
from xuetan.hubs.told import TaggedReach, ToldReaches
from xuetan.kernel.errors import BusyError, SignInRequiredError
from xuetan.kernel.ids import b64url_encode, h16
from xuetan.kernel.services import Services
from xuetan.sync.service import decode_hub_sync, encode_hub_reply, take_transfers

# What a hub brings and gets may be megabytes: one at a time.
_TURN = BoundedSemaphore(1)
TURN_SECONDS_MAX = 30
STREAMS_MAX = 2_000


def exchange(services: Services, hub_id: str, frame: bytes) -> bytes:
    """The answer to one request of a hub that was let in."""
    if not _TURN.acquire(timeout=TURN_SECONDS_MAX):
        raise BusyError
    try:
        return _exchange(services, hub_id, *decode_hub_sync(frame))
    finally:
        _TURN.release()


def _exchange(services: Services, hub_id: str, header: HubSyncHeader, carried: list[Carried]) -> bytes:
    taken = take_transfers(services, carried)
    with services.database.transaction() as session:
        hub = session.get(Hub, hub_id)
        if hub is None:
            raise SignInRequiredError
        note_contact(session, hub, header.holds, services)
        certificate = certificate_of(hub, services)
        organisation_id = hub.organisation_id
    reply = HubSyncReply(1, taken.epoch, taken.t, certificate, taken.answers)
    files = services.keys.files
    if header.files not in (UNSET, files.key_id):
        reply.files_key = files.spki
    if header.epoch is not UNSET and header.epoch != taken.epoch:
        return encode_hub_reply(reply, [])
    with services.database.reading() as session:
        told = ToldReaches(session, hub_id, header)
        bodies, new = _add_mirror(session, organisation_id, header, reply, told)
    if told.has_old or (new is not None and not told.knows(new.tag)):
        with services.database.transaction() as session:
            told.remember(session, new, taken.t)
    return encode_hub_reply(reply, bodies)


def _add_mirror(
    session: Session, organisation_id: str, header: HubSyncHeader, reply: HubSyncReply, told: ToldReaches
) -> tuple[list[bytes], TaggedReach | None]:
    """Fill in what is new for the hub; the bodies of the segments, and the reach that it is told now."""
    bytes_max = HUB_REPLY_BYTES_TARGET
    if header.max is not UNSET:
        bytes_max = max(PULL_BYTES_MIN, min(header.max, bytes_max))
    reach = read_reach(session, organisation_id)
    scopes, taken, new = reach.scopes, 0, None
    if reach.tag != header.reach:
        unharmed = told.list_unharmed(reach)
        new, taken = _add_reach(reply, reach, header, told, bytes_max if not unharmed else bytes_max // 2, reply.t)
        if isinstance(reply.part, HubReachPart):
            # By the roles of before, what is new could be shown to somebody who may not see it any more.
            scopes = unharmed
    safe = event_log.read_safe_ends(session, header.streams[:STREAMS_MAX])
    if safe:
        reply.safe = [[stream, events] for stream, events in safe]
    cursors = {str(scope): int(position) for scope, position in header.cur}
    given = event_log.read_for_hub(session, cursors, scopes, max(0, bytes_max - taken))
    entries: list[MirroredEntry] = given.entries
    reply.entries = entries
    if given.more or isinstance(reply.part, HubReachPart):
        reply.more = True
    return given.bodies, new


def _add_reach(
    reply: HubSyncReply, reach: HubReach, header: HubSyncHeader, told: ToldReaches, bytes_max: int, now_ms: int
) -> tuple[TaggedReach | None, int]:
    """The reach, or what fits of it where the hub said how much it asks for, with the bytes that this takes. One that the hub has begun
    goes on to its end, though there is a newer one by now that only adds: it would never come to the end of any where people are always
    added."""
    newest = TaggedReach(reach.tag, _bytes_of(reach))
    begun_tag, begun = header.begun or ("", 0)
    old = told.begun(str(begun_tag), reach, now_ms)
    going = TaggedReach(str(begun_tag), old) if old is not None and begun_tag != header.reach else newest
    at = int(begun) if begun_tag == going.tag and begun < len(going.data) else 0
    if header.max is UNSET or (going is newest and at == 0 and len(newest.data) <= bytes_max):
        reply.reach = reach
        return newest, len(newest.data) if header.max is not UNSET else 0
    # Base64url makes four of three.
    data = going.data[at : at + bytes_max * 3 // 4]
    reply.part = HubReachPart(going.tag, len(going.data), at, b64url_encode(data))
    return going, bytes_max


def _bytes_of(reach: HubReach) -> bytes:
    """What the tag is the hash of."""
    return msgspec.json.encode(msgspec.structs.replace(reach, tag=""))


def read_reach(session: Session, organisation_id: str) -> HubReach:
    """Whom a hub of this place serves, and what it may know."""
    inside = accounts.list_people_below(session, organisation_id)
    following = {person: event_log.read_following(session, person) for person in inside}
    scopes = event_log.scopes_within(following)
    roles = {scope: event_log.read_scope_roles(session, scope) for scope in scopes}
    writers = {person for scope in scopes if scope[0] == "u" for person, _role, _ended in roles[scope]}
    outside = sorted(writers - inside.keys())
    following |= {person: event_log.read_following(session, person) for person in outside}
    names = inside | accounts.names_of(session, outside)
    devices = accounts.list_devices_of(session, names)
    people = [
        _person(
            HubPerson(
                person,
                name,
                person in inside,
                following[person].version,
                [list(one) for one in following[person].scopes],
                [HubDevice(one.device_id, one.public_key, one.revoked) for one in devices.get(person, [])],
            ),
            following[person].bounded,
        )
        for person, name in names.items()
    ]
    told = [[scope, person, role, ended] for scope in scopes for person, role, ended in roles[scope] if person in names]
    reach = HubReach("", scopes, people, told)
    reach.tag = h16(msgspec.json.encode(reach))
    return reach


def _person(one: HubPerson, bounded: Mapping[str, Floor]) -> HubPerson:
    """With scopes that are read from a place on apart. A hub of before knows no such thing: by what it understands it gives nothing of
    these scopes, and no follow list, which would lack them."""
    if bounded:
        one.bounded = [[*each, *bounded[str(each[1])]] for each in one.follow if each[1] in bounded]
        one.follow = [each for each in one.follow if each[1] not in bounded]
        one.bounded_version, one.version = one.version, 0
    return one
