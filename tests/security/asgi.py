"""A request as the server's protocol hands it to the application: any path, any header bytes, a body in pieces that are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.testclient import TestClient

Headers = Sequence[tuple[bytes, bytes]]


@dataclass
class Answered:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces_read: int = 0


def ask(
    client: TestClient,
    method: str,
    path: str,
    *,
    headers: Headers = (),
    pieces: Iterable[bytes] = (),
    query: bytes = b"",
) -> Answered:
    """One request to the running application of `client`. `path` goes as it is, unquoted, as after a server decoded it."""
    assert client.portal is not None
    return client.portal.call(_ask, client.app, method, path, tuple(headers), iter(pieces), query)


async def _ask(app: Any, method: str, path: str, headers: Headers, pieces: Iterator[bytes], query: bytes) -> Answered:
    answered = Answered()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "query_string": query,
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("203.0.113.7", 4711),
        "server": ("testserver", 80),
        "state": {},
    }

    answered_all, asked_all = anyio.Event(), False

    async def receive() -> dict[str, Any]:
        nonlocal asked_all
        if asked_all:
            await answered_all.wait()
            return {"type": "http.disconnect"}
        piece = next(pieces, None)
        if piece is None:
            asked_all = True
            return {"type": "http.request", "body": b"", "more_body": False}
        answered.pieces_read += 1
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            answered.body += message.get("body", b"")
            if not message.get("more_body", False):
                answered_all.set()

    await app(scope, receive, send)
    return answered
