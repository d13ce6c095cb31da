"""`/hubs/1`: what hubs ask the root. Owns paths and shapes, and that nothing is read of a body before its hub is known."""

import hashlib

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from xuetan.event_log import service as event_log
from xuetan.hubs import sessions
from xuetan.hubs.exchange import exchange
from xuetan.hubs.registry import enrol_hub
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.http import ServicesDep
from xuetan.kernel.openapi import NEEDS_HUB
from xuetan.kernel.services import Services
from xuetan.sync.service import DIGEST, PART_PARAMETERS, Bringer, Part, body_so_far, hand_in, hand_in_part, token_of

FILES_PER_HUB_MAX = 600
ID_CHARACTERS = 22
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_BY_HUB = {**NEEDS_HUB, "requestBody": {"required": True, "content": _BINARY}}
router = APIRouter(prefix="/hubs/1", tags=["hubs"])


class EnrolHubRequest(BaseModel):
    code: str = Field(max_length=64)
    key: str = Field(max_length=256)
    file_key: str = Field(max_length=256)


class HubNonceRequest(BaseModel):
    hub: str = Field(max_length=ID_CHARACTERS)


class HubNonceAnswer(BaseModel):
    nonce: str


class HubSessionRequest(BaseModel):
    hub: str = Field(max_length=ID_CHARACTERS)
    nonce: str = Field(max_length=64)
    signature: str = Field(max_length=128)


class HubSessionAnswer(BaseModel):
    token: str
    token_expires_ms: int
    server_ms: int


@router.post("/enrol", operation_id="enrolHub")
def enrol(body: EnrolHubRequest, request: Request, services: ServicesDep) -> Response:
    """Join a hub with the code that staff made: certificate, the root's key, epoch, the root's clock."""
    address = request.client.host if request.client else "unknown"
    with services.database.transaction() as session:
        certificate = enrol_hub(session, body.code, body.key, body.file_key, address, services)
        epoch = event_log.read_epoch(session)
    answer = {
        "certificate": certificate,
        "root_key": services.keys.root.spki,
        "epoch": epoch,
        "server_ms": services.clock.now_ms(),
    }
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.post("/nonce", operation_id="makeHubNonce")
def make_nonce(body: HubNonceRequest, services: ServicesDep) -> HubNonceAnswer:
    """A challenge for this hub to sign."""
    with services.database.transaction() as session:
        return HubNonceAnswer(nonce=sessions.make_nonce(session, body.hub, services))


@router.post("/session", operation_id="openHubSession")
def open_session(body: HubSessionRequest, services: ServicesDep) -> HubSessionAnswer:
    """A bearer token for a hub that signed the challenge."""
    with services.database.transaction() as session:
        opened = sessions.open_session(session, body.hub, body.nonce, body.signature, services)
    # Raised after the commit, so that a nonce that was presented stays spent.
    if opened is None:
        raise SignInRequiredError
    return HubSessionAnswer(token=opened[0], token_expires_ms=opened[1], server_ms=services.clock.now_ms())


@router.post("/sync", operation_id="syncHub", openapi_extra=_BY_HUB)
async def sync(request: Request, services: ServicesDep) -> Response:
    """Bring transfers, get what is new: HubSyncHeader and HubSyncReply of contracts/schemas/sync.schema.yaml."""
    hub_id = await to_thread.run_sync(_let_in, services, request.headers.get("authorization", ""))
    answer = await to_thread.run_sync(exchange, services, hub_id, await request.body())
    headers = {DIGEST: hashlib.sha256(answer).hexdigest()}
    return Response(answer, media_type="application/octet-stream", headers=headers)


@router.post("/files", operation_id="handInFileOfHub", openapi_extra=_BY_HUB)
async def hand_in_file(request: Request, services: ServicesDep) -> Response:
    """Take in a file of records that a hub carries: FileAnswer of contracts/schemas/sync.schema.yaml."""
    hub_id = await to_thread.run_sync(_let_in, services, request.headers.get("authorization", ""))
    answer = await to_thread.run_sync(hand_in, services, Bringer(hub_id, FILES_PER_HUB_MAX), await request.body())
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.post(
    "/files/{sha256}", operation_id="handInFilePartOfHub", openapi_extra={**_BY_HUB, "parameters": PART_PARAMETERS}
)
async def hand_in_file_part(sha256: str, request: Request, services: ServicesDep) -> Response:
    """Take in a part of such a file, as `POST /sync/1/files/{sha256}`."""
    hub_id = await to_thread.run_sync(_let_in, services, request.headers.get("authorization", ""))
    part, parts = Part.of(sha256, request.headers), request.app.state.file_parts
    body = await body_so_far(request)
    bringer = Bringer(hub_id, FILES_PER_HUB_MAX)
    answer = await to_thread.run_sync(hand_in_part, services, parts, bringer, part, body)
    return Response(msgspec.json.encode(answer), media_type="application/json")


def _let_in(services: Services, authorization: str) -> str:
    """The id of the hub that asks."""
    with services.database.reading() as session:
        return sessions.authenticate(session, token_of(authorization), services.clock.now_ms()).id
