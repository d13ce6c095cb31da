"""`/metrics` for Prometheus: what an operator wants to be woken for. Names nobody; answers only who brings the token of the settings.

Everything but the requests is read from the database when asked, so it is true after a restart and the same in every process.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from xuetan.accounts.service import OPERATOR
from xuetan.backups import service as backups
from xuetan.event_log import service as event_log
from xuetan.event_log.service import ContactFigures
from xuetan.hubs import service as hubs
from xuetan.hubs.service import HubView
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
        contacts = event_log.measure_contacts(session, now_ms)
        aside = event_log.count_aside_by_scope(session)
        ahead, _since_ms = event_log.count_ahead(session)
        strangers = event_log.list_strangers(session, only_open=True)
        clocks = event_log.count_doubtful_clocks(session, learning_log.CLOCK_DOUBT_MS)
        last = backups.find_last_backup(session)
        known_hubs = hubs.list_valid_hubs(session, OPERATOR)
    waiting = [(f'{{name="{name}"}}', count) for name, count in sorted(services.jobs.count_open().items())]
    lines = [
        *_metric(
            "requests_total",
            "counter",
            "Answers of this process, by the first digit of their status.",
            _by_class(requests),
        ),
        *_metric("events_taken_total", "counter", "Events of phones that are in the log.", [("", log.events)]),
        *_contact_metrics(contacts, now_ms),
        *_metric(
            "clocks_doubtful",
            "gauge",
            "Devices whose clock is so far off that their times are doubted.",
            [("", clocks)],
        ),
        *_metric("set_aside_total", "counter", "Things that were set aside.", [("", log.set_aside)]),
        *_metric("set_aside_open", "gauge", "Of these, neither released nor answered.", [("", log.set_aside_open)]),
        *_metric(
            "set_aside_open_by_scope",
            "gauge",
            "The same, by the kind of scope that it was written for.",
            [(f'{{scope="{letter}"}}', count) for letter, count in sorted(aside.items())],
        ),
        *_metric("strangers_open", "gauge", "Phones that nobody knows, of which records wait.", [("", len(strangers))]),
        *_metric(
            "devices_ahead",
            "gauge",
            "Devices that have read further than this history goes: above 0, it was put back from a copy.",
            [("", ahead)],
        ),
        *_hub_metrics(known_hubs, now_ms),
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


def _contact_metrics(contacts: ContactFigures, now_ms: int) -> list[str]:
    """What phones said of themselves when they last spoke."""
    return [
        *_metric(
            "events_not_arrived",
            "gauge",
            "Events that phones said they hold and that did not arrive.",
            [("", contacts.waiting)],
        ),
        *_metric(
            "events_not_arrived_oldest_seconds",
            "gauge",
            "Since the first contact after which one of these was missing.",
            [("", _seconds_since(contacts.waiting_since_ms, now_ms))],
        ),
        *_metric(
            "events_never_arrived",
            "gauge",
            "Events of streams that their phones left, and that came under no other: most likely lost.",
            [("", contacts.never)],
        ),
        *_metric("streams_never_arrived", "gauge", "Streams that these events are of.", [("", contacts.streams)]),
        *_metric(
            "events_never_arrived_oldest_seconds",
            "gauge",
            "Since a phone last spoke of the first of these streams.",
            [("", _seconds_since(contacts.never_since_ms, now_ms))],
        ),
        *_metric("devices", "gauge", "Devices that ever spoke.", [("", contacts.devices)]),
        *_metric(
            "devices_by_last_contact",
            "gauge",
            "The same, each counted once: by how long ago it last spoke, up to so many days.",
            [(f'{{within="{days}"}}', count) for days, count in contacts.quiet.items()],
        ),
    ]


def _hub_metrics(known: Sequence[HubView], now_ms: int) -> list[str]:
    """What hubs said of themselves when they were last heard."""
    heard = [one.contact_ms or one.enrolled_ms or 0 for one in known]
    oldest = [one.oldest_ms for one in known if one.waiting and one.oldest_ms is not None]
    return [
        *_metric("hubs", "gauge", "Hubs that have joined and were not ended.", [("", len(known))]),
        *_metric(
            "hub_contact_oldest_seconds",
            "gauge",
            "Since the hub that was silent longest was heard.",
            [("", _seconds_since(min(heard, default=0), now_ms))],
        ),
        *_metric(
            "hub_events_waiting",
            "gauge",
            "Events that hubs said they hold and had not brought here.",
            [("", sum(one.waiting for one in known))],
        ),
        *_metric(
            "hub_events_waiting_oldest_seconds",
            "gauge",
            "Since the oldest of these came to its hub, by the hub's clock.",
            [("", _seconds_since(min(oldest, default=0), now_ms))],
        ),
    ]


def _seconds_since(then_ms: int, now_ms: int) -> int:
    return max(0, now_ms - then_ms) // 1000 if then_ms else 0


def _metric(name: str, kind: str, text: str, samples: Iterable[Sample]) -> list[str]:
    full = f"xuetan_{name}"
    return [f"# HELP {full} {text}", f"# TYPE {full} {kind}", *(f"{full}{label} {value}" for label, value in samples)]


def _by_class(requests: Mapping[int, int]) -> list[Sample]:
    return [(f'{{status="{number}xx"}}', requests.get(number, 0)) for number in (2, 3, 4, 5)]
