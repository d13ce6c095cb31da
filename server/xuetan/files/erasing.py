"""Files that were erased by right with what named them: they leave the disk, and nobody's phone brings them back.

Invariant: the bytes go when no scope has them any more; a file that something names anew is taken again.
"""

from sqlmodel import Session, col, select

from xuetan.event_log.events import EventsErased
from xuetan.event_log.service import erasing
from xuetan.files.models import ErasedFile, StoredFile
from xuetan.files.uploads import Uploads
from xuetan.kernel.database import Database, call_after_commit
from xuetan.kernel.storage import BlobStore


def is_refused(session: Session, scope: str, sha256: str) -> bool:
    """It was erased, and nothing in the scope names it now."""
    return session.get(ErasedFile, (scope, sha256)) is not None and not erasing.is_named(session, scope, sha256)


def forget_files(session: Session, event: EventsErased, database: Database, blobs: BlobStore, uploads: Uploads) -> None:
    """Take these files from the scope and remember that. Bytes that no scope has any more, and what of them had come, go once that is
    durable."""
    for sha256 in sorted(event.files):
        session.merge(ErasedFile(scope=event.scope, sha256=sha256, erasure_id=event.erasure_id))
        stored = session.get(StoredFile, (event.scope, sha256))
        if stored is not None:
            session.delete(stored)
        session.flush()

    def drop() -> None:
        # Looked at only now and alone: another scope may have been told meanwhile that the same bytes are there.
        with uploads.alone():
            with database.reading() as asking:
                owned = set(
                    asking.exec(select(StoredFile.sha256).where(col(StoredFile.sha256).in_(sorted(event.files))))
                )
            for sha256 in event.files:
                uploads.forget_file(event.scope, sha256)
                if sha256 not in owned:
                    blobs.drop(sha256)

    call_after_commit(session, drop)
