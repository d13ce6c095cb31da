"""Blobs in an object store: S3 and what speaks it, with a local folder of what was lately used.

The store is the record; the folder may be lost at any moment and is bounded. A blob is put there before anybody hears of it, and is
never served from bytes whose hash was not computed here: what a store gives back wrong is told as an error and not kept. Several machines
may share one store. Files are handed out as paths, so everything that serves, ranges and measures them is the same for both adapters.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import from_url

from xuetan.kernel.errors import BusyError
from xuetan.kernel.storage import COPIES, BlobStore, write_durably
from xuetan.settings import Settings

# The folder is brought down to this share of what it may hold, so that it is not looked through at every blob.
KEPT_SHARE = 0.8
# A phone waits behind this, and a thread with it.
# Options of the client stay those of the environment.
_PATIENCE: dict[str, Any] = {"retry_config": {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}}


class ObjectBlobStore(BlobStore):
    """`prefix` parts kinds of blobs in one bucket: `packs`, `files`."""

    def __init__(self, store: Any, prefix: str, cache: Path, cache_bytes_max: int) -> None:
        super().__init__(cache)
        self._store = store
        self._prefix = prefix
        self._cache_bytes_max = cache_bytes_max
        self._counting = threading.Lock()
        self._cached_bytes = sum(one.stat().st_size for one in self._cached())

    def put(self, data: bytes) -> str:
        sha = hashlib.sha256(data).hexdigest()
        if not self._is_stored(sha):
            self._put_object(sha, data)
        self._keep(sha, data)
        return sha

    def drop(self, sha: str) -> None:
        super().drop(sha)
        for suffix in ("", *COPIES):
            with suppress(FileNotFoundError), _answered():
                self._store.delete(self._name(sha + suffix))

    def put_copy(self, sha: str, suffix: str, data: bytes) -> None:
        self._put_object(sha + suffix, data)
        self._keep(sha, data, suffix)

    def has_copy(self, sha: str, suffix: str) -> bool:
        return super().has_copy(sha, suffix) or self._is_stored(sha + suffix)

    def has(self, sha: str) -> bool:
        return super().has(sha) or self._is_stored(sha)

    def get(self, sha: str) -> bytes:
        self.path_of(sha)
        return super().get(sha)

    def path_of(self, sha: str) -> Path:
        """Where the blob is, fetched if it was not here; where it would be, if the store does not have it."""
        path = super().path_of(sha)
        if not path.exists():
            data = self._get_object(sha)
            if data is None:
                return path
            if hashlib.sha256(data).hexdigest() != sha:
                raise BusyError
            # Its copies first: whoever finds the blob finds them too.
            for suffix in COPIES:
                copy = self._get_object(sha + suffix)
                if copy is not None:
                    self._keep(sha, copy, suffix)
            self._keep(sha, data)
        return path

    def _keep(self, sha: str, data: bytes, suffix: str = "") -> None:
        path = super().path_of(sha)
        path = path.with_name(path.name + suffix)
        if path.exists():
            return
        path.parent.mkdir(exist_ok=True)
        write_durably(path, data)
        with self._counting:
            self._cached_bytes += len(data)
            if self._cached_bytes > self._cache_bytes_max:
                self._make_room(path)

    def _make_room(self, newest: Path) -> None:
        """Take away what came first. Whoever has such a file open reads on."""
        files = sorted(((one, one.stat()) for one in self._cached()), key=lambda pair: pair[1].st_mtime_ns)
        self._cached_bytes = sum(found.st_size for _, found in files)
        for one, found in files:
            if self._cached_bytes <= self._cache_bytes_max * KEPT_SHARE:
                return
            if one != newest:
                one.unlink(missing_ok=True)
                self._cached_bytes -= found.st_size

    def _cached(self) -> Iterator[Path]:
        return (one for one in self._folder.glob("??/*") if not one.name.startswith("."))

    def _name(self, sha: str) -> str:
        super().path_of(sha[:64])
        return f"{self._prefix}/{sha[:2]}/{sha}"

    def _is_stored(self, sha: str) -> bool:
        name = self._name(sha)
        try:
            with _answered():
                self._store.head(name)
        except FileNotFoundError:
            return False
        return True

    def _put_object(self, sha: str, data: bytes) -> None:
        name = self._name(sha)
        with _answered():
            self._store.put(name, data)

    def _get_object(self, sha: str) -> bytes | None:
        name = self._name(sha)
        try:
            with _answered():
                return bytes(self._store.get(name).bytes())
        except FileNotFoundError:
            return None


def open_blobs(settings: Settings, kind: str, folder: Path) -> BlobStore:
    """The blobs of a kind (`packs`, `files`): in this folder, or where the settings say. ValueError for an address that names nothing."""
    if not settings.blob_url:
        return BlobStore(folder)
    # A name with a dot: what can be fetched again is in no backup.
    cache = settings.data_dir / ".blobs" / kind
    return ObjectBlobStore(open_object_store(settings.blob_url), kind, cache, settings.blob_cache_mb * 1_000_000)


def open_object_store(url: str, **options: Any) -> Any:
    """The store of `s3://bucket/prefix`, with what the environment says of it (AWS_ACCESS_KEY_ID, AWS_ENDPOINT, …); ValueError for an
    address that names none. Nothing is asked of it yet."""
    try:
        local = url.startswith(("file:", "memory:"))
        return from_url(url, **(options if local else {**_PATIENCE, **options}))
    except (BaseError, ValueError) as error:
        raise ValueError(f"XUETAN_BLOB_URL does not name an object store: {error}") from error


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise BusyError from error
