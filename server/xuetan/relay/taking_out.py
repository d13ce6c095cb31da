"""What waits at a hub with no line, as files that a memory card takes to the root, and the root's receipts for them.

Owns how much goes into one file and what a receipt changes. Invariants: what is taken out stays; only the root's signed word, of the epoch
that the hub is in, and only about segments that are here byte for byte, counts as an answer; a receipt takes the hub to another epoch only
where the root made it after all that the hub heard. Works in its own transactions; never called
from the event loop.
"""

from typing import NamedTuple

import msgspec
from sqlmodel import Session, col, func, select

from xuetan.contracts.limits import (
    TRANSFERS_BYTES_MAX,
    TRANSFERS_HEADER_BYTES_MAX,
    TRANSFERS_MAX,
    TRANSFERS_SEGMENTS_MAX,
)
from xuetan.contracts.sync import FileHeader, Receipts, Statement
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.services import Services
from xuetan.kernel.signing import key_id_of
from xuetan.relay.holding import GIVEN, WAITING, blank, carried_of
from xuetan.relay.mirroring import keep_statement, move_on
from xuetan.relay.models import RelaySegment, RelayTransfer
from xuetan.relay.state import certificate_in, get_state, hub_key
from xuetan.sync.errors import FileAlteredError, FileForAnotherError, FileMalformedError
from xuetan.sync.service import ReadFile, encode_transfers, make_file

RECEIPTS = "receipts"
# At most, of a segment and of a transfer in the header of a frame.
SEGMENT_HEADER_BYTES, TRANSFER_HEADER_BYTES = 300, 600
FRAME_BYTES_MAX = min(TRANSFERS_BYTES_MAX, TRANSFERS_HEADER_BYTES_MAX)


class OutPart(NamedTuple):
    """A file that can be made: the number of its first transfer, how many transfers and events it holds."""

    first: int
    transfers: int
    events: int


def list_parts(session: Session) -> list[OutPart]:
    """What waits, cut into as many files as it takes; none before the hub knows to whom they are sealed."""
    if get_state(session).files_key is None:
        return []
    count, events = func.count(), func.coalesce(func.sum(RelaySegment.n), 0)
    rows = session.exec(
        select(RelayTransfer.number, RelayTransfer.bytes, count, events)
        .join(RelaySegment, col(RelaySegment.transfer) == col(RelayTransfer.number))
        .where(RelayTransfer.state == WAITING)
        .group_by(col(RelayTransfer.number), col(RelayTransfer.bytes))
        .order_by(col(RelayTransfer.number))
    ).all()
    parts: list[OutPart] = []
    size = segments = 0
    for number, bytes_, held, n in rows:
        assert number is not None
        size += bytes_ + held * SEGMENT_HEADER_BYTES + TRANSFER_HEADER_BYTES
        segments += held
        is_full = size > FRAME_BYTES_MAX or segments > TRANSFERS_SEGMENTS_MAX
        if not parts or is_full or parts[-1].transfers >= TRANSFERS_MAX:
            parts.append(OutPart(number, 1, int(n)))
            size, segments = bytes_ + held * SEGMENT_HEADER_BYTES + TRANSFER_HEADER_BYTES, held
            continue
        last = parts[-1]
        parts[-1] = OutPart(last.first, last.transfers + 1, last.events + int(n))
    return parts


def make_part(services: Services, first: int) -> bytes:
    """One of these files, sealed to the root and signed by the hub; NotFoundError when there is none that begins so any more."""
    with services.database.reading() as session:
        part = next((one for one in list_parts(session) if one.first == first), None)
        if part is None:
            raise NotFoundError
        state = get_state(session)
        rows = session.exec(
            select(RelayTransfer)
            .where(RelayTransfer.state == WAITING, col(RelayTransfer.number) >= first)
            .order_by(col(RelayTransfer.number))
            .limit(part.transfers)
        ).all()
        frame = encode_transfers([carried_of(session, row) for row in rows])
        hub, reader = certificate_in(state), str(state.files_key)
    me, reply = hub_key(services.keys), services.keys.files.spki
    header = FileHeader(
        1, "transfers", key_id_of(reader), hub.hub, hub.name[:40], services.clock.now_ms(), me.spki, reply, part.events
    )
    return make_file(header, frame, reader, me)


def take_receipts(services: Services, file: ReadFile) -> int:
    """Believe the root's word that somebody brought home; how many transfers wait no more."""
    header = file.header
    with services.database.reading() as session:
        root_key = get_state(session).root_key
    if not file.is_signed_by(root_key):
        raise FileAlteredError(header.name, header.device)
    if header.key != services.keys.files.key_id:
        raise FileForAnotherError(header.name, header.device)
    try:
        receipts = msgspec.json.decode(open_sealed(services.keys.files, file.sealed, file.open_part), type=Receipts)
    except (CannotOpenError, msgspec.DecodeError) as error:
        raise FileMalformedError from error
    stated = [one for one in receipts.statements if one.epoch == receipts.epoch and event_log.is_stated(one, root_key)]
    with services.database.transaction() as session:
        state = get_state(session)
        if receipts.epoch != state.epoch and not move_on(session, state, receipts.epoch, receipts.t):
            # Of a history that the root has left: what it said then is to be asked again.
            return 0
        return sum(_apply(session, one, state.age_ms) for one in stated)


def _apply(session: Session, statement: Statement, age_ms: int) -> int:
    """What of the chain that the root has is kept here waits no more."""
    rows = session.exec(select(RelaySegment).where(RelaySegment.stream == statement.stream)).all()
    by_hash = {row.hash: row for row in rows}
    found = by_hash.get(statement.chain)
    if found is None or found.first + found.n != statement.next:
        return 0
    keep_statement(session, found.device_id, statement)
    chain: set[str] = set()
    while found is not None and found.hash not in chain:
        chain.add(found.hash)
        found = by_hash.get(found.prev)
    waiting = session.exec(
        select(RelayTransfer).where(
            RelayTransfer.stream == statement.stream,
            RelayTransfer.state == WAITING,
            col(RelayTransfer.chain).in_(chain),
        )
    ).all()
    for row in waiting:
        row.state, row.given_ms = GIVEN, age_ms
        session.add(row)
        for segment in session.exec(select(RelaySegment).where(RelaySegment.transfer == row.number)).all():
            segment.answer = "ok"
            session.add(segment)
            blank(session, segment, is_given=True)
    return len(waiting)
