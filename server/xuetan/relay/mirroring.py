"""What one answer of the root changes at a hub, in one transaction.

Invariants: another epoch drops the mirror and forwards everything again, and keeps every transfer; what was answered in
an epoch counts in it alone; positions are the root's.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET
from sqlmodel import Session, col, delete, select, update

from xuetan.contracts.sync import HubReach, HubSyncReply, MirroredEntry, Statement, TransferAnswer
from xuetan.event_log import service as event_log
from xuetan.kernel.signing import is_key
from xuetan.relay.couriers import let_files_go, offer_files_again
from xuetan.relay.holding import GIVEN, REFUSED, WAITING, blank, forget, forget_erased, let_go, recognise
from xuetan.relay.models import (
    RelayDevice,
    RelayPerson,
    RelaySegment,
    RelayState,
    RelayStatement,
    RelayTransfer,
)
from xuetan.relay.state import WAIT_MS_MAX, grow_older

# What the root could not take now.
TRY_AGAIN_MS = {"device_unknown": 10 * 60_000, "quarantine_full": WAIT_MS_MAX}


def apply_reply(
    session: Session,
    state: RelayState,
    numbers: Sequence[int],
    reply: HubSyncReply,
    bodies: Sequence[bytes | None],
    now_ms: int,
) -> None:
    """Believe the root. `numbers`: the transfers that were brought, in the order of its answers."""
    state.heard_ms = now_ms
    grow_older(state, reply.t)
    state.certificate = msgspec.json.encode(reply.certificate).decode()
    if isinstance(reply.files_key, str) and is_key(reply.files_key):
        state.files_key = reply.files_key
    if state.epoch is not None and state.epoch != reply.epoch:
        drop(session, state)
        # What it answered counts in an epoch that is written down only with what it gives of it. Were it put back once more
        # before that, nobody would bring these again.
        return
    for number, answer in zip(numbers, reply.answers, strict=True):
        _note_answer(session, number, answer, now_ms, state.age_ms)
    if isinstance(reply.entries, list):
        state.epoch = reply.epoch
        if isinstance(reply.reach, HubReach):
            _write_reach(session, reply.reach)
            state.reach_tag = reply.reach.tag
        event_log.write_mirrored(session, reply.entries, bodies)
        _mark_numbered(session, reply.entries)
        for scope in {entry.scope for entry in reply.entries if entry.k == "erased"}:
            forget_erased(session, scope)
    session.add(state)
    safe = {str(stream): int(events) for stream, events in reply.safe} if isinstance(reply.safe, list) else {}
    let_go(session, safe, state.age_ms)
    let_files_go(session, state.age_ms)


def drop(session: Session, state: RelayState) -> None:
    """Forget the mirror and what the root answered; every transfer waits again."""
    event_log.drop_mirror(session)
    session.exec(delete(RelayStatement))
    session.exec(update(RelaySegment).values(answer=None, numbered=False))
    session.exec(update(RelayTransfer).values(state=WAITING, try_after_ms=0, given_ms=None))
    offer_files_again(session)
    state.epoch = None
    state.reach_tag = None
    session.add(state)
    session.flush()
    session.expire_all()


def move_on(session: Session, state: RelayState, epoch: str, root_ms: int) -> bool:
    """Another epoch, of which the root gave its word by hand, not over a line; False when the hub has heard the root since. What it answers
    in this epoch counts from now on; the mirror comes with a line."""
    if state.root_ms is not None and root_ms <= state.root_ms:
        return False
    if state.epoch is not None:
        drop(session, state)
    grow_older(state, root_ms)
    state.epoch = epoch
    session.add(state)
    session.flush()
    return True


def _note_answer(session: Session, number: int, answer: TransferAnswer, now_ms: int, age_ms: int) -> None:
    row = session.get(RelayTransfer, number)
    if row is None:
        return
    acks = answer.acks if isinstance(answer.acks, list) else []
    segments = session.exec(
        select(RelaySegment).where(RelaySegment.transfer == number).order_by(col(RelaySegment.first))
    ).all()
    for segment, ack in zip(segments, acks, strict=False):
        segment.answer = _word_of(ack)
        session.add(segment)
    error = answer.error if isinstance(answer.error, str) else None
    if row.given_ms is None:
        row.given_ms = age_ms
    if error in TRY_AGAIN_MS:
        row.try_after_ms = now_ms + TRY_AGAIN_MS[error]
    elif error is not None and not row.known:
        # A stranger's that was nobody's: room for others.
        forget(session, row)
        return
    elif error is not None:
        row.state = REFUSED
    else:
        row.state, row.given_ms = GIVEN, age_ms
        for segment in segments:
            blank(session, segment, is_given=True)
    session.add(row)
    if isinstance(answer.statement, Statement):
        keep_statement(session, row.device_id, answer.statement)


def _word_of(ack: Sequence[object]) -> str:
    """The answer; of what the root keeps without a place in its stream, why it does."""
    has_place = ack[0] != "aside" or ack[1] not in event_log.PLACELESS | {event_log.DEVICE_UNKNOWN}
    return str(ack[0] if has_place else ack[1])


def keep_statement(session: Session, device_id: str, statement: Statement) -> None:
    known = session.get(RelayStatement, statement.stream)
    if known is not None and known.epoch == statement.epoch and known.next >= statement.next:
        return
    row = known or RelayStatement(stream=statement.stream, device_id=device_id, epoch="", next=0, chain="", sig="")
    row.device_id = device_id
    row.epoch, row.next, row.chain, row.sig = statement.epoch, statement.next, statement.chain, statement.sig
    session.add(row)
    session.flush()


def _write_reach(session: Session, reach: HubReach) -> None:
    session.flush()
    event_log.write_reach(session, reach)
    before = set(session.exec(select(RelayDevice.device_id)).all())
    session.exec(delete(RelayDevice))
    session.exec(delete(RelayPerson))
    session.expire_all()
    for one in reach.people:
        session.add(RelayPerson(person_id=one.person, name=one.name, inside=one.inside))
        for device in one.devices:
            session.add(
                RelayDevice(
                    device_id=device.device, person_id=one.person, public_key=device.key, revoked=device.revoked
                )
            )
    session.flush()
    recognise(session)
    _bring_again(session, {device.device for one in reach.people for device in one.devices} - before)


def _bring_again(session: Session, device_ids: set[str]) -> None:
    """What the root only kept of devices that it did not know, it answers in earnest once it knows them: with its word for them. What
    it had answered in earnest before a device came (back) into the reach stays answered."""
    for device_id in device_ids:
        unknown = select(RelaySegment.transfer).where(
            RelaySegment.device_id == device_id, RelaySegment.answer == event_log.DEVICE_UNKNOWN
        )
        given = session.exec(
            select(RelayTransfer).where(col(RelayTransfer.number).in_(unknown), RelayTransfer.state == GIVEN)
        ).all()
        for row in given:
            row.state, row.try_after_ms, row.given_ms = WAITING, 0, None
            session.add(row)
            own = update(RelaySegment).where(col(RelaySegment.transfer) == row.number)
            session.exec(own.values(answer=None))


def _mark_numbered(session: Session, entries: Sequence[MirroredEntry]) -> None:
    for entry in entries:
        if entry.s is UNSET:
            continue
        session.exec(
            update(RelaySegment)
            .where(
                col(RelaySegment.stream) == entry.s,
                col(RelaySegment.first) == entry.f,
                col(RelaySegment.hash) == entry.hash,
            )
            .values(numbered=True)
        )
