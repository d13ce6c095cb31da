"""Sign-in codes as they are kept: a keyed look-up value, and the code sealed so that it can be printed again.

The key is derived from a key file of the installation, so the database alone neither tells a code nor lets one guess
offline (50 bits would not withstand that). docs/decisions/0022-sign-in-codes.md explains.
"""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xuetan.accounts.rules import CODE_ALPHABET
from xuetan.contracts.limits import SIGN_IN_CODE_CHARACTERS
from xuetan.kernel.ids import b64url_decode, b64url_encode
from xuetan.kernel.signing import KeyStore

_NONCE_BYTES = 12


class CodeVault:
    """Makes, finds and reveals codes. `symbols` are the ten symbols without the hyphen."""

    def __init__(self, keys: KeyStore) -> None:
        secret = keys.get("sign-in-codes").private_pem
        self._look_up_key = _derive(secret, b"xuetan-sign-in-code/1 look up")
        self._sealing = AESGCM(_derive(secret, b"xuetan-sign-in-code/1 seal"))

    def draw(self) -> str:
        """Fifty random bits."""
        return "".join(secrets.choice(CODE_ALPHABET) for _ in range(SIGN_IN_CODE_CHARACTERS))

    def look_up(self, symbols: str) -> str:
        return b64url_encode(hmac.digest(self._look_up_key, symbols.encode("ascii"), "sha256"))

    def seal(self, symbols: str, person_id: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return b64url_encode(nonce + self._sealing.encrypt(nonce, symbols.encode("ascii"), person_id.encode("utf-8")))

    def reveal(self, sealed: str, person_id: str) -> str | None:
        """The symbols, or None when the key file is another one than when the code was made."""
        raw = b64url_decode(sealed)
        try:
            symbols = self._sealing.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], person_id.encode("utf-8"))
        except InvalidTag:
            return None
        return symbols.decode("ascii")


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)
