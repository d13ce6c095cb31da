"""Taking in `.xtsync` files, whoever brings them, and the receipts that go home by the same way.

Owns the order of looking: whose it says it is, whether its device signed it (where a restore forgot the device: the key that
the file names), whether we can open it, then its transfers. A file may come twice, late and in any epoch. Works in its
own transactions; never called from the event loop. Invariant: what is answered as taken is durable; a carrier hears
counts, never contents.
"""

from dataclasses import dataclass
from threading import BoundedSemaphore

import msgspec
from msgspec import UNSET

from xuetan.accounts import service as accounts
from xuetan.accounts.errors import DeviceRevokedError
from xuetan.accounts.service import DeviceKey
from xuetan.contracts.sync import FileAnswer, FileHeader, Receipts, Statement, TransferAnswer, TransfersReply
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import BusyError
from xuetan.kernel.ids import b64url_encode
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.services import Services
from xuetan.kernel.signing import is_key, key_id_of
from xuetan.sync.errors import FileAlteredError, FileForAnotherError, FileMalformedError
from xuetan.sync.files import SUFFIX, ReadFile, make_file, read_file
from xuetan.sync.frames import decode_transfers
from xuetan.sync.transfers import take_transfers

# A file may hold as much as hundreds of requests; others wait for their turn, not for a worker.
_TURN = BoundedSemaphore(1)
TURN_SECONDS_MAX = 20
# What another try may cure; any other refusal stays as it is.
KEPT_FOR_LATER = ("quarantine_full", "device_unknown")


@dataclass(frozen=True)
class TakenFile:
    """What became of a file. Numbers are events. `is_done`: the carrier may forget it. `receipt`: a file for its device,
    when that has a key for files. `device` is None for one that is no phone known here: a hub, or one that nobody knows; then what is set
    aside waits for the operator, who has thrown it away before where `is_refused`. `key`: by which it was signed."""

    device_id: str
    device: DeviceKey | None
    key: str
    name: str
    made_ms: int
    taken: int
    known: int
    aside: int
    is_done: bool
    is_refused: bool
    receipt: bytes | None

    @property
    def receipt_name(self) -> str:
        return f"xuetan-{self.name}-receipts{SUFFIX}"

    def as_answer(self) -> FileAnswer:
        """What its carrier hears."""
        receipt = UNSET if self.receipt is None else b64url_encode(self.receipt)
        return FileAnswer(self.device_id, self.name, self.taken, self.known, self.aside, self.is_done, receipt)


def take_file(services: Services, data: bytes, brought_by: str = "") -> TakenFile:
    """Take a file of records in. `brought_by`: the person who hands it in on a phone. Raises an AppError that says whose it is when it was
    altered or is not for us."""
    file = read_file(data)
    if file.header.kind != "transfers":
        raise FileForAnotherError(file.header.name, file.header.device)
    header = file.header
    with services.database.reading() as session:
        device = accounts.find_device_keys(session, [header.device]).get(header.device)
    if device is not None and _names_another(header, device):
        device = None
    opened = decode_transfers(_open(services, file, device))
    carried = [_named(one, header)._replace(brought_by=brought_by) for one in opened]
    if device is None or any(one.transfer.person != device.person_id for one in carried if _is_own(one, header)):
        device = _find_by_key(services, header, carried)
    if not _TURN.acquire(timeout=TURN_SECONDS_MAX):
        raise BusyError
    try:
        reply = take_transfers(services, carried)
    finally:
        _TURN.release()
    taken, known, aside = _count(carried, reply.answers)
    answered = list(zip(carried, reply.answers, strict=True))
    is_done = not any(answer.error in KEPT_FOR_LATER or _waits_for_its_phone(one, answer) for one, answer in answered)
    is_refused = (
        device is None and bool(carried) and all(answer.error == DeviceRevokedError.code for answer in reply.answers)
    )
    # Of a device its own: of whom nobody knows, all that they gathered, for a hub brings the root's word home to its phones.
    pairs = zip(carried, reply.answers, strict=True)
    own = [answer for one, answer in pairs if device is None or _is_own(one, header)]
    # Who brings others' records alone is a hub: where nothing could be stated, it hears in which epoch the root is.
    gathers = bool(carried) and not any(_is_own(one, header) for one in carried)
    said = TransfersReply(reply.epoch, reply.t, own)
    receipt = _make_receipt(services, header, device, said, may_be_empty=device is None and gathers)
    key = device.public_key if device is not None else _key_said(header) or ""
    return TakenFile(
        header.device, device, key, header.name, header.made, taken, known, aside, is_done, is_refused, receipt
    )


