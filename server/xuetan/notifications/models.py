"""Tables of notifications; private to the domain."""

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _ms() -> "Column[int]":
    return Column(BigInteger, nullable=False)


class Notification(Table, table=True):
    """What somebody was told. The inbox row of the phone says the same; a push speaks from here. Written once: its
    id is made from what it is about, so a fact that comes twice is told once."""

    __tablename__ = "notification"
    item_id: str = Field(primary_key=True)
    organisation_id: str = Field(index=True)
    person_id: str = Field(index=True)
    text_key: str
    params: str = Field(sa_column=Column(Text, nullable=False))
    link: str
    created_ms: int = Field(sa_column=_ms())


class PushSubscription(Table, table=True):
    """Where a device's browser takes pushes. One for each device; the address is a secret of that device."""

    __tablename__ = "notification_subscription"
    __table_args__ = (Index("ix_notification_subscription_person", "person_id"),)
    device_id: str = Field(primary_key=True)
    organisation_id: str
    person_id: str
    endpoint: str = Field(sa_column=Column(Text, nullable=False))
    p256dh: str
    auth: str
    subscribed_ms: int = Field(sa_column=_ms())
