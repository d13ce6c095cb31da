"""`POST /sync/1` over HTTP: who asks, how much may come, gzip both ways. The exchange itself is `sync.service`.

A plain ASGI application on purpose. It answers phones all day; the layers of an ordinary endpoint would cost as much
as the exchange. Its description for OpenAPI stands here because nothing is derived from it.
"""

from typing import Any

from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from xuetan.kernel.openapi import NEEDS_DEVICE
from xuetan.sync.errors import MalformedFrameError
from xuetan.sync.service import SyncGateway, deflate_reply, inflate_request, token_of

PATH = "/sync/1"
_JSON = "application/json"
DESCRIPTION: dict[str, Any] = {
    "post": {
        "operationId": "sync",
        "summary": "Push segments, acknowledge and pull, in one exchange",
        "description": "Request and answer are those of docs/sync-protocol.md and contracts/schemas/sync.schema.yaml.",
        **NEEDS_DEVICE,
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        "responses": {
            "200": {"description": "SyncReply", "content": {_JSON: {"schema": {"type": "object"}}}},
        },
    }
}


class SyncEndpoint:
    """Answers one request. Whatever it raises is answered by the application's handlers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway: SyncGateway = scope["app"].state.sync_gateway
        headers = Headers(scope=scope)
        actor = gateway.authenticate(token_of(headers.get("authorization", "")))
        frame = _decoded(await _read_body(receive), headers.get("content-encoding", "identity"))
        reply = await gateway.exchange(actor, frame)
        answer_headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        packed = deflate_reply(reply) if "gzip" in headers.get("accept-encoding", "") else None
        if packed is not None:
            reply = packed
            answer_headers.append((b"content-encoding", b"gzip"))
        answer_headers.append((b"content-length", str(len(reply)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": answer_headers})
        await send({"type": "http.response.body", "body": reply})


def is_sync(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST")


# For who asks in another way: the application leads a sync straight to its endpoint.
ROUTE = Route(PATH, SyncEndpoint(), methods=["POST"], include_in_schema=False)


def _decoded(body: bytes, coding: str) -> bytes:
    match coding.lower():
        case "identity":
            return body
        case "gzip":
            return inflate_request(body)
    raise MalformedFrameError


async def _read_body(receive: Receive) -> bytes:
    """The body. `EdgeMiddleware` lets no more of it through than a request may hold."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise MalformedFrameError
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
