"""The frames. Pure.

A request: u32 little endian length of the header, the header as a JSON array, the ids as raw bytes, the bodies of the
segments. What follows from what stands before it is left out: where a segment begins, the hash of the one before it, a
person's own scope. A frame of transfers: the same length, the header as a JSON object, the bodies.

A body that is cut short stays cut short: its hash will not fit, and the segment is answered as damaged. What follows
the last body, and what follows the known parts of the header, is not looked at, so that a later phone may add to the
frame.
"""

import struct
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct

from xuetan.contracts.limits import (
    PULL_BYTES_MIN,
    SYNC_HEADER_BYTES_MAX,
    SYNC_SEGMENTS_MAX,
    TRANSFERS_BYTES_MAX,
    TRANSFERS_HEADER_BYTES_MAX,
    TRANSFERS_MAX,
    TRANSFERS_SEGMENTS_MAX,
)
from xuetan.contracts.sync import SegmentHeader, SyncHeader, Transfer, TransfersHeader
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.ids import ID_BYTES, b64url_decode, b64url_encode
from xuetan.sync.errors import MalformedFrameError, UnsupportedVersionError

T = TypeVar("T")
_LENGTH = struct.Struct("<I")
_TRANSFERS = msgspec.json.Decoder(TransfersHeader)
# What tables and JavaScript hold as whole numbers.
_NUMBER_MAX = (1 << 53) - 1


# In place of the epoch before the first answer.
_NO_EPOCH = bytes(ID_BYTES)
# The letters of scopes that a person has for themselves: written without the person, who is known by the token.
_OWN = ("u:", "p:")

SHA256_BYTES = 32
_Natural = Annotated[int, Meta(ge=0)]


class _Segment(Struct, array_like=True):
    scope: str
    n: Annotated[int, Meta(ge=1)]
    len: Annotated[int, Meta(ge=1)]
    # 1: something of it was erased by right. The SHA-256 of the body that was sealed, then what remains of it.
    gone: Any = None


class _Head(Struct, array_like=True):
    """The header of a request as it is written; what is left out at its end is as here. Without segments it ends before
    `first`."""

    v: Literal[1]
    head: _Natural
    follow: int
    cur: list[int]
    off: int | None = None
    max: int = PULL_BYTES_MIN
    app: str = ""
    first: _Natural = 0
    segs: list[_Segment] = []


class _Version(Struct):
    v: int


class _ListedVersion(Struct, array_like=True):
    v: int


_HEAD = msgspec.json.Decoder(_Head)
_VERSION = msgspec.json.Decoder(_Version)
_LISTED_VERSION = msgspec.json.Decoder(_ListedVersion)


def encode_frame(header: SyncHeader, bodies: Sequence[bytes], person_id: str) -> bytes:
    """The bytes of a request, as the phone of this person writes them."""
    own = [letter + person_id for letter in _OWN]
    parts: list[object] = [
        header.v,
        header.head,
        header.follow,
        [number for pair in header.cur for number in pair],
        None if header.off is UNSET else header.off,
        PULL_BYTES_MIN if header.max is UNSET else header.max,
        header.app or "",
    ]
    first = header.segs[0].first if header.segs else 0
    if header.segs:
        parts += [first, [_as_written(one, own) for one in header.segs]]
    ids = [b64url_decode(header.stream), _NO_EPOCH if header.epoch is UNSET else b64url_decode(header.epoch)]
    if first:
        ids.append(b64url_decode(header.segs[0].prev))
    ids += [b64url_decode(one.hash) for one in header.segs]
    text = msgspec.json.encode(parts)
    sealed = [b"" if one.gone is UNSET else b64url_decode(one.gone) for one in header.segs]
    return join_frame(text, [*ids, *(part for pair in zip_longest(sealed, bodies, fillvalue=b"") for part in pair)])


def _as_written(header: SegmentHeader, own: Sequence[str]) -> tuple[str | int, ...]:
    scope = header.scope[:2] if header.scope in own else _escaped(header.scope)
    return (scope, header.n, header.len) if header.gone is UNSET else (scope, header.n, SHA256_BYTES + header.len, 1)


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


def decode_frame(frame: bytes, person_id: str) -> tuple[SyncHeader, list[bytes]]:
    """Header and bodies of this person's request. Raises MalformedFrameError, UnsupportedVersionError or
    RequestTooLargeError, nothing else."""
    text, start = split_frame(frame, SYNC_HEADER_BYTES_MAX)
    head = _decode_head(text)
    if len(head.segs) > SYNC_SEGMENTS_MAX:
        raise RequestTooLargeError
    header = SyncHeader(
        1, "", head.head, [], [list(pair) for pair in zip(head.cur[::2], head.cur[1::2], strict=True)], head.follow
    )
    header.max, header.app = head.max, head.app
    header.off = UNSET if head.off is None else head.off
    start = _read_ids(frame, start, head, header, person_id)
    bodies = []
    for segment, told in zip(head.segs, header.segs, strict=True):
        body = frame[start : start + segment.len]
        if segment.gone == 1:
            told.gone, body = b64url_encode(body[:SHA256_BYTES]), body[SHA256_BYTES:]
            told.len = segment.len - SHA256_BYTES
        bodies.append(body)
        start += segment.len
    return header, bodies


# A scope that reads like the short word for one's own has one colon more: whatever a phone holds can be said, or it would be stuck.
def _escaped(scope: str) -> str:
    return scope + ":" if scope.rstrip(":") in ("u", "p") and scope[1:] else scope


def _unescaped(scope: str) -> str:
    return scope[:-1] if scope.rstrip(":") in ("u", "p") and scope[2:] else scope


def _read_ids(frame: bytes, start: int, head: _Head, header: SyncHeader, person_id: str) -> int:
    """Fill in what the ids of a frame say; where its bodies begin."""
    end = start + ID_BYTES * (2 + (head.first > 0) + len(head.segs)) if head.segs else start + 2 * ID_BYTES
    if end > len(frame):
        raise MalformedFrameError
    header.stream = b64url_encode(frame[start : start + ID_BYTES])
    epoch = frame[start + ID_BYTES : start + 2 * ID_BYTES]
    if epoch != _NO_EPOCH:
        header.epoch = b64url_encode(epoch)
    ids = [b64url_encode(frame[place : place + ID_BYTES]) for place in range(start + 2 * ID_BYTES, end, ID_BYTES)]
    first, prev = head.first, ids.pop(0) if head.segs and head.first else ""
    for segment, hash_ in zip(head.segs, ids, strict=True):
        scope = segment.scope + person_id if segment.scope in _OWN else _unescaped(segment.scope)
        header.segs.append(SegmentHeader(scope, first, segment.n, prev, hash_, segment.len))
        first, prev = first + segment.n, hash_
    return end


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


def _decode_head(text: bytes) -> _Head:
    head = decode_header(_HEAD, text)
    numbers = [head.head, head.follow, head.max, *head.cur, head.off or 0]
    fits = (
        len(head.cur) % 2 == 0
        and all(abs(number) <= _NUMBER_MAX for number in numbers)
        and head.first + sum(segment.n for segment in head.segs) < 1 << 32
    )
    if not fits:
        raise MalformedFrameError
    return head


def _version_of(text: bytes) -> int | None:
    try:
        return (_LISTED_VERSION if text.startswith(b"[") else _VERSION).decode(text).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
