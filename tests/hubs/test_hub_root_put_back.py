"""A root that is put back from a backup, to a hub that knows more: what only the hub has is brought again, and what a root said
that was itself put back counts for nothing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from xuetan.accounts.service import OPERATOR
from xuetan.app import create_app
from xuetan.event_log import service as event_log
from xuetan.event_log.service import EventLog
from xuetan.hubs import service as hubs
from xuetan.kernel.clock import FixedClock
from xuetan.relay.upstream import RefusedError, Upstream
from xuetan.settings import Settings


def copy_of_root(settings: Settings, folder: Path) -> Settings:
    """The root's data folder as it is now."""
    folder.mkdir()
    shutil.copytree(settings.data_dir / "keys", folder / "keys")
    with (
        sqlite3.connect(settings.data_dir / "xuetan.sqlite") as source,
        sqlite3.connect(folder / "xuetan.sqlite") as target,
    ):
        source.backup(target)
    return settings.model_copy(update={"data_dir": folder})


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


def test_a_root_put_back_from_an_old_backup_gets_from_the_hub_what_it_lost(
    county: County, site: Site, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first")
    teacher.ask(site)
    site.talk()
    old = copy_of_root(settings, tmp_path / "old")
    teacher.write("second")
    teacher.ask(site)
    site.talk()
    teacher.ask(site)
    assert (stored_lessons(county, "teacher"), teacher.device.waiting) == (["first", "second"], 0)

    with put_back(county, site, old, clock) as restored:
        assert stored_lessons(restored, "teacher") == ["first"]
        site.talk()
        # The phone was never there: what it holds for received is in the record again.
        assert stored_lessons(restored, "teacher") == ["first", "second"]
        epoch = restored.read(event_log.read_epoch)
        assert site.client.get("/hub/1/about").json()["epoch"] == epoch
        # The phone stays in its epoch until the root itself says otherwise, and gives nothing up.
        teacher.write("third")
        answer = teacher.ask(site)
        assert answer.epoch == epoch != teacher.device.epoch
        assert not isinstance(answer.entries, list)
        assert answer.held
        teacher.device.client = restored.client
        teacher.device.sync()
        assert teacher.device.epoch == epoch
        site.talk()
        assert stored_lessons(restored, "teacher") == ["first", "second", "third"]
        assert teacher.lessons() == ["first", "second", "third"]


def test_a_root_put_back_to_a_time_before_the_hub_gets_all_that_it_kept_once_it_has_joined_again(
    county: County, make_site: Callable[[str], Site], settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    teacher = HubPhone.of(county, "teacher")
    old = copy_of_root(settings, tmp_path / "old")
    site = make_site("later")
    first_id = site.join(county, "east")
    site.talk()
    site.line.is_cut = True
    teacher.write("first", "second")
    assert teacher.ask(site).held

    site.line.is_cut = False
    with put_back(county, site, old, clock) as restored:
        # The phone is lost now: the hub has the last copy.
        with pytest.raises(RefusedError) as refused:
            site.upstream.exchange()
        assert refused.value.code == "sign_in_required"
        made = restored.write(
            lambda session: hubs.make_hub(
                session, restored.places["east"], "again", actor=OPERATOR, services=restored.services
            )
        )
        with pytest.raises(RefusedError):
            Upstream(site.services, site.line, "AAAAA-AAAAA").exchange()
        site.upstream = Upstream(site.services, site.line, made.code)
        site.talk()
        assert stored_lessons(restored, "teacher") == ["first", "second"]
        assert site.certificate.hub == made.hub_id != first_id
        assert site.client.get("/people", auth=("operator", site.password)).status_code == 200


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


def test_a_fork_that_an_old_backup_does_not_have_comes_again_though_the_stream_is_in_it(
    county: County, site: Site, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    teacher, copy = HubPhone.of(county, "teacher"), HubPhone.of(county, "teacher")
    copy.device.key, copy.device.device_id = teacher.device.key, teacher.device.device_id
    copy.device.stream.stream = teacher.device.stream.stream
    site.talk()
    teacher.write("first")
    teacher.device.sync()
    old = copy_of_root(settings, tmp_path / "old")
    county.write(lambda session: event_log.mark_safe(session, [(teacher.device.stream.stream, 1)]))
    copy.write("of-the-copy")
    assert copy.ask(site).held
    # The copy is lost after this.
    for _ in range(2):
        site.talk()

    def codes(where: County) -> list[str]:
        return [one.code for one in where.read(lambda s: event_log.list_set_aside(s, teacher.device.person_id))]

    assert codes(county) == ["forked"]
    with put_back(county, site, old, clock) as restored:
        assert codes(restored) == []
        site.talk()
        assert codes(restored) == ["forked"]
