"""Transfers: what one device gives of one of its streams, carried by a hub or in a file. Owns the two messages that are
signed and what makes a transfer whole.

Invariants: a carrier proves nothing by itself, the device's signature alone does; it covers every segment, since each
names the one before; what a transfer brings may be the last copy, so all of it is kept that the signature covers.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from xuetan.contracts.limits import TRANSFER_SEGMENTS_MAX
from xuetan.contracts.sync import Statement, Transfer
from xuetan.event_log.entries import Run
from xuetan.event_log.ingest import CheckedSegment, Push, Pushed, SentSegment, check_push, write_push
from xuetan.kernel.ids import is_id
from xuetan.kernel.signing import SigningKey, verify

TRANSFER_CONTEXT = "xuetan-transfer/1"
STATEMENT_CONTEXT = "xuetan-statement/1"
# What tables and JavaScript hold as whole numbers.
_NUMBER_MAX = (1 << 53) - 1


class Carried(NamedTuple):
    """A transfer with the bodies of its segments. `name`: as the file that it came in calls its writer; for the eye alone. `brought_by`:
    the person who handed it in, signed in; empty where nobody knows."""

    transfer: Transfer
    bodies: Sequence[bytes]
    name: str = ""
    brought_by: str = ""


class Author(NamedTuple):
    """Whose device signs a transfer, as the root knows it."""

    person_id: str
    device_id: str
    public_key: str
    revoked: bool


class CheckedTransfer(NamedTuple):
    """A transfer whose signature is right, looked into."""

    push: Push
    segments: Sequence[CheckedSegment]


def transfer_message(stream: str, next_: int, chain: str) -> bytes:
    """What a device signs: the first `next_` events of the stream are those that end with this hash."""
    return "\n".join((TRANSFER_CONTEXT, stream, str(next_), chain)).encode("utf-8", "replace")


def statement_message(epoch: str, stream: str, next_: int, chain: str) -> bytes:
    """What the root signs: in this history it has them."""
    return "\n".join((STATEMENT_CONTEXT, epoch, stream, str(next_), chain)).encode()


def is_whole(transfer: Transfer) -> bool:
    """True when the segments follow one another up to what was signed: then the signature covers each of them."""
    segments = transfer.segs
    if not 0 < len(segments) <= TRANSFER_SEGMENTS_MAX or not is_id(transfer.stream):
        return False
    last = segments[-1]
    return (
        all(after.first == one.first + one.n and after.prev == one.hash for one, after in pairwise(segments))
        and (last.first + last.n, last.hash) == (transfer.next, transfer.chain)
        and transfer.next < 1 << 32
        and transfer.head <= _NUMBER_MAX
    )


def is_signed(transfer: Transfer, public_key: str) -> bool:
    """True when the device of this key gave it."""
    message = transfer_message(transfer.stream, transfer.next, transfer.chain)
    return verify(public_key, message, transfer.sig)


def check_transfer(carried: Carried, author: Author, received_ms: int) -> CheckedTransfer:
    """Look into a transfer that is whole and signed. Pure, and the part that takes time."""
    transfer = carried.transfer
    segments = [SentSegment(*pair) for pair in zip(transfer.segs, carried.bodies, strict=True)]
    # Its `head` is signed by nobody, and a contact never falls: only what the signature covers is believed of a device.
    push = Push(
        transfer.stream,
        author.person_id,
        author.device_id,
        transfer.next,
        segments,
        None,
        received_ms,
        carried=True,
        revoked=author.revoked,
    )
    return CheckedTransfer(push, check_push(push))


def write_transfer(run: Run, checked: CheckedTransfer) -> Pushed:
    """Take a transfer in an open write transaction. Each segment stands for itself: what does not fit is kept aside."""
    return write_push(run, checked.push, checked.segments)


def make_statement(root: SigningKey, epoch: str, transfer: Transfer, proven: int) -> Statement | None:
    """The root's word that it has the events before `proven`, a border of this transfer. None where no segment ends."""
    chain = next((one.hash for one in transfer.segs if one.first + one.n == proven), None)
    if chain is None:
        return None
    signature = root.sign(statement_message(epoch, transfer.stream, proven, chain))
    return Statement(epoch, transfer.stream, proven, chain, signature)


def is_stated(statement: Statement, root_key: str) -> bool:
    """True when the root of this key said so."""
    message = statement_message(statement.epoch, statement.stream, statement.next, statement.chain)
    return verify(root_key, message, statement.sig)
