"""A hub beside a running root, joined by a line that can be cut, and phones that ask it as docs/sync-protocol.md says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.county import County
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator, PulledEvent
from tests.simulation.events import journal_saved, lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.accounts.service import OPERATOR
from xuetan.app import create_app
from xuetan.contracts.sync import FileHeader, HubAnswer, HubCertificate, HubQuestion
from xuetan.event_log import service as event_log
from xuetan.event_log.segments import read_columns
from xuetan.event_log.service import Carried
from xuetan.hubs import service as hubs
from xuetan.kernel.clock import Clock
from xuetan.kernel.ids import new_id
from xuetan.kernel.sealing import open_sealed
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey, key_id_of
from xuetan.relay.line import NoLineError
from xuetan.relay.upstream import Upstream
from xuetan.settings import Settings
from xuetan.sync.files import make_file, read_file
from xuetan.sync.hub_papers import decode_answer, encode_question, is_certified

EXCHANGES_MAX = 200


class TestLine:
    """The line from a hub to its root. `is_cut`: there is none."""

    __test__ = False

    def __init__(self, root: Any) -> None:
        self.root = root
        self.is_cut = False
        # So many bytes of a file come before the line dies.
        self.dies_after: int | None = None
        # Whoever is in between changes what this file says.
        self.spoilt = ""
        self.asked: list[str] = []

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self.is_cut:
            raise NoLineError("cut")
        self.asked.append(path)
        answer = self.root.post(path, content=body, headers=headers)
        return answer.status_code, answer.content

    def get(self, path: str, bytes_max: int) -> tuple[int, bytes]:
        answer = self._ask(path, {})
        assert len(answer.content) <= bytes_max
        return answer.status_code, answer.content

    def fetch(self, path: str, first: int, count: int, keep: Callable[[bytes], object]) -> int:
        answer = self._ask(path, {"range": f"bytes={first}-{first + count - 1}", "accept-encoding": "identity"})
        if answer.status_code == 206:
            keep(answer.content[: self.dies_after])
            if self.dies_after is not None and len(answer.content) > self.dies_after:
                raise NoLineError("died")
        return int(answer.status_code)

    def _ask(self, path: str, headers: dict[str, str]) -> Any:
        if self.is_cut:
            raise NoLineError("cut")
        self.asked.append(path)
        answer = self.root.get(path, headers=headers)
        if self.spoilt and self.spoilt in path:
            answer._content = bytes([answer.content[0] ^ 1]) + answer.content[1:]
        return answer


def hub_settings(folder: Path, schema_file: Path, database_url: str = "") -> Settings:
    folder.mkdir(parents=True)
    if not database_url:
        (folder / "xuetan.sqlite").write_bytes(schema_file.read_bytes())
    told = settings_in(folder, database_url).model_dump()
    return Settings(_env_file=None, **{**told, "upstream": "http://root", "public_url": "http://10.0.0.7:8000"})


@dataclass
class Site:
    """A hub of one place of the county."""

    app: FastAPI
    client: TestClient
    line: TestLine
    upstream: Upstream
    password: str = ""

    @classmethod
    def make(cls, settings: Settings, clock: Clock, client: TestClient, app: FastAPI, root: Any) -> Site:
        line = TestLine(root)
        return cls(app, client, line, Upstream(app.state.services, line))

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    def join(self, county: County, place: str) -> str:
        """Enrol with a new code; the hub's id at the root."""
        made = county.write(
            lambda session: hubs.make_hub(
                session, county.places[place], f"hub of {place}", actor=OPERATOR, services=county.services
            )
        )
        self.password = self.upstream.enrol(made.code)
        return made.hub_id

    def talk(self) -> None:
        """Speak with the root until all is said."""
        for _ in range(EXCHANGES_MAX):
            if not self.upstream.exchange():
                return
        raise AssertionError("hub and root never come to rest")

    @property
    def certificate(self) -> HubCertificate:
        about = self.client.get("/hub/1/about").json()
        return msgspec.convert(about["certificate"], HubCertificate)


def hub_app(settings: Settings, clock: Clock) -> FastAPI:
    return create_app(settings, clock=clock, run_jobs=False, prepare_schema=False)


