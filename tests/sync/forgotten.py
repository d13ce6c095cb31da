"""A phone that a restore forgot, and what the operator does about what it signed."""

from __future__ import annotations

from tests.county import County, StepsAtOnce
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import FileHeader, TransferAnswer
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried, Stranger
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey
from xuetan.sync import service as sync
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers
from xuetan.sync.known_strangers import take_known
from xuetan.sync.transfers import take_transfers

ASIDE = ["aside", "device_unknown"]


class Forgotten:
    """A phone that signed in after the moment of the backup: it has its key, its person and an id that nobody knows."""

    def __init__(self, county: County, who: str = "teacher") -> None:
        self.county = county
        self.device = DeviceSimulator(
            county.client,
            county.id_of(who),
            "",
            new_id(),
            now_ms=county.services.clock.now_ms,
            key=SigningKey.generate(),
        )

    def write(self, count: int) -> None:
        for _ in range(count):
            number = len(self.device.stream.events)
            self.device.record("lesson_opened/1", lesson_opened(lesson=f"lesson-{number}"))
            self.device.stream.seal()

    def give(self, first: int = 0) -> list[Carried]:
        """As a hub brings it, which saw by which key the phone's question was signed."""
        assert self.device.key is not None
        carried = give(self.device, first=first)
        for one in carried:
            one.transfer.by = self.device.key.spki
        return carried

    def file(self) -> bytes:
        assert self.device.key is not None
        reader = self.county.services.keys.files
        told = FileHeader(1, "transfers", reader.key_id, self.device.device_id, "王老师", 7, self.device.key.spki)
        return make_file(told, encode_transfers(give(self.device)), reader.spki, self.device.key)

    def stored(self) -> list[str]:
        found = self.county.read(lambda session: event_log.list_events(session, self.device.own_scope))
        return [event.payload["lesson"] for event in found if event.kind == "lesson_opened/1"]


def take(county: County, carried: list[Carried]) -> list[TransferAnswer]:
    return take_transfers(county.services, carried).answers


def kept(county: County) -> list[Stranger]:
    return county.read(lambda session: event_log.list_strangers(session, only_open=True))


def accept(county: County, stranger: Stranger) -> None:
    """The operator's word, and the job that it puts on file."""
    county.write(
        lambda session: sync.accept_stranger(session, stranger.of, "phone", actor=OPERATOR, services=county.services)
    )
    run_job(county, stranger)


def run_job(county: County, stranger: Stranger) -> None:
    take_known(county.services, StepsAtOnce(), stranger.of.person_id, stranger.of.key_id)  # type: ignore[arg-type]


def lessons(count: int) -> list[str]:
    return [f"lesson-{number}" for number in range(count)]
