"""Blobs over HTTP: WhiteNoise, extended to take files on demand.

Owns headers, ranges, codings and caching of `/packs/b/<sha256>`. A blob is looked up when it is first asked for, so
one published after the start is served and one that vanished is 404; only blobs of published packs are served,
whatever else the store holds. Nothing is ever listed.

No `Access-Control-Allow-Origin` is sent, and `Cross-Origin-Resource-Policy: same-site`: the phone's application and
its content origin live on this site, and no other site has a reason to read packs through a visitor's browser
(docs/decisions/0012-packs-are-read-by-our-own-site-only.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from wsgiref.headers import Headers

from starlette.types import ASGIApp, Receive, Scope, Send
from whitenoise import WhiteNoise
from whitenoise.responders import MissingFileError, Response, SlicedFile, StaticFile

from xuetan.kernel.database import Database
from xuetan.kernel.errors import MethodNotAllowedError, NotFoundError
from xuetan.kernel.files import send_file
from xuetan.kernel.storage import BlobStore
from xuetan.packs import queries

YEAR_SECONDS = 365 * 24 * 60 * 60
KNOWN_FILES_MAX = 20_000
PATH = re.compile(r"/?([0-9a-f]{64})\Z")
# A page or drawing that somebody opens by its own address shows itself and can do nothing.
POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*\Z")

Environ = dict[str, Any]
FindType = Callable[[str], str | None]


def pack_files(database: Database, blobs: BlobStore) -> ASGIApp:
    """The application to mount at `/packs/b`."""

    def find_type(sha256: str) -> str | None:
        with database.reading() as session:
            found = queries.find_blob(session, sha256)
            return found.media_type if found else None

    return PackFiles(blobs, find_type)


class PackFiles(WhiteNoise):  # type: ignore[misc]
    """An ASGI application over a store of blobs."""

    FOREVER = YEAR_SECONDS

    def __init__(self, blobs: BlobStore, find_type: FindType) -> None:
        super().__init__(None, max_age=None, allow_all_origins=False, immutable_file_test=lambda _path, _url: True)
        self._blobs = blobs
        self._find_type = find_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.match(scope["path"].removeprefix(scope.get("root_path", "")))
        if not match:
            raise NotFoundError
        if scope["method"] not in ("GET", "HEAD"):
            raise MethodNotAllowedError
        await send_file(partial(self._find, match[1]), scope, receive, send)

    def _find(self, sha256: str, method: str, request_headers: Environ) -> Response:
        for _ in range(2):
            static_file = self.files.get(sha256) or self._add(sha256)
            try:
                return static_file.get_response(method, request_headers)
            except FileNotFoundError:
                # It, or its compressed copy, vanished since it was looked up: look once more.
                self.files.pop(sha256, None)
        raise NotFoundError

    def _add(self, sha256: str) -> BlobFile:
        media_type = self._find_type(sha256)
        if media_type is None:
            raise NotFoundError
        path = self._blobs.path_of(sha256)
        headers = Headers([])
        charset = "; charset=utf-8" if media_type.startswith("text/") else ""
        headers["Content-Type"] = media_type + charset
        headers["ETag"] = f'"{sha256}"'
        headers["Accept-Ranges"] = "bytes"
        headers["Cross-Origin-Resource-Policy"] = "same-site"
        headers["Content-Security-Policy"] = POLICY
        self.add_cache_headers(headers, str(path), sha256)
        try:
            static_file = BlobFile(path, headers)
        except MissingFileError:
            raise NotFoundError from None
        if len(self.files) >= KNOWN_FILES_MAX:
            self.files.clear()
        self.files[sha256] = static_file
        return static_file


class _Variant(NamedTuple):
    """The blob in one coding ("" for as it is)."""

    coding: str
    path: Path
    size: int
    headers: list[tuple[str, str]]


class BlobFile(StaticFile):  # type: ignore[misc]
    """One blob with its compressed copies. Each coding has its own ETag; ranges are of the blob as it is, never of
    a copy."""

    def __init__(self, path: Path, headers: Headers) -> None:
        super().__init__(str(path), headers.items(), encodings={"br": f"{path}.br", "gzip": f"{path}.gz"})
        self._variants = [
            _variant(variant_path, variant_headers) for _, variant_path, variant_headers in self.alternatives
        ]
        (self._plain,) = [one for one in self._variants if not one.coding]

    def get_response(self, method: str, request_headers: Environ) -> Response:
        if _names_one_of(request_headers.get("HTTP_IF_NONE_MATCH", ""), self._etags()):
            return self.not_modified_response
        span = self._asked_range(request_headers)
        if span is None:
            variant = self._best_variant(request_headers.get("HTTP_ACCEPT_ENCODING", ""))
            return Response(HTTPStatus.OK, variant.headers, _open(variant, method))
        first, last = span
        size = self._plain.size
        if not first <= last < size:
            refused = [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]
            return Response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, refused, None)
        headers = [item for item in self._plain.headers if item[0] != "Content-Length"]
        headers += [("Content-Range", f"bytes {first}-{last}/{size}"), ("Content-Length", str(last - first + 1))]
        opened = _open(self._plain, method)
        return Response(HTTPStatus.PARTIAL_CONTENT, headers, SlicedFile(opened, first, last) if opened else None)

    def _etags(self) -> list[str]:
        return [str(Headers(one.headers)["ETag"]) for one in self._variants]

    def _asked_range(self, request_headers: Environ) -> tuple[int, int] | None:
        """(first, last) byte of a single range that applies, its end cut to the blob; None for the whole. An
        unreadable or multiple range, or one for another entity, asks for the whole."""
        match = _RANGE.match(request_headers.get("HTTP_RANGE", ""))
        if_range = request_headers.get("HTTP_IF_RANGE")
        if not match or match[1] == match[2] == "" or (if_range and if_range.strip() != self.etag):
            return None
        size = self._plain.size
        if match[1] == "":
            return max(size - int(match[2]), 0), size - 1 if int(match[2]) else -1
        first = int(match[1])
        last = int(match[2]) if match[2] else size - 1
        return None if match[2] and last < first else (first, min(last, size - 1))

    def _best_variant(self, accept_encoding: str) -> _Variant:
        """The smallest that the client takes; they are ordered by size."""
        accepted = _accepted_codings(accept_encoding)
        return next((one for one in self._variants if one.coding in accepted or not one.coding), self._plain)


def _variant(path: str, headers: Iterable[tuple[str, str]]) -> _Variant:
    named = Headers(list(headers))
    coding = named.get("Content-Encoding") or ""
    if coding:
        named["ETag"] = f'{str(named["ETag"])[:-1]}-{coding}"'
    return _Variant(coding, Path(path), int(named["Content-Length"] or 0), named.items())


def _open(variant: _Variant, method: str) -> BinaryIO | None:
    return variant.path.open("rb") if method != "HEAD" else None


def _accepted_codings(header: str) -> set[str]:
    """Codings named with a quality above zero. `*` is not taken up on: who wants a coding names it."""
    accepted = set()
    for part in header.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        quality = parameters.replace(" ", "").removeprefix("q=") if parameters else "1"
        if name.strip() and quality.strip("0."):
            accepted.add(name.strip())
    return accepted


def _names_one_of(if_none_match: str, etags: list[str]) -> bool:
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in named or not named.isdisjoint(etags)
