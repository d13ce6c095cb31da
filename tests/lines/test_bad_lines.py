"""The phone's real engine over lines as they are: slow, far away, lossy, dying every ten seconds. All of a backlog arrives, once, a photo
after it over the line that dies, and no connection is in vain.

The line is `bad_line.Line`, on every machine alike: few kernels of small servers have netem, and this one needs no right. Both lines run at
the same time, for nearly all they do is wait. Run with -s, the bytes that each took are printed. `benchmarks/kernel_line.py` does the same
with the kernel's own TCP.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.county import County
from tests.lines.bad_line import Faults, Line
from tests.lines.journey import PWA, Journey, camera_noise, command_of
from tests.security.real_server import RealServer
from tests.security.test_real_server import http

SECONDS_MAX = 500
# 8 kbit/s, two seconds one way, every fifth packet lost; and 50 kbit/s that die every ten seconds, under texts as heavy as a photo.
FAR = Faults(bytes_per_second=1_000, delay=2.0, loss=0.2)
DYING = Faults(bytes_per_second=6_250, delay=0.3, lives=10.0)


@dataclass
class Site:
    server: RealServer
    county: County
    journeys: dict[str, Journey]
    lines: dict[str, Line]

    def set_out(self, name: str, faults: Faults, who: str, characters: int, photo: Path | None = None) -> None:
        """Signs a phone in over a good line, then lets it write without any and send over the bad one."""
        phone = self.county.device_of(who)
        line = self.lines[name] = Line(self.server.port, faults).__enter__()
        command = command_of(phone, f"http://127.0.0.1:{line.port}", characters, photo)
        process = subprocess.Popen(command, cwd=PWA, stdout=subprocess.PIPE, text=True)
        photo_bytes = photo.read_bytes() if photo else b""
        self.journeys[name] = Journey(name, phone.person_id, phone.token, process, photo_bytes)

    def arrived(self, name: str) -> tuple[Journey, Line]:
        journey, line = self.journeys[name], self.lines[name]
        journey.wait(SECONDS_MAX)
        return journey, line

    def close(self) -> None:
        for name, journey in self.journeys.items():
            journey.process.kill()
            journey.process.wait()
            self.lines[name].__exit__()


@pytest.fixture(scope="module")
def site(schema_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lines")
    server, county, services = RealServer.with_county(folder / "data", schema_file)
    photo = folder / "photo.jpg"
    photo.write_bytes(camera_noise())
    server.start()
    county.client = http(server)
    site = Site(server, county, {}, {})
    site.set_out("far", FAR, "teacher", 0)
    site.set_out("dying", DYING, "colleague", 100, photo)
    yield site
    site.close()
    county.client.close()
    server.stop()
    services.database.close()


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize("name", ["far", "dying"])
def test_a_backlog_arrives_whole_and_once(site: Site, name: str) -> None:
    journey, line = site.arrived(name)
    print(f"\n{journey.report(site.county, line.bytes_up, line.bytes_down)}, {line.packets_lost} packets lost")
    journey.check_words(site.county)


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_every_life_of_a_dying_line_brings_some_of_it_home(site: Site) -> None:
    """A request that no life of the line is long enough for would stand still for ever."""
    journey, line = site.arrived("dying")
    lives = journey.progress_between(line.deaths)
    assert len(lives) >= 2, "the line did not die while the phone sent"
    assert all(lives), lives


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_a_photo_arrives_whole_after_the_words(site: Site) -> None:
    journey, _ = site.arrived("dying")
    journey.check_photo(site.county)


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize(("name", "overhead_max"), [("far", 1.0), ("dying", 0.4)])
def test_little_is_sent_twice(site: Site, name: str, overhead_max: float) -> None:
    """Beside the bodies: headers of requests and of segments, and what a line that died had already taken."""
    journey, line = site.arrived(name)
    _, bodies = journey.bodies(site.county)
    assert line.bytes_up < (bodies + len(journey.photo)) * (1 + overhead_max)
