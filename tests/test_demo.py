"""The demo as a person starts it: a real process that is killed while it makes its data, started, ended, killed, started again."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.demo_server import START_SECONDS_MAX, DemoServer
from tests.waiting import wait_until
from xuetan.accounts.service import sign_in_link
from xuetan.demo import facts as demo_facts
from xuetan.demo.command import read_options
from xuetan.event_log import service as event_log
from xuetan.event_log.service import EventRecord
from xuetan.kernel.database import Database
from xuetan.kernel.signing import SigningKey
from xuetan.kernel.text import LANGUAGES, t
from xuetan.settings import Settings

DAY_MS = 86_400_000
# What the environment of an installation might say, which the demo must not touch.
FOREIGN = {"XUETAN_DATABASE_URL": "sqlite:////nonexistent/other.sqlite", "XUETAN_DATA_DIR": "/nonexistent"}


def begin(server: DemoServer) -> subprocess.Popen[bytes]:
    """The process alone, with no waiting until it serves."""
    server.folder.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **FOREIGN, "DEMO_DIR": str(server.folder), "PORT": str(server.port)}
    with (server.folder / "begin.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "xuetan", "demo"], env=environment, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A demo whose first start was killed while it made the data, and whose second start serves."""
    server = DemoServer(tmp_path_factory.mktemp("demo") / "data", settings=FOREIGN)
    process = begin(server)
    made = server.folder / "making" / "xuetan.sqlite"
    wait_until(lambda: process.poll() is not None or made.exists(), START_SECONDS_MAX, what="the data is being made")
    process.kill()
    process.wait(timeout=10)
    assert made.exists() and not (server.folder / "demo.json").exists() and not (server.folder / "data").exists()
    server.start()
    yield server
    if server.process is not None:
        server.kill()


def enrol(server: DemoServer, code: str) -> httpx.Response:
    body = {"code": code, "public_key": SigningKey.generate().spki, "device_name": "test"}
    return httpx.post(f"{server.base_url}/api/1/enrol", json=body)


def sign_in(server: DemoServer) -> str:
    """What the console shows after the sign-in with the demo's account."""
    with httpx.Client(base_url=server.base_url, follow_redirects=True) as browser:
        token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/console/sign-in").text)
        assert token
        account = server.facts["console"]
        form = {"csrf": token[1], "name": account["sign_in"], "password": account["password"]}
        return browser.post("/console/sign-in", data=form).text


def events_of(server: DemoServer, person: dict[str, Any]) -> list[EventRecord]:
    database = Database(
        Settings(_env_file=None, data_dir=server.folder, database_url=f"sqlite:///{server.facts['database']}")
    )
    try:
        with database.reading() as session:
            return list(event_log.list_events(session, f"u:{person['id']}", limit=10_000))
    finally:
        database.close()


def test_demo_json_says_exactly_what_programs_need(demo: DemoServer) -> None:
    facts = demo.facts
    assert set(facts) == {"base_url", "console", "people", "packs", "database"}
    assert facts["base_url"] == demo.base_url
    assert set(facts["console"]) == {"sign_in", "password"}
    assert [person["role"] for person in facts["people"]] == ["teacher", "teacher", "teacher", "mentor"]
    mentor = facts["people"][-1]
    assert set(mentor) == {"id", "role", "name", "code"}
    for teacher in facts["people"][:3]:
        assert set(teacher) == {"id", "role", "name", "code", "mentor_id"}
        assert teacher["mentor_id"] == mentor["id"]
    assert facts["packs"] == ["ethics-two-teacher-school", "multigrade-one-room", "village-reading-ten-books"]
    assert Path(facts["database"]).is_absolute() and Path(facts["database"]).is_file()
    assert not (demo.folder / "making").exists()


def test_a_code_opens_a_second_device(demo: DemoServer) -> None:
    for person in demo.facts["people"]:
        for _ in range(2):
            answer = enrol(demo, person["code"])
            assert answer.status_code == 200
            assert answer.json()["name"] == person["name"]


def test_the_console_lets_the_trainer_in_and_shows_the_class(demo: DemoServer) -> None:
    page = sign_in(demo)
    assert "2026 秋季一班" in page
    assert 'data-testid="class-row"' in page


def test_the_three_teachers_have_different_histories_that_phones_really_wrote(demo: DemoServer) -> None:
    diligent, stuck, silent = (events_of(demo, person) for person in demo.facts["people"][:3])
    kinds = [[event.kind.partition("/")[0] for event in events] for events in (diligent, stuck, silent)]
    assert kinds[0].count("lesson_finished") >= 5 and kinds[0].count("feedback_given") >= 2
    assert kinds[1].count("quiz_finished") >= 4
    assert kinds[2].count("lesson_finished") == 2
    now_ms = max(event.received_ms for event in diligent)
    assert now_ms - max(event.received_ms for event in silent) > 20 * DAY_MS
    reviewed = {event.payload["ver"] for event in diligent if event.kind == "feedback_given/1"}
    waiting = [event for event in diligent if event.kind == "journal_saved/1" and event.payload["ver"] not in reviewed]
    assert len(waiting) >= 2
    for events in (diligent, stuck, silent):
        assert all(event.ts <= event.received_ms for event in events)
        assert [event.received_ms for event in events] == sorted(event.received_ms for event in events)


