"""Taking in what is carried for others: transfers of many devices in one call, from a hub or out of a file.

Who carries them does not count: each is judged by its device's signature, and goes the way of a push; what a stranger signed is kept
apart (`strangers`). Owns the order of
looking (nothing is locked while signatures and contents are checked) and the answers, which any carrier may bring home.
Works in its own transactions; never called from the event loop.
"""

from collections.abc import Sequence

from msgspec import UNSET

from xuetan.accounts.service import DeviceKey
from xuetan.contracts.sync import TransferAnswer, TransfersReply
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Author, Carried, CheckedTransfer
from xuetan.kernel.errors import AppError
from xuetan.kernel.services import Services
from xuetan.sync.errors import DeviceUnknownError, MalformedFrameError, SignatureWrongError
from xuetan.sync.strangers import QUARANTINE_FULL, Signers, SomeKey, keep

# Transfers written in one transaction: one flush to the disk, and nobody waits long for the lock.
TOGETHER = 16


def take_transfers(services: Services, carried: Sequence[Carried]) -> TransfersReply:
    """The answer to each transfer, in order. A transfer that cannot be taken has an `error`; the others are not touched
    by it. Everything answered otherwise is durable."""
    now_ms = services.clock.now_ms()
    with services.database.reading() as session:
        epoch = event_log.read_epoch(session)
        signers = Signers(session, carried)
    answers: list[TransferAnswer] = []
    for start in range(0, len(carried), TOGETHER):
        part = carried[start : start + TOGETHER]
        checked = [_check(one, signers.find(one), now_ms) for one in part]
        answers += _write(services, epoch, now_ms, part, checked, signers)
    services.log.wake()
    return TransfersReply(epoch, now_ms, answers)


def _check(carried: Carried, key: DeviceKey | SomeKey | None, now_ms: int) -> CheckedTransfer | SomeKey | AppError:
    transfer = carried.transfer
    if not event_log.is_whole(transfer):
        return MalformedFrameError()
    if key is None:
        return DeviceUnknownError()
    if not event_log.is_signed(transfer, key.public_key):
        return SignatureWrongError()
    if isinstance(key, SomeKey):
        pairs = zip(transfer.segs, carried.bodies, strict=True)
        is_good = all(event_log.is_segment(transfer.stream, header, body) for header, body in pairs)
        return key if is_good else DeviceUnknownError()
    author = Author(key.person_id, key.device_id, key.public_key, key.revoked)
    return event_log.check_transfer(carried, author, now_ms)


def _write(
    services: Services,
    epoch: str,
    now_ms: int,
    part: Sequence[Carried],
    checked: Sequence[CheckedTransfer | SomeKey | AppError],
    signers: Signers,
) -> list[TransferAnswer]:
    answers = []
    with services.database.transaction() as session:
        for carried, one in zip(part, checked, strict=True):
            if isinstance(one, SomeKey):
                answers.append(keep(services, session, carried, one, now_ms))
                continue
            answer = TransferAnswer(carried.transfer.stream)
            answers.append(answer)
            if isinstance(one, AppError):
                answer.error = one.code
                continue
            pushed = event_log.write_transfer(session, one, signers.list_sharers(one.key_id))
            if pushed is None:
                answer.error = DeviceUnknownError.code
                continue
            answer.acks = pushed.answers
            if [event_log.FULL] in pushed.answers:
                answer.error = QUARANTINE_FULL
            if pushed.proven is not None:
                statement = event_log.make_statement(services.keys.root, epoch, carried.transfer, pushed.proven)
                answer.statement = statement if statement is not None else UNSET
    return answers
