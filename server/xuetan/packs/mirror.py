"""Packs as a hub has them: what its root published, believed by the root's key alone.

A hub's rows of versions and blobs hold what the root's do, of the packs that it keeps; a blob is listed when all of it
is here. Owns verifying and these rows; does not own which packs are kept, nor how they come.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlmodel import Session, col, delete, func, select, update

from xuetan.contracts import manifest as wire
from xuetan.contracts.rows import PackCard
from xuetan.packs.keyring import open_keyring, verify_manifest
from xuetan.packs.models import PackBlob, PackVersion

MANIFEST_TYPE = "application/json"
BUNDLE_TYPE = "application/octet-stream"


class MirroredPacks(NamedTuple):
    """What a hub has of packs: versions that can be studied, and the bytes of all files."""

    versions: int
    bytes: int


class MirroredVersion(NamedTuple):
    """`is_whole`: all that it takes to study it is here."""

    slug: str
    version: int
    key_id: str
    is_whole: bool


def open_root_keyring(signed: bytes, root_key: str, version_min: int = 0) -> wire.Keyring | None:
    """The list of publishers, or None when the root did not sign it or it is older than what was seen."""
    try:
        document = msgspec.json.decode(signed, type=wire.SignedKeyring)
    except msgspec.DecodeError:
        return None
    keyring = open_keyring(document, root_key)
    return keyring if keyring is not None and keyring.version >= version_min else None


def open_mirrored(keyring: wire.Keyring, card: PackCard, manifest: bytes, signed: bytes) -> PackVersion | None:
    """The version that a card speaks of, or None when these bytes are not it or no publisher of the root signed them."""
    try:
        signature = msgspec.json.decode(signed, type=wire.Signature)
        document = msgspec.json.decode(manifest, type=wire.Manifest)
    except msgspec.DecodeError:
        return None
    if (document.slug, document.version) != (card.slug, card.version):
        return None
    if not verify_manifest(keyring, manifest, signature):
        return None
    return PackVersion(
        slug=card.slug,
        version=card.version,
        organisation_id="",
        manifest=card.manifest,
        key_id=signature.key_id,
        signature=signature.sig,
        card=msgspec.json.encode(card).decode(),
        published_ms=0,
        published_by="",
    )


def put_mirrored(session: Session, version: PackVersion, manifest: bytes) -> None:
    """Keep a version whose manifest is here; its bundles follow."""
    session.merge(version)
    put_mirrored_blob(session, version.manifest, MANIFEST_TYPE, len(manifest))


def put_mirrored_blob(session: Session, sha256: str, media_type: str, size: int) -> None:
    session.merge(PackBlob(sha256=sha256, media_type=media_type, bytes=size))


def list_mirrored(session: Session) -> dict[str, MirroredVersion]:
    """The versions that are kept, by manifest."""
    return {
        one.manifest: MirroredVersion(one.slug, one.version, one.key_id, one.published_ms > 0)
        for one in session.exec(select(PackVersion))
    }


def mark_whole(session: Session, manifest: str, now_ms: int) -> None:
    """All that it takes to study this version is here since then, at a hub its day of publishing; 0: no longer."""
    session.exec(update(PackVersion).where(col(PackVersion.manifest) == manifest).values(published_ms=now_ms))


def list_mirrored_blobs(session: Session) -> set[str]:
    return set(session.exec(select(PackBlob.sha256)))


def drop_mirrored(session: Session, manifests: set[str], blobs: set[str]) -> None:
    """Forget these versions and blobs; from then on they are served no more."""
    session.exec(delete(PackVersion).where(col(PackVersion.manifest).in_(manifests)))
    session.exec(delete(PackBlob).where(col(PackBlob.sha256).in_(blobs)))


def measure_mirrored(session: Session) -> MirroredPacks:
    whole = select(func.count()).select_from(PackVersion).where(PackVersion.published_ms > 0)
    versions = session.exec(whole).one()
    size = session.exec(select(func.coalesce(func.sum(PackBlob.bytes), 0))).one()
    return MirroredPacks(int(versions), int(size))
