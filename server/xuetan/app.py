"""The application: builds the services, the routers, the error handlers, and starts and stops what runs beside
requests.

Owns the order of starting (schema, handlers, jobs, log) and of stopping (the reverse). Knows no domain but through
`wiring`, and the way of a sync.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from sqlalchemy import text
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from xuetan import wiring
from xuetan.backups import service as backups
from xuetan.event_log.service import EventLog
from xuetan.files import endpoints as files_endpoints
from xuetan.kernel.clock import Clock, SystemClock
from xuetan.kernel.database import Database
from xuetan.kernel.errors import NotFoundError, install_error_handlers
from xuetan.kernel.http import EdgeMiddleware, ServicesDep
from xuetan.kernel.jobs import Jobs
from xuetan.kernel.object_storage import open_blobs
from xuetan.kernel.openapi import with_our_failures
from xuetan.kernel.rate_limits import RateLimiter
from xuetan.kernel.services import Services
from xuetan.kernel.signing import KeyStore
from xuetan.kernel.text import Catalogue
from xuetan.metrics import show_metrics
from xuetan.phone_app import PhoneApp
from xuetan.settings import Settings
from xuetan.sync import endpoints as sync_endpoints


class Application(FastAPI):
    """Leads a sync straight to its endpoint, and describes what is not derived from a signature too."""

    answers_syncs = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # It is what phones ask all day, and the layers that other requests pass cost an eighth of its time.
        if self.answers_syncs and sync_endpoints.is_sync(scope):
            scope["app"] = self
            await self._sync(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    @cached_property
    def _sync(self) -> ASGIApp:
        """The endpoint of a sync with the same edge and the same answers to failures as all others: what
        `build_middleware_stack` does, without the layers in between."""
        if self.middleware_stack is None:
            # No middleware can be added from here on: none that would be missing here.
            self.middleware_stack = self.build_middleware_stack()
        last = (500, Exception)
        handlers = {failure: answer for failure, answer in self.exception_handlers.items() if failure not in last}
        app: ASGIApp = ExceptionMiddleware(sync_endpoints.SyncEndpoint(), handlers)
        for middleware, args, kwargs in reversed(self.user_middleware):
            app = middleware(app, *args, **kwargs)
        return ServerErrorMiddleware(app, self.exception_handlers.get(Exception))

    def openapi(self) -> dict[str, Any]:
        described = super().openapi()
        described["paths"][sync_endpoints.PATH] = sync_endpoints.DESCRIPTION
        described["paths"][files_endpoints.PATH] = files_endpoints.DESCRIPTION
        return with_our_failures(described)


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Everything an application or a command of the CLI works with; starts nothing. BackupError where a restore was cut short."""
    backups.refuse_unfinished(settings)
    wiring.import_models()
    # Everything that anybody wrote lies here: for the account of the server alone.
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen_clock = clock or SystemClock()
    database = Database(settings)
    services = Services(
        settings=settings,
        clock=chosen_clock,
        database=database,
        jobs=Jobs(settings.effective_database_url, database.make_duty("jobs")),
        blobs=open_blobs(settings, "packs", settings.data_dir / "blobs"),
        keys=KeyStore(settings.data_dir / "keys"),
        catalogue=Catalogue.load(),
        rate_limiter=RateLimiter(chosen_clock),
        log=EventLog(database, chosen_clock),
    )
    wiring.register_all(services)
    return services


def prepare(services: Services) -> None:
    """Bring the schema of an installation up to date: ours and that of the jobs."""
    services.database.migrate()
    services.jobs.migrate()


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    run_jobs: bool = True,
    run_projectors: bool = True,
    prepare_schema: bool = True,
) -> FastAPI:
    """The application over these settings, of a root or of a hub. Tests may bring a clock, leave the jobs unstarted (at a hub:
    the upstream duty), and bring a made schema."""
    services = build_services(settings, clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.is_relay:
            start, stop = partial(_start_relay, app, run_jobs, prepare_schema), partial(_stop_relay, app)
        else:
            start, stop = (
                partial(_start, services, run_jobs, run_projectors, prepare_schema),
                partial(_stop, services, run_jobs),
            )
        await to_thread.run_sync(start)
        try:
            yield
        finally:
            await to_thread.run_sync(stop)

    app = Application(
        title="Xuetan",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        # A redirect would repeat the host that the client named.
        redirect_slashes=False,
    )
    app.state.services = services
    if settings.is_relay:
        wiring.set_up_relay(app, services)
    else:
        wiring.set_up(app, services)
    wiring.include_routers(app, settings)
    app.answers_syncs = sync_endpoints.ROUTE in app.router.routes
    app.state.request_counts = Counter()
    app.add_api_route("/metrics", show_metrics, include_in_schema=False)
    app.add_api_route("/healthz", _healthz, include_in_schema=False)
    app.router.default = _nothing_here if settings.is_relay else PhoneApp()
    install_error_handlers(app)
    app.add_middleware(EdgeMiddleware, body_limits=wiring.BODY_LIMITS, counts=app.state.request_counts)
    return app


def _healthz(services: ServicesDep) -> PlainTextResponse:
    """200 when requests are served and the database answers."""
    with services.database.reading() as session:
        session.execute(text("SELECT 1"))
    return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})


async def _nothing_here(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotFoundError


def _start_relay(app: FastAPI, run_duty: bool, prepare_schema: bool) -> None:
    services: Services = app.state.services
    if prepare_schema:
        services.database.migrate()
    if run_duty:
        app.state.relay.duty.start()


def _stop_relay(app: FastAPI) -> None:
    app.state.relay.duty.stop()
    app.state.services.database.close()


def _start(services: Services, run_jobs: bool, run_projectors: bool, prepare_schema: bool) -> None:
    if prepare_schema:
        prepare(services)
    services.log.start(project=run_projectors)
    if run_jobs:
        services.jobs.start()
        wiring.begin_all(services)


def _stop(services: Services, run_jobs: bool) -> None:
    if run_jobs:
        services.jobs.stop()
    services.log.stop()
    services.database.close()
