"""The phone's real engine over lines as they are: slow, far away, lossy, dying every ten seconds. All of a backlog arrives, once, a photo
after it over the line that dies, and no connection is in vain.

The line is `bad_line.Line`, on every machine alike: few kernels of small servers have netem, and this one needs no right. Both lines run at
the same time, for nearly all they do is wait. Run with -s, the bytes that each took are printed.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import random
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.county import County
from tests.lines.bad_line import Faults, Line
from tests.security.real_server import RealServer
from tests.security.test_real_server import http
from tests.waiting import wait_until
from xuetan.event_log import service as event_log

PWA = Path(__file__).resolve().parents[2] / "pwa"
EVENTS = 500
PHOTO_BYTES = 300_000
SECONDS_MAX = 500
# 8 kbit/s, two seconds one way, every fifth packet lost; and 50 kbit/s that die every ten seconds, under texts as heavy as a photo.
FAR = Faults(bytes_per_second=1_000, delay=2.0, loss=0.2)
DYING = Faults(bytes_per_second=6_250, delay=0.3, lives=10.0)


@dataclass
class Journey:
    """A backlog on its way: what the phone said after each exchange, and the line it went over."""

    name: str
    person: str
    line: Line
    process: subprocess.Popen[str]
    token: str
    photo: bytes = b""
    said: list[dict[str, Any]] = field(default_factory=list)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            self.said.append(json.loads(text))

    def wait(self) -> None:
        wait_until(lambda: self.process.poll() is not None, SECONDS_MAX, what=lambda: f"{self.name}: {self.said[-3:]}")
        self.listener.join(timeout=30)
        assert self.process.returncode == 0
        assert self.said[-1]["exchange"] == "received"

    @property
    def events_max(self) -> int:
        """The photo comes with an entry."""
        return EVENTS + bool(self.photo)

    def start(self) -> None:
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()


@dataclass
class Site:
    server: RealServer
    county: County
    journeys: dict[str, Journey]

    def events(self, journey: Journey) -> list[event_log.EventRecord]:
        return self.county.read(
            lambda session: list(event_log.list_events(session, f"u:{journey.person}", limit=10 * EVENTS))
        )

    def report(self, journey: Journey) -> str:
        sql = "SELECT COALESCE(SUM(LENGTH(body)), 0), COUNT(*) FROM log_entry WHERE scope = ? AND body IS NOT NULL"
        bodies, segments = self.county.read(
            lambda session: session.connection().exec_driver_sql(sql, (f"u:{journey.person}",)).one()
        )
        line, seconds = journey.line, (journey.said[-1]["ms"] - journey.said[0]["ms"]) / 1000
        kinds = Counter(one["exchange"] for one in journey.said)
        return (
            f"\n{journey.name}: {journey.events_max} events in {segments} segments of {bodies} bytes, a photo of "
            f"{len(journey.photo)}; {line.bytes_up} bytes went up ({line.bytes_up / (bodies + len(journey.photo)) - 1:+.0%}), "
            f"{line.bytes_down} came down; {seconds:.0f} s, {kinds['answered']} answers, {kinds['unreachable']} silences, "
            f"{line.packets_lost} packets lost, {len(line.deaths)} deaths"
        )


def camera_noise() -> bytes:
    """A JPEG of about PHOTO_BYTES that nothing compresses further."""
    noise = random.Random(1).randbytes(720 * 540 * 3)
    made = io.BytesIO()
    Image.frombytes("RGB", (720, 540), noise).save(made, "JPEG", quality=85)
    return made.getvalue()


def set_out(
    name: str, county: County, server: RealServer, faults: Faults, who: str, characters: int, photo: Path | None = None
) -> Journey:
    """Signs a phone in over a good line, then lets it write without any and send over the bad one."""
    phone = county.device_of(who)
    line = Line(server.port, faults).__enter__()
    order = {
        "url": f"http://127.0.0.1:{line.port}",
        "person": phone.person_id,
        "device": phone.device_id,
        "token": phone.token,
        "events": EVENTS,
        "characters": characters,
        "photo": str(photo or ""),
    }
    node = shutil.which("node")
    assert node, "there is no Node: `make setup-dev` installs it"
    process = subprocess.Popen(
        [node, "tools/line-phone.ts", json.dumps(order)], cwd=PWA, stdout=subprocess.PIPE, text=True
    )
    journey = Journey(name, phone.person_id, line, process, phone.token, photo.read_bytes() if photo else b"")
    journey.start()
    return journey


@pytest.fixture(scope="module")
def site(schema_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lines")
    server, county, services = RealServer.with_county(folder / "data", schema_file)
    photo = folder / "photo.jpg"
    photo.write_bytes(camera_noise())
    server.start()
    county.client = http(server)
    journeys = {
        "far": set_out("far", county, server, FAR, "teacher", 0),
        "dying": set_out("dying", county, server, DYING, "colleague", 100, photo),
    }
    yield Site(server, county, journeys)
    for journey in journeys.values():
        journey.process.kill()
        journey.process.wait()
        journey.line.__exit__()
    county.client.close()
    server.stop()
    services.database.close()


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize("name", ["far", "dying"])
def test_a_backlog_arrives_whole_and_once(site: Site, name: str) -> None:
    journey = site.journeys[name]
    journey.wait()
    print(site.report(journey))
    events = site.events(journey)
    assert len({event.stream for event in events}) == 1
    assert sorted(event.seq for event in events) == list(range(journey.events_max))


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_every_life_of_a_dying_line_brings_some_of_it_home(site: Site) -> None:
    """A request that no life of the line is long enough for would stand still for ever."""
    journey = site.journeys["dying"]
    journey.wait()
    began, ended = (journey.said[place]["ms"] / 1000 for place in (0, -1))
    deaths = [death for death in journey.line.deaths if began < death < ended]
    assert len(deaths) >= 3, "the line did not die while the phone sent"
    # From one death to the next is a whole life; the first one had begun before the phone asked.
    left = [
        min((one["waiting"], -one["sent"]) for one in journey.said if one["ms"] <= death * 1000) for death in deaths
    ]
    assert all(later < earlier for earlier, later in itertools.pairwise(left)), left


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_a_photo_arrives_whole_after_the_words(site: Site) -> None:
    journey = site.journeys["dying"]
    journey.wait()
    assert all(one["waiting"] == 0 for one in journey.said if one["exchange"] == "piece"), "words go first"
    name = hashlib.sha256(journey.photo).hexdigest()
    answer = site.county.client.get(
        f"/files/u:{journey.person}/{name}", headers={"authorization": f"Bearer {journey.token}"}
    )
    assert answer.status_code == 200
    assert answer.content == journey.photo


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize(("name", "overhead_max"), [("far", 1.0), ("dying", 0.4)])
def test_little_is_sent_twice(site: Site, name: str, overhead_max: float) -> None:
    """Beside the bodies: headers of requests and of segments, and what a line that died had already taken."""
    journey = site.journeys[name]
    journey.wait()
    bodies = sum(
        site.county.read(
            lambda session: (
                session.connection()
                .exec_driver_sql(
                    "SELECT LENGTH(body) FROM log_entry WHERE scope = ? AND body IS NOT NULL", (f"u:{journey.person}",)
                )
                .scalars()
                .all()
            )
        )
    )
    assert journey.line.bytes_up < (bodies + len(journey.photo)) * (1 + overhead_max)
