"""What was kept of a phone that is known again goes the ordinary way: at once, and what had no room then, later."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.county import County, StepsAtOnce
from tests.sync.forgotten import Forgotten, accept, kept, take
from xuetan.event_log import ingest
from xuetan.kernel.services import Services
from xuetan.sync import known_strangers
from xuetan.sync.known_strangers import take_known


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


def crowded_out(county: County, monkeypatch: pytest.MonkeyPatch) -> Forgotten:
    """A phone whose kept records have no room in its quarantine: their beginning is missing."""
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 1)
    phone = Forgotten(county)
    phone.write(3)
    take(county, phone.give(first=1))
    accept(county, kept(county)[0])
    assert [one.transfers for one in kept(county)] == [1]
    return phone


def run_again(county: County, phone: Forgotten, tries: int) -> None:
    assert phone.device.key is not None
    take_known(county.services, StepsAtOnce(), phone.device.person_id, phone.device.key.key_id, tries)  # type: ignore[arg-type]


def open_jobs(county: County) -> int:
    return sum(county.services.jobs.count_open().values())


def test_what_had_no_room_is_tried_again_without_anybodys_word(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = crowded_out(county, monkeypatch)
    # The operator's word put one job on file, and that one another for later.
    assert open_jobs(county) == 2
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 10)
    run_again(county, phone, 2)
    assert kept(county) == []
    assert open_jobs(county) == 2, "nothing is left to be tried"


def test_the_tries_end(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = crowded_out(county, monkeypatch)
    before = open_jobs(county)
    run_again(county, phone, known_strangers.TRIES_MAX)
    assert open_jobs(county) == before
    assert [one.transfers for one in kept(county)] == [1]
    run_again(county, phone, known_strangers.TRIES_MAX - 1)
    assert open_jobs(county) == before + 1


def test_a_phone_that_comes_back_to_its_records_is_not_announced_to_itself(county: County) -> None:
    phone = Forgotten(county)
    phone.write(1)
    take(county, phone.give())
    accept(county, kept(county)[0])
    again = county.device_of("teacher", key=phone.device.key)
    again.sync()
    assert again.rows(f"p:{again.person_id}", "inbox_item") == {}
