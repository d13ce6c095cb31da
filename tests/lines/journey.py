"""A phone without a screen that sends a backlog and a photo, whatever the line under it; and what it said on the way."""

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from tests.county import County
from tests.simulation.device import DeviceSimulator
from tests.waiting import wait_until
from xuetan.event_log import service as event_log

PWA = Path(__file__).resolve().parents[2] / "pwa"
EVENTS = 500
PHOTO_BYTES = 300_000


def camera_noise() -> bytes:
    """A JPEG of about PHOTO_BYTES that nothing compresses further."""
    noise = random.Random(1).randbytes(720 * 540 * 3)
    made = io.BytesIO()
    Image.frombytes("RGB", (720, 540), noise).save(made, "JPEG", quality=85)
    return made.getvalue()


def command_of(phone: DeviceSimulator, url: str, characters: int, photo: Path | None) -> list[str]:
    """What runs the phone, in PWA: signed in as `phone` already, it writes without a line and then sends to `url`."""
    order = {
        "url": url,
        "person": phone.person_id,
        "device": phone.device_id,
        "token": phone.token,
        "events": EVENTS,
        "characters": characters,
        "photo": str(photo or ""),
    }
    node = shutil.which("node")
    assert node, "there is no Node: `make setup-dev` installs it"
    return [node, "tools/line-phone.ts", json.dumps(order)]


@dataclass
class Journey:
    """A backlog on its way: what the phone said after each exchange."""

    name: str
    person: str
    token: str
    process: subprocess.Popen[str]
    photo: bytes = b""
    said: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            self.said.append(json.loads(text))

    def wait(self, seconds_max: float) -> None:
        wait_until(lambda: self.process.poll() is not None, seconds_max, what=lambda: f"{self.name}: {self.said[-3:]}")
        self.listener.join(timeout=30)
        assert self.process.returncode == 0
        assert self.said[-1]["exchange"] == "received"

    @property
    def events_max(self) -> int:
        """The photo comes with an entry."""
        return EVENTS + bool(self.photo)

    def events(self, county: County) -> list[event_log.EventRecord]:
        return county.read(lambda session: list(event_log.list_events(session, f"u:{self.person}", limit=10 * EVENTS)))

    def check_words(self, county: County) -> None:
        """All of them, each once, of one stream."""
        events = self.events(county)
        assert len({event.stream for event in events}) == 1
        assert sorted(event.seq for event in events) == list(range(self.events_max))

    def check_photo(self, county: County) -> None:
        """Whole, and no byte of it before the last word."""
        assert all(one["waiting"] == 0 for one in self.said if one["exchange"] == "piece"), "words go first"
        name = hashlib.sha256(self.photo).hexdigest()
        answer = county.client.get(f"/files/u:{self.person}/{name}", headers={"authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200
        assert answer.content == self.photo

    def bodies(self, county: County) -> tuple[int, int]:
        """(segments, their bytes) as the root has them."""
        sql = "SELECT COUNT(*), COALESCE(SUM(LENGTH(body)), 0) FROM log_entry WHERE scope = ? AND body IS NOT NULL"
        segments, held = county.read(
            lambda session: session.connection().exec_driver_sql(sql, (f"u:{self.person}",)).one()
        )
        return int(segments), int(held)

    def progress_between(self, deaths: list[float]) -> list[bool]:
        """Whether each whole life of a line that died at `deaths` (s since the epoch) brought some of it home.

        The life that had begun before the phone asked and the one in which it ended are no whole ones.
        """
        began, ended = (self.said[place]["ms"] / 1000 for place in (0, -1))
        left = [
            min((one["waiting"], -one["sent"]) for one in self.said if one["ms"] <= death * 1000)
            for death in deaths
            if began < death < ended
        ]
        return [later < earlier for earlier, later in itertools.pairwise(left)]

    def report(self, county: County, bytes_up: int, bytes_down: int) -> str:
        segments, held = self.bodies(county)
        seconds = (self.said[-1]["ms"] - self.said[0]["ms"]) / 1000
        kinds = Counter(one["exchange"] for one in self.said)
        return (
            f"{self.name}: {self.events_max} events in {segments} segments of {held} bytes, a photo of {len(self.photo)}; "
            f"{bytes_up} bytes went up ({bytes_up / (held + len(self.photo)) - 1:+.0%}), {bytes_down} came down; "
            f"{seconds:.0f} s, {kinds['answered']} answers, {kinds['unreachable']} silences"
        )
