"""The face of a hub's own side: joining a root, and what runs beside requests."""

from xuetan.kernel.services import Services
from xuetan.relay.duty import UpstreamDuty
from xuetan.relay.endpoints import FilesForAnyOrigin, Gateway
from xuetan.relay.line import HttpLine, NoLineError
from xuetan.relay.shelf import shelf_blobs
from xuetan.relay.state import find_state
from xuetan.relay.telling import join_in_words
from xuetan.relay.upstream import RefusedError, Upstream

__all__ = [
    "FilesForAnyOrigin",
    "Gateway",
    "NoLineError",
    "RefusedError",
    "Upstream",
    "has_joined",
    "join_in_words",
    "make_gateway",
    "shelf_blobs",
]

DUTY = "upstream"


def has_joined(services: Services) -> bool:
    """This hub enrolled with its root once."""
    with services.database.reading() as session:
        return find_state(session) is not None


def make_gateway(services: Services) -> Gateway:
    """What the endpoints of a hub need; its duty is not started yet."""
    upstream = Upstream(services, HttpLine(services.settings.upstream), services.settings.hub_code)
    return Gateway(UpstreamDuty(upstream.exchange, services.database.make_duty(DUTY)))
