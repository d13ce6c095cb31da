"""Reads a source from a ZIP archive into memory, as `source_files` reads it from a folder.

Owns what an archive may do: nothing is unpacked to disk, no path leads outside, links and special files are refused, and entries,
sizes and ratio are bounded by what is really read, never by what the archive says of itself.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from typing import BinaryIO

from xuetan.packs import limits
from xuetan.packs.findings import Findings
from xuetan.packs.source_files import LEFT_BEHIND, SourceFiles

# Entries are listed before any is read; beyond this it is no pack, whatever the entries hold.
ENTRIES_MAX = limits.SOURCE_FILES_MAX * 4
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def read_archive(archive: BinaryIO, findings: Findings) -> SourceFiles:
    """Every file of the archive, by its path inside the pack; a single folder around everything is taken off. What may not be
    read is reported as an error and left out."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > ENTRIES_MAX:
                findings.error("too_many_files", "", limit=limits.SOURCE_FILES_MAX)
                return {}
            return _without_wrapper(_read_entries(opened, entries, findings))
    except _UNREADABLE:
        findings.error("archive_unreadable", "")
        return {}


def _read_entries(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], findings: Findings) -> SourceFiles:
    files: SourceFiles = {}
    total = 0
    for entry in entries:
        path = entry.filename
        if entry.is_dir() or _is_left_behind(path) or not _is_allowed(entry, findings):
            continue
        if len(files) >= limits.SOURCE_FILES_MAX:
            findings.error("too_many_files", "", limit=limits.SOURCE_FILES_MAX)
            break
        with archive.open(entry) as handle:
            data = handle.read(limits.SOURCE_FILE_BYTES_MAX + 1)
        if len(data) > limits.SOURCE_FILE_BYTES_MAX:
            findings.error("file_too_large", path, limit=limits.SOURCE_FILE_BYTES_MAX)
            continue
        total += len(data)
        if total > limits.SOURCE_TOTAL_BYTES_MAX:
            findings.error("source_too_large", "", limit=limits.SOURCE_TOTAL_BYTES_MAX)
            break
        files[path] = data
    return files


def _is_allowed(entry: zipfile.ZipInfo, findings: Findings) -> bool:
    path = entry.filename
    parts = path.split("/")
    if "\\" in path or "\0" in path or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        findings.error("archive_path", path[:200])
        return False
    if len(parts) > limits.SOURCE_DEPTH_MAX + 1:
        findings.error("folder_too_deep", path)
        return False
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        findings.error("symbolic_link", path)
        return False
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        findings.error("not_a_regular_file", path)
        return False
    return True


def _is_left_behind(path: str) -> bool:
    return any(part in LEFT_BEHIND or part.startswith("._") for part in path.split("/"))


def _without_wrapper(files: SourceFiles) -> SourceFiles:
    """People zip the folder, not what is in it."""
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files):
        return dict(sorted(files.items()))
    return dict(sorted((path.partition("/")[2], data) for path, data in files.items()))
