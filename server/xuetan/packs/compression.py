"""Precompressed copies beside a blob, made once so that serving costs no processor time.

Owns which kinds of blobs get copies (`<blob>.br`, `<blob>.gz`) and that a copy is kept only where it is smaller.
The copies are derived: losing one costs bytes on the wire, nothing else.
"""

from __future__ import annotations

import brotli

from xuetan.kernel.storage import COPIES, BlobStore
from xuetan.packs.bundles import gzip_plainly

COMPRESSIBLE = frozenset(("text/html", "application/json", "image/svg+xml"))
BROTLI_QUALITY = 11


def keep_compressed(blobs: BlobStore, sha256: str, media_type: str) -> None:
    """Make the copies that are missing. Doing it twice is doing it once."""
    if media_type not in COMPRESSIBLE:
        return
    data = blobs.get(sha256)
    for suffix, pack in zip(COPIES, (_brotli, gzip_plainly), strict=True):
        if blobs.has_copy(sha256, suffix):
            continue
        packed = pack(data)
        if len(packed) < len(data):
            blobs.put_copy(sha256, suffix, packed)


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=BROTLI_QUALITY))
