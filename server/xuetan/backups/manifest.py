"""The manifest of a backup: what it holds, file by file, and what the log in it must turn out to be.

Owns names and format of a backup's folder. A backup is a folder `xuetan-<UTC>` with `manifest.json` and `data/`, which is the data
folder as it will be put back. A folder under such a name is whole: it gets the name last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from xuetan.backups.errors import BackupError
from xuetan.event_log.service import Holdings

FORMAT = "xuetan-backup/1"
MANIFEST = "manifest.json"
DATA = "data"
DATABASE = "xuetan.sqlite"
NAME = re.compile(r"xuetan-\d{8}T\d{6}Z(-\d+)?\Z")


class KeptFile(msgspec.Struct, frozen=True):
    """One file below `data/`: its path with slashes, SHA-256 in hex, number of bytes."""

    path: str
    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`settings` are those of the time that nobody could guess; they are told, not put back."""

    format: str
    made_ms: int
    version: str
    back_end: str
    holdings: Holdings
    settings: dict[str, str]
    files: list[KeptFile]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def encode_manifest(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup's folder. BackupError when this is none, or of a format that this release cannot read."""
    try:
        manifest = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError("cli.backup_is_none", path=backup) from error
    if manifest.format != FORMAT:
        raise BackupError("cli.backup_newer", path=backup)
    if not all(_is_inside(file.path) for file in manifest.files):
        raise BackupError("cli.backup_is_none", path=backup)
    return manifest


def list_backups(folder: Path) -> list[Path]:
    """The whole backups in a folder, oldest first."""
    return sorted(_backups_in(folder), key=lambda backup: _order_of(backup.name))


def _backups_in(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (one for one in folder.iterdir() if NAME.match(one.name) and (one / MANIFEST).is_file())


def _order_of(name: str) -> tuple[str, int]:
    _, stamp, *number = name.split("-")
    return stamp, int(number[0]) if number else 1


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts and "\0" not in path
