"""Making a backup while the server serves, and proving that it can be put back.

Owns the order: the database first, then the files it may name; then the trial; then the name; then what phones are told. Killed
anywhere before the name there is no backup, only a draft that the next run takes away; killed after it the backup is whole and merely
not told of.
"""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from xuetan.backups.copying import copy_file, flush_tree, link_file, list_kept, read_mark, remove_tree
from xuetan.backups.database_copy import back_end_of, copy_of
from xuetan.backups.erasures import write_lists
from xuetan.backups.errors import BackupDamagedError, BackupFolderBusyError
from xuetan.backups.manifest import (
    DATA,
    DATABASE,
    FORMAT,
    MANIFEST,
    KeptFile,
    Manifest,
    encode_manifest,
    list_backups,
    read_manifest,
)
from xuetan.backups.models import VerifiedBackup
from xuetan.backups.restoring import check_files, stage
from xuetan.event_log import service as event_log
from xuetan.kernel.services import Services
from xuetan.kernel.storage import flush_folder, write_durably
from xuetan.settings import Settings

STREAMS_PER_TRANSACTION = 1000
# Of the installation, not of the machine: what the next machine has to be told again.
TOLD_SETTINGS = (
    "public_url",
    "blob_url",
    "content_origin",
    "default_language",
    "time_zone",
    "push_hosts",
    "vapid_subject",
)
LOCK = ".lock"
logger = logging.getLogger("xuetan.backups")


@dataclass(frozen=True)
class Backup:
    """A backup that was restored on trial."""

    path: Path
    made_ms: int
    events: int
    files: int
    bytes: int
    broken_streams: int


class _Proven(NamedTuple):
    """How far each whole stream is in the copy, and how many are broken in the log itself."""

    ends: list[tuple[str, int]]
    broken: int


def make_backup(services: Services, folder: Path, *, keep: int | None = None) -> Backup:
    """Copy the installation into `folder`, prove the copy by restoring it, give it its name, tell phones what is safe, and keep the
    newest `keep` (all, when None). BackupError, also when another run works on the folder."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _folder_locked(folder):
        for left in folder.glob(".*-xuetan-*"):
            remove_tree(left)
        # A disk that was not there when something was erased hears of it now.
        write_lists(services.database, services.settings, folder)
        made_ms = services.clock.now_ms()
        path = _free_name(folder, made_ms)
        draft = folder / f".making-{path.name}"
        try:
            manifest = _copy_all(services, draft, made_ms, folder)
            proven = _prove(draft, folder / f".trying-{path.name}", manifest, services)
        except OSError:
            # A disk that is full is given back what was begun.
            remove_tree(draft)
            raise
        draft.rename(path)
        flush_folder(folder)
        _note(services, path, manifest, proven)
        if keep is not None:
            for old in list_backups(folder)[: -max(1, keep)]:
                remove_tree(old)
    return Backup(path, made_ms, manifest.holdings.events, len(manifest.files), manifest.bytes, proven.broken)


def _copy_all(services: Services, draft: Path, made_ms: int, folder: Path) -> Manifest:
    data = services.settings.data_dir.absolute()
    database = services.database
    way = copy_of(back_end_of(services.settings))
    (draft / DATA).mkdir(parents=True, mode=0o700)
    held = way.take(database, draft / DATA / DATABASE)
    files = [read_mark(draft / DATA / DATABASE, DATABASE)]
    older = next(iter(reversed(list_backups(folder))), None)
    for path in list_kept(data, database.backend.mark_path, folder):
        kept = _take_file(data / path, draft / DATA / path, path, older)
        if kept is not None:
            files.append(kept)
    manifest = Manifest(
        format=FORMAT,
        made_ms=made_ms,
        version=version("xuetan"),
        back_end=way.back_end,
        holdings=held,
        settings=_told_settings(services.settings),
        files=files,
    )
    write_durably(draft / MANIFEST, encode_manifest(manifest), mode=0o600)
    flush_tree(draft)
    return manifest


def _take_file(source: Path, target: Path, path: str, older: Path | None) -> KeptFile | None:
    """None for a file that went away after it was listed: nothing that the database names does."""
    linked = link_file(older / DATA / path, target, path) if older else None
    if linked is not None:
        return linked
    try:
        return copy_file(source, target, path)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return None


def _prove(draft: Path, trial: Path, taken: Manifest, services: Services) -> _Proven:
    """Read the draft as a restore would: every file by its hash, the database put back and brought up to date. Then it must
    hold what the log held in the moment of the copy; and each stream is hashed from its first byte to its chain."""
    manifest = read_manifest(draft)
    check_files(draft, manifest)
    try:
        database = stage(draft, manifest, trial, services.settings, only={DATABASE})
        try:
            with database.reading() as session:
                held = event_log.holdings_of(session)
                broken = event_log.find_broken_streams(session)
                ends = [(stream, end) for stream, end in event_log.list_stream_ends(session) if stream not in broken]
        finally:
            database.close()
    finally:
        remove_tree(trial)
    if held != taken.holdings:
        raise BackupDamagedError(DATABASE)
    if broken:
        logger.error(
            "%d streams of the log do not hash to their chains: %s", len(broken), ", ".join(sorted(broken)[:5])
        )
    return _Proven(ends, len(broken))


def _note(services: Services, path: Path, manifest: Manifest, proven: _Proven) -> None:
    """Write down that the backup is there, and how far each stream is in it, a part at a time: phones wait for each."""
    held, ends = manifest.holdings, proven.ends
    for start in range(0, len(ends), STREAMS_PER_TRANSACTION):
        with services.database.transaction() as session:
            if event_log.read_epoch(session) != held.epoch:
                return
            event_log.mark_safe(session, ends[start : start + STREAMS_PER_TRANSACTION])
    with services.database.transaction() as session:
        session.merge(
            VerifiedBackup(
                name=path.name,
                epoch=held.epoch,
                folder=str(path.parent),
                made_ms=manifest.made_ms,
                verified_ms=services.clock.now_ms(),
                events=held.events,
                files=len(manifest.files),
                bytes=manifest.bytes,
            )
        )


def _free_name(folder: Path, made_ms: int) -> Path:
    stamp = datetime.fromtimestamp(made_ms / 1000, UTC).strftime("xuetan-%Y%m%dT%H%M%SZ")
    names = itertools.chain([stamp], (f"{stamp}-{number}" for number in itertools.count(2)))
    return next(folder / name for name in names if not (folder / name).exists())


def _told_settings(settings: Settings) -> dict[str, str]:
    return {name: str(settings.model_dump(mode="json")[name]) for name in TOLD_SETTINGS}


@contextmanager
def _folder_locked(folder: Path) -> Iterator[None]:
    """One run at a time; the system frees the lock however a run ends."""
    opened = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupFolderBusyError(folder) from error
        yield
    finally:
        os.close(opened)
