"""A phone that asks hubs as docs/sync-protocol.md says, and what it and the root then have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.county import County
from tests.hubs.site import Site
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator, PulledEvent
from tests.simulation.events import journal_saved, lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.contracts.sync import FileHeader, HubAnswer, HubQuestion
from xuetan.event_log import service as event_log
from xuetan.event_log.segments import read_columns
from xuetan.event_log.service import Carried
from xuetan.kernel.ids import new_id
from xuetan.kernel.sealing import open_sealed
from xuetan.kernel.signing import SigningKey, key_id_of
from xuetan.sync.files import make_file, read_file
from xuetan.sync.hub_papers import decode_answer, encode_question, is_certified


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
