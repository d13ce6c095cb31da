"""The built phone application (`pwa_dist/`) at `/`: files as they are, and index.html for every address of the app.

Owns caching (names with a hash for a year, all else asked about again), precompressed copies, and the content security policy of
the phone. Does not own any address of the server itself: it is asked only when no route matched, and answers 404 below
`SERVER_PATHS`, so that a mistyped API address never gets a page of HTML.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from wsgiref.headers import Headers

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from whitenoise import WhiteNoise

from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.files import send_file

DIST = Path(__file__).parent / "pwa_dist"
SERVER_PATHS = ("/api", "/sync", "/packs", "/files", "/console", "/healthz")
HASHED_FILES = "/assets/"
NOT_BUILT = "The phone application is not built here. Run: make setup\n"
_INLINE_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.S)


class PhoneApp:
    """An ASGI application for what no route of the server answers."""

    def __init__(self, folder: Path = DIST) -> None:
        self._policy = content_security_policy(folder / "index.html")
        self._files = WhiteNoise(
            _missing,
            root=folder if folder.is_dir() else None,
            max_age=None,
            allow_all_origins=False,
            immutable_file_test=lambda _path, url: url.startswith(HASHED_FILES),
            add_headers_function=self._add_headers,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["type"] != "http" or path in SERVER_PATHS or path.startswith(tuple(f"{one}/" for one in SERVER_PATHS)):
            raise NotFoundError
        if path in self._files.files:
            await send_file(self._files.files[path].get_response, scope, receive, send)
        elif "." in path.rpartition("/")[2]:
            raise NotFoundError
        elif "/index.html" in self._files.files:
            await send_file(self._files.files["/index.html"].get_response, scope, receive, send)
        else:
            await PlainTextResponse(NOT_BUILT, status_code=503)(scope, receive, send)

    def _add_headers(self, headers: Headers, _path: str, url: str) -> None:
        if url.startswith(HASHED_FILES):
            return
        headers["Cache-Control"] = "no-cache"
        if url.endswith((".html", ".js")):
            headers["Content-Security-Policy"] = self._policy
            headers["Cross-Origin-Opener-Policy"] = "same-origin"


def content_security_policy(index: Path) -> str:
    """What the phone's pages and its worker may load: our own files and pictures it made itself. A `<style>` that stands in
    index.html is allowed by its hash, so that the first paint needs no second request."""
    styles = _INLINE_STYLE.findall(index.read_text(encoding="utf-8")) if index.is_file() else []
    hashes = "".join(f" 'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in styles)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self'{hashes}",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            # A hub stands at whatever address its school gave it; the phone gives it sealed bytes alone.
            "connect-src 'self' http: https:",
            "manifest-src 'self'",
            "worker-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _missing(_environ: object, start_response: object) -> Iterable[bytes]:
    """Never reached: WhiteNoise is asked for files that it knows, never to answer a request."""
    assert callable(start_response)
    start_response("404 Not Found", [])
    return []
