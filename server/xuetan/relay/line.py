"""The line to the root: HTTP with time limits and a bound on what is read. Owns nothing of what is said over it."""

from typing import Protocol

import requests

from xuetan.sync.service import MIRROR_BYTES_MAX

CONNECT_SECONDS_MAX = 15
# Between two pieces of an answer; the whole may take as long as a bad line needs.
SILENCE_SECONDS_MAX = 120
PIECE_BYTES = 65_536


class NoLineError(Exception):
    """The root cannot be reached, or what answers is not it."""


class Line(Protocol):
    """One POST to the root. NoLineError when there is no answer."""

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer."""


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
                return answer.status_code, _read(answer)
        except requests.RequestException as error:
            raise NoLineError(str(error)) from error


def _read(answer: requests.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(PIECE_BYTES):
        parts.append(part)
        size += len(part)
        if size > MIRROR_BYTES_MAX:
            raise NoLineError("the answer has no end")
    return b"".join(parts)