def test_nothing_of_the_history_was_set_aside_or_not_understood(demo: DemoServer) -> None:
    with sqlite3.connect(demo.facts["database"]) as connection:
        assert connection.execute("SELECT count(*) FROM log_set_aside").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM log_projection_failure").fetchone() == (0,)
        deferred = "SELECT count(*) FROM learning_event WHERE deferred IS NOT NULL"
        assert connection.execute(deferred).fetchone() == (0,)
        graded = connection.execute("SELECT phone_score, server_score FROM learning_question_answer").fetchall()
    assert graded and all(phone == server for phone, server in graded)


def test_a_second_demo_on_the_same_folder_or_port_is_refused_in_words(demo: DemoServer, tmp_path: Path) -> None:
    process = begin(DemoServer(demo.folder))
    assert process.wait(timeout=60) == 1
    assert str(demo.folder) in (demo.folder / "begin.log").read_text(encoding="utf-8").splitlines()[-1]
    assert httpx.get(f"{demo.base_url}/healthz").status_code == 200


def test_sigterm_ends_it_with_status_0_and_a_kill_loses_nothing(demo: DemoServer) -> None:
    before = demo.facts
    person = before["people"][0]
    device = enrol(demo, person["code"]).json()["device"]
    assert demo.stop() == 0
    log = (demo.folder / "server.log").read_text(encoding="utf-8")
    assert log.splitlines()[-1] in {t(language, "cli.stopped") for language in LANGUAGES}

    demo.start()
    assert demo.facts == before
    assert 'data-testid="class-row"' in sign_in(demo)
    later = enrol(demo, person["code"]).json()["device"]
    demo.kill()

    demo.start()
    assert demo.facts == before
    with sqlite3.connect(before["database"]) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM account_device")}
    assert {device, later} <= kept
    assert demo.stop() == 0


def test_sigterm_while_the_data_is_made_ends_it_with_status_0(tmp_path: Path) -> None:
    server = DemoServer(tmp_path / "demo")
    process = begin(server)
    wait_until((server.folder / "making").exists, START_SECONDS_MAX, what="the data is being made")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert not (server.folder / "demo.json").exists()


# ------------------------------------------------------------ options and the table

KEPT: demo_facts.KeptFacts = {
    "console": {"sign_in": "zhoumin", "password": "secret-word"},
    "people": [
        {"id": "t", "role": "teacher", "name": "李秀兰", "code": "AAAAA-BBBBB", "mentor_id": "m"},
        {"id": "m", "role": "mentor", "name": "陈玉梅", "code": "CCCCC-DDDDD"},
    ],
    "packs": ["a"],
    "sources": {},
}


def table(base_url: str, *, is_public: bool, language: str = "zh-Hans") -> str:
    lines: list[str] = []
    demo_facts.say_table(KEPT, base_url, Path("/demo"), language, lines.append, is_public=is_public)
    return "\n".join(lines)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_table_names_addresses_account_people_and_codes(language: str) -> None:
    told = table("http://127.0.0.1:8700", is_public=False, language=language)
    for part in (
        "http://127.0.0.1:8700/console/",
        "zhoumin",
        "secret-word",
        "李秀兰",
        "AAAAA-BBBBB",
        "CCCCC-DDDDD",
        "/demo",
    ):
        assert part in told
    assert "adb reverse tcp:8700 tcp:8700" in told
    assert "█" not in told


def test_an_address_for_phones_comes_with_a_qr_for_teacher_and_mentor() -> None:
    for base_url in ("https://xuetan.example", "http://localhost:8700"):
        assert table(base_url, is_public=True).count("用手机扫码") == 2
    assert sign_in_link("https://xuetan.example", "AAAAA-BBBBB").endswith("#code=AAAAA-BBBBB")


def test_a_plain_address_on_the_network_is_told_what_is_missing_and_gets_no_qr() -> None:
    told = table("http://192.168.1.5:8700", is_public=True)
    assert "不是安全地址" in told and "https" in told
    assert "█" not in told


def test_options_come_from_the_environment_and_have_defaults(tmp_path: Path) -> None:
    plain = read_options({})
    assert (plain.base_url, plain.folder.name) == ("http://127.0.0.1:8700", "demo-data")
    given = read_options(
        {"DEMO_DIR": str(tmp_path), "PORT": "8443", "HOST": "10.0.0.7", "TLS_CERT": "c", "TLS_KEY": "k"}
    )
    assert (given.base_url, given.folder) == ("https://10.0.0.7:8443", tmp_path)
    assert given.settings(tmp_path / "data").secure_cookies
    public = read_options({"PUBLIC_URL": "https://xuetan.example/", "HOST": "0.0.0.0"})
    assert public.base_url == "https://xuetan.example"
    assert not read_options({"HOST": "0.0.0.0"}).base_url.endswith("0.0.0.0:8700")
    assert json.dumps(str(plain.settings(tmp_path).effective_database_url)).startswith('"sqlite:////')
