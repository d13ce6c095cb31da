"""One file that holds many blobs, so that a first install is one request that resumes at the byte.

Owns the coding of docs/pack-format.md, both ways. Pure and deterministic: the deflate stream is framed here, since
the library's own gzip header names the operating system it was made on.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256

from xuetan.kernel.signing import canonical_json

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


class BundleMalformedError(ValueError):
    """The bytes are no bundle, or a blob in it is not what the index says."""


def gzip_plainly(data: bytes) -> bytes:
    """gzip without time, name or system: the same bytes on every machine with the same zlib."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    body = deflate.compress(data) + deflate.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def write_bundle(blobs: Iterable[tuple[str, bytes]]) -> bytes:
    """(sha256, bytes) pairs in the order given, each only once."""
    index: list[list[object]] = []
    parts: list[bytes] = []
    seen: set[str] = set()
    for sha, data in blobs:
        if sha in seen:
            continue
        seen.add(sha)
        packed = gzip_plainly(data)
        coding, part = ("gzip", packed) if len(packed) < len(data) else ("", data)
        index.append([sha, len(part), coding])
        parts.append(part)
    head = canonical_json(index)
    return struct.pack("<I", len(head)) + head + b"".join(parts)


def read_bundle(bundle: bytes, *, blob_bytes_max: int) -> Iterator[tuple[str, bytes]]:
    """(sha256, bytes) pairs, each verified. Raises BundleMalformedError."""
    if len(bundle) < 4:
        raise BundleMalformedError("too short")
    (head_bytes,) = struct.unpack_from("<I", bundle)
    place = 4 + head_bytes
    try:
        index = json.loads(bundle[4:place])
        entries = [(str(sha), int(length), str(coding)) for sha, length, coding in index]
    except (ValueError, TypeError) as error:
        raise BundleMalformedError("index unreadable") from error
    if place + sum(length for _, length, _ in entries) != len(bundle):
        raise BundleMalformedError("lengths do not add up")
    for sha, length, coding in entries:
        data = _unpack(bundle[place : place + length], coding, blob_bytes_max)
        place += length
        if sha256(data).hexdigest() != sha:
            raise BundleMalformedError(f"blob {sha} was changed")
        yield sha, data


def _unpack(part: bytes, coding: str, blob_bytes_max: int) -> bytes:
    if coding == "":
        return part
    if coding != "gzip":
        raise BundleMalformedError("unknown coding")
    inflate = zlib.decompressobj(31)
    try:
        data = inflate.decompress(part, blob_bytes_max + 1)
    except zlib.error as error:
        raise BundleMalformedError("blob unreadable") from error
    if len(data) > blob_bytes_max or not inflate.eof:
        raise BundleMalformedError("blob too large or cut short")
    return data
