"""Sign-in slips for paper: name, code, QR, one slip a person. A code is made where there is none.

Made by a POST and never kept: whoever holds a slip is that person to the server.
"""

from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.pages import Page
from xuetan.console.visit import StaffFormDep, StaffVisit, console_router
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError
from xuetan.programmes import service as programmes
from xuetan.settings import Settings

SLIPS_MAX = 100
router = console_router("/console/people")


@dataclass(frozen=True)
class Slip:
    """`qr` is an SVG element of our own making."""

    person: PersonView
    classes: tuple[str, ...]
    code: str
    qr: str


@dataclass(frozen=True)
class SlipsPage(Page):
    """`left_out`: names of those whose role reaches beyond the actor, who prints no slip for them. `contact`: whom to ask, who
    is whoever prints. `warning`: the key of what is wrong with the address, empty when nothing is."""

    template: ClassVar[str] = "slips.html.j2"
    title_key: ClassVar[str] = "console.slips_title"
    area: ClassVar[str] = "people"

    slips: tuple[Slip, ...]
    left_out: tuple[str, ...]
    address: str
    contact: str
    warning: str


@router.post("/slips")
def print_slips(visit: StaffFormDep) -> Response:
    wanted = list(dict.fromkeys(visit.form.texts("person")))
    if not 0 < len(wanted) <= SLIPS_MAX:
        raise InvalidRequestError
    address = visit.services.settings.public_url.rstrip("/")
    with visit.services.database.transaction() as session:
        slips, left_out = [], []
        for person in accounts.list_people(session, visit.staff, person_ids=wanted):
            try:
                code = accounts.issue_sign_in_code(session, person.id, visit.staff, services=visit.services)
            except ForbiddenError:
                left_out.append(person.name)
            else:
                qr = accounts.link_qr_svg(accounts.sign_in_link(address, code))
                slips.append(Slip(person, _class_names(session, visit, person.id), code, qr))
    if left_out and not slips:
        raise ForbiddenError
    warning = _address_warning(visit.services.settings)
    return visit.show(SlipsPage(tuple(slips), tuple(left_out), address, visit.staff.name, warning))


def _class_names(session: Session, visit: StaffVisit, person_id: str) -> tuple[str, ...]:
    return tuple(
        visit.formats.localized(programmes.get_cohort(session, visit.staff, cohort_id).name)
        for cohort_id in programmes.list_cohorts_of(session, visit.staff, person_id)
    )


def _address_warning(settings: Settings) -> str:
    """Paper lasts: an address that no phone can use is said before it is printed."""
    if settings.is_public_url_loopback:
        return "console.slips_loopback"
    return "console.slips_plain" if settings.is_public_url_plain else ""
