"""A hub's own pages: what it keeps and how old it is, for whom (after the operator's password), and handing in files.

Plain HTML without script: they open in any browser that finds the hub. Owns their headers. Invariant: what everybody in
the house may see are the hub's name, numbers and times.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from xuetan.accounts.service import link_qr_svg, network_of
from xuetan.contracts.limits import XTSYNC_BYTES_MAX
from xuetan.kernel.errors import AppError, RequestTooLargeError, language_of
from xuetan.kernel.http import ServicesDep
from xuetan.kernel.services import Services
from xuetan.relay.answering import KIND, answer_question
from xuetan.relay.couriers import DONE, keep_file
from xuetan.relay.figures import list_people, read_figures
from xuetan.relay.holding import REFUSED
from xuetan.relay.models import RelayFile
from xuetan.relay.state import find_state, is_operator
from xuetan.relay.taking_out import RECEIPTS, list_parts, make_part, take_receipts
from xuetan.sync.service import read_file

FILES_PER_ADDRESS_MAX = 120
WRONG_PASSWORDS_MAX = 20
WINDOW_MS = 10 * 60_000
FORM_BYTES_MAX = 64 * 1024
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
# What the operator of a hub can do something about: the root has ended it, or was put back to a time before it.
REFUSALS = {"hub_revoked": "hub.refused_revoked", "sign_in_required": "hub.refused_unknown"}
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Handed:
    """What became of a file that was handed in, in words; `receipt` is a data address."""

    words: str
    is_refused: bool
    receipt: str = ""
    receipt_name: str = ""


@dataclass(frozen=True)
class View:
    """How one page speaks."""

    services: Services
    language: str

    def t(self, key: str, **params: object) -> str:
        return self.services.catalogue.t(self.language, key, **params)

    def ago(self, ms: int | None) -> str:
        """A moment as people say it; clocks that go back say "just now"."""
        if ms is None:
            return self.t("hub.never")
        passed = self.services.clock.now_ms() - ms
        for unit_ms, key in ((DAY_MS, "hub.days_ago"), (HOUR_MS, "hub.hours_ago"), (MINUTE_MS, "hub.minutes_ago")):
            if passed >= unit_ms:
                return self.t(key, count=passed // unit_ms)
        return self.t("hub.just_now")

    def moment(self, ms: int) -> str:
        return datetime.fromtimestamp(ms / 1000, self.services.settings.zone).strftime("%Y-%m-%d %H:%M")

    def megabytes(self, count: int) -> str:
        return f"{count / 1_000_000:.1f} MB"

    def show(self, template: str, status: int = 200, **more: Any) -> Response:
        html = _environment().get_template(template).render(view=self, t=self.t, **more)
        headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
        return HTMLResponse(html, status_code=status, headers=headers)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("xuetan.relay", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _view(request: Request, services: Services) -> View:
    return View(services, language_of(request))


@router.get("/")
def show_hub(request: Request, services: ServicesDep) -> Response:
    with services.database.reading() as session:
        figures = read_figures(session)
    address = services.settings.public_url.rstrip("/")
    # Opens the phone's own app at the place where a hub is added; it works with no line, since the app is on the phone.
    link = f"{services.settings.upstream.rstrip('/')}/me/sync?{urlencode({'hub': address})}"
    return _view(request, services).show(
        "hub.html.j2",
        figures=figures,
        refusal=REFUSALS.get(request.app.state.relay.duty.refusal, ""),
        address=address,
        link=link,
        qr=Markup(link_qr_svg(link)),  # noqa: S704
    )


@router.get("/people")
def show_people(request: Request, services: ServicesDep) -> Response:
    """Asks for the operator's password, which the first start printed."""
    if not _is_operator(request, services):
        headers = {"www-authenticate": 'Basic realm="hub", charset="UTF-8"'}
        return PlainTextResponse(_view(request, services).t("hub.password_wanted"), 401, headers=headers)
    with services.database.reading() as session:
        people = list_people(session)
        is_ready = find_state(session) is not None
        parts = list_parts(session) if is_ready else []
    return _view(request, services).show("people.html.j2", people=people, parts=parts)


