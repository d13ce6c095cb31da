"""The face of a hub's own side: joining a root, and what runs beside requests."""

from xuetan.kernel.services import Services
from xuetan.relay.duty import UpstreamDuty
from xuetan.relay.endpoints import FilesForAnyOrigin, Gateway
from xuetan.relay.line import HttpLine, Line, NoLineError
from xuetan.relay.shelf import shelf_blobs
from xuetan.relay.state import find_state
from xuetan.relay.upstream import RefusedError, Upstream

__all__ = [
    "FilesForAnyOrigin",
    "Gateway",
    "NoLineError",
    "RefusedError",
    "Upstream",
    "has_joined",
    "join",
    "make_gateway",
    "shelf_blobs",
]

DUTY = "upstream"


def has_joined(services: Services) -> bool:
    """This hub enrolled with its root once."""
    with services.database.reading() as session:
        return find_state(session) is not None


def join(services: Services, code: str, line: Line | None = None) -> str:
    """Enrol with the root by the code that its staff made; the operator's password for the hub's page, told once.
    NoLineError when the root is not reached, RefusedError when it refuses."""
    return Upstream(services, line or HttpLine(services.settings.upstream)).enrol(code)


def make_gateway(services: Services) -> Gateway:
    """What the endpoints of a hub need; its duty is not started yet."""
    upstream = Upstream(services, HttpLine(services.settings.upstream), services.settings.hub_code)
    return Gateway(UpstreamDuty(upstream.exchange, services.database.make_duty(DUTY)))
