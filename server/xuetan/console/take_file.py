"""Handing in a `.xtsync` file at the desk: what arrived for whom, and the receipt to send back.

Owns the form and the words. Any staff may hand a file in, as any carrier may; whose records they are is told to those
who see the place of that person, others see the name that the file itself shows.
"""

import base64
from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.console.forms import Typed
from xuetan.console.pages import Page
from xuetan.console.visit import FORM_BYTES_MAX, StaffFormDep, StaffFormVisit, StaffVisitDep, console_router
from xuetan.contracts.limits import XTSYNC_BYTES_MAX
from xuetan.hubs import service as hubs
from xuetan.kernel.errors import AppError, RequestTooLargeError
from xuetan.sync import service as sync

PATH = "/console/sync/file"
router = console_router("/console/sync")


@dataclass(frozen=True)
class TakenRow:
    """What arrived. `person_id` is empty for staff who do not see the person's place; `is_hub`: a hub of ours made it, of what it keeps
    for its phones, and `name` is the hub's; `is_stranger`: nobody knows the phone that signed it, and with `is_refused` the operator
    threw its records away before; `receipt` is a data address."""

    name: str
    person_id: str
    made_ms: int
    taken: int
    known: int
    aside: int
    is_done: bool
    is_hub: bool
    is_stranger: bool
    is_refused: bool
    receipt: str
    receipt_name: str


@dataclass(frozen=True)
class TakeFilePage(Page):
    """`refusal`: why the file was not taken, in words."""

    template: ClassVar[str] = "take_file.html.j2"
    title_key: ClassVar[str] = "console.take_title"
    area: ClassVar[str] = "sync"

    typed: Typed
    refusal: str
    taken: TakenRow | None
    may_look: bool = False


@router.get("/file")
def show_form(visit: StaffVisitDep) -> Response:
    return visit.show(TakeFilePage(Typed(), "", None))


@router.post("/file", max_body_size=XTSYNC_BYTES_MAX + FORM_BYTES_MAX)
def take_in(visit: StaffFormDep) -> Response:
    upload = visit.form.file("file")
    if upload is None:
        visit.form.reject("file", "console.fault_required")
        return visit.show(TakeFilePage(visit.form.typed(), "", None), status=422)
    try:
        data = upload.file.read(XTSYNC_BYTES_MAX + 1)
        if len(data) > XTSYNC_BYTES_MAX:
            raise RequestTooLargeError
        taken = sync.take_file(visit.services, data)
    except AppError as error:
        words = visit.t(f"error.{error.code}", **error.message_params)
        return visit.show(TakeFilePage(visit.form.typed(), words, None), status=error.status)
    with visit.services.database.reading() as session:
        may_look = accounts.runs_installation(session, visit.staff)
        is_hub = taken.device is None and hubs.is_hub(session, taken.device_id, taken.key)
    return visit.show(TakeFilePage(visit.form.typed(), "", _row(visit, taken, is_hub=is_hub), may_look))


def _row(visit: StaffFormVisit, taken: sync.TakenFile, *, is_hub: bool) -> TakenRow:
    device = taken.device
    receipt = "" if taken.receipt is None else base64.b64encode(taken.receipt).decode()
    return TakenRow(
        name=taken.name,
        person_id=device.person_id if device is not None and visit.staff.sees(device.organisation_id) else "",
        made_ms=taken.made_ms,
        taken=taken.taken,
        known=taken.known,
        aside=taken.aside,
        is_done=taken.is_done,
        is_hub=is_hub,
        is_stranger=device is None and not is_hub,
        is_refused=taken.is_refused,
        receipt=receipt and f"data:application/octet-stream;base64,{receipt}",
        receipt_name=taken.receipt_name,
    )
