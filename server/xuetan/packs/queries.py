"""Every SELECT of packs.

What is published is open to everybody who works with the installation (packs are shared between levels), so those
queries take no actor; builds belong to the organisation that asked for them and are seen inside the actor's subtree
only.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from xuetan.accounts.service import StaffActor
from xuetan.kernel.errors import NotFoundError
from xuetan.packs.models import PackBlob, PackBuild, PackVersion


def find_version(session: Session, slug: str, version: int | None = None) -> PackVersion | None:
    """This version of a pack, or its newest one."""
    query = select(PackVersion).where(PackVersion.slug == slug)
    if version is not None:
        query = query.where(PackVersion.version == version)
    return session.exec(query.order_by(col(PackVersion.version).desc()).limit(1)).first()


def get_version(session: Session, slug: str, version: int | None = None) -> PackVersion:
    found = find_version(session, slug, version)
    if found is None:
        raise NotFoundError(details={"pack": slug, "version": version})
    return found


def find_version_by_manifest(session: Session, manifest: str) -> PackVersion | None:
    return session.exec(select(PackVersion).where(PackVersion.manifest == manifest)).first()


def list_versions(session: Session) -> list[PackVersion]:
    """All published versions, by slug, the newest first."""
    return list(session.exec(select(PackVersion).order_by(PackVersion.slug, col(PackVersion.version).desc())))


def find_blob(session: Session, sha256: str) -> PackBlob | None:
    return session.get(PackBlob, sha256)


def find_build(session: Session, build_id: str) -> PackBuild | None:
    return session.get(PackBuild, build_id)


def is_source_published(session: Session, slug: str, version: int, source: str) -> bool:
    """This version was published from these very files."""
    query = select(PackBuild.build_id).where(
        PackBuild.slug == slug,
        PackBuild.version == version,
        PackBuild.state == "published",
        PackBuild.source == source,
    )
    return session.exec(query).first() is not None


def list_builds(session: Session, actor: StaffActor, limit: int) -> list[PackBuild]:
    """Builds of the actor's subtree, the newest first."""
    query = select(PackBuild)
    if not actor.is_operator:
        query = query.where(col(PackBuild.organisation_id).in_(actor.subtree))
    return list(session.exec(query.order_by(col(PackBuild.requested_ms).desc()).limit(limit)))
