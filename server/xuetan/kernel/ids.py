"""Ids and their spelling: base64url without padding. Random ids carry no time and no order, so they tell a stranger
nothing."""

import base64
import binascii
import hashlib
import re
import secrets

ID_BYTES = 16
THING_ID_BYTES = 12
ID_CHARACTERS = 22
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")


def new_id() -> str:
    """A new id of a stream, person, device, cohort …: 16 random bytes, 22 characters."""
    return b64url_encode(secrets.token_bytes(ID_BYTES))


def new_thing_id() -> str:
    """A new id of a thing that events speak of: 12 random bytes, 16 characters."""
    return b64url_encode(secrets.token_bytes(THING_ID_BYTES))


def b64url_encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """Bytes of unpadded base64url; ValueError for anything else, other spellings of the same bytes included."""
    if not _ALPHABET.match(text):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if b64url_encode(data) != text:
        raise ValueError("not the canonical spelling")
    return data


def is_id(text: str) -> bool:
    """True for the canonical spelling of 16 bytes."""
    if len(text) != ID_CHARACTERS:
        return False
    try:
        return len(b64url_decode(text)) == ID_BYTES
    except ValueError:
        return False


def h16(data: bytes) -> str:
    """The protocol's short hash: the first 16 bytes of SHA-256, in base64url."""
    return b64url_encode(hashlib.sha256(data).digest()[:16])
