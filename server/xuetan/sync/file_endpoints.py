"""`POST /sync/1/files`: a phone hands in a file that it carries for somebody. Owns who may and how often.

Any signed-in device may carry for anybody; what it brings is judged by the signature inside. The carrier hears counts
and gets a sealed receipt to bring back, nothing else.
"""

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from xuetan.kernel.http import ServicesDep
from xuetan.kernel.openapi import NEEDS_DEVICE
from xuetan.sync.service import SyncGateway, take_file, token_of

PATH = "/sync/1/files"
FILES_PER_CARRIER_MAX = 120
WINDOW_MS = 10 * 60_000
router = APIRouter(tags=["sync"])


@router.post(
    PATH,
    operation_id="handInFile",
    openapi_extra={
        **NEEDS_DEVICE,
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
async def hand_in_file(request: Request, services: ServicesDep) -> Response:
    """Take in a file of records of any device: FileAnswer of contracts/schemas/sync.schema.yaml."""
    gateway: SyncGateway = request.app.state.sync_gateway
    carrier = await to_thread.run_sync(gateway.authenticate, token_of(request.headers.get("authorization", "")))
    services.rate_limiter.check(f"files:{carrier.device_id}", FILES_PER_CARRIER_MAX, WINDOW_MS)
    taken = await to_thread.run_sync(take_file, services, await request.body(), carrier.person_id)
    return Response(msgspec.json.encode(taken.as_answer()), media_type="application/json")
