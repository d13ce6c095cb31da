"""`/hub/1` and `/packs`: what phones ask a hub, from whichever page they run in.

Every origin may ask: there is no cookie and no session that another page could use, and what is answered can be read by
the phone that asked alone. Owns the headers that say so, and how many may ask at a time.
"""

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xuetan.accounts.service import network_of
from xuetan.kernel.errors import BusyError, NotFoundError
from xuetan.kernel.http import ServicesDep
from xuetan.packs import service as packs
from xuetan.relay.answering import answer_question
from xuetan.relay.duty import UpstreamDuty
from xuetan.relay.state import describe_hub, find_state

PATH = "/hub/1"
QUESTIONS_PER_ADDRESS_MAX = 600
WINDOW_MS = 10 * 60_000
# Each holds at most a question and an answer in memory; others are told to come again.
AT_ONCE_MAX = 32
ANY_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    **ANY_ORIGIN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "content-type",
    # Before a page on https may ask an address of the local network, older Chromes ask this.
    "Access-Control-Allow-Private-Network": "true",
    "Access-Control-Max-Age": "86400",
}
# What is asked of packs: a piece of a file, and where in it that is.
PACKS_PREFLIGHT = {**PREFLIGHT, "Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "range"}
ANY_ORIGIN_MAY_READ = {**ANY_ORIGIN, "Access-Control-Expose-Headers": "content-range"}
router = APIRouter(tags=["hub"])


class Gateway:
    """How many questions are open, and whom to wake when something is held."""

    def __init__(self, duty: UpstreamDuty) -> None:
        self.duty = duty
        self.open = 0


@router.get(f"{PATH}/about", operation_id="describeHub")
def describe(services: ServicesDep) -> Response:
    """Which hub this is: HubAbout of contracts/schemas/sync.schema.yaml."""
    about = msgspec.json.encode(describe_hub(services))
    return Response(about, media_type="application/json", headers=ANY_ORIGIN)


@router.post(PATH, operation_id="askHub")
async def ask(request: Request, services: ServicesDep) -> Response:
    """A file of kind hub_question; the answer is one of kind hub_answer."""
    gateway: Gateway = request.app.state.relay
    address = network_of(request.client.host if request.client else "unknown")
    services.rate_limiter.check(f"hub:{address}", QUESTIONS_PER_ADDRESS_MAX, WINDOW_MS)
    if gateway.open >= AT_ONCE_MAX:
        raise BusyError
    gateway.open += 1
    try:
        answer = await to_thread.run_sync(answer_question, services, await request.body())
    finally:
        gateway.open -= 1
    gateway.duty.wake()
    return Response(answer, media_type="application/octet-stream", headers=ANY_ORIGIN)


@router.get("/packs/s/{manifest}", operation_id="getSignatureOfHub")
def get_signature(manifest: str, services: ServicesDep) -> Response:
    """The detached signature of a manifest that is kept here, as at the root."""
    with services.database.reading() as session:
        body = packs.get_signature(session, manifest)
    return Response(body, media_type="application/json", headers=ANY_ORIGIN)


@router.get("/packs/keyring", operation_id="getKeyringOfHub")
def get_keyring(services: ServicesDep) -> Response:
    """The root's list of publishers as this hub last had it; it carries the root's signature."""
    with services.database.reading() as session:
        state = find_state(session)
    if state is None or state.keyring is None:
        raise NotFoundError
    return Response(state.keyring, media_type="application/json", headers=ANY_ORIGIN)


class FilesForAnyOrigin:
    """Packs for whichever page asks: what it reads it believes by the root's signature alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=PACKS_PREFLIGHT)(scope, receive, send)
            return

        async def send_for_any(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name.lower().encode(): value.encode() for name, value in ANY_ORIGIN_MAY_READ.items()}
                kept = [pair for pair in message["headers"] if pair[0] not in ours]
                message["headers"] = [*kept, *ours.items()]
            await send(message)

        await self._app(scope, receive, send_for_any)


@router.options("/packs/s/{manifest}", include_in_schema=False)
@router.options("/packs/keyring", include_in_schema=False)
@router.options(PATH, include_in_schema=False)
@router.options(f"{PATH}/about", include_in_schema=False)
def allow_any_page() -> Response:
    return Response(status_code=204, headers=PREFLIGHT)
