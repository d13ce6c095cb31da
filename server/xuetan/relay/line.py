"""The line to the root: HTTP with time limits and a bound on what is read. Owns nothing of what is said over it."""

import hashlib
import time
from collections.abc import Callable
from typing import Protocol

import requests

from xuetan.sync.service import DIGEST, MIRROR_BYTES_MAX

CONNECT_SECONDS_MAX = 15
# Between two pieces of an answer; the whole may take as long as a bad line needs.
SILENCE_SECONDS_MAX = 120
PIECE_BYTES = 65_536
# Of a file: what a line that dies had begun of one is lost.
FILE_PIECE_BYTES = 1_024
FILE_SILENCE_SECONDS_MAX = 20
# So long may one part of a file hold the line, however slowly it comes.
FILE_SECONDS_MAX = 20.0


class NoLineError(Exception):
    """The root cannot be reached, or what answers is not it."""


class TooLargeError(NoLineError):
    """The answer is larger than any that was asked for."""


class AlteredError(NoLineError):
    """What came is not what the root said."""


class Line(Protocol):
    """One request to the root at a time. NoLineError when there is no answer."""

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer."""

    def get(self, path: str, bytes_max: int) -> tuple[int, bytes]:
        """Status and body of a small file. TooLargeError when it is larger than that."""

    def fetch(self, path: str, first: int, count: int, keep: Callable[[bytes], object]) -> int:
        """At most `count` bytes of a file from its byte `first` on, as many as come in FILE_SECONDS_MAX, each piece handed
        to `keep` as it comes, also when the line dies then; the status of the answer, of which only 206 gives any."""


class HttpLine:
    """The line of an installation: its upstream's address, by http or https."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream.rstrip("/")

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        limits = (CONNECT_SECONDS_MAX, SILENCE_SECONDS_MAX)
        try:
            with requests.post(
                self._upstream + path, data=body, headers=headers, timeout=limits, stream=True, allow_redirects=False
            ) as answer:
                body = _read(answer, MIRROR_BYTES_MAX)
        except requests.RequestException as error:
            raise NoLineError(_words_of(error)) from error
        digest = answer.headers.get(DIGEST)
        if digest is not None and digest != hashlib.sha256(body).hexdigest():
            raise AlteredError("the answer was changed on its way; it is asked for again")
        return answer.status_code, body

    def get(self, path: str, bytes_max: int) -> tuple[int, bytes]:
        limits = (CONNECT_SECONDS_MAX, SILENCE_SECONDS_MAX)
        try:
            with requests.get(self._upstream + path, timeout=limits, stream=True, allow_redirects=False) as answer:
                return answer.status_code, _read(answer, bytes_max)
        except requests.RequestException as error:
            raise NoLineError(_words_of(error)) from error

    def fetch(self, path: str, first: int, count: int, keep: Callable[[bytes], object]) -> int:
        limits = (CONNECT_SECONDS_MAX, FILE_SILENCE_SECONDS_MAX)
        until = time.monotonic() + FILE_SECONDS_MAX
        # Of the file itself, never of a compressed copy: only then can it be gone on with.
        headers = {"range": f"bytes={first}-{first + count - 1}", "accept-encoding": "identity"}
        try:
            with requests.get(
                self._upstream + path, headers=headers, timeout=limits, stream=True, allow_redirects=False
            ) as answer:
                if answer.status_code != 206:
                    return answer.status_code
                if not answer.headers.get("content-range", "").startswith(f"bytes {first}-"):
                    # Somebody on the way answers with another part.
                    return 416
                for piece in answer.iter_content(FILE_PIECE_BYTES):
                    keep(piece[:count])
                    count -= len(piece)
                    if count <= 0 or time.monotonic() > until:
                        break
                return 206
        except requests.RequestException as error:
            raise NoLineError(_words_of(error)) from error


def _read(answer: requests.Response, bytes_max: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(PIECE_BYTES):
        parts.append(part)
        size += len(part)
        if size > bytes_max:
            raise TooLargeError("the answer has no end")
    return b"".join(parts)


def _words_of(error: requests.RequestException) -> str:
    """Why, in one line for whoever looks after the hub."""
    # In this order: some are kinds of others.
    words: dict[type[requests.RequestException], str] = {
        requests.exceptions.SSLError: "its certificate is not trusted here, or the clock of this hub is wrong",
        requests.exceptions.Timeout: "no answer in time",
        requests.exceptions.ConnectionError: "no connection",
        requests.exceptions.ChunkedEncodingError: "the answer broke off",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), type(error).__name__)
