"""Segments as bytes: the hash, and a body's text, inflated within bounds. Pure: no clock, no chance, no store.

docs/sync-protocol.md is exact about every byte; contracts/golden/ holds examples that the phone's code reproduces. The
compressed bytes of a body are opaque: the hash covers them as they came. What the text says is the matter of `columns`.
"""

import base64
import hashlib
import itertools
import re
import struct
import zlib
from typing import Any

import rfc8785

from xuetan.contracts.limits import SEGMENT_INFLATED_BYTES_MAX, SYNC_SEGMENTS_MAX
from xuetan.contracts.segment_coding import DICTIONARY, PRELUDE
from xuetan.event_log.columns import Event, Origin, blank_columns, erase_columns, read_columns, write_columns
from xuetan.event_log.layouts import UnreadableError
from xuetan.kernel.ids import b64url_decode, b64url_encode, h16

__all__ = [
    "CODED",
    "NESTING_MAX",
    "Event",
    "Origin",
    "TooLargeError",
    "UnreadableError",
    "blank_columns",
    "claimed_bytes",
    "deflate",
    "erase_columns",
    "event_hash",
    "inflate",
    "is_nested_too_deep",
    "read_columns",
    "segment_hash",
    "write_columns",
]

HASH_CONTEXT = b"xuetan-segment/1\x00"
NESTING_MAX = 64
# Of the text, in front of its bytes. The highest bit of this number says that the text is coded (docs/sync-protocol.md).
_LENGTH_BYTES = 3
CODED = 1 << 23
_CODED_FROM = b"\x80"
_HOLE = re.compile(rb"\x01([0-9]{1,7})")
_RAW_DEFLATE = -15
# What browsers use; they have no other.
_LEVEL = 6
_ONE_KIND_OF_BRACKET = bytes.maketrans(b"{}", b"[]")
_TOO_DEEP = b"[" * (NESTING_MAX + 1)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NO_PREV = bytes(16)


class TooLargeError(Exception):
    """These bytes inflate beyond what is allowed."""


def segment_hash(
    stream: str, scope: str, first: int, n: int, prev: str, body: bytes, *, sealed_sha256: bytes | None = None
) -> str:
    """The hash that seals a segment and chains it to the one before. `sealed_sha256`: of the body that was sealed, where another
    stands for it. ValueError when a part cannot be written into it."""
    name = scope.encode()
    previous = b64url_decode(prev) if prev else _NO_PREV
    stream_bytes = b64url_decode(stream)
    if len(previous) != 16 or len(stream_bytes) != 16 or len(name) > 255 or max(first, n) >= 1 << 32:
        raise ValueError("not the parts of a segment")
    digest = hashlib.sha256(HASH_CONTEXT)
    digest.update(stream_bytes)
    digest.update(struct.pack("B", len(name)) + name)
    digest.update(struct.pack(">II", first, n))
    digest.update(previous)
    digest.update(sealed_sha256 or hashlib.sha256(body).digest())
    return b64url_encode(digest.digest()[:16])


def event_hash(kind: str, ts: int, payload: dict[str, Any]) -> str:
    """The hash of one event, by which a repeated one is known."""
    return h16(rfc8785.dumps([kind, ts, payload]))


def inflate(body: bytes, bytes_max: int = SEGMENT_INFLATED_BYTES_MAX) -> bytes:
    """The text of a body, never more than `bytes_max` of it in memory."""
    said = _said_length(body)
    if said > bytes_max:
        raise TooLargeError
    coded = body[:1] >= _CODED_FROM
    machine = zlib.decompressobj(_RAW_DEFLATE, zdict=DICTIONARY) if coded else zlib.decompressobj(_RAW_DEFLATE)
    packed = PRELUDE + body[_LENGTH_BYTES:] if coded else body[_LENGTH_BYTES:]
    try:
        text = machine.decompress(packed, said + 1)
    except zlib.error as error:
        raise UnreadableError from error
    if not machine.eof:
        raise UnreadableError
    if coded:
        text = _with_ids(text, machine.unused_data, said)
    elif machine.unused_data:
        raise UnreadableError
    if len(text) != said:
        raise UnreadableError
    return text


def _said_length(body: bytes) -> int:
    return int.from_bytes(body[:_LENGTH_BYTES]) & ~CODED


def _with_ids(text: bytes, ids: bytes, said: int) -> bytes:
    """The text with its holes filled from the ids, six bits a character."""
    lengths = [int(length) for length in _HOLE.findall(text)]
    total = sum(lengths)
    if total > said or len(ids) != (total * 3 + 3) // 4:
        raise UnreadableError
    if not lengths:
        return text
    characters = base64.urlsafe_b64encode(ids)
    ends = itertools.accumulate(lengths)
    pieces = iter([characters[end - length : end] for end, length in zip(ends, lengths, strict=True)])
    return _HOLE.sub(lambda _: next(pieces), text)


def claimed_bytes(body: bytes) -> int:
    """How much text there will be to look at, by what a body says of itself. One that holds another length is
    unreadable, and one that is too long is set aside unread."""
    said = _said_length(body)
    return said if said <= SEGMENT_INFLATED_BYTES_MAX else SEGMENT_INFLATED_BYTES_MAX // SYNC_SEGMENTS_MAX


def is_nested_too_deep(text: bytes) -> bool:
    """True for JSON that nests beyond NESTING_MAX. How deep a decoder goes depends on how deep the call stack is
    already: without a bound, what was taken in one thread could not be read in another. Brackets that do not pair up
    count as deep."""
    if text.count(b"[") + text.count(b"{") <= NESTING_MAX:
        return False
    outside_strings = b"".join(text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    brackets = outside_strings.translate(_ONE_KIND_OF_BRACKET, _NO_BRACKETS)
    for _ in range(NESTING_MAX):
        if not brackets or _TOO_DEEP in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def deflate(text: bytes) -> bytes:
    """A body for this text, the same one each time."""
    machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
    return len(text).to_bytes(_LENGTH_BYTES) + machine.compress(text) + machine.flush()
