"""What an operator watches: true figures, for who brings the token alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.app import create_app
from xuetan.backups import service as backups
from xuetan.kernel.clock import FixedClock
from xuetan.settings import Settings

TOKEN = "a token of the settings"


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> FastAPI:
    watched = settings.model_copy(update={"metrics_token": TOKEN})
    return create_app(watched, clock=clock, run_jobs=False, prepare_schema=False)


def figures(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
    return {name.removeprefix("xuetan_"): float(value) for name, value in lines}


@pytest.mark.parametrize(
    "header", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN + "!"}]
)
def test_without_the_token_there_is_nothing(client: TestClient, header: dict[str, str]) -> None:
    answer = client.get("/metrics", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_without_a_token_in_the_settings_nobody_has_it(settings: Settings) -> None:
    with TestClient(create_app(settings, run_jobs=False, prepare_schema=False)) as client:
        for header in ({}, {"authorization": "Bearer "}):
            assert client.get("/metrics", headers=header).status_code == 404


def test_the_figures_say_what_is_so_and_name_nobody(
    app: FastAPI, client: TestClient, clock: FixedClock, tmp_path: Path
) -> None:
    services = app.state.services
    village = Village(services, client)
    village.install(app)
    before = figures(client)
    assert before["events_taken_total"] == 0 and "backup_age_seconds" not in before
    phone = village.teacher_device()
    phone.clock_offset_ms = -400 * 86_400_000
    phone.record("lesson_opened/1", lesson_opened())
    phone.record("lesson_opened/1", {})
    phone.sync()
    phone.record("lesson_opened/1", lesson_opened())
    phone.segments_max = 0
    clock.advance_ms(60_000)
    phone.exchange()
    services.log.project_now()
    services.log.stop()
    backups.make_backup(services, tmp_path / "backups")
    clock.advance_ms(90_000)
    after = figures(client)
    assert (after["events_taken_total"], after["events_not_arrived"], after["devices"]) == (2, 1, 1)
    assert (before["events_not_arrived_oldest_seconds"], after["events_not_arrived_oldest_seconds"]) == (0, 90)
    assert (after["set_aside_total"], after["set_aside_open"], after["projector_lag_positions"]) == (1, 1, 0)
    assert (before["clocks_doubtful"], after["clocks_doubtful"]) == (0, 1)
    assert (after["backup_age_seconds"], after["backup_events"]) == (90, 2)
    assert after['requests_total{status="2xx"}'] > before['requests_total{status="2xx"}']
    text = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    assert phone.person_id not in text and phone.device_id not in text
