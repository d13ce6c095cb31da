"""Domain events: facts in the past tense that one domain tells and others, named in `wiring.py`, act upon.

Handlers run at once, in the publisher's session, so their effects commit or vanish with the fact. What leaves the
machine is enqueued as a job by the handler. A session knows its handlers through `Database.transaction`; there is no
global registry.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlmodel import Session

Event = TypeVar("Event")
SESSION_KEY = "xuetan_event_handlers"


class EventHandlers:
    """Which event types run which handlers, in the order they were registered."""

    def __init__(self) -> None:
        self._handlers: dict[type[Any], list[Callable[[Session, Any], None]]] = defaultdict(list)

    def register(self, event_type: type[Event], handler: Callable[[Session, Event], None]) -> None:
        self._handlers[event_type].append(handler)

    def dispatch(self, session: Session, event: object) -> None:
        for handler in self._handlers.get(type(event), ()):
            handler(session, event)


def publish(session: Session, event: object) -> None:
    """Run the handlers of this event's type in this session's transaction."""
    handlers: EventHandlers = session.info[SESSION_KEY]
    handlers.dispatch(session, event)
