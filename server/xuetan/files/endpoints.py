"""`/files/<scope>/<sha256>` over HTTP: uploads as tus 1.0 speaks of them (creation, HEAD, PATCH), and reading.

A plain ASGI application: it takes a body as it comes, keeps each piece, and holds no thread while the phone sends
nothing. A connection that dies leaves what it brought. Its description for OpenAPI stands here because nothing is
derived from it.
"""

import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from anyio import to_thread
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from whitenoise.responders import Response

from xuetan.event_log.service import is_scope
from xuetan.files.delivery import answer_with
from xuetan.files.errors import UploadConflictError
from xuetan.files.store import FileStore, Standing
from xuetan.files.uploads import Upload
from xuetan.kernel.errors import InvalidRequestError, NotFoundError, SignInRequiredError
from xuetan.kernel.files import send_file
from xuetan.kernel.openapi import NEEDS_DEVICE

PATH = "/files/{scope}/{sha256}"
TUS = "1.0.0"
PIECE_BYTES = 65_536
OFFSET_TYPE = "application/offset+octet-stream"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER = re.compile(r"[0-9]{1,15}\Z")
T = TypeVar("T")


class Actor(Protocol):
    @property
    def person_id(self) -> str: ...


class FileGateway:
    """Who asks, and what there is."""

    def __init__(self, store: FileStore, authenticate: Callable[[str], Actor]) -> None:
        self.store = store
        self.authenticate = authenticate


class FilesEndpoint:
    """Answers one request. Whatever it raises is an AppError and is answered by the application's handlers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway: FileGateway = scope["app"].state.files
        headers = Headers(scope=scope)
        person_id = gateway.authenticate(_token_of(headers.get("authorization", ""))).person_id
        place = (person_id, *_place_of(scope["path_params"]))
        store = gateway.store
        match scope["method"]:
            case "POST":
                length = _number(headers, "upload-length")
                standing = await _in_thread(store.begin, *place, length)
                await _answer(send, 201, standing, location=scope["path"])
            case "PATCH":
                await _answer(send, 204, await self._take(store, place, headers, receive))
            case "HEAD" if "tus-resumable" in headers:
                await _answer(send, 200, await _in_thread(store.standing, *place))
            case _:
                await send_file(lambda method, environ: _read(store, place, method, environ), scope, receive, send)

    async def _take(
        self, store: FileStore, place: tuple[str, str, str], headers: Headers, receive: Receive
    ) -> Standing:
        if headers.get("content-type", "") != OFFSET_TYPE:
            raise InvalidRequestError(details={"header": "content-type"})
        offset = _number(headers, "upload-offset")
        upload = await _in_thread(store.resume, *place)
        if upload is None:
            return await _in_thread(store.standing, *place)
        if upload.offset != offset:
            raise UploadConflictError(details={"offset": upload.offset})
        upload = await _take_body(store, upload, receive)
        if upload.is_complete:
            await _in_thread(store.end, *place, upload)
        return Standing(upload.offset, upload.length)


router = APIRouter()
router.add_route(PATH, FilesEndpoint(), methods=["GET", "HEAD", "POST", "PATCH"], include_in_schema=False)  # type: ignore[arg-type]


async def _take_body(store: FileStore, upload: Upload, receive: Receive) -> Upload:
    """Keep the body as it comes. What came before the line broke, or before there was too much, is kept too."""
    held = bytearray()
    refused: HTTPException | None = None
    more = True
    while more:
        try:
            message = await receive()
        except HTTPException as error:
            refused, message = error, {}
        held += message.get("body", b"")
        more = refused is None and message["type"] != "http.disconnect" and message.get("more_body", False)
        if held and (not more or len(held) >= PIECE_BYTES):
            upload = await _in_thread(store.take, upload, bytes(held))
            held.clear()
    if refused is not None:
        raise refused
    return upload


def _read(store: FileStore, place: tuple[str, str, str], method: str, environ: dict[str, Any]) -> Response:
    return answer_with(store.read(*place), method, environ)


async def _answer(send: Send, status: int, standing: Standing, location: str = "") -> None:
    headers = [
        (b"tus-resumable", TUS.encode()),
        (b"upload-offset", str(standing.offset).encode()),
        (b"upload-length", str(standing.length).encode()),
        (b"cache-control", b"no-store"),
    ]
    if location:
        headers += [(b"location", location.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    return await to_thread.run_sync(lambda: work(*arguments))


def _place_of(path_params: dict[str, str]) -> tuple[str, str]:
    """Scope and SHA-256. Whatever else stands in the address is nothing that could be there."""
    scope, sha256 = path_params["scope"], path_params["sha256"]
    if not is_scope(scope) or not _SHA256.match(sha256):
        raise NotFoundError
    return scope, sha256


def _number(headers: Headers, name: str) -> int:
    """A header that holds a whole number, not negative."""
    text = headers.get(name, "")
    if not _NUMBER.match(text) or (name == "upload-length" and int(text) == 0):
        raise InvalidRequestError(details={"header": name})
    return int(text)


def _token_of(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequiredError
    return token.strip()


def _header(name: str, *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": {"type": "integer", "minimum": 0}}


_HERE = [
    {"name": "scope", "in": "path", "required": True, "schema": {"type": "string"}},
    {"name": "sha256", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
]
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
DESCRIPTION: dict[str, Any] = {
    "get": {
        "operationId": "read_file",
        "summary": "A photo or a recording of a scope that the person reads, whole or one range",
        **NEEDS_DEVICE,
        "parameters": _HERE,
        "responses": {
            "200": {"description": "The bytes", "content": _BYTES},
            "206": {"description": "A range of them", "content": _BYTES},
            "416": {"description": "No such range"},
        },
    },
    "post": {
        "operationId": "begin_upload",
        "summary": "Begin an upload, or learn how far it has come (tus 1.0, creation)",
        **NEEDS_DEVICE,
        "parameters": [*_HERE, _header("Upload-Length")],
        "responses": {"201": {"description": "Begun; Upload-Offset says how far it has come"}},
    },
    "patch": {
        "operationId": "continue_upload",
        "summary": "The next bytes of an upload (tus 1.0)",
        **NEEDS_DEVICE,
        "parameters": [*_HERE, _header("Upload-Offset")],
        "requestBody": {
            "required": True,
            "content": {OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        "responses": {"204": {"description": "Kept; Upload-Offset says how far it has come"}},
    },
}
