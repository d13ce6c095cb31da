"""From source to signed bytes: the same source gives the same bytes, the contracts hold, and a changed byte is
found."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.packs.conftest import SMALL_PACK, Edit
from xuetan.contracts import manifest as wire
from xuetan.kernel.signing import KeyStore, SigningKey, canonical_json
from xuetan.kernel.storage import BlobStore
from xuetan.packs import service as packs
from xuetan.packs.builds import build_in_one_go
from xuetan.packs.bundles import BundleMalformedError, gzip_plainly, read_bundle, write_bundle
from xuetan.packs.compression import keep_compressed
from xuetan.packs.findings import Findings
from xuetan.packs.keyring import load_keyring, open_keyring, sign_manifest, verify_manifest
from xuetan.packs.source_files import read_folder

ROOT = Path(__file__).parents[2]
NAME = {"zh-Hans": "雪炭", "en": "Xuetan"}


def build(folder: Path, blobs: BlobStore, key_id: str = "key") -> packs.BuiltPack:
    findings = Findings()
    built = build_in_one_go(read_folder(folder, findings), key_id, blobs, findings)
    assert built is not None, findings.in_reading_order()
    return built


def manifest_of(built: packs.BuiltPack, blobs: BlobStore) -> wire.Manifest:
    return msgspec.json.decode(blobs.get(built.manifest), type=wire.Manifest)


def schema(name: str) -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load((ROOT / "contracts" / "schemas" / name).read_text(encoding="utf-8"))
    return document


def test_the_same_source_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = build(folder, BlobStore(tmp_path / "one"))
    second = build(SMALL_PACK, BlobStore(tmp_path / "two"))
    assert (first.manifest, first.blobs) == (second.manifest, second.blobs)


def test_one_changed_word_changes_one_page_and_the_manifest(folder: Path, blobs: BlobStore, edit: Edit) -> None:
    before = build(folder, blobs)
    edit("lessons/02-ash.md", "过一夜再倒", "过两夜再倒")
    after = build(folder, blobs)
    old, new = manifest_of(before, blobs), manifest_of(after, blobs)
    assert len(set(old.blobs) - set(new.blobs)) == 1
    assert before.manifest != after.manifest


def test_manifest_card_and_quizzes_keep_to_the_contracts(folder: Path, blobs: BlobStore) -> None:
    built = build(folder, blobs)
    document = json.loads(blobs.get(built.manifest))
    jsonschema.validate(document, schema("manifest.schema.yaml"))
    rows = schema("rows.schema.yaml")
    jsonschema.validate(built.card, rows | {"$ref": "#/$defs/PackCard"})
    for lesson in document["lessons"]:
        for edition in lesson["editions"].values():
            jsonschema.validate(json.loads(blobs.get(edition["quiz"])), schema("quiz.schema.yaml"))
    assert blobs.get(built.manifest) == canonical_json(document)


def test_every_blob_of_the_manifest_is_in_the_bundle_of_its_tier_and_what_it_says(
    folder: Path, blobs: BlobStore
) -> None:
    manifest = manifest_of(build(folder, blobs), blobs)
    in_bundles = {}
    for bundle in manifest.bundles:
        data = blobs.get(bundle.blob)
        assert len(data) == bundle.bytes
        for sha, blob in read_bundle(data, blob_bytes_max=10_000_000):
            in_bundles[sha] = (bundle.tier, len(blob))
    assert in_bundles == {sha: (blob.tier, blob.bytes) for sha, blob in manifest.blobs.items()}


def test_the_price_of_a_tier_is_what_goes_over_the_wire(folder: Path, blobs: BlobStore) -> None:
    built = build(folder, blobs)
    bundles = {one.tier: one.bytes for one in manifest_of(built, blobs).bundles}
    manifest_bytes = len(gzip_plainly(blobs.get(built.manifest)))
    assert built.card["tiers"] == [
        {"tier": "text", "bytes": manifest_bytes + bundles["text"]},
        {"tier": "pictures", "bytes": manifest_bytes + bundles["text"] + bundles["pictures"]},
    ]


def test_every_kind_of_question_is_built_for_the_phone(folder: Path, blobs: BlobStore) -> None:
    manifest = manifest_of(build(folder, blobs), blobs)
    quiz = packs.get_quiz(blobs, manifest, "01-stove", "en")
    assert quiz is not None
    built = {question.kind: msgspec.to_builtins(question) for question in quiz.questions}
    assert [choice["correct"] for choice in built["single"]["choices"]] == [False, True]
    assert built["true_false"]["answer"] is False
    assert built["true_false"]["feedback"]["true"] == "Thick wood below smothers it."
    assert (built["numeric"]["answer"], built["numeric"]["tolerance"], built["numeric"]["unit"]) == (50, 0, "minutes")
    assert built["short_text"]["accepted"] == ["the pipe", "pipe"]
    assert [choice["id"] for choice in built["matching"]["lefts"]] == ["p1.l", "p2.l", "p3.l"]
    assert [choice["id"] for choice in built["matching"]["rights"]] == ["p1.r", "p2.r", "p3.r"]
    assert [choice["id"] for choice in built["ordering"]["choices"]] == ["s1", "s2", "s3"]
    assert set(built["reflection"]) == {"id", "kind", "difficulty", "stem", "explanation"}


def test_a_blob_with_a_changed_byte_is_found(folder: Path, blobs: BlobStore) -> None:
    manifest = manifest_of(build(folder, blobs), blobs)
    bundle = bytearray(blobs.get(manifest.bundles[0].blob))
    assert list(read_bundle(bytes(bundle), blob_bytes_max=10_000_000))
    for place in (0, 10, len(bundle) // 2, len(bundle) - 12):
        changed = bytearray(bundle)
        changed[place] ^= 1
        with pytest.raises(BundleMalformedError):
            list(read_bundle(bytes(changed), blob_bytes_max=10_000_000))


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_a_bundle_gives_back_what_was_put_in(blobs_in: list[bytes]) -> None:
    pairs = [(hashlib.sha256(data).hexdigest(), data) for data in blobs_in]
    found = list(read_bundle(write_bundle(pairs), blob_bytes_max=300))
    assert found == list(dict.fromkeys(pairs))


def test_a_bundle_that_unfolds_beyond_its_limit_is_refused() -> None:
    data = b"\0" * 1_000_000
    bundle = write_bundle([(hashlib.sha256(data).hexdigest(), data)])
    with pytest.raises(BundleMalformedError):
        list(read_bundle(bundle, blob_bytes_max=999_999))


def test_a_manifest_verifies_by_the_keyring_and_not_with_any_change(
    folder: Path, blobs: BlobStore, keys: KeyStore, tmp_path: Path
) -> None:
    manifest = blobs.get(build(folder, blobs, keys.publisher.key_id).manifest)
    keyring = open_keyring(load_keyring(keys, tmp_path, NAME), keys.root.spki)
    assert keyring is not None
    signature = sign_manifest(keys, manifest)
    assert verify_manifest(keyring, manifest, signature)
    assert not verify_manifest(keyring, manifest.replace(b"xuetan-pack/1", b"xuetan-pack/2"), signature)
    assert not verify_manifest(keyring, manifest, wire.Signature("ES256", signature.key_id, signature.sig[:-2] + "AA"))
    stranger = KeyStore(tmp_path / "stranger")
    assert not verify_manifest(keyring, manifest, sign_manifest(stranger, manifest))
    revoked = wire.Keyring(keyring.format, keyring.version + 1, keyring.publishers, [signature.key_id])
    assert not verify_manifest(revoked, manifest, signature)


def test_a_keyring_is_believed_only_when_the_root_signed_it(keys: KeyStore, tmp_path: Path) -> None:
    signed = load_keyring(keys, tmp_path, NAME)
    assert open_keyring(signed, keys.root.spki) is not None
    assert open_keyring(signed, KeyStore(tmp_path / "other").root.spki) is None
    changed = wire.SignedKeyring(signed.keyring.replace('"version":1', '"version":9'), signed.key_id, signed.sig)
    assert open_keyring(changed, keys.root.spki) is None


def test_the_keyring_stays_as_it_is_until_the_publishing_key_is_new(keys: KeyStore, tmp_path: Path) -> None:
    first = load_keyring(keys, tmp_path, NAME)
    assert load_keyring(KeyStore(tmp_path / "keys"), tmp_path, NAME) == first
    (tmp_path / "keys" / "publisher.pem").unlink()
    renewed = open_keyring(load_keyring(KeyStore(tmp_path / "keys"), tmp_path, NAME), keys.root.spki)
    assert renewed is not None
    assert (renewed.version, len(renewed.publishers)) == (2, 2)


def test_keys_and_keyring_are_for_the_owner_only(keys: KeyStore, tmp_path: Path) -> None:
    load_keyring(keys, tmp_path / "keys", NAME)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert modes == {"root.pem": 0o600, "publisher.pem": 0o600, "keyring.json": 0o600}


def test_two_processes_that_start_at_once_end_with_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = KeyStore(tmp_path / "keys")
    generate = SigningKey.generate

    def generate_while_the_other_does() -> SigningKey:
        monkeypatch.setattr(SigningKey, "generate", generate)
        other.get("publisher")
        return generate()

    monkeypatch.setattr(SigningKey, "generate", generate_while_the_other_does)
    assert KeyStore(tmp_path / "keys").publisher.spki == other.publisher.spki
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["publisher.pem"]


def test_compressed_copies_are_smaller_and_made_once(blobs: BlobStore) -> None:
    text = blobs.put("炉子边的一课。".encode() * 50)
    keep_compressed(blobs, text, "text/html")
    path = blobs.path_of(text)
    sizes = [path.with_name(path.name + suffix).stat().st_size for suffix in (".br", ".gz")]
    assert all(size < path.stat().st_size for size in sizes)
    stamp = path.with_name(path.name + ".br").stat().st_mtime_ns
    keep_compressed(blobs, text, "text/html")
    assert path.with_name(path.name + ".br").stat().st_mtime_ns == stamp
    short = blobs.put(b"x")
    keep_compressed(blobs, short, "text/html")
    keep_compressed(blobs, text, "image/webp")
    assert not blobs.path_of(short).with_name(short + ".br").exists()


CONTENT_PACKS = sorted(path for path in (ROOT / "content_packs").iterdir() if path.is_dir())


@pytest.mark.parametrize("source", CONTENT_PACKS, ids=lambda path: path.name)
def test_the_packs_that_come_with_the_product_build_with_nothing_to_find(source: Path, blobs: BlobStore) -> None:
    built = build(source, blobs)
    assert built.findings == ()
    assert built.slug == source.name
