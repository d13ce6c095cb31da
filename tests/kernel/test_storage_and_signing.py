"""Blobs are whole or absent; signatures are those of every browser; keys are made once."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.ids import b64url_decode, b64url_encode
from xuetan.kernel.signing import KeyStore, SigningKey, canonical_json, key_id_of, load_public_key, verify
from xuetan.kernel.storage import BlobStore, write_durably

KEY = SigningKey.generate()


def test_a_blob_is_found_by_its_hash(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    sha = blobs.put(b"content")
    assert sha == blobs.put(b"content") == hashlib.sha256(b"content").hexdigest()
    assert blobs.get(sha) == blobs.path_of(sha).read_bytes() == b"content"
    assert blobs.has(sha)
    assert not blobs.has("0" * 64)
    with pytest.raises(NotFoundError):
        blobs.get("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" * 64])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        BlobStore(tmp_path).path_of(name)


def test_a_write_that_fails_leaves_nothing_and_what_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    write_durably(target, b"old")

    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_durably(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_has_the_mode_it_was_given(tmp_path: Path) -> None:
    write_durably(tmp_path / "secret", b"x", mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@given(st.binary(max_size=60))
def test_what_was_signed_verifies_and_nothing_else(message: bytes) -> None:
    signature = KEY.sign(message)
    assert len(b64url_decode(signature)) == 64
    assert verify(KEY.spki, message, signature)
    assert not verify(KEY.spki, message + b"x", signature)
    assert not verify(SigningKey.generate().spki, message, signature)


def test_a_signature_is_one_that_any_other_library_takes() -> None:
    raw = b64url_decode(KEY.sign(b"m"))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = serialization.load_der_public_key(b64url_decode(KEY.spki))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(der, b"m", ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("signature", ["", "AAAA", "!", b64url_encode(bytes(64)), b64url_encode(b"\xff" * 64)])
def test_a_malformed_signature_is_simply_not_valid(signature: str) -> None:
    assert not verify(KEY.spki, b"m", signature)


def test_a_malformed_key_is_simply_not_valid() -> None:
    other_curve = ec.generate_private_key(ec.SECP384R1()).public_key()
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    for public in (other_curve, edwards):
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(ValueError, match="P-256"):
            load_public_key(b64url_encode(der))
        assert not verify(b64url_encode(der), b"m", KEY.sign(b"m"))
    assert not verify("AAAA", b"m", KEY.sign(b"m"))
    assert not verify("", b"m", KEY.sign(b"m"))


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    found: list[str] = []
    store = KeyStore(tmp_path / "keys")
    threads = [threading.Thread(target=lambda: found.append(store.root.spki)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {KeyStore(tmp_path / "keys").root.spki}
    assert store.root.key_id == key_id_of(store.root.spki)
    assert store.publisher.key_id != store.root.key_id
    assert (tmp_path / "keys" / "root.pem").stat().st_mode & 0o777 == 0o600


def test_a_file_with_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "root.pem").write_bytes(pem)
    with pytest.raises(TypeError, match="no P-256 key"):
        KeyStore(tmp_path).get("root")


def test_canonical_json_is_that_of_rfc_8785() -> None:
    assert canonical_json({"b": [1.0, 1e21, "é\n"], "a": None}) == '{"a":null,"b":[1,1e+21,"é\\n"]}'.encode()
