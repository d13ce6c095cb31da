"""Uploads that have begun: one file on the disk each, whose length is how far it has come.

Owns the folder of begun uploads. Nothing else remembers where an upload stands, so a kill at any moment leaves a
truth. Invariant: bytes are only ever appended at the place the caller names, checked under a lock of the file, so two
connections (one of them perhaps dead) and two processes never mix theirs.
"""

import fcntl
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from xuetan.contracts.limits import FILE_UPLOADS_PERSON_MAX
from xuetan.files.errors import UploadConflictError
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.ids import h16

_LOCK = ".whole"


@dataclass(frozen=True)
class Upload:
    """`length` is what the whole will have, `offset` what is there."""

    path: Path
    length: int
    offset: int

    @property
    def is_complete(self) -> bool:
        return self.offset == self.length


class Uploads:
    def __init__(self, folder: Path, begun_max: int = FILE_UPLOADS_PERSON_MAX) -> None:
        self._folder = folder
        self._begun_max = begun_max
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def begin(self, person_id: str, scope: str, sha256: str, length: int) -> Upload:
        """The upload, begun now or before. One of another length is forgotten: the address allows only one."""
        found = self.find(person_id, scope, sha256)
        if found is not None and found.length == length:
            return found
        if found is not None:
            forget(found)
        folder = self._folder / person_id
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / f"{_key(scope, sha256)}.{length}"
        path.touch(mode=0o600)
        self._make_room(folder, path)
        return Upload(path, length, path.stat().st_size)

    def find(self, person_id: str, scope: str, sha256: str) -> Upload | None:
        for path in (self._folder / person_id).glob(f"{_key(scope, sha256)}.*"):
            try:
                return Upload(path, int(path.suffix[1:]), path.stat().st_size)
            except FileNotFoundError:
                continue
        return None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else of this data folder makes a file whole or takes one away meanwhile. Never to be taken inside a transaction."""
        opened = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
        finally:
            os.close(opened)

    def forget_file(self, scope: str, sha256: str) -> None:
        """Whoever had begun to bring it."""
        for path in self._folder.glob(f"*/{_key(scope, sha256)}.*"):
            path.unlink(missing_ok=True)

    def sweep(self, before_seconds: float) -> int:
        """Forget what was not continued since a time of the disk's clock; how many."""
        old = [path for path in self._folder.glob("*/*") if _touched(path) < before_seconds]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _make_room(self, folder: Path, kept: Path) -> None:
        """A person's begun uploads are few; the one that rested longest gives way."""
        others = sorted((one for one in folder.iterdir() if one != kept), key=_touched)
        for path in others[: max(0, len(others) + 1 - self._begun_max)]:
            path.unlink(missing_ok=True)


def append(upload: Upload, offset: int, data: bytes) -> Upload:
    """Add bytes at `offset`, which must be where the upload stands. Raises UploadConflictError with where it does."""
    try:
        opened = os.open(upload.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFoundError from None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        stands = os.fstat(opened).st_size
        if stands != offset or offset + len(data) > upload.length:
            raise UploadConflictError(details={"offset": stands})
        view = memoryview(data)
        while view:
            view = view[os.write(opened, view) :]
        os.fsync(opened)
    finally:
        os.close(opened)
    return Upload(upload.path, upload.length, offset + len(data))


def _touched(path: Path) -> float:
    """When something came of it last. What somebody else has just forgotten counts as new."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def forget(upload: Upload) -> None:
    upload.path.unlink(missing_ok=True)


def _key(scope: str, sha256: str) -> str:
    return h16(f"{scope}/{sha256}".encode())
