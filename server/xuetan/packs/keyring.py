"""The list of publishers that phones trust, signed by the root key.

Owns making the list, raising its version when a publisher's key is new, and keeping it on disk: a phone refuses a
list older than the one it has, so the version must never go back. Does not own the keys (`kernel.signing`).
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock

import msgspec

from xuetan.contracts import manifest as wire
from xuetan.kernel.signing import KeyStore, canonical_json, verify
from xuetan.kernel.storage import write_durably

KEYRING_CONTEXT = b"xuetan-keyring/1\n"
MANIFEST_CONTEXT = b"xuetan-manifest/1\n"
FILE_NAME = "keyring.json"
_lock = Lock()


def load_keyring(keys: KeyStore, folder: Path, publisher_name: dict[str, str]) -> wire.SignedKeyring:
    """The signed list, made at first use and renewed when this installation's publishing key is not on it."""
    path = folder / FILE_NAME
    with _lock:
        kept = _read(path)
        if kept is not None and _is_current(kept, keys):
            return kept
        document = _next(kept, keys, publisher_name)
        text = canonical_json(msgspec.to_builtins(document)).decode("utf-8")
        signed = wire.SignedKeyring(text, keys.root.key_id, keys.root.sign(KEYRING_CONTEXT + text.encode("utf-8")))
        write_durably(path, msgspec.json.encode(signed), mode=0o600)
        return signed


def sign_manifest(keys: KeyStore, manifest: bytes) -> wire.Signature:
    """The detached signature of docs/pack-format.md, by this installation's publishing key."""
    return wire.Signature(
        alg="ES256", key_id=keys.publisher.key_id, sig=keys.publisher.sign(MANIFEST_CONTEXT + manifest)
    )


def verify_manifest(keyring: wire.Keyring, manifest: bytes, signature: wire.Signature) -> bool:
    """True when a publisher on the list, not revoked, signed these bytes and says so in them."""
    publisher = json.loads(manifest).get("publisher")
    if publisher != signature.key_id or signature.key_id in keyring.revoked:
        return False
    keys = [one.spki for one in keyring.publishers if one.key_id == signature.key_id]
    return any(verify(spki, MANIFEST_CONTEXT + manifest, signature.sig) for spki in keys)


def open_keyring(signed: wire.SignedKeyring, root_spki: str) -> wire.Keyring | None:
    """The list inside, or None when the root key did not sign it."""
    if not verify(root_spki, KEYRING_CONTEXT + signed.keyring.encode("utf-8"), signed.sig):
        return None
    try:
        return msgspec.json.decode(signed.keyring, type=wire.Keyring)
    except msgspec.DecodeError:
        return None


def _read(path: Path) -> wire.SignedKeyring | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=wire.SignedKeyring)
    except FileNotFoundError:
        return None


def _is_current(kept: wire.SignedKeyring, keys: KeyStore) -> bool:
    document = open_keyring(kept, keys.root.spki)
    return document is not None and any(one.spki == keys.publisher.spki for one in document.publishers)


def _next(kept: wire.SignedKeyring | None, keys: KeyStore, name: dict[str, str]) -> wire.Keyring:
    """Older publishers stay: packs they signed are still on phones and still valid."""
    own = wire.PublisherKey(keys.publisher.key_id, keys.publisher.spki, name)
    before = open_keyring(kept, keys.root.spki) if kept is not None else None
    if before is None:
        return wire.Keyring("xuetan-keyring/1", 1, [own], [])
    return wire.Keyring("xuetan-keyring/1", before.version + 1, [*before.publishers, own], list(before.revoked))
