"""A root that is put back to a time before a phone signed in, and a hub that has what this phone wrote."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select

from tests.county import County, StepsAtOnce
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.hubs.test_hub_root_put_back import copy_of_root, put_back
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.relay.models import RelayTransfer
from xuetan.settings import Settings
from xuetan.sync import service as sync
from xuetan.sync.known_strangers import take_known


def states(site: Site) -> list[str]:
    with site.services.database.reading() as session:
        return [one.state for one in session.exec(select(RelayTransfer).order_by(RelayTransfer.number)).all()]


def test_what_only_a_hub_has_of_a_forgotten_phone_comes_in_by_the_operators_word(
    county: County, site: Site, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    old = copy_of_root(settings, tmp_path / "old")
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first", "second")
    teacher.ask(site)
    site.talk()
    # The root dies, and so does the phone: the hub has the last copy.
    with put_back(county, site, old, clock) as restored:
        site.talk()
        assert stored_lessons(restored, "teacher") == []
        assert states(site) == ["given"], "the root said that it keeps it, so the hub asks no more"
        asked = len(site.line.asked)
        clock.advance_ms(3_600_000)
        site.talk()
        assert len(site.line.asked) == asked + 1, "nothing is brought again"
        (stranger,) = restored.read(lambda session: event_log.list_strangers(session, only_open=True))
        assert (stranger.of.person_id, stranger.events) == (restored.id_of("teacher"), 2)
        restored.write(
            lambda session: sync.accept_stranger(session, stranger.of, "", actor=OPERATOR, services=restored.services)
        )
        take_known(restored.services, StepsAtOnce(), stranger.of.person_id, stranger.of.key_id)  # type: ignore[arg-type]
        assert stored_lessons(restored, "teacher") == ["first", "second"]
        # Accepted for its records alone: a hub still tells that phone nothing.
        site.talk()
        teacher.write("third")
        assert teacher.ask(site).refused == "device_unknown"
        site.talk()
        assert stored_lessons(restored, "teacher") == ["first", "second", "third"]


def test_once_the_phone_signs_in_again_the_hub_brings_it_the_roots_word(
    county: County, site: Site, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    old = copy_of_root(settings, tmp_path / "old")
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("first")
    teacher.ask(site)
    with put_back(county, site, old, clock) as restored:
        site.talk()
        (stranger,) = restored.read(lambda session: event_log.list_strangers(session, only_open=True))
        restored.write(
            lambda session: sync.accept_stranger(session, stranger.of, "", actor=OPERATOR, services=restored.services)
        )
        again = restored.device_of("teacher", key=teacher.device.key)
        assert again.device_id == teacher.device.device_id
        take_known(restored.services, StepsAtOnce(), stranger.of.person_id, stranger.of.key_id)  # type: ignore[arg-type]
        site.talk()
        teacher.device.epoch = restored.read(event_log.read_epoch)
        answer = teacher.ask(site, carried=[])
        assert [(one.stream, one.next) for one in answer.statements] == [(teacher.device.stream.stream, 1)]
        assert teacher.device.waiting == 0
