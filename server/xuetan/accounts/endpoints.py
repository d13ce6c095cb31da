"""Enrolment and sessions over HTTP. Owns paths and shapes only; the service decides."""

from dataclasses import asdict

from fastapi import APIRouter, Request

from xuetan.accounts import devices
from xuetan.accounts.pin_resets import pin_secret, resets_so_far
from xuetan.accounts.rules import ROLES
from xuetan.accounts.schemas import (
    EnrolAnswer,
    EnrolRequest,
    NonceAnswer,
    NonceRequest,
    SessionAnswer,
    SessionRequest,
    UnarrivedStream,
)
from xuetan.accounts.unarrived import list_unarrived
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.http import ServicesDep
from xuetan.kernel.ids import b64url_encode

router = APIRouter(prefix="/api/1", tags=["sign-in"])


@router.post("/enrol")
def enrol(body: EnrolRequest, request: Request, services: ServicesDep) -> EnrolAnswer:
    """Sign this device in with a printed code. Repeating the request with the same key gives the same device."""
    with services.database.transaction() as session:
        enrolment = devices.enrol_device(
            session,
            code=body.code,
            public_key=body.public_key,
            device_name=body.device_name,
            file_key=body.file_key,
            address=_address(request),
            services=services,
        )
        epoch = event_log.read_epoch(session)
        pin_resets = resets_so_far(session, enrolment.person.id)
        unarrived = list_unarrived(session, enrolment.device)
    person = enrolment.person
    return EnrolAnswer(
        person=person.id,
        name=person.name,
        roles=[role for role in ROLES if role in enrolment.roles],
        device=enrolment.device.id,
        token=enrolment.token.token,
        token_expires_ms=enrolment.token.expires_ms,
        epoch=epoch,
        root_key=services.keys.root.spki,
        file_key=services.keys.files.spki,
        time_zone=services.settings.time_zone,
        language=person.language,
        server_ms=services.clock.now_ms(),
        pin_secret=b64url_encode(pin_secret(services, enrolment.device.id)),
        pin_resets=pin_resets,
        unarrived=[UnarrivedStream(**asdict(one)) for one in unarrived] or None,
    )


@router.post("/session/nonce")
def make_nonce(body: NonceRequest, services: ServicesDep) -> NonceAnswer:
    """A challenge for this device to sign."""
    with services.database.transaction() as session:
        return NonceAnswer(nonce=devices.make_nonce(session, body.device, services=services))


@router.post("/session")
def renew(body: SessionRequest, services: ServicesDep) -> SessionAnswer:
    """A new bearer token for a device that signed the challenge."""
    with services.database.transaction() as session:
        issued = devices.renew_session(
            session, device_id=body.device, nonce=body.nonce, signature=body.signature, services=services
        )
    # Raised after the commit, so that a nonce that was presented stays spent.
    if issued is None:
        raise SignInRequiredError
    return SessionAnswer(token=issued.token, token_expires_ms=issued.expires_ms, server_ms=services.clock.now_ms())


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
