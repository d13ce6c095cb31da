"""The durable job that pushes one notification to one device.

Sent at least once: a process killed between the push service's answer and its record sends again, and the
notification's topic lets service and phone replace the copy. A dead subscription is dropped; a busy service is
asked again later, in a job of its own, so that nothing here waits.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from xuetan.accounts import service as accounts
from xuetan.kernel.jobs import Steps
from xuetan.kernel.services import Services
from xuetan.kernel.text import t
from xuetan.notifications import queries
from xuetan.notifications.rules import retry_delay_ms
from xuetan.notifications.sending import Push, send

PUSH = "push_notification"


def push_key(item_id: str, device_id: str, attempt: int) -> str:
    return f"{item_id}:{device_id}:{attempt}"


def push_notification(services: Services, steps: Steps, item_id: str, device_id: str, attempt: int) -> None:
    """`attempt` counts from 1."""
    sent = steps.run("send", partial(_send, services, item_id, device_id))
    steps.run("settle", partial(_settle, services, item_id, device_id, attempt, sent))


def _send(services: Services, item_id: str, device_id: str) -> dict[str, Any]:
    """The outcome, with the address it was for: the device may subscribe anew meanwhile."""
    push = _compose(services, item_id, device_id)
    if push is None:
        return {"result": "refused", "endpoint": "", "retry_after_seconds": None}
    outcome = send(push, services.settings, services.keys)
    return {
        "result": outcome.result,
        "endpoint": push.endpoint,
        "retry_after_seconds": outcome.retry_after_seconds,
    }


def _compose(services: Services, item_id: str, device_id: str) -> Push | None:
    """None when there is nobody to push to any more."""
    with services.database.reading() as session:
        notification = queries.find_notification(session, item_id)
        subscription = queries.find_subscription(session, device_id)
        if notification is None or subscription is None or subscription.person_id != notification.person_id:
            return None
        language = accounts.describe_person(session, notification.person_id).language
    params = json.loads(notification.params)
    message = {
        "v": 1,
        "person": notification.person_id,
        "item": item_id,
        "title": t(language, "word.app_name"),
        "body": t(language, notification.text_key, **params),
        "link": notification.link,
    }
    return Push(subscription.endpoint, subscription.p256dh, subscription.auth, item_id, message)


def _settle(services: Services, item_id: str, device_id: str, attempt: int, sent: dict[str, Any]) -> None:
    """Act on the outcome. Doing it twice is doing it once: the next attempt has a fixed key."""
    if sent["result"] == "gone":
        with services.database.transaction() as session:
            subscription = queries.find_subscription(session, device_id)
            if subscription is not None and subscription.endpoint == sent["endpoint"]:
                session.delete(subscription)
    elif sent["result"] == "later":
        delay_ms = retry_delay_ms(attempt, sent["retry_after_seconds"])
        if delay_ms is None:
            return
        with services.database.transaction() as session:
            key = push_key(item_id, device_id, attempt + 1)
            services.jobs.enqueue(session, PUSH, item_id, device_id, attempt + 1, key=key, delay_ms=delay_ms)
