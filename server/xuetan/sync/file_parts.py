"""A file of records that comes in parts, over a line that does not live long enough for the whole.

Owns what is said of a part and when the file is whole. What came is kept on the disk like any upload that has begun, for whoever
brings it; nothing of it is believed before the whole is taken in, which looks at it as at a file that came in one. It stays for a while
even then, so that an answer that was lost on its way costs no second carrying.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from xuetan.contracts.limits import CARRIED_UPLOAD_DAYS_MAX, CARRIED_UPLOADS_MAX, XTSYNC_BYTES_MAX
from xuetan.contracts.sync import FileAnswer, FilePartAnswer
from xuetan.files.service import FileDamagedError, UploadConflictError, Uploads, append, forget
from xuetan.kernel.errors import InvalidRequestError, NotFoundError
from xuetan.kernel.services import Services
from xuetan.sync.couriers import take_file

DAY_SECONDS = 86_400
WINDOW_MS = 10 * 60_000
# A file of the largest size in parts of 4 KB, twice over.
PARTS_MAX = 4_000
OFFSET, LENGTH = "upload-offset", "upload-length"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
# Uploads are named by scope; these are of none.
_SCOPE = "carried"


def _describe(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": schema}


PART_PARAMETERS = [
    _describe("sha256", "path", {"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    _describe("Upload-Offset", "header", {"type": "integer", "minimum": 0}),
    _describe("Upload-Length", "header", {"type": "integer", "minimum": 1}),
]


@dataclass(frozen=True)
class Part:
    """`offset`: where in the file of `length` bytes, whose hash is `sha256`, these bytes belong."""

    sha256: str
    offset: int
    length: int

    @classmethod
    def of(cls, sha256: str, headers: Mapping[str, str]) -> "Part":
        """NotFoundError, InvalidRequestError for what is none."""
        if not _SHA256.match(sha256):
            raise NotFoundError
        part = cls(sha256, _number(headers, OFFSET), _number(headers, LENGTH))
        if not 0 < part.length <= XTSYNC_BYTES_MAX or part.offset > part.length:
            raise InvalidRequestError(details={"header": LENGTH})
        return part


class FileParts:
    """The begun files of an installation, each bringer's apart."""

    def __init__(self, folder: Path) -> None:
        self._uploads = Uploads(folder, CARRIED_UPLOADS_MAX)

    def take(
        self, bringer: str, part: Part, data: bytes, take_whole: Callable[[bytes], FileAnswer]
    ) -> FileAnswer | FilePartAnswer:
        """Keep a part. Where the file goes on, or what became of it when this was the last; no bytes ask for just that.

        `bringer`: an id of who brings it, which stands in a path. Raises UploadConflictError for bytes that belong somewhere
        else than where the file stands, FileDamagedError when the whole is not what was announced, and what `take_whole` raises.
        """
        if part.offset == 0:
            self._uploads.sweep(time.time() - CARRIED_UPLOAD_DAYS_MAX * DAY_SECONDS)
        upload = self._uploads.begin(bringer, _SCOPE, part.sha256, part.length)
        if data:
            if part.offset != upload.offset:
                raise UploadConflictError(details={"offset": upload.offset})
            try:
                upload = append(upload, part.offset, data)
            except NotFoundError:
                # It gave way to others at this moment: it begins anew.
                raise UploadConflictError(details={"offset": 0}) from None
        if not upload.is_complete:
            return FilePartAnswer(upload.offset)
        try:
            whole = upload.path.read_bytes()
        except FileNotFoundError:
            raise UploadConflictError(details={"offset": 0}) from None
        if hashlib.sha256(whole).hexdigest() != part.sha256:
            forget(upload)
            raise FileDamagedError
        return take_whole(whole)


@dataclass(frozen=True)
class Bringer:
    """Who hands files in, at most `files_max` in WINDOW_MS: a device, of this person, or a hub."""

    id: str
    files_max: int
    person_id: str = ""


def hand_in(services: Services, bringer: Bringer, data: bytes) -> FileAnswer:
    """What the bringer hears of a file."""
    services.rate_limiter.check(f"files:{bringer.id}", bringer.files_max, WINDOW_MS)
    return take_file(services, data, bringer.person_id).as_answer()


def hand_in_part(
    services: Services, parts: FileParts, bringer: Bringer, part: Part, data: bytes
) -> FileAnswer | FilePartAnswer:
    """What the bringer hears of a part of one."""
    services.rate_limiter.check(f"file-parts:{bringer.id}", PARTS_MAX, WINDOW_MS)
    return parts.take(bringer.id, part, data, lambda whole: hand_in(services, bringer, whole))


async def body_so_far(request: Request) -> bytes:
    """The body, or what came of it before the line broke: it need not come again."""
    body = bytearray()
    with suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
    return bytes(body)


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "")
    if not _NUMBER.match(text):
        raise InvalidRequestError(details={"header": name})
    return int(text)
