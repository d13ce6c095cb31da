"""The frames: u32 little endian length of the header, the header as JSON, the bodies of the segments. Pure.

A body that is cut short stays cut short: its hash will not fit, and the segment is answered as damaged. What follows
the last body is not looked at, so that a later phone may add to the frame.
"""

import struct
from collections.abc import Sequence

import msgspec

from xuetan.contracts.limits import (
    SYNC_HEADER_BYTES_MAX,
    SYNC_SEGMENTS_MAX,
    TRANSFERS_BYTES_MAX,
    TRANSFERS_HEADER_BYTES_MAX,
    TRANSFERS_MAX,
    TRANSFERS_SEGMENTS_MAX,
)
from xuetan.contracts.sync import SyncHeader, TransfersHeader
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.ids import is_id
from xuetan.sync.errors import MalformedFrameError, UnsupportedVersionError

_LENGTH = struct.Struct("<I")
_HEADER = msgspec.json.Decoder(SyncHeader)
_TRANSFERS = msgspec.json.Decoder(TransfersHeader)
# What tables and JavaScript hold as whole numbers.
_NUMBER_MAX = (1 << 53) - 1


class _Version(msgspec.Struct):
    v: int


def encode_frame(header: SyncHeader, bodies: Sequence[bytes]) -> bytes:
    """The bytes of a request."""
    text = msgspec.json.encode(header)
    return b"".join((_LENGTH.pack(len(text)), text, *bodies))


def decode_frame(frame: bytes) -> tuple[SyncHeader, list[bytes]]:
    """Header and bodies. Raises MalformedFrameError, UnsupportedVersionError or RequestTooLargeError, nothing else."""
    if len(frame) < _LENGTH.size:
        raise MalformedFrameError
    (header_bytes,) = _LENGTH.unpack_from(frame)
    start = _LENGTH.size + header_bytes
    if start > len(frame):
        raise MalformedFrameError
    if header_bytes > SYNC_HEADER_BYTES_MAX:
        raise RequestTooLargeError
    header = _decode_header(frame[_LENGTH.size : start])
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
    return b"".join((_LENGTH.pack(len(text)), text, *(body for one in transfers for body in one.bodies)))


def decode_transfers(frame: bytes) -> list[Carried]:
    """The transfers of a frame, each by itself yet to be judged. Raises as `decode_frame` does."""
    if len(frame) > TRANSFERS_BYTES_MAX:
        raise RequestTooLargeError
    header_bytes = _LENGTH.unpack_from(frame)[0] if len(frame) >= _LENGTH.size else len(frame)
    start = _LENGTH.size + header_bytes
    if start > len(frame):
        raise MalformedFrameError
    if header_bytes > TRANSFERS_HEADER_BYTES_MAX:
        raise RequestTooLargeError
    header = _decode_transfers_header(frame[_LENGTH.size : start])
    if (
        len(header.transfers) > TRANSFERS_MAX
        or sum(len(transfer.segs) for transfer in header.transfers) > TRANSFERS_SEGMENTS_MAX
    ):
        raise RequestTooLargeError
    carried = []
    for transfer in header.transfers:
        bodies = []
        for segment in transfer.segs:
            bodies.append(frame[start : start + segment.len])
            start += segment.len
        carried.append(Carried(transfer, bodies))
    return carried


def _decode_transfers_header(text: bytes) -> TransfersHeader:
    try:
        return _TRANSFERS.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _version_of(text) not in (None, 1):
            raise UnsupportedVersionError from error
        raise MalformedFrameError from error


def _decode_header(text: bytes) -> SyncHeader:
    try:
        header = _HEADER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if _version_of(text) not in (None, 1):
            raise UnsupportedVersionError from error
        raise MalformedFrameError from error
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
