"""A file going out: headers that let it be looked at and do nothing else, whole or one range of it. Pure but for
opening the file."""

import re
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette import responses
from starlette.types import Receive, Scope, Send
from whitenoise.responders import Response, SlicedFile

from xuetan.files.store import FileView
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.files import send_file

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*\Z")
# Whoever opens one by its own address gets a download; what a browser makes of it may load and run nothing.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
}


class FileAnswer(responses.Response):
    """The answer of an ordinary endpoint that let somebody in by a rule of its own."""

    def __init__(self, file: FileView) -> None:
        super().__init__()
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_file(partial(answer_with, self._file), scope, receive, send)


def answer_with(file: FileView, method: str, environ: Mapping[str, Any]) -> Response:
    """The answer to GET or HEAD, for `kernel.files.send_file`. A range that cannot be read asks for the whole."""
    headers = [
        ("Content-Type", file.media_type),
        ("Content-Disposition", f'attachment; filename="{file.sha256[:12]}.{_ENDINGS.get(file.media_type, "bin")}"'),
        ("Content-Security-Policy", POLICY),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Accept-Ranges", "bytes"),
        ("ETag", f'"{file.sha256}"'),
        ("Cache-Control", "no-store"),
    ]
    span = asked_range(str(environ.get("HTTP_RANGE", "")), file.bytes)
    if span is None:
        return Response(HTTPStatus.OK, [*headers, ("Content-Length", str(file.bytes))], _open(file, method))
    first, last = span
    if not first <= last < file.bytes:
        refused = [("Content-Range", f"bytes */{file.bytes}"), ("Content-Length", "0")]
        return Response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, refused, None)
    headers += [
        ("Content-Range", f"bytes {first}-{last}/{file.bytes}"),
        ("Content-Length", str(last - first + 1)),
    ]
    opened = _open(file, method)
    return Response(HTTPStatus.PARTIAL_CONTENT, headers, SlicedFile(opened, first, last) if opened else None)


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """(first, last) of a single range, its end cut to the file; None for the whole."""
    match = _RANGE.match(header)
    if not match or match[1] == match[2] == "":
        return None
    if match[1] == "":
        return max(size - int(match[2]), 0), size - 1 if int(match[2]) else -1
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    return None if match[2] and last < first else (first, min(last, size - 1))


def _open(file: FileView, method: str) -> Any:
    if method == "HEAD":
        return None
    try:
        return file.path.open("rb")
    except FileNotFoundError:
        raise NotFoundError from None
