"""Taking in what is carried for others: transfers of many devices in one call, from a hub or out of a file.

Who carries them does not count: each is judged by its device's signature, and goes the way of a push. Owns the order of
looking (nothing is locked while signatures and contents are checked) and the answers, which any carrier may bring home.
Works in its own transactions; never called from the event loop.
"""

from collections.abc import Sequence

from msgspec import UNSET

from xuetan.accounts import service as accounts
from xuetan.contracts.sync import TransferAnswer, TransfersReply
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Author, Carried, CheckedTransfer
from xuetan.kernel.errors import AppError
from xuetan.kernel.services import Services
from xuetan.sync.errors import DeviceUnknownError, MalformedFrameError, SignatureWrongError

# Transfers written in one transaction: one flush to the disk, and nobody waits long for the lock.
TOGETHER = 16
QUARANTINE_FULL = "quarantine_full"


def take_transfers(services: Services, carried: Sequence[Carried]) -> TransfersReply:
    """The answer to each transfer, in order. A transfer that cannot be taken has an `error`; the others are not touched
    by it. Everything answered otherwise is durable."""
    now_ms = services.clock.now_ms()
    with services.database.reading() as session:
        epoch = event_log.read_epoch(session)
        keys = accounts.find_device_keys(session, [one.transfer.device for one in carried])
    answers: list[TransferAnswer] = []
    for start in range(0, len(carried), TOGETHER):
        part = carried[start : start + TOGETHER]
        checked = [_check(one, keys.get(one.transfer.device), now_ms) for one in part]
        answers += _write(services, epoch, part, checked)
    services.log.wake()
    return TransfersReply(epoch, now_ms, answers)


def _check(carried: Carried, key: accounts.DeviceKey | None, now_ms: int) -> CheckedTransfer | AppError:
    transfer = carried.transfer
    if not event_log.is_whole(transfer):
        return MalformedFrameError()
    if key is None or key.person_id != transfer.person:
        return DeviceUnknownError()
    if not event_log.is_signed(transfer, key.public_key):
        return SignatureWrongError()
    author = Author(key.person_id, key.device_id, key.public_key, key.revoked)
    return event_log.check_transfer(carried, author, now_ms)


def _write(
    services: Services, epoch: str, part: Sequence[Carried], checked: Sequence[CheckedTransfer | AppError]
) -> list[TransferAnswer]:
    answers = []
    with services.database.transaction() as session:
        for carried, one in zip(part, checked, strict=True):
            answer = TransferAnswer(carried.transfer.stream)
            answers.append(answer)
            if isinstance(one, AppError):
                answer.error = one.code
                continue
            pushed = event_log.write_transfer(session, one)
            answer.acks = pushed.answers
            if [event_log.FULL] in pushed.answers:
                answer.error = QUARANTINE_FULL
            if pushed.proven is not None:
                statement = event_log.make_statement(services.keys.root, epoch, carried.transfer, pushed.proven)
                answer.statement = statement if statement is not None else UNSET
    return answers
