"""A hub as an operator starts it: `xuetan serve --upstream`, in a process of its own, killed and started again, with the root away
in between."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.ports import free_port
from tests.simulation.device import DeviceSimulator
from tests.sync.test_killed_server import ROOT, is_up, server
from tests.waiting import wait_until
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services, create_app
from xuetan.contracts.sync import HubCertificate
from xuetan.hubs import service as hubs
from xuetan.settings import Settings

SECONDS_MAX = 240


@contextmanager
def hub_process(folder: Path, port: int, upstream: str, code: str = "") -> Iterator[subprocess.Popen[str]]:
    told = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XUETAN_")},
        "XUETAN_DATA_DIR": str(folder),
        "XUETAN_PORT": str(port),
    }
    command = [sys.executable, "-m", "xuetan", "serve", "--upstream", upstream, *(["--hub-code", code] if code else [])]
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_until(lambda: is_up(port) or process.poll() is not None, SECONDS_MAX, what="the hub answers")
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.timeout(4 * SECONDS_MAX)
def test_a_hub_is_started_joins_survives_a_kill_and_forwards_by_itself(settings: Settings, tmp_path: Path) -> None:
    port, hub_port = free_port(), free_port()
    upstream, hub_address = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{hub_port}"
    folder = tmp_path / "hub"
    folder.mkdir()
    with TestClient(create_app(settings, run_jobs=False, prepare_schema=False)) as client:
        county = County.found(client.app.state.services, client)  # type: ignore[attr-defined]
        made = county.write(
            lambda session: hubs.make_hub(
                session, county.places["east"], "hub", actor=OPERATOR, services=county.services
            )
        )
        code = county.code_of("teacher")
    services = build_services(settings)
    reading = County(services, None, dict(county.places), dict(county.people))
    with httpx.Client(base_url=upstream, timeout=60) as root, httpx.Client(base_url=hub_address, timeout=60) as at_hub:
        site: Any = SimpleNamespace(client=at_hub)
        with server(settings, port):
            phone = HubPhone(DeviceSimulator.enrol(root, code, now_ms=services.clock.now_ms))
            phone.device.sync()
            with hub_process(folder, hub_port, upstream, made.code) as process:
                wait_until(
                    lambda: phone.device.device_id in known_devices(folder), SECONDS_MAX, what="the hub has mirrored"
                )
                site.certificate = certificate_at(at_hub)
                phone.write("before-the-kill")
                assert phone.ask(site).held
                process.kill()
                process.wait()
                printed = process.stdout.read() if process.stdout else ""
                assert "/people" in printed
        # No root, no code: a later start needs neither.
        with hub_process(folder, hub_port, upstream):
            phone.write("while-the-root-was-away")
            phone.ask(site)
            with server(settings, port):
                wait_until(
                    lambda: stored_lessons(reading, "teacher") == ["before-the-kill", "while-the-root-was-away"],
                    SECONDS_MAX,
                    what=lambda: f"the root has {stored_lessons(reading, 'teacher')}",
                )
                wait_until(
                    lambda: phone.ask(site).statements and phone.device.waiting == 0,
                    SECONDS_MAX,
                    what="the phone hears the root's word at the hub",
                )
    services.database.close()


@pytest.mark.timeout(2 * SECONDS_MAX)
def test_a_first_start_without_a_line_or_with_a_wrong_code_says_so_and_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    folder, port = tmp_path / "hub", free_port()
    told = {**os.environ, "XUETAN_DATA_DIR": str(folder), "XUETAN_PORT": str(free_port()), "LANG": "en_GB.UTF-8"}
    upstream = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "xuetan", "serve", "--upstream", upstream, "--hub-code", "00000-00000"]

    def start() -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    assert "was not reached" in start()
    with server(settings, port):
        assert "hub code is wrong" in start()


def known_devices(folder: Path) -> set[str]:
    with sqlite3.connect(f"file:{folder / 'xuetan.sqlite'}?mode=ro", uri=True) as connection:
        return {row[0] for row in connection.execute("SELECT device_id FROM relay_device")}


def certificate_at(at_hub: httpx.Client) -> HubCertificate:
    return msgspec.convert(at_hub.get("/hub/1/about").json()["certificate"], HubCertificate)
