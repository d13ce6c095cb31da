"""Issuing, printing and withdrawing sign-in codes. A person has one valid code; it works for further devices until it
is withdrawn.
"""

import io

import segno
from sqlmodel import Session

from xuetan.accounts import queries
from xuetan.accounts.codes import CodeVault
from xuetan.accounts.models import Person, SignInCode
from xuetan.accounts.rules import StaffActor, may_open_as, spell_code
from xuetan.kernel.errors import ForbiddenError
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services


def issue_sign_in_code(session: Session, person_id: str, actor: StaffActor, *, services: Services) -> str:
    """The valid code as it is printed, XXXXX-XXXXX; a new one when there is none or the key file was lost"""
    person = check_may_open_as(session, person_id, actor)
    vault = CodeVault(services.keys)
    valid = queries.find_valid_code(session, person_id)
    symbols = vault.reveal(valid.sealed, person_id) if valid else None
    if symbols is not None:
        return spell_code(symbols)
    if valid:
        _withdraw(session, valid, services.clock.now_ms())
    symbols = vault.draw()
    session.add(
        SignInCode(
            id=new_id(),
            organisation_id=person.organisation_id,
            person_id=person_id,
            look_up=vault.look_up(symbols),
            sealed=vault.seal(symbols, person_id),
            issued_ms=services.clock.now_ms(),
            issued_by=actor.person_id,
        )
    )
    session.flush()
    return spell_code(symbols)


def find_sign_in_code(session: Session, person_id: str, actor: StaffActor, *, services: Services) -> str | None:
    """The valid code for printing again, or None when there is none."""
    check_may_open_as(session, person_id, actor)
    valid = queries.find_valid_code(session, person_id)
    symbols = CodeVault(services.keys).reveal(valid.sealed, person_id) if valid else None
    return spell_code(symbols) if symbols else None


def revoke_sign_in_code(session: Session, person_id: str, actor: StaffActor, *, services: Services) -> None:
    """Withdraw the valid code. Devices that signed in with it stay; they are revoked one by one."""
    check_may_open_as(session, person_id, actor)
    withdraw_code(session, person_id, services.clock.now_ms())


def withdraw_code(session: Session, person_id: str, now_ms: int) -> None:
    """The same without an actor, for what follows from another decision."""
    valid = queries.find_valid_code(session, person_id)
    if valid:
        _withdraw(session, valid, now_ms)


def sign_in_link(public_url: str, code: str) -> str:
    """The link of the QR. The code travels in the fragment, which no server and no log sees."""
    return f"{public_url.rstrip('/')}/#code={code}"


def link_qr_svg(link: str) -> str:
    """The QR of a link as an SVG element of any size, for paper: black on white, error correction M. The page says how large; with a size
    of its own a longer link would be cut at the edges."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", omitsize=True, border=4, xmldecl=False, svgns=True, nl=False, light="#fff"
    )
    return out.getvalue().decode("utf-8")


def check_may_open_as(session: Session, person_id: str, actor: StaffActor) -> Person:
    """The person, when the actor may hand out or withdraw ways to sign in as them; ForbiddenError or NotFoundError
    else.
    """
    person = queries.get_person(session, actor, person_id)
    grants = [(grant.role, grant.organisation_id) for grant in queries.list_grants(session, person_id)]
    if not may_open_as(actor, person.organisation_id, grants):
        raise ForbiddenError
    return person


def _withdraw(session: Session, code: SignInCode, now_ms: int) -> None:
    code.revoked_ms = now_ms
    session.add(code)
    session.flush()
