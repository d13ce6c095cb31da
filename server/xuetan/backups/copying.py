"""Copying files so that they are there after a power cut, and knowing what was copied.

Owns which files of a data folder are kept: all but what is made anew at a start (locks, the mark), what is half written (names with a
dot), the database itself, which is copied by `database_copy`, and what an earlier restore moved aside. Whatever a later release lays
into the data folder is thus kept without a word here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from xuetan.backups.manifest import KeptFile
from xuetan.kernel.storage import flush_folder

PIECE_BYTES = 1 << 20
ASIDE_PREFIX = "before-restore-"
MADE_ANEW = frozenset({"serve.lock", "jobs.lock"})


def list_kept(data: Path, mark: Path, left_out: Path) -> Iterator[str]:
    """Paths below `data` that belong into a backup, in order. `mark`: that of the database, beside its file. `left_out`: the folder of
    backups, should it lie inside."""
    database = mark.resolve().with_suffix("")
    beside = {database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal", ".mark")}
    for folder, folders, files in os.walk(data, followlinks=True):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _is_left_out(here / name, data, left_out))
        for name in sorted(files):
            path = here / name
            if not name.startswith(".") and not (here == data and name in MADE_ANEW) and path.resolve() not in beside:
                yield path.relative_to(data).as_posix()


def copy_file(source: Path, target: Path, path: str) -> KeptFile:
    """Copy durably, readable by the owner alone; what was copied, as it was when it was read."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashed, size = hashlib.sha256(), 0
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as written, source.open("rb") as read:
        while piece := read.read(PIECE_BYTES):
            hashed.update(piece)
            written.write(piece)
            size += len(piece)
        written.flush()
        os.fsync(written.fileno())
    return KeptFile(path, hashed.hexdigest(), size)


def link_file(older: Path, target: Path, path: str) -> KeptFile | None:
    """The same blob as in an older backup, without its bytes a second time; None when it is not there, no longer what its name
    says, or the file system has no links."""
    if len(older.name) != 64 or not older.is_file():
        return None
    kept = read_mark(older, path)
    if kept.sha256 != older.name:
        return None
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(older, target)
    except OSError:
        return None
    return kept


def read_mark(file: Path, path: str) -> KeptFile:
    """What a file holds now."""
    with file.open("rb") as read:
        return KeptFile(path, hashlib.file_digest(read, "sha256").hexdigest(), read.seek(0, os.SEEK_END))


def flush_tree(folder: Path) -> None:
    """Make all names below a folder durable."""
    for here, _folders, _files in os.walk(folder):
        flush_folder(Path(here))


def remove_tree(folder: Path) -> None:
    """Take a folder away, first from its name, so that half of it is never found under it."""
    if folder.exists():
        gone = folder if folder.name.startswith(".") else folder.with_name(f".removing-{folder.name}")
        if gone != folder:
            folder.rename(gone)
        shutil.rmtree(gone)


def _is_left_out(folder: Path, data: Path, left_out: Path) -> bool:
    is_aside = folder.parent == data and folder.name.startswith(ASIDE_PREFIX)
    return folder.name.startswith(".") or is_aside or folder.resolve() == left_out.resolve()
