"""Blobs: immutable bytes named by their SHA-256, in a local folder (in an object store: `object_storage`).

A blob is either whole or absent: it is written beside its place, flushed to the disk, and renamed. Putting the same
bytes twice is one blob. Names are checked, so no caller can leave the folder.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from xuetan.kernel.errors import NotFoundError

# What a blob's compressed copies add to its name.
COPIES = (".br", ".gz")
_SHA256_HEX = re.compile(r"[0-9a-f]{64}\Z")


class BlobStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        """Keep these bytes durably; their SHA-256 in hex."""
        sha = hashlib.sha256(data).hexdigest()
        target = self.path_of(sha)
        if not target.exists():
            if not target.parent.exists():
                target.parent.mkdir(exist_ok=True)
                flush_folder(self._folder)
            write_durably(target, data)
        return sha

    def adopt(self, file: Path, sha: str) -> bool:
        """Move a whole file of the same disk to its place; False, and the file is gone, when its bytes are others."""
        with file.open("rb") as opened:
            is_right = hashlib.file_digest(opened, "sha256").hexdigest() == sha
            os.fsync(opened.fileno())
        if not is_right:
            file.unlink()
            return False
        target = self.path_of(sha)
        target.parent.mkdir(exist_ok=True)
        file.replace(target)
        flush_folder(target.parent)
        flush_folder(self._folder)
        return True

    def get(self, sha: str) -> bytes:
        try:
            return self.path_of(sha).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(details={"blob": sha}) from None

    def has(self, sha: str) -> bool:
        return self.path_of(sha).exists()

    def drop(self, sha: str) -> None:
        """Take the bytes away. For what was erased by right alone: whatever names a blob expects it for ever."""
        path = BlobStore.path_of(self, sha)
        for suffix in ("", *COPIES):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def put_copy(self, sha: str, suffix: str, data: bytes) -> None:
        """Keep a compressed copy beside its blob: one of COPIES."""
        path = self.path_of(sha)
        write_durably(path.with_name(path.name + suffix), data)

    def has_copy(self, sha: str, suffix: str) -> bool:
        path = self.path_of(sha)
        return path.with_name(path.name + suffix).exists()

    def path_of(self, sha: str) -> Path:
        """Where the blob is or would be; it may not exist."""
        if not _SHA256_HEX.match(sha):
            raise NotFoundError(details={"blob": sha[:80]})
        return self._folder / sha[:2] / sha


def write_durably(target: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a whole file or none: a temporary file in the same folder, flushed, renamed, and the folder flushed."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    flush_folder(target.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