def _key_said(header: FileHeader) -> str | None:
    return accounts.canonical_key(header.by) if isinstance(header.by, str) else None


def _names_another(header: FileHeader, device: DeviceKey) -> bool:
    """Its id is another device's here: it was given away anew, or is claimed by two."""
    key = _key_said(header)
    return key is not None and key != device.public_key


def _is_own(carried: Carried, header: FileHeader) -> bool:
    return carried.transfer.device == header.device


def _find_by_key(services: Services, header: FileHeader, carried: list[Carried]) -> DeviceKey | None:
    """The device that a restore forgot and that signed in again, under another id with the same key."""
    key = _key_said(header)
    people = {one.transfer.person for one in carried if _is_own(one, header)}
    if key is None or len(people) != 1:
        return None
    with services.database.reading() as session:
        return next(iter(accounts.find_devices_by_key(session, [(people.pop(), key_id_of(key))]).values()), None)


def _named(carried: Carried, header: FileHeader) -> Carried:
    """What a file holds of the device that made it was signed by the key that the file names, and the file says whose it is."""
    if not _is_own(carried, header):
        return carried
    carried.transfer.by = header.by
    return carried._replace(name=header.name, is_owned=True)


def _open(services: Services, file: ReadFile, device: DeviceKey | None) -> bytes:
    """What the file holds, once its device is known to have made it."""
    header = file.header
    key = services.keys.find_files_key(header.key)
    by = device.public_key if device is not None else header.by
    if by is UNSET or not file.is_signed_by(by):
        raise FileAlteredError(header.name, header.device)
    if key is None:
        raise FileForAnotherError(header.name, header.device)
    if header.reply is not UNSET and not is_key(header.reply):
        raise FileMalformedError
    try:
        return open_sealed(key, file.sealed, file.open_part)
    except CannotOpenError as error:
        raise FileMalformedError from error


def _count(carried: list[Carried], answers: list[TransferAnswer]) -> tuple[int, int, int]:
    """Events that are new, that were known, that are kept aside."""
    taken = known = aside = 0
    for one, answer in zip(carried, answers, strict=True):
        acks = [] if answer.acks is UNSET else answer.acks
        for segment, ack in zip(one.transfer.segs, acks, strict=False):
            match ack[0]:
                case "ok":
                    taken += segment.n
                case "dup":
                    known += segment.n
                case "aside" | "gap" | "fork":
                    aside += segment.n
    return taken, known, aside


def _waits_for_its_phone(carried: Carried, answer: TransferAnswer) -> bool:
    """What was erased of it is not known here, so that only its phone can bring it, or a carrier once it is: until then this file may be
    the only copy of what stands beside and behind it."""
    acks = [] if answer.acks is UNSET else answer.acks
    pairs = zip(carried.transfer.segs, acks, strict=False)
    return any(segment.gone is not UNSET and ack[0] == "gap" for segment, ack in pairs)


def _make_receipt(
    services: Services, about: FileHeader, device: DeviceKey | None, reply: TransfersReply, *, may_be_empty: bool
) -> bytes | None:
    """The root's word for the way back, which only who made the file can read."""
    statements: list[Statement] = [answer.statement for answer in reply.answers if answer.statement is not UNSET]
    reader = about.reply if about.reply is not UNSET else device.file_key if device is not None else ""
    if not reader or not (statements or may_be_empty):
        return None
    root = services.keys.root
    to = device.device_id if device is not None else about.device
    header = FileHeader(1, "receipts", key_id_of(reader), to, about.name, reply.t, root.spki)
    plain = msgspec.json.encode(Receipts(1, reply.epoch, reply.t, statements))
    return make_file(header, plain, reader, root)
