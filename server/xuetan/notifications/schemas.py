"""Wire shapes of push subscriptions, as a browser's `PushSubscription.toJSON()` has them."""

from typing import Annotated

from pydantic import BaseModel, Field

from xuetan.notifications.rules import ENDPOINT_CHARACTERS_MAX


class PushKey(BaseModel):
    """The application server key for `pushManager.subscribe`."""

    key: str


class SubscriptionKeys(BaseModel):
    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=40)]


class Subscription(BaseModel):
    endpoint: Annotated[str, Field(max_length=ENDPOINT_CHARACTERS_MAX)]
    keys: SubscriptionKeys


class Subscribed(BaseModel):
    subscribed: bool
