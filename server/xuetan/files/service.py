"""The face of files: the store, what is said of a file, the answer that carries one, and uploads that others begin for themselves."""

from collections.abc import Sequence

from sqlmodel import Session

from xuetan.files import queries
from xuetan.files.delivery import FileAnswer
from xuetan.files.erasing import forget_files
from xuetan.files.errors import FileDamagedError, UploadConflictError
from xuetan.files.store import FileStore, FileView, Standing
from xuetan.files.uploads import Upload, Uploads, append, forget

__all__ = [
    "FileAnswer",
    "FileDamagedError",
    "FileStore",
    "FileView",
    "Standing",
    "Upload",
    "UploadConflictError",
    "Uploads",
    "append",
    "forget",
    "forget_files",
    "list_arrived",
]


def list_arrived(session: Session, scope: str, sha256s: Sequence[str]) -> set[str]:
    """Those of these files that have arrived in the scope."""
    return queries.list_known(session, scope, sha256s) if sha256s else set()
