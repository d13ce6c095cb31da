"""A root that is put back again before a hub has heard all of the first time: what it answered in between counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from tests.county import County
from tests.hubs.site import HubPhone, Site, stored_lessons
from tests.hubs.test_hub_session import copy_of_root
from xuetan.app import create_app
from xuetan.event_log.service import EventLog
from xuetan.kernel.clock import FixedClock
from xuetan.settings import Settings


@contextmanager
def put_back(county: County, site: Site, settings: Settings, clock: FixedClock) -> Iterator[County]:
    """The county at a root on this folder, in an epoch of its own; the hub's line leads there."""
    app = create_app(settings, clock=clock, run_jobs=False, prepare_schema=False)
    log = app.state.services.log
    assert isinstance(log, EventLog)
    log.begin_new_epoch()
    with TestClient(app, base_url="http://testserver") as client:
        site.line.root = client
        site.upstream._token = None
        yield county.moved_to(app.state.services, client)


def test_what_a_root_answered_before_its_epoch_was_written_down_is_brought_again_to_the_next(
    county: County, site: Site, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first")
    teacher.ask(site)
    site.talk()
    once, twice = copy_of_root(settings, tmp_path / "once"), copy_of_root(settings, tmp_path / "twice")
    # The phone is lost after this: the hub has the last copy.
    teacher.write("second")
    assert teacher.ask(site).held
    with put_back(county, site, once, clock) as restored:
        site.upstream.exchange()
        assert stored_lessons(restored, "teacher") == ["first", "second"]
    with put_back(county, site, twice, clock) as restored:
        assert stored_lessons(restored, "teacher") == ["first"]
        site.talk()
        assert stored_lessons(restored, "teacher") == ["first", "second"]
