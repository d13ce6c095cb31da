"""`POST /sync/1/files`: a phone hands in a file that it carries for somebody, whole or in parts. Owns who may and how often.

Any signed-in device may carry for anybody; what it brings is judged by the signature inside. The carrier hears counts
and gets a sealed receipt to bring back, nothing else.
"""

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from xuetan.kernel.http import ServicesDep
from xuetan.kernel.openapi import NEEDS_DEVICE
from xuetan.sync.file_parts import PART_PARAMETERS, Bringer, Part, body_so_far, hand_in, hand_in_part
from xuetan.sync.service import SyncGateway, token_of

PATH = "/sync/1/files"
FILES_PER_CARRIER_MAX = 120
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_BY_CARRIER = {**NEEDS_DEVICE, "requestBody": {"required": True, "content": _BINARY}}
router = APIRouter(tags=["sync"])


@router.post(PATH, operation_id="handInFile", openapi_extra=_BY_CARRIER)
async def hand_in_file(request: Request, services: ServicesDep) -> Response:
    """Take in a file of records of any device: FileAnswer of contracts/schemas/sync.schema.yaml."""
    carrier = await _let_in(request)
    answer = await to_thread.run_sync(hand_in, services, carrier, await request.body())
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.post(
    PATH + "/{sha256}", operation_id="handInFilePart", openapi_extra={**_BY_CARRIER, "parameters": PART_PARAMETERS}
)
async def hand_in_file_part(sha256: str, request: Request, services: ServicesDep) -> Response:
    """Take in a part of such a file: FilePartAnswer until it is whole, then FileAnswer. An empty body asks how far it has come."""
    carrier = await _let_in(request)
    part, parts = Part.of(sha256, request.headers), request.app.state.file_parts
    body = await body_so_far(request)
    answer = await to_thread.run_sync(hand_in_part, services, parts, carrier, part, body)
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def _let_in(request: Request) -> Bringer:
    """The device that asks."""
    gateway: SyncGateway = request.app.state.sync_gateway
    token = token_of(request.headers.get("authorization", ""))
    carrier = await to_thread.run_sync(gateway.authenticate, token)
    return Bringer(carrier.device_id, FILES_PER_CARRIER_MAX, carrier.person_id)
