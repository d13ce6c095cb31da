"""The frames: u32 little endian length of the header, the header as JSON, the bodies of the segments. Pure.

A body that is cut short stays cut short: its hash will not fit, and the segment is answered as damaged. What follows
the last body is not looked at, so that a later phone may add to the frame.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from xuetan.contracts.limits import (
    SYNC_HEADER_BYTES_MAX,
    SYNC_SEGMENTS_MAX,
    TRANSFERS_BYTES_MAX,
    TRANSFERS_HEADER_BYTES_MAX,
    TRANSFERS_MAX,
    TRANSFERS_SEGMENTS_MAX,
)
from xuetan.contracts.sync import SyncHeader, Transfer, TransfersHeader
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.ids import is_id
from xuetan.sync.errors import MalformedFrameError, UnsupportedVersionError

T = TypeVar("T")
_LENGTH = struct.Struct("<I")
_HEADER = msgspec.json.Decoder(SyncHeader)
_TRANSFERS = msgspec.json.Decoder(TransfersHeader)
# What tables and JavaScript hold as whole numbers.
_NUMBER_MAX = (1 << 53) - 1


class _Version(msgspec.Struct):
    v: int


def encode_frame(header: SyncHeader, bodies: Sequence[bytes]) -> bytes:
    """The bytes of a request."""
    return join_frame(msgspec.json.encode(header), bodies)


def join_frame(text: bytes, bodies: Iterable[bytes]) -> bytes:
    """The length of a header, the header, and what follows it."""
    return b"".join((_LENGTH.pack(len(text)), text, *bodies))


def split_frame(frame: bytes, header_bytes_max: int) -> tuple[bytes, int]:
    """The header of a frame, and where it ends. Raises MalformedFrameError or RequestTooLargeError."""
    header_bytes = _LENGTH.unpack_from(frame)[0] if len(frame) >= _LENGTH.size else len(frame)
    end = _LENGTH.size + header_bytes
    if end > len(frame):
        raise MalformedFrameError
    if header_bytes > header_bytes_max:
        raise RequestTooLargeError
    return frame[_LENGTH.size : end], end


def join_carried(text: bytes, carried: Iterable[Carried]) -> bytes:
    return join_frame(text, (body for one in carried for body in one.bodies))


def split_carried(transfers: Sequence[Transfer], frame: bytes, start: int) -> list[Carried]:
    """Each transfer with its bodies, which stand one after the other from `start` on. Raises RequestTooLargeError."""
    if len(transfers) > TRANSFERS_MAX or sum(len(transfer.segs) for transfer in transfers) > TRANSFERS_SEGMENTS_MAX:
        raise RequestTooLargeError
    carried = []
    for transfer in transfers:
        bodies = []
        for segment in transfer.segs:
            bodies.append(frame[start : start + segment.len])
            start += segment.len
        carried.append(Carried(transfer, bodies))
    return carried


def decode_frame(frame: bytes) -> tuple[SyncHeader, list[bytes]]:
    """Header and bodies. Raises MalformedFrameError, UnsupportedVersionError or RequestTooLargeError, nothing else."""
    text, start = split_frame(frame, SYNC_HEADER_BYTES_MAX)
    header = _decode_header(text)
    if len(header.segs) > SYNC_SEGMENTS_MAX:
        raise RequestTooLargeError
    bodies = []
    for segment in header.segs:
        bodies.append(frame[start : start + segment.len])
        start += segment.len
    return header, bodies


def encode_transfers(transfers: Sequence[Carried]) -> bytes:
    """A frame of what is carried for others: what a hub forwards and a file holds."""
    text = msgspec.json.encode(TransfersHeader(1, [one.transfer for one in transfers]))
    return join_carried(text, transfers)


def decode_transfers(frame: bytes) -> list[Carried]:
    """The transfers of a frame, each by itself yet to be judged. Raises as `decode_frame` does."""
    if len(frame) > TRANSFERS_BYTES_MAX:
        raise RequestTooLargeError
    text, start = split_frame(frame, TRANSFERS_HEADER_BYTES_MAX)
    return split_carried(decode_header(_TRANSFERS, text).transfers, frame, start)


def decode_header(decoder: "msgspec.json.Decoder[T]", text: bytes) -> T:
    """A header by its decoder. Raises MalformedFrameError or UnsupportedVersionError."""
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _version_of(text) not in (None, 1):
            raise UnsupportedVersionError from error
        raise MalformedFrameError from error


def _decode_header(text: bytes) -> SyncHeader:
    header = decode_header(_HEADER, text)
    numbers = [header.head, header.follow, *(number for pair in header.cur for number in pair)]
    numbers += header.clk or []
    fits = (
        is_id(header.stream)
        and all(len(pair) == 2 for pair in header.cur)
        and all(abs(number) <= _NUMBER_MAX for number in numbers)
        and all(segment.first + segment.n < 1 << 32 for segment in header.segs)
    )
    if not fits:
        raise MalformedFrameError
    return header


def _version_of(text: bytes) -> int | None:
    try:
        return msgspec.json.decode(text, type=_Version).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