@dataclass
class HubPhone:
    """A device that can ask hubs, too. `held`: per stream, up to where a hub said so."""

    device: DeviceSimulator
    file_key: SigningKey = field(default_factory=SigningKey.generate)
    held: dict[str, int] = field(default_factory=dict)
    provisional: list[dict[str, Any]] = field(default_factory=list)
    answers: list[HubAnswer] = field(default_factory=list)

    @classmethod
    def of(cls, county: County, who: str) -> HubPhone:
        phone = cls(county.device_of(who))
        phone.device.sync()
        return phone

    def write(self, *lessons: str) -> None:
        for lesson in lessons:
            self.device.record("lesson_opened/1", lesson_opened(lesson=lesson))
            self.device.stream.seal()

    def write_entry(self, text: str) -> None:
        self.device.record("journal_saved/1", journal_saved(text))

    def question(self, site: Site, *, carried: list[Carried] | None = None, **more: Any) -> bytes:
        """What this phone would ask now: all that the root has not acknowledged, and what it has not read."""
        if carried is None:
            carried = [one for stream in self.device.streams for one in self._give(stream)]
        header = HubQuestion(
            1,
            new_id(),
            self.device.follow_version,
            [[number, at] for number, at in sorted(self.device.cursors.items())],
            [one.transfer for one in carried],
            max=65_536,
        )
        if self.device.epoch is not None:
            header.epoch = self.device.epoch
        header = msgspec.structs.replace(header, **more)
        return self.seal(site, encode_question(header, [body for one in carried for body in one.bodies]))

    def _give(self, stream: LocalStream) -> list[Carried]:
        first = max(stream.acknowledged, self.held.get(stream.stream, 0))
        return give(self.device, stream, first) if stream.events[first:] else []

    def seal(self, site: Site, plain: bytes, **more: Any) -> bytes:
        certificate = site.certificate
        assert self.device.key is not None
        header = FileHeader(
            1,
            "hub_question",
            key_id_of(certificate.file_key),
            self.device.device_id,
            "",
            7,
            self.device.key.spki,
            self.file_key.spki,
        )
        header = msgspec.structs.replace(header, **more)
        return make_file(header, plain, certificate.file_key, self.device.key)

    def ask(self, site: Site, **more: Any) -> HubAnswer:
        """One question and its answer, believed as the protocol says."""
        response = site.client.post("/hub/1", content=self.question(site, **more))
        assert response.status_code == 200, response.text
        return self.believe(site, response.content)

    def believe(self, site: Site, data: bytes) -> HubAnswer:
        answer = self.read(site, data)
        self.answers.append(answer)
        for one in answer.held:
            self.held[one.stream] = max(self.held.get(one.stream, 0), one.next)
        for statement in answer.statements:
            stream = next((one for one in self.device.streams if one.stream == statement.stream), None)
            ends = {header.first + header.n: header.hash for header, _ in stream.sealed} if stream else {}
            if stream is None or statement.epoch != self.device.epoch or ends.get(statement.next) != statement.chain:
                continue
            assert event_log.is_stated(statement, self.device.enrolment["root_key"])
            stream.acknowledged = max(stream.acknowledged, statement.next)
        if answer.epoch == self.device.epoch:
            self.device._apply_pull(self.device.stream, msgspec.to_builtins(answer))
        if isinstance(answer.provisional, list):
            self.provisional = msgspec.to_builtins(answer.provisional)
        return answer

    def read(self, site: Site, data: bytes) -> HubAnswer:
        """The answer inside a file, once it was seen to be the hub's and for this phone."""
        certificate = site.certificate
        assert is_certified(certificate, self.device.enrolment["root_key"])
        file = read_file(data)
        assert (file.header.kind, file.header.key) == ("hub_answer", self.file_key.key_id)
        assert file.is_signed_by(certificate.key)
        return decode_answer(open_sealed(self.file_key, file.sealed, file.open_part))

    def lessons(self, scope: str | None = None) -> list[str]:
        """What this phone sees in a scope by position."""
        return lessons_in(self.device.events(scope))

    def provisional_lessons(self) -> list[str]:
        found = []
        for entry in self.provisional:
            for event in read_columns(msgspec.json.encode(entry["d"])):
                found.append(event.payload.get("lesson", event.payload.get("text")) if event is not None else None)
        return found


def lessons_in(events: list[PulledEvent]) -> list[str]:
    return [event.payload["lesson"] for event in events if event.kind == "lesson_opened/1"]


def stored_lessons(county: County, person: str) -> list[str]:
    """What the root has of somebody, in the order of its positions."""
    found = county.read(lambda session: event_log.list_events(session, f"u:{county.id_of(person)}"))
    return [event.payload["lesson"] for event in found if event.kind == "lesson_opened/1"]
