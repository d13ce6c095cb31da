"""Every SELECT of the domain, always inside one scope or about one person."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from xuetan.files.models import StoredFile


def find_file(session: Session, scope: str, sha256: str) -> StoredFile | None:
    return session.get(StoredFile, (scope, sha256))


def list_known(session: Session, scope: str, sha256s: Sequence[str]) -> set[str]:
    """Those of these files that the scope has."""
    found = select(StoredFile.sha256).where(StoredFile.scope == scope, col(StoredFile.sha256).in_(list(sha256s)))
    return set(session.exec(found))


def count_bytes(session: Session, person_id: str, *, after_ms: int) -> int:
    """Bytes that this person's devices brought to the end after a time."""
    total = select(func.coalesce(func.sum(StoredFile.bytes), 0)).where(
        StoredFile.person_id == person_id, StoredFile.received_ms > after_ms
    )
    return int(session.exec(total).one())
