"""Files of scopes: begin an upload, take its bytes, end it, and open what is there.

Owns who may bring and read a file, and how much. Works in the caller's thread, which never waits for a phone; the
pace of the line is `endpoints`' matter. Invariants: a stranger to the scope is told what is told of nothing at all; a
row stands only for bytes whose hash was computed here; "already there" is said inside one scope.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sqlmodel import Session

from xuetan.contracts.limits import (
    FILE_BYTES_DAY_MAX,
    FILE_BYTES_MAX,
    FILE_BYTES_PERSON_MAX,
    FILE_UPLOAD_DAYS_MAX,
)
from xuetan.event_log import service as event_log
from xuetan.event_log.events import EventsErased
from xuetan.files import erasing, queries
from xuetan.files.errors import FileDamagedError, FileSpaceFullError, FileTooLargeError, FileTypeRefusedError
from xuetan.files.media_types import media_type_of
from xuetan.files.models import StoredFile
from xuetan.files.uploads import Upload, Uploads, append, forget
from xuetan.kernel.clock import Clock
from xuetan.kernel.database import Database
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.rate_limits import RateLimiter
from xuetan.kernel.storage import BlobStore

DAY_MS = 86_400_000
SWEEP_EVERY_MS = DAY_MS // 4
BEGUN_PER_HOUR_MAX = 400
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Standing:
    """How far a file has come: `offset` of `length` bytes. Whole and checked when they are equal."""

    offset: int
    length: int


@dataclass(frozen=True)
class FileView:
    """A file that is there."""

    sha256: str
    bytes: int
    media_type: str
    path: Path


class FileStore:
    """The files of an installation, apart from the blobs of packs: those are public, these never."""

    def __init__(
        self, database: Database, clock: Clock, blobs: BlobStore, uploads: Uploads, rate_limiter: RateLimiter
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._uploads = uploads
        self._rate_limiter = rate_limiter
        self._sweeping = Lock()
        self._swept_ms = 0

    def begin(self, person_id: str, scope: str, sha256: str, length: int) -> Standing:
        """Where the upload of this file stands, begun now if it was not. Beginning twice is beginning once."""
        self._check_may_bring(person_id, scope)
        if length > FILE_BYTES_MAX:
            raise FileTooLargeError(details={"bytes_max": FILE_BYTES_MAX})
        if self._is_refused(scope, sha256):
            # As good as there: the phone is done with it, and has it read nowhere.
            return Standing(length, length)
        found = self._find_standing(person_id, scope, sha256)
        if found is not None and found.length == length:
            return found
        self._rate_limiter.check(f"upload:{person_id}", BEGUN_PER_HOUR_MAX, HOUR_MS)
        self._check_room(person_id, length)
        self._sweep_at_times()
        return _standing(self._uploads.begin(person_id, scope, sha256, length))

    def standing(self, person_id: str, scope: str, sha256: str) -> Standing:
        """Where an upload stands. NotFoundError when none has begun here."""
        self._check_may_bring(person_id, scope)
        found = self._find_standing(person_id, scope, sha256)
        if found is None:
            raise NotFoundError
        return found

    def resume(self, person_id: str, scope: str, sha256: str) -> Upload | None:
        """The upload that a phone goes on with; None when the file is there already."""
        self._check_may_bring(person_id, scope)
        if self._find_file(scope, sha256) is not None:
            return None
        found = self._uploads.find(person_id, scope, sha256)
        if found is None:
            raise NotFoundError
        return found

    def take(self, upload: Upload, data: bytes) -> Upload:
        """Keep the next bytes of an upload durably."""
        return append(upload, upload.offset, data)

    def end(self, person_id: str, scope: str, sha256: str, upload: Upload) -> None:
        """Check the whole and make it a file of the scope. What it was not is forgotten, and may begin anew."""
        try:
            data = upload.path.read_bytes()
        except FileNotFoundError:
            # Another connection ended it meanwhile, well or not: who asks next is told.
            return
        if hashlib.sha256(data).hexdigest() != sha256:
            forget(upload)
            raise FileDamagedError
        media_type = media_type_of(data)
        if media_type is None:
            forget(upload)
            raise FileTypeRefusedError
        with self._uploads.alone():
            if self._is_refused(scope, sha256):
                forget(upload)
                return
            self._blobs.put(data)
            with self._database.transaction() as session:
                # Erased since it was looked at: whoever did that waits for this to end, and takes the bytes away.
                is_wanted = not erasing.is_refused(session, scope, sha256)
                if is_wanted and queries.find_file(session, scope, sha256) is None:
                    now_ms = self._clock.now_ms()
                    row = StoredFile(
                        scope=scope,
                        sha256=sha256,
                        bytes=len(data),
                        media_type=media_type,
                        person_id=person_id,
                        received_ms=now_ms,
                    )
                    session.add(row)
        forget(upload)

    def read(self, person_id: str, scope: str, sha256: str) -> FileView:
        """A file of a scope that the person reads now."""
        with self._database.reading() as session:
            if not event_log.roles_in(session, scope, person_id).current:
                raise NotFoundError
            # Who reads from a place on may have a photo of before where a newer version names it.
            if not event_log.may_read_named(session, scope, person_id, sha256):
                raise NotFoundError
        return self.get(scope, sha256)

    def get(self, scope: str, sha256: str) -> FileView:
        """A file, for who was let in by a rule of their own. NotFoundError when it has not arrived."""
        found = self._find_file(scope, sha256)
        if found is None:
            raise NotFoundError
        return found

    def forget_erased(self, session: Session, event: EventsErased) -> None:
        """To be called in the transaction that erases what names them."""
        erasing.forget_files(session, event, self._database, self._blobs, self._uploads)

    def _is_refused(self, scope: str, sha256: str) -> bool:
        with self._database.reading() as session:
            return erasing.is_refused(session, scope, sha256)

    def _find_standing(self, person_id: str, scope: str, sha256: str) -> Standing | None:
        stored = self._find_file(scope, sha256)
        if stored is not None:
            return Standing(stored.bytes, stored.bytes)
        upload = self._uploads.find(person_id, scope, sha256)
        if upload is None:
            return None
        if not upload.is_complete:
            return _standing(upload)
        # The server was killed between the last byte and the end.
        self.end(person_id, scope, sha256, upload)
        return Standing(upload.length, upload.length)

    def _find_file(self, scope: str, sha256: str) -> FileView | None:
        with self._database.reading() as session:
            row = queries.find_file(session, scope, sha256)
        # A restored database may know files whose bytes did not come back with it: they are asked for again.
        if row is None or not self._blobs.has(sha256):
            return None
        return FileView(sha256, row.bytes, row.media_type, self._blobs.path_of(sha256))

    def _check_may_bring(self, person_id: str, scope: str) -> None:
        with self._database.reading() as session:
            if not event_log.may_append_now(session, scope, person_id):
                raise NotFoundError

    def _check_room(self, person_id: str, length: int) -> None:
        now_ms = self._clock.now_ms()
        with self._database.reading() as session:
            today = queries.count_bytes(session, person_id, after_ms=now_ms - DAY_MS)
            in_all = queries.count_bytes(session, person_id, after_ms=0)
        if today + length > FILE_BYTES_DAY_MAX or in_all + length > FILE_BYTES_PERSON_MAX:
            raise FileSpaceFullError

    def _sweep_at_times(self) -> None:
        now_ms = self._clock.now_ms()
        with self._sweeping:
            if now_ms - self._swept_ms < SWEEP_EVERY_MS:
                return
            self._swept_ms = now_ms
        self._uploads.sweep((now_ms - FILE_UPLOAD_DAYS_MAX * DAY_MS) / 1000)


def _standing(upload: Upload) -> Standing:
    return Standing(upload.offset, upload.length)
