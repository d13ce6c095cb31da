"""Signatures that every browser can check: ECDSA P-256 with SHA-256, r|s in base64url, keys as DER
SubjectPublicKeyInfo.

Owns keys on disk (PKCS#8, readable by the owner only) and canonical JSON (RFC 8785). Private keys never leave this
module but to their file. A key that was made is never made again: everything signed with it lives for years on
phones.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from xuetan.kernel.ids import b64url_decode, b64url_encode, h16
from xuetan.kernel.storage import write_durably

_SCHEME = ec.ECDSA(hashes.SHA256())
_HALF = 32


class SigningKey:
    """One P-256 key pair."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path.name} holds no P-256 key")
        return cls(private)

    def save(self, path: Path) -> None:
        write_durably(path, self.private_pem, mode=0o600)

    @property
    def private_pem(self) -> bytes:
        """PKCS#8, for libraries that want the key itself (web push)."""
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @cached_property
    def spki(self) -> str:
        """The public key: DER SubjectPublicKeyInfo in base64url."""
        return b64url_encode(
            self._private.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    @cached_property
    def key_id(self) -> str:
        """H16 of the public key's DER."""
        return key_id_of(self.spki)

    def sign(self, message: bytes) -> str:
        """r|s of 32 bytes each, in base64url, as WebCrypto makes and takes it."""
        r, s = decode_dss_signature(self._private.sign(message, _SCHEME))
        return b64url_encode(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big"))


class KeyStore:
    """The installation's own keys, by name, made at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, SigningKey] = {}
        self._lock = Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def get(self, name: str) -> SigningKey:
        with self._lock:
            if name not in self._keys:
                path = self._folder / f"{name}.pem"
                if not path.exists():
                    _save_first(SigningKey.generate(), path)
                self._keys[name] = SigningKey.load(path)
            return self._keys[name]

    @property
    def root(self) -> SigningKey:
        """The key that a phone pins when it enrols; it signs keyrings, never packs."""
        return self.get("root")

    @property
    def files(self) -> SigningKey:
        """The key that files to this installation are sealed to. Named here beside the others and never used to sign."""
        return self.get("files")

    def find_files_key(self, key_id: str) -> SigningKey | None:
        """The key that a file names: today's, or an older one that was kept as `files-….pem`."""
        names = ["files", *sorted(path.stem for path in self._folder.glob("files-*.pem"))]
        return next((key for key in map(self.get, names) if key.key_id == key_id), None)

    @property
    def publisher(self) -> SigningKey:
        """The key of this installation as a publisher of packs."""
        return self.get("publisher")


def _save_first(key: SigningKey, path: Path) -> None:
    """Two processes may start at once: the first to link its file wins, and both load that one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    key.save(draft)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def key_id_of(spki: str) -> str:
    return h16(b64url_decode(spki))


def load_public_key(spki: str) -> ec.EllipticCurvePublicKey:
    """The P-256 key of this SubjectPublicKeyInfo; ValueError for anything else."""
    try:
        public = serialization.load_der_public_key(b64url_decode(spki))
    except Exception as error:
        raise ValueError("not a public key") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise ValueError("not a P-256 key")
    return public


def is_key(spki: str) -> bool:
    try:
        load_public_key(spki)
    except ValueError:
        return False
    return True


def verify(spki: str, message: bytes, signature: str) -> bool:
    """True when `signature` is by the key `spki` over `message`. Malformed keys and signatures are simply not valid."""
    try:
        public = load_public_key(spki)
        raw = b64url_decode(signature)
    except ValueError:
        return False
    if len(raw) != 2 * _HALF:
        return False
    der = encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))
    try:
        public.verify(der, message, _SCHEME)
    except InvalidSignature:
        return False
    return True


def canonical_json(value: Mapping[str, Any] | Sequence[Any] | str | float | bool | None) -> bytes:
    """RFC 8785 bytes of a JSON value."""
    return rfc8785.dumps(value)