@router.get("/people/out/{first}")
def take_out(first: int, request: Request, services: ServicesDep) -> Response:
    """A file of what waits, for whoever takes it to the root; after the operator's password, like the names."""
    if not _is_operator(request, services):
        headers = {"www-authenticate": 'Basic realm="hub", charset="UTF-8"'}
        return PlainTextResponse(_view(request, services).t("hub.password_wanted"), 401, headers=headers)
    data = make_part(services, first)
    name = f'attachment; filename="xuetan-hub-{first}.xtsync"'
    return Response(data, media_type="application/octet-stream", headers={"content-disposition": name})


def _is_operator(request: Request, services: Services) -> bool:
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    limit = f"hub-password:{network_of(request.client.host if request.client else 'unknown')}"
    services.rate_limiter.refuse_when_spent(limit, WRONG_PASSWORDS_MAX, WINDOW_MS)
    try:
        password = base64.b64decode(told).decode("utf-8", "replace").partition(":")[2]
    except binascii.Error:
        return False
    with services.database.reading() as session:
        state = find_state(session)
    if state is not None and is_operator(state, password):
        return True
    services.rate_limiter.check(limit, WRONG_PASSWORDS_MAX, WINDOW_MS)
    return False


@router.get("/lite")
def show_lite(request: Request, services: ServicesDep) -> Response:
    return _view(request, services).show("lite.html.j2", handed=None)


@router.post("/lite", max_body_size=XTSYNC_BYTES_MAX + FORM_BYTES_MAX)
async def hand_in(request: Request, services: ServicesDep) -> Response:
    """A question is answered by a file; a file of records is kept, and its receipt given when there is one."""
    view = _view(request, services)
    try:
        address = network_of(request.client.host if request.client else "unknown")
        services.rate_limiter.check(f"hub-files:{address}", FILES_PER_ADDRESS_MAX, WINDOW_MS)
        data = await _read_upload(request)
        if data is None:
            return view.show("lite.html.j2", 422, handed=Handed(view.t("hub.lite_none"), is_refused=True))
        file = read_file(data)
        if file.header.kind == RECEIPTS:
            done = await to_thread.run_sync(take_receipts, services, file)
            words = view.t("hub.receipts_taken", count=done)
            return view.show("lite.html.j2", handed=Handed(words, is_refused=False))
        if file.header.kind == KIND:
            answer = await to_thread.run_sync(answer_question, services, data)
            request.app.state.relay.duty.wake()
            headers = {"content-disposition": 'attachment; filename="xuetan-hub-answer.xtsync"'}
            return Response(answer, media_type="application/octet-stream", headers=headers)
        kept = await to_thread.run_sync(keep_file, services, data)
    except AppError as error:
        named = {**error.message_params}
        if named.get("name") == "":
            named["name"] = view.t("hub.person_unknown")
        words = view.t(f"error.{error.code}", **named)
        return view.show("lite.html.j2", error.status, handed=Handed(words, is_refused=True))
    request.app.state.relay.duty.wake()
    return view.show("lite.html.j2", handed=_handed(view, kept))


async def _read_upload(request: Request) -> bytes | None:
    try:
        form = await request.form(max_files=1, max_fields=4)
    except HTTPException as error:
        raise RequestTooLargeError from error
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    return await file.read(XTSYNC_BYTES_MAX + 1)


def _handed(view: View, kept: RelayFile) -> Handed:
    name = kept.name or view.t("hub.person_unknown")
    if kept.receipt is not None:
        address = f"data:application/octet-stream;base64,{base64.b64encode(kept.receipt).decode()}"
        return Handed(view.t("hub.lite_brought", name=name), False, address, "xuetan-receipts.xtsync")
    key = {DONE: "hub.lite_done", REFUSED: "hub.lite_refused"}.get(kept.state, "hub.lite_kept")
    return Handed(view.t(key, name=name), is_refused=kept.state == REFUSED)
