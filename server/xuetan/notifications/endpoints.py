"""Push subscriptions over HTTP, for a signed-in device. Owns paths and shapes only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from xuetan.accounts import service as accounts
from xuetan.accounts.service import DeviceActor
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.http import ServicesDep
from xuetan.kernel.openapi import NEEDS_DEVICE
from xuetan.notifications import service
from xuetan.notifications.schemas import PushKey, Subscribed, Subscription

router = APIRouter(prefix="/api/1/push", tags=["push"])


def get_device(request: Request, services: ServicesDep) -> DeviceActor:
    """Who speaks, by the bearer token of the device."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequiredError
    with services.database.reading() as session:
        return accounts.authenticate(session, token, now_ms=services.clock.now_ms())


DeviceDep = Annotated[DeviceActor, Depends(get_device)]


@router.get("/key", openapi_extra=NEEDS_DEVICE)
def get_key(_device: DeviceDep, services: ServicesDep) -> PushKey:
    """The application server key to subscribe with."""
    return PushKey(key=service.get_push_key(services))


@router.post("/subscription", openapi_extra=NEEDS_DEVICE)
def subscribe(body: Subscription, device: DeviceDep, services: ServicesDep) -> Subscribed:
    """Push to this device, at the address its browser gave."""
    with services.database.transaction() as session:
        service.subscribe(session, services, device, body.endpoint, p256dh=body.keys.p256dh, auth=body.keys.auth)
    return Subscribed(subscribed=True)


@router.delete("/subscription", openapi_extra=NEEDS_DEVICE)
def unsubscribe(device: DeviceDep, services: ServicesDep) -> Subscribed:
    """No more pushes to this device."""
    with services.database.transaction() as session:
        service.unsubscribe(session, device)
    return Subscribed(subscribed=False)
