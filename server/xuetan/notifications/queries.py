"""Every SELECT of notifications. Each asks for one person or one device; nothing here is shown to others."""

from __future__ import annotations

from sqlmodel import Session, select

from xuetan.notifications.models import Notification, PushSubscription


def find_notification(session: Session, item_id: str) -> Notification | None:
    return session.get(Notification, item_id)


def find_subscription(session: Session, device_id: str) -> PushSubscription | None:
    return session.get(PushSubscription, device_id)


def list_subscriptions(session: Session, person_id: str) -> list[PushSubscription]:
    query = select(PushSubscription).where(PushSubscription.person_id == person_id)
    return list(session.exec(query.order_by(PushSubscription.device_id)))
