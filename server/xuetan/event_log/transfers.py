"""Transfers: what one device gives of one of its streams, carried by a hub or in a file. Owns the two messages that are
signed and what makes a transfer whole.

Invariants: a carrier proves nothing by itself, the device's signature alone does; it covers every segment, since each
names the one before; what a transfer brings may be the last copy, so all of it is kept that the signature covers.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import UNSET

from xuetan.contracts.limits import TRANSFER_SEGMENTS_MAX
from xuetan.contracts.sync import Statement, Transfer
from xuetan.event_log.entries import Run
from xuetan.event_log.examine import Contents, permit
from xuetan.event_log.ingest import CheckedSegment, Push, Pushed, SentSegment, check_push, read_stream, write_push
from xuetan.event_log.members import read_roles
from xuetan.kernel.ids import is_id
from xuetan.kernel.signing import SigningKey, key_id_of, verify

TRANSFER_CONTEXT = "xuetan-transfer/1"
OWNED_CONTEXT = "xuetan-transfer/2"
STATEMENT_CONTEXT = "xuetan-statement/1"
# What tables and JavaScript hold as whole numbers.
_NUMBER_MAX = (1 << 53) - 1
# Whom strangers by this key said they are.
_CLAIMANTS = "SELECT DISTINCT person_id FROM log_stranger WHERE key_id = ?"


class Carried(NamedTuple):
    """A transfer with the bodies of its segments. `name`: as the file that it came in calls its writer; for the eye alone. `brought_by`:
    the person who handed it in, signed in; empty where nobody knows. `is_owned`: whatever it came in was signed, too, and names person and
    device."""

    transfer: Transfer
    bodies: Sequence[bytes]
    name: str = ""
    brought_by: str = ""
    is_owned: bool = False


class Author(NamedTuple):
    """Whose device signs a transfer, as the root knows it."""

    person_id: str
    device_id: str
    public_key: str
    revoked: bool


class CheckedTransfer(NamedTuple):
    """A transfer whose signature is right, looked into. `is_owned`: it is signed that it is this person's."""

    push: Push
    segments: Sequence[CheckedSegment]
    key_id: str
    is_owned: bool


def transfer_message(stream: str, next_: int, chain: str) -> bytes:
    """What a device signs: the first `next_` events of the stream are those that end with this hash."""
    return "\n".join((TRANSFER_CONTEXT, stream, str(next_), chain)).encode("utf-8", "replace")


def owned_message(person_id: str, device_id: str, stream: str, next_: int, chain: str) -> bytes:
    """The same, and that they are this person's: a phone that people share signs for all of them with one key."""
    parts = (OWNED_CONTEXT, person_id, device_id, stream, str(next_), chain)
    return "\n".join(parts).encode("utf-8", "replace")


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
    """True when the device of this key gave it, and, where it says so, for the person whom it names."""
    end = (transfer.stream, transfer.next, transfer.chain)
    if not verify(public_key, transfer_message(*end), transfer.sig):
        return False
    if transfer.sig2 is UNSET:
        return True
    return verify(public_key, owned_message(transfer.person, transfer.device, *end), transfer.sig2)


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
    is_owned = carried.is_owned or transfer.sig2 is not UNSET
    return CheckedTransfer(push, check_push(push), key_id_of(author.public_key), is_owned)


def write_transfer(run: Run, checked: CheckedTransfer, sharers: Collection[str]) -> Pushed | None:
    """Take a transfer in an open write transaction. Each segment stands for itself: what does not fit is kept aside. `sharers`: who has a
    device of this key. None, and nothing taken, where it may be somebody else's words: only its phone can say."""
    if not _is_plainly_of(run, checked, sharers):
        return None
    return write_push(run, checked.push, checked.segments)


def _is_plainly_of(run: Run, checked: CheckedTransfer, sharers: Collection[str]) -> bool:
    """Of a transfer that does not say for whom its key signs: True when that is one person's key, or the stream is bound already, or
    it is what they may write and none of the others."""
    push = checked.push
    if checked.is_owned or read_stream(run, push.stream).person_id is not None:
        return True
    others = {*sharers, *(str(row[0]) for row in run(_CLAIMANTS, (checked.key_id,)).fetchall())} - {push.person_id}
    if not others:
        return True
    return all(
        isinstance(segment.contents, Contents)
        and _may_write(run, segment, push.person_id)
        and not any(_may_write(run, segment, person) for person in others)
        for segment in checked.segments
    )


def _may_write(run: Run, segment: CheckedSegment, person_id: str) -> bool:
    """Something of it, at least."""
    assert isinstance(segment.contents, Contents)
    scope = segment.header.scope
    permitted = permit(segment.contents, scope, read_roles(run, scope, person_id))
    return permitted is not None and len(permitted.aside) < segment.header.n


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
