"""HTTP at the edge: the services of a request, and the middleware every request and every answer passes.

Endpoints open their own transaction, in their own thread, and close it before they answer:
`with services.database.transaction() as session: …`. It is not a dependency on purpose: a dependency that holds the
write lock while it waits for a worker thread can wait for ever.
"""

import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xuetan.kernel.errors import REQUEST_ID_HEADER, SECURITY_HEADERS, RequestTooLargeError, error_response
from xuetan.kernel.services import Services

# What a request may hold where nothing else is said: forms of the console and JSON of phones are far smaller.
REQUEST_BYTES_MAX = 256 * 1024
_SECURITY_HEADERS = tuple((name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
_REQUEST_ID_HEADER = REQUEST_ID_HEADER.encode()


def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


class EdgeMiddleware:
    """Gives each request an id and a bound, and each answer its security headers. Plain ASGI: it costs microseconds.

    A body that says it is too large is refused unread; one that does not say so, as soon as it is. `body_limits` names
    the paths (or their beginnings, with a slash at the end) that may hold something else than REQUEST_BYTES_MAX, the
    first that fits. What does not say how it may be cached may not be.
    """

    def __init__(
        self, app: ASGIApp, body_limits: Mapping[str, int] | None = None, counts: Counter[int] | None = None
    ) -> None:
        self._app = app
        # Answers by the first digit of their status.
        self._counts = counts if counts is not None else Counter()
        self._body_limits = dict(body_limits or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # From `secrets` although it is none: that is what a simulated world seeds, and its answers repeat to the byte.
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                self._counts[message["status"] // 100] += 1
                headers = list(message.get("headers", ()))
                said = {name for name, _ in headers}
                ours = (*_SECURITY_HEADERS, (_REQUEST_ID_HEADER, request_id.encode()))
                message["headers"] = headers + [header for header in ours if header[0] not in said]
            await send(message)

        bytes_max = self._bytes_max(scope["path"])
        if _declared_bytes(scope) > bytes_max:
            await error_response(Request(scope), RequestTooLargeError())(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, _bounded(receive, bytes_max), send_with_headers)
        except Exception:
            # What nobody expected is answered outside of here, with a 500.
            if not has_begun:
                self._counts[5] += 1
            raise

    def _bytes_max(self, path: str) -> int:
        if path in self._body_limits:
            return self._body_limits[path]
        below = (limit for start, limit in self._body_limits.items() if start.endswith("/") and path.startswith(start))
        return next(below, REQUEST_BYTES_MAX)


def _declared_bytes(scope: Scope) -> int:
    """The length that the request announces; 0 when it announces none."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value) if len(value) < 20 else 1 << 64
    return 0


def _bounded(receive: Receive, bytes_max: int) -> Receive:
    """The same body, never more than `bytes_max` of it. Raises an HTTPException: readers of bodies let it pass."""
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > bytes_max:
            raise HTTPException(413)
        return message

    return receive_bounded
