"""Keeping transfers: what is held, how much fits, what is given back when the root is safe with it.

Invariants: what is answered as held is durable, every segment of it, with a signature that covers it; nothing of it is
read to decide that; what is kept is bounded per device, for all strangers together and in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET
from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, delete, func, select

from xuetan.contracts.sync import Held, HubHolds, SegmentHeader, Transfer
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.kernel.ids import b64url_decode, b64url_encode, is_id
from xuetan.relay.models import RelayDevice, RelayFile, RelaySegment, RelayTransfer

DEVICE_BYTES_MAX = 64 * 1024 * 1024
STRANGERS_BYTES_MAX = 32 * 1024 * 1024
HUB_BYTES_MAX = 8 * 1024 * 1024 * 1024
KEPT_MS = 366 * 86_400_000
# Of a row beside its bytes.
ROW_BYTES = 200
WAITING, GIVEN, REFUSED = "waiting", "given", "refused"
FULL, MALFORMED, WRONG = "hub_full", "malformed_frame", "signature_wrong"
# Beyond what `first + n` may be, a number is none of a segment.
_NUMBER_END = 1 << 32


@dataclass(frozen=True)
class Asker:
    """Whose key signed the question. `person_id` is empty for a device that the root has not vouched for here."""

    device_id: str
    key: str
    person_id: str
    revoked: bool

    @property
    def is_known(self) -> bool:
        return bool(self.person_id)


def keep_transfers(
    session: Session, carried: Sequence[Carried], asker: Asker, now_ms: int
) -> tuple[list[Held], str | None]:
    """What of this question is held now, and why not all of it is."""
    held: list[Held] = []
    refused: str | None = None
    for one in carried:
        fault = _fault_of(one, asker) or _keep(session, one, asker, now_ms)
        if fault is None:
            held.append(Held(one.transfer.stream, one.transfer.next, one.transfer.chain))
        else:
            refused = refused or fault
    return held, refused


def _fault_of(carried: Carried, asker: Asker) -> str | None:
    transfer = carried.transfer
    pairs = list(zip(transfer.segs, carried.bodies, strict=True))
    if not event_log.is_whole(transfer) or not is_id(transfer.person) or not all(map(_is_storable, transfer.segs)):
        return MALFORMED
    if transfer.device != asker.device_id or (asker.is_known and transfer.person != asker.person_id):
        return WRONG
    if not event_log.is_signed(transfer, asker.key):
        return WRONG
    if not all(event_log.is_segment(transfer.stream, header, body) for header, body in pairs):
        return MALFORMED
    return None


def _is_storable(header: SegmentHeader) -> bool:
    return header.first + header.n < _NUMBER_END and "\0" not in header.scope


def _keep(session: Session, carried: Carried, asker: Asker, now_ms: int) -> str | None:
    """Store what is not here yet. `hub_full` when it does not fit."""
    transfer = carried.transfer
    known = _held_firsts(session, transfer)
    missing = [index for index, one in enumerate(transfer.segs) if one.first not in known]
    if not missing:
        return None
    headers, bodies = transfer.segs[missing[0] :], carried.bodies[missing[0] :]
    size = sum(len(body) + ROW_BYTES for body in bodies)
    if not _fits(session, asker, size):
        return FULL
    row = RelayTransfer(
        stream=transfer.stream,
        device_id=asker.device_id,
        person_id=transfer.person,
        by_key=asker.key,
        known=asker.is_known,
        head=max(transfer.head, transfer.next),
        next=transfer.next,
        chain=transfer.chain,
        sig=transfer.sig,
        sig2=None if transfer.sig2 is UNSET else transfer.sig2,
        bytes=size,
        received_ms=now_ms,
        state=WAITING,
        try_after_ms=0,
    )
    session.add(row)
    session.flush()
    for header, body in zip(headers, bodies, strict=True):
        session.add(_segment(session, row, header, body))
    session.flush()
    return None


def _held_firsts(session: Session, transfer: Transfer) -> set[int]:
    """Where in the stream a segment of this transfer is kept already, for this device, byte for byte."""
    hashes = {one.first: one.hash for one in transfer.segs}
    rows = session.exec(
        select(RelaySegment.first, RelaySegment.hash).where(
            RelaySegment.stream == transfer.stream,
            RelaySegment.device_id == transfer.device,
            col(RelaySegment.first).in_(list(hashes)),
        )
    ).all()
    return {first for first, hash_ in rows if hashes[first] == hash_}


def _segment(session: Session, row: RelayTransfer, header: SegmentHeader, body: bytes) -> RelaySegment:
    assert row.number is not None
    left = event_log.erasing.left_of(session, header.scope, row.person_id, row.stream, header.first, header.hash, body)
    if left is not None and not left.is_proved:
        # The root takes it sealed alone; it is let go as soon as that has it, and shown to nobody until then.
        left = None
    gone = left.sha256 if left else None
    if header.gone is not UNSET:
        gone = b64url_decode(header.gone)
    return RelaySegment(
        transfer=row.number,
        first=header.first,
        stream=row.stream,
        device_id=row.device_id,
        scope=header.scope,
        n=header.n,
        prev=header.prev,
        hash=header.hash,
        body=left.body if left else body,
        gone=gone,
        numbered=event_log.is_numbered(session, row.stream, header.first, header.hash),
    )


def _fits(session: Session, asker: Asker, size: int) -> bool:
    if measure_bytes(session) + size > HUB_BYTES_MAX:
        return False
    if asker.is_known:
        own = col(RelayTransfer.device_id) == asker.device_id
        return _bytes_where(session, own) + size <= DEVICE_BYTES_MAX
    return _bytes_where(session, col(RelayTransfer.known).is_(False)) + size <= STRANGERS_BYTES_MAX


def _bytes_where(session: Session, condition: ColumnElement[bool]) -> int:
    return int(session.exec(select(func.coalesce(func.sum(RelayTransfer.bytes), 0)).where(condition)).one())


def measure_bytes(session: Session) -> int:
    """All that is kept, files among it."""
    files = session.exec(select(func.coalesce(func.sum(func.length(RelayFile.data)), 0))).one()
    return int(session.exec(select(func.coalesce(func.sum(RelayTransfer.bytes), 0))).one()) + int(files)


def carried_of(session: Session, row: RelayTransfer) -> Carried:
    """A transfer as its device gave it."""
    segments = session.exec(
        select(RelaySegment).where(RelaySegment.transfer == row.number).order_by(col(RelaySegment.first))
    ).all()
    headers = [_header(one) for one in segments]
    end = (row.stream, row.head, row.next, row.chain, row.sig)
    transfer = Transfer(row.person_id, row.device_id, *end, headers, row.sig2 or UNSET, row.by_key)
    return Carried(transfer, [one.body for one in segments])


def _header(segment: RelaySegment) -> SegmentHeader:
    header = SegmentHeader(segment.scope, segment.first, segment.n, segment.prev, segment.hash, len(segment.body))
    if segment.gone is not None:
        header.gone = b64url_encode(segment.gone)
    return header


def forget_erased(session: Session, scope: str) -> None:
    """Of what is kept for a scope, let go what the mirror says was erased from it."""
    waiting = set(session.exec(select(RelayTransfer.number).where(RelayTransfer.state == WAITING)))
    for one in session.exec(select(RelaySegment).where(RelaySegment.scope == scope)).all():
        blank(session, one, is_given=one.transfer not in waiting)


def blank(session: Session, segment: RelaySegment, *, is_given: bool) -> None:
    """Let go of what was erased in one segment. What the root has not got yet and would not take blank stays sealed until then."""
    writer = session.get_one(RelayTransfer, segment.transfer).person_id
    kept = (segment.stream, segment.first, segment.hash, segment.body)
    left = event_log.erasing.left_of(session, segment.scope, writer, *kept)
    if left is not None and (left.is_proved or is_given):
        segment.body, segment.gone = left.body, segment.gone or left.sha256
        session.add(segment)


def forget(session: Session, row: RelayTransfer) -> None:
    session.exec(delete(RelaySegment).where(col(RelaySegment.transfer) == row.number))
    session.delete(row)


def let_go(session: Session, safe: dict[str, int], age_ms: int) -> None:
    """What the root has in a verified backup need not be kept; nor what it had for a year, nor a stranger's that it was offered
    for a year."""
    number, old_ms = col(RelayTransfer.next), age_ms - KEPT_MS
    given = col(RelayTransfer.state) == GIVEN
    # `safe` speaks of the stream as the root has it. A fork is beside it, and so is what came under another's stream or behind a
    # gap: the backup may be older than the day when the root got that.
    answer, own = col(RelaySegment.answer), col(RelaySegment.transfer) == col(RelayTransfer.number)
    covered = given & ~exists().where(own, answer.is_(None) | answer.not_in(event_log.PLACED))
    conditions = [
        (covered & (col(RelayTransfer.stream) == stream) & (number <= events)) for stream, events in safe.items()
    ]
    conditions.append(given & (col(RelayTransfer.given_ms) < old_ms))
    conditions.append(col(RelayTransfer.known).is_(False) & (col(RelayTransfer.given_ms) < old_ms))
    for condition in conditions:
        for row in session.exec(select(RelayTransfer).where(condition)).all():
            forget(session, row)


def recognise(session: Session) -> None:
    """Look again at what came from devices that were strangers then."""
    strangers = session.exec(select(RelayTransfer).where(col(RelayTransfer.known).is_(False))).all()
    for row in strangers:
        device = session.get(RelayDevice, row.device_id)
        if device is None or device.person_id != row.person_id or device.public_key != row.by_key:
            continue
        row.known = True
        row.try_after_ms = 0
        session.add(row)
    session.flush()


def measure(session: Session, address: str) -> HubHolds:
    """What is kept, in numbers."""
    events = func.coalesce(func.sum(RelaySegment.n), 0)
    waiting = (
        select(events)
        .join(RelayTransfer, col(RelayTransfer.number) == col(RelaySegment.transfer))
        .where(RelayTransfer.state == WAITING)
    )
    oldest = session.exec(select(func.min(RelayTransfer.received_ms)).where(RelayTransfer.state == WAITING)).one()
    holds = HubHolds(int(session.exec(select(events)).one()), int(session.exec(waiting).one()), measure_bytes(session))
    if oldest is not None:
        holds.oldest_ms = int(oldest)
    if address:
        holds.address = address
    return holds
