"""One table: which domains have tables and endpoints, and what each registers: event handlers, jobs, projectors.

The only module that knows all domains. A domain is added here by name; nothing is discovered.
"""

from collections.abc import Callable
from importlib import import_module

from fastapi import APIRouter, FastAPI
from sqlmodel import Session

from xuetan.accounts import endpoints as accounts_endpoints
from xuetan.accounts import service as accounts
from xuetan.accounts.events import DeviceRevoked
from xuetan.accounts.service import DeviceActor
from xuetan.backups import service as backups
from xuetan.console import routes as console_routes
from xuetan.console.build import UPLOAD_BYTES_MAX
from xuetan.contracts.limits import (
    FILE_CHUNK_BYTES_MAX,
    HUB_QUESTION_BYTES_MAX,
    HUB_SYNC_BYTES_MAX,
    SYNC_REQUEST_BYTES_MAX,
    XTSYNC_BYTES_MAX,
)
from xuetan.event_log import service as event_log
from xuetan.event_log.events import EventsErased
from xuetan.event_log.service import EventLog
from xuetan.files import endpoints as files_endpoints
from xuetan.files.service import FileStore, forget_files
from xuetan.files.uploads import Uploads
from xuetan.hubs import endpoints as hubs_endpoints
from xuetan.hubs import service as hubs
from xuetan.kernel.database import Database, call_after_commit
from xuetan.kernel.object_storage import open_blobs
from xuetan.kernel.services import Services
from xuetan.learning_log import service as learning_log
from xuetan.mentoring import service as mentoring
from xuetan.notifications import endpoints as notifications_endpoints
from xuetan.notifications import handlers as notifications_handlers
from xuetan.packs import endpoints as packs_endpoints
from xuetan.packs import jobs as packs_jobs
from xuetan.packs.delivery import pack_files
from xuetan.programmes import service as programmes
from xuetan.relay import endpoints as relay_endpoints
from xuetan.relay import pages as relay_pages
from xuetan.relay import service as relay
from xuetan.settings import Settings
from xuetan.sync import endpoints as sync_endpoints
from xuetan.sync import file_endpoints
from xuetan.sync import service as sync
from xuetan.sync.service import SyncGateway

# Domains with tables, in `xuetan.<domain>.models`.
TABLES: tuple[str, ...] = (
    "event_log",
    "backups",
    "files",
    "accounts",
    "packs",
    "programmes",
    "learning_log",
    "mentoring",
    "notifications",
    "hubs",
    "relay",
)

# Domains with endpoints, in the order in which paths are looked up.
ROUTERS: tuple[APIRouter, ...] = (
    file_endpoints.router,
    files_endpoints.router,
    accounts_endpoints.router,
    packs_endpoints.router,
    notifications_endpoints.router,
    hubs_endpoints.router,
)

# Those of a hub, which is no root: it numbers nothing and knows no programme.
RELAY_ROUTERS: tuple[APIRouter, ...] = (relay_endpoints.router, relay_pages.router)

# Paths whose requests may hold another number of bytes than `kernel.http.REQUEST_BYTES_MAX`; the first that fits counts. The
# forms of the console have limits of their own and say so on a page, which an outer limit must not forestall.
BODY_LIMITS: dict[str, int] = {
    "/sync/1": SYNC_REQUEST_BYTES_MAX,
    "/sync/1/files": XTSYNC_BYTES_MAX,
    "/sync/1/files/": FILE_CHUNK_BYTES_MAX,
    "/files/": FILE_CHUNK_BYTES_MAX,
    "/hubs/1/sync": HUB_SYNC_BYTES_MAX,
    "/hubs/1/files": XTSYNC_BYTES_MAX,
    "/hubs/1/files/": FILE_CHUNK_BYTES_MAX,
    "/hub/1": HUB_QUESTION_BYTES_MAX,
    "/lite": XTSYNC_BYTES_MAX + relay_pages.FORM_BYTES_MAX,
    "/console/static/": 0,
    "/console/": 2 * UPLOAD_BYTES_MAX,
}

# The hint that somebody's access was taken away. Without it a process believes for `ACTOR_REMEMBERED_MS` what it knew.
ACCESS_CHANGED = "access"

# What runs once per process when the services are built: `services.database.handlers.register(EventType, handler)`,
# `services.jobs.register(name, function)`, `services.log.register_projector(…)`.
REGISTERS: tuple[Callable[[Services], None], ...] = (
    event_log.register,
    backups.register,
    packs_jobs.register,
    programmes.register,
    learning_log.register,
    mentoring.register,
    notifications_handlers.register,
    sync.register,
)

# What runs once whenever the installation starts and its jobs run.
BEGINNINGS: tuple[Callable[[Services], None], ...] = (backups.begin, hubs.tell_of_revoked)


def import_models() -> None:
    """Make every table known to the metadata."""
    for domain in TABLES:
        import_module(f"xuetan.{domain}.models")


def register_all(services: Services) -> None:
    """Let every domain register its event handlers, jobs and projectors. At a hub nobody does: it learns what was decided."""
    for register in () if services.settings.is_relay else REGISTERS:
        register(services)


def begin_all(services: Services) -> None:
    for begin in BEGINNINGS:
        begin(services)


def include_routers(app: FastAPI, settings: Settings) -> None:
    if settings.is_relay:
        for router in RELAY_ROUTERS:
            app.include_router(router)
        return
    app.router.routes.append(sync_endpoints.ROUTE)
    for router in ROUTERS:
        app.include_router(router)
    console_routes.include(app)


def set_up_relay(app: FastAPI, services: Services) -> relay.Gateway:
    """Build what the endpoints of a hub need; the duty in it is started by who starts the application."""
    gateway = app.state.relay = relay.make_gateway(services)
    app.mount("/packs/b", relay.FilesForAnyOrigin(pack_files(services.database, relay.shelf_blobs(services))))
    return gateway


def hear_of_erasures(database: Database, settings: Settings) -> None:
    """Have every domain hear what is erased in a database that is put back, before anything serves it."""
    folder = settings.data_dir / "files"
    blobs, uploads = open_blobs(settings, "files", folder / "whole"), Uploads(folder / ".begun")
    database.handlers.register(EventsErased, learning_log.forget_erased)
    database.handlers.register(
        EventsErased, lambda session, event: forget_files(session, event, database, blobs, uploads)
    )


def set_up(app: FastAPI, services: Services) -> None:
    """Build what endpoints need beyond the services, and hand it over in `app.state`."""

    def authenticate(session: Session, token: str) -> DeviceActor:
        return accounts.authenticate(session, token, now_ms=services.clock.now_ms())

    assert isinstance(services.log, EventLog)
    gateway = SyncGateway(services.database, services.clock, services.log, authenticate)
    app.state.sync_gateway = gateway
    folder = services.settings.data_dir / "files"
    store = FileStore(
        services.database,
        services.clock,
        open_blobs(services.settings, "files", folder / "whole"),
        Uploads(folder / ".begun"),
        services.rate_limiter,
    )
    app.state.file_parts = sync.FileParts(folder / ".carried")
    services.database.handlers.register(EventsErased, store.forget_erased)
    app.state.files = files_endpoints.FileGateway(store, gateway.authenticate)

    hints = services.database.hints
    hints.subscribe(ACCESS_CHANGED, lambda _text: gateway.forget_actors())

    def forget_actors(session: Session, _event: DeviceRevoked) -> None:
        call_after_commit(session, lambda: hints.send(ACCESS_CHANGED))

    services.database.handlers.register(DeviceRevoked, forget_actors)
    app.mount("/packs/b", pack_files(services.database, services.blobs))
