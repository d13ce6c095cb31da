"""`.xtsync` files as bytes: magic, an open header, what is sealed to one reader, and a signature over all of it. Pure.

Owns the format of docs/sync-protocol.md, "Files". Invariants: nothing of a file is believed before its signature was
right, and nothing is opened that was sealed beside another header; a file of any bytes raises the errors named here and
nothing else.
"""

import struct
from typing import NamedTuple

import msgspec

from xuetan.contracts.limits import XTSYNC_BYTES_MAX, XTSYNC_HEADER_BYTES_MAX, XTSYNC_NAME_CHARACTERS_MAX
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.ids import b64url_decode, b64url_encode, is_id
from xuetan.kernel.sealing import SEALING_BYTES, seal
from xuetan.kernel.signing import SigningKey, key_id_of, verify
from xuetan.kernel.text import well_formed
from xuetan.sync.errors import FileMalformedError, UnsupportedVersionError

MAGIC = b"xuetan-file/1\n"
SUFFIX = ".xtsync"
_LENGTH = struct.Struct("<I")
_SIGNATURE_BYTES = 64
_HEADER = msgspec.json.Decoder(FileHeader)


class ReadFile(NamedTuple):
    """A file taken apart; nothing of it is believed yet. `open_part`: all that stands before what is sealed."""

    header: FileHeader
    open_part: bytes
    sealed: bytes
    signature: str

    def is_signed_by(self, public_key: str) -> bool:
        return verify(public_key, self.open_part + self.sealed, self.signature)


def read_file(data: bytes) -> ReadFile:
    """Take a file apart. RequestTooLargeError, UnsupportedVersionError or FileMalformedError."""
    if len(data) > XTSYNC_BYTES_MAX:
        raise RequestTooLargeError
    start = len(MAGIC) + _LENGTH.size
    if not data.startswith(MAGIC):
        raise UnsupportedVersionError if data.startswith(b"xuetan-file/") else FileMalformedError
    if len(data) < start:
        raise FileMalformedError
    (header_bytes,) = _LENGTH.unpack_from(data, len(MAGIC))
    end = start + header_bytes
    if header_bytes > XTSYNC_HEADER_BYTES_MAX or len(data) < end + SEALING_BYTES + _SIGNATURE_BYTES:
        raise FileMalformedError
    sealed, signature = data[end:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    return ReadFile(_read_header(data[start:end]), data[:end], sealed, b64url_encode(signature))


def _read_header(text: bytes) -> FileHeader:
    try:
        header = _HEADER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileMalformedError from error
    if not is_id(header.device) or not is_id(header.key):
        raise FileMalformedError
    header.name = well_formed(header.name).strip()[:XTSYNC_NAME_CHARACTERS_MAX]
    return header


def make_file(header: FileHeader, plain: bytes, reader_key: str, signer: SigningKey) -> bytes:
    """A file for the holder of `reader_key`, named in the header by its id."""
    assert header.key == key_id_of(reader_key)
    text = msgspec.json.encode(header)
    open_part = MAGIC + _LENGTH.pack(len(text)) + text
    signed = open_part + seal(reader_key, plain, open_part)
    return signed + b64url_decode(signer.sign(signed))
