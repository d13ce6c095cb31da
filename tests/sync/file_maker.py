"""A teacher's phone that makes files, as its owner and a forger would have them."""

from __future__ import annotations

import msgspec
import pytest

from tests.county import County
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from xuetan.contracts.sync import FileHeader
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import AppError
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.sync.couriers import take_file
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers


class Teacher:
    """A phone with a key for files."""

    def __init__(self, county: County, name: str = "teacher", **more: object) -> None:
        self.county = county
        self.name = name
        self.file_key = SigningKey.generate()
        self.device = DeviceSimulator.enrol(
            county.client,
            county.code_of(name),
            now_ms=county.services.clock.now_ms,
            file_key=self.file_key.spki,
            **more,
        )

    def write(self, count: int) -> None:
        for number in range(count):
            self.device.record("lesson_opened/1", lesson_opened(lesson=f"{self.name}-{number}"))
            self.device.stream.seal()

    def file(self, carried: list[Carried] | None = None, **header: object) -> bytes:
        assert self.device.key is not None
        reader = self.county.services.keys.files
        told = FileHeader(1, "transfers", reader.key_id, self.device.device_id, self.name, 7, self.device.key.spki)
        told = msgspec.structs.replace(told, **header)
        plain = encode_transfers(give(self.device) if carried is None else carried)
        return make_file(told, plain, reader.spki, self.device.key)

    def stored(self) -> list[str]:
        found = self.county.read(lambda session: event_log.list_events(session, self.device.own_scope))
        return [event.payload["lesson"] for event in found if event.kind == "lesson_opened/1"]


def refusal(services: Services, data: bytes) -> AppError:
    with pytest.raises(AppError) as caught:
        take_file(services, data)
    return caught.value


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
