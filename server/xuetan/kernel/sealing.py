"""Sealing bytes to one reader: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM: what
WebCrypto has everywhere.

Owns the suite. Says nothing about who sealed it: that is a signature's matter. `info` binds what stands openly beside
the sealed bytes; whoever changes it can open nothing.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from xuetan.kernel.signing import SigningKey, load_public_key

_SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
# The encapsulated key and the tag.
SEALING_BYTES = 65 + 16


class CannotOpenError(Exception):
    """Sealed to another key, or changed since."""


def seal(reader_key: str, plain: bytes, info: bytes) -> bytes:
    """Encapsulated key and ciphertext. ValueError when the reader's key is none."""
    return _SUITE.encrypt(plain, load_public_key(reader_key), info)


def open_sealed(key: SigningKey, sealed: bytes, info: bytes) -> bytes:
    """What was sealed to this key. CannotOpenError for anything else."""
    private = serialization.load_pem_private_key(key.private_pem, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    try:
        return _SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError) as error:
        raise CannotOpenError from error
