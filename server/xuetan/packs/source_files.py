"""Reads a source folder into memory, and nothing outside it.

Owns the walk: no symbolic link is followed at any level, only regular files are opened, counts and sizes are
capped. Does not know what the files mean. The result is a mapping from paths inside the pack (`lessons/01-bell.md`)
to bytes, in sorted order.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from xuetan.packs import limits
from xuetan.packs.findings import Findings

SourceFiles = dict[str, bytes]
# What desktops leave behind in every folder they open.
LEFT_BEHIND = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"}


def read_folder(root: Path, findings: Findings) -> SourceFiles:
    """Every file below `root`. What may not be read is reported as an error and left out."""
    files: SourceFiles = {}
    total = 0
    try:
        paths = sorted(_walk(root, "", 0, findings))
    except (FileNotFoundError, NotADirectoryError):
        findings.error("folder_missing", "", path=root)
        return files
    for path in paths:
        if len(files) >= limits.SOURCE_FILES_MAX:
            findings.error("too_many_files", "", limit=limits.SOURCE_FILES_MAX)
            break
        data = _read(root / path, path, findings)
        if data is None:
            continue
        total += len(data)
        if total > limits.SOURCE_TOTAL_BYTES_MAX:
            findings.error("source_too_large", "", limit=limits.SOURCE_TOTAL_BYTES_MAX)
            break
        files[path] = data
    return files


def _walk(folder: Path, prefix: str, depth: int, findings: Findings) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.name in LEFT_BEHIND or entry.name.startswith("._"):
                continue
            if entry.is_symlink():
                findings.error("symbolic_link", path)
            elif entry.is_dir(follow_symlinks=False):
                if depth + 1 >= limits.SOURCE_DEPTH_MAX:
                    findings.error("folder_too_deep", path)
                else:
                    yield from _walk(Path(entry.path), f"{path}/", depth + 1, findings)
            elif entry.is_file(follow_symlinks=False):
                yield path
            else:
                findings.error("not_a_regular_file", path)


def _read(file: Path, path: str, findings: Findings) -> bytes | None:
    """O_NOFOLLOW and a second look at the open file: the folder may change between walk and read."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        findings.error("file_unreadable", path)
        return None
    with os.fdopen(opened, "rb") as handle:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            findings.error("not_a_regular_file", path)
            return None
        data = handle.read(limits.SOURCE_FILE_BYTES_MAX + 1)
    if len(data) > limits.SOURCE_FILE_BYTES_MAX:
        findings.error("file_too_large", path, limit=limits.SOURCE_FILE_BYTES_MAX)
        return None
    return data
