"""`/metrics` for Prometheus: what an operator wants to be woken for. Names nobody; answers only who brings the token of the settings.

Everything but the requests is read from the database when asked, so it is true after a restart and the same in every process.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from xuetan.backups import service as backups
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.http import ServicesDep
from xuetan.kernel.services import Services
from xuetan.learning_log import service as learning_log

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[str, int]


def show_metrics(request: Request, services: ServicesDep) -> PlainTextResponse:
    """NotFoundError without the token, as if there were nothing: also where no token was set."""
    token = services.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise NotFoundError
    requests: Counter[int] = request.app.state.request_counts
    return PlainTextResponse(write_metrics(services, requests), media_type=MEDIA_TYPE)


def write_metrics(services: Services, requests: Mapping[int, int]) -> str:
    """All figures in Prometheus' text format."""
    now_ms = services.clock.now_ms()
    with services.database.reading() as session:
        log = event_log.measure_log(session)
        ahead, _since_ms = event_log.count_ahead(session)
        strangers = event_log.list_strangers(session, only_open=True)
        clocks = event_log.count_doubtful_clocks(session, learning_log.CLOCK_DOUBT_MS)
        last = backups.find_last_backup(session)
    waiting = [(f'{{name="{name}"}}', count) for name, count in sorted(services.jobs.count_open().items())]
    lines = [
        *_metric(
            "requests_total",
            "counter",
            "Answers of this process, by the first digit of their status.",
            _by_class(requests),
        ),
        *_metric("events_taken_total", "counter", "Events of phones that are in the log.", [("", log.events)]),
        *_metric(
            "events_not_arrived",
            "gauge",
            "Events that phones said they hold and that did not arrive.",
            [("", log.missing)],
        ),
        *_metric(
            "events_not_arrived_oldest_seconds",
            "gauge",
            "Since the first contact after which one of these was missing.",
            [("", (now_ms - log.missing_since_ms) // 1000 if log.missing_since_ms else 0)],
        ),
        *_metric("devices", "gauge", "Devices that ever spoke.", [("", log.devices)]),
        *_metric(
            "clocks_doubtful",
            "gauge",
            "Devices whose clock is so far off that their times are doubted.",
            [("", clocks)],
        ),
        *_metric("set_aside_total", "counter", "Things that were set aside.", [("", log.set_aside)]),
        *_metric("set_aside_open", "gauge", "Of these, neither released nor answered.", [("", log.set_aside_open)]),
        *_metric("strangers_open", "gauge", "Phones that nobody knows, of which records wait.", [("", len(strangers))]),
        *_metric(
            "devices_ahead",
            "gauge",
            "Devices that have read further than this history goes: above 0, it was put back from a copy.",
            [("", ahead)],
        ),
        *_metric("projector_lag_positions", "gauge", "Positions that projections have not seen yet.", [("", log.lag)]),
        *_metric("jobs_open", "gauge", "Durable jobs that wait or run, by name.", waiting),
        *_metric(
            "jobs_failed", "gauge", "Durable jobs that gave up, up to 50.", [("", len(services.jobs.list_failed()))]
        ),
    ]
    if last is not None:
        age = (now_ms - last.made_ms) // 1000
        lines += _metric(
            "backup_age_seconds", "gauge", "Since the moment that the last verified backup shows.", [("", age)]
        )
        lines += _metric("backup_events", "gauge", "Events that it holds.", [("", last.events)])
    return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, text: str, samples: Iterable[Sample]) -> list[str]:
    full = f"xuetan_{name}"
    return [f"# HELP {full} {text}", f"# TYPE {full} {kind}", *(f"{full}{label} {value}" for label, value in samples)]


def _by_class(requests: Mapping[int, int]) -> list[Sample]:
    return [(f'{{status="{number}xx"}}', requests.get(number, 0)) for number in (2, 3, 4, 5)]
