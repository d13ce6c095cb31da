"""The face of notifications: tell a person something; take and drop the push subscription of a device.

Works in the caller's transaction. The inbox row is written there and then; a push is a job that runs after it, and
is a hint that may be lost, never the news itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.service import DeviceActor
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import h16, new_id
from xuetan.kernel.services import Services
from xuetan.notifications import queries
from xuetan.notifications.jobs import PUSH, push_key
from xuetan.notifications.models import Notification, PushSubscription
from xuetan.notifications.rules import check_endpoint, check_keys, quiet_delay_ms
from xuetan.notifications.sending import application_server_key

__all__ = ["drop_device", "get_push_key", "notify", "subscribe", "unsubscribe"]


def notify(
    session: Session,
    services: Services,
    person_id: str,
    text_key: str,
    params: Mapping[str, str],
    *,
    link: str,
    once_key: str | None = None,
) -> None:
    """Put a notification into a person's inbox, and push it to the devices that asked for it.

    `text_key` and `params` name a text of the catalogue; `link` is a path of the phone's app. With `once_key`, the
    fact behind it is told to this person once, however often it arrives.
    """
    services.catalogue.t("zh-Hans", text_key, **params)
    item_id = new_id() if once_key is None else h16(f"{person_id}\n{text_key}\n{once_key}".encode())
    if queries.find_notification(session, item_id) is not None:
        return
    person = accounts.describe_person(session, person_id)
    now_ms = services.clock.now_ms()
    body = {"text_key": text_key, "params": dict(params), "link": link, "created_ms": now_ms}
    session.add(
        Notification(
            item_id=item_id,
            organisation_id=person.organisation_id,
            person_id=person_id,
            text_key=text_key,
            params=json.dumps(dict(params), ensure_ascii=False),
            link=link,
            created_ms=now_ms,
        )
    )
    session.flush()
    event_log.append_row(session, f"p:{person_id}", "inbox_item", item_id, body, now_ms=now_ms)
    delay_ms = quiet_delay_ms(now_ms, services.settings.zone)
    for subscription in queries.list_subscriptions(session, person_id):
        key = push_key(item_id, subscription.device_id, 1)
        services.jobs.enqueue(session, PUSH, item_id, subscription.device_id, 1, key=key, delay_ms=delay_ms)


def get_push_key(services: Services) -> str:
    """The application server key that browsers subscribe with."""
    return application_server_key(services.keys)


def subscribe(
    session: Session, services: Services, actor: DeviceActor, endpoint: str, *, p256dh: str, auth: str
) -> None:
    """Push to this device from now on, at this address; an earlier one of the device is forgotten.
    PushEndpointRefusedError for an address that is not a known push service's."""
    allow_loopback = services.settings.push_allow_loopback
    check_endpoint(endpoint, services.settings.push_hosts, allow_loopback=allow_loopback)
    check_keys(p256dh, auth)
    session.merge(
        PushSubscription(
            device_id=actor.device_id,
            organisation_id=actor.organisation_id,
            person_id=actor.person_id,
            endpoint=endpoint,
            p256dh=p256dh.rstrip("="),
            auth=auth.rstrip("="),
            subscribed_ms=services.clock.now_ms(),
        )
    )
    session.flush()


def unsubscribe(session: Session, actor: DeviceActor) -> None:
    """No more pushes to this device. Saying it twice is saying it once."""
    drop_device(session, actor.device_id)


def drop_device(session: Session, device_id: str) -> None:
    """Forget the subscription of a device, for one that is shut out."""
    subscription = queries.find_subscription(session, device_id)
    if subscription is not None:
        session.delete(subscription)
        session.flush()
