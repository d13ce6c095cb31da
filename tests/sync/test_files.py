"""Files of records: sealed, signed, carried by anybody, taken in twice or late, refused by name when they were altered."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec import UNSET
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give, sign
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from xuetan.contracts.limits import XTSYNC_BYTES_MAX
from xuetan.contracts.sync import FileHeader, Receipts
from xuetan.event_log import ingest
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import AppError
from xuetan.kernel.ids import b64url_decode
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.sync.couriers import take_file
from xuetan.sync.files import MAGIC, make_file, read_file
from xuetan.sync.frames import encode_transfers

GOLDEN = Path(__file__).resolve().parents[2] / "contracts" / "golden" / "files.json"


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


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


def test_a_file_is_taken_in_whoever_brings_it_and_twice_is_once(county: County) -> None:
    teacher = Teacher(county)
    teacher.write(3)
    data = teacher.file()
    first, second = (take_file(county.services, data) for _ in range(2))
    assert (first.name, first.taken, first.known, first.is_done) == ("teacher", 3, 0, True)
    assert (second.taken, second.known, second.is_done) == (0, 3, True)
    assert teacher.stored() == ["teacher-0", "teacher-1", "teacher-2"]


def test_the_receipt_is_the_roots_word_and_only_the_device_can_open_it(county: County) -> None:
    teacher, other = Teacher(county), Teacher(county, "mentor")
    teacher.write(2)
    taken = take_file(county.services, teacher.file())
    assert taken.receipt is not None
    file = read_file(taken.receipt)
    assert (file.header.kind, file.header.device) == ("receipts", teacher.device.device_id)
    assert file.is_signed_by(teacher.device.enrolment["root_key"])
    receipts = msgspec.json.decode(open_sealed(teacher.file_key, file.sealed, file.open_part), type=Receipts)
    (statement,) = receipts.statements
    assert event_log.is_stated(statement, teacher.device.enrolment["root_key"])
    assert statement.next == 2
    with pytest.raises(CannotOpenError):
        open_sealed(other.file_key, file.sealed, file.open_part)


def test_the_receipt_is_sealed_to_the_key_that_the_signed_header_names(county: County) -> None:
    teacher, named = Teacher(county), SigningKey.generate()
    teacher.write(1)
    taken = take_file(county.services, teacher.file(reply=named.spki))
    assert taken.receipt is not None
    file = read_file(taken.receipt)
    assert file.header.key == named.key_id
    assert b"statements" in open_sealed(named, file.sealed, file.open_part)
    assert refusal(county.services, teacher.file(reply="no key")).code == "file_malformed"


def test_a_phone_carries_for_others_and_hears_counts_and_a_sealed_receipt(county: County) -> None:
    teacher, carrier = Teacher(county), Teacher(county, "mentor")
    teacher.write(2)
    answer = county.client.post(
        "/sync/1/files", content=teacher.file(), headers={"authorization": f"Bearer {carrier.device.token}"}
    )
    assert answer.status_code == 200
    told = answer.json()
    receipt = told.pop("receipt")
    assert told == {
        "device": teacher.device.device_id,
        "name": "teacher",
        "taken": 2,
        "known": 0,
        "aside": 0,
        "done": True,
    }
    assert read_file(b64url_decode(receipt)).header.kind == "receipts"


def test_a_carrier_without_a_token_is_refused(county: County) -> None:
    answer = county.client.post("/sync/1/files", content=Teacher(county).file([]))
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


def test_a_file_of_an_older_key_is_opened_for_the_keys_are_kept(county: County) -> None:
    teacher = Teacher(county)
    teacher.write(1)
    data = teacher.file()
    folder = county.services.settings.data_dir / "keys"
    (folder / "files.pem").rename(folder / "files-2026.pem")
    county.services.keys._keys.clear()
    assert county.services.keys.files.key_id != read_file(data).header.key
    assert take_file(county.services, data).taken == 1


def test_a_safety_copy_comes_back_to_a_new_phone_by_pull_under_its_old_stream(county: County) -> None:
    lost = Teacher(county)
    lost.write(3)
    copy = lost.file()
    new = Teacher(county)
    county.client.post("/sync/1/files", content=copy, headers={"authorization": f"Bearer {new.device.token}"})
    new.device.sync()
    assert [
        (event.stream, event.payload["lesson"]) for event in new.device.events() if event.kind == "lesson_opened/1"
    ] == [(lost.device.stream.stream, f"teacher-{number}") for number in range(3)]


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_later_file_that_comes_first_loses_nothing_and_is_taken_again_when_the_one_before_has_come(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 70)
    teacher = Teacher(county)
    teacher.write(133)
    written = [f"teacher-{number}" for number in range(133)]
    stream = teacher.device.stream
    before = teacher.file([sign(teacher.device, stream, stream.sealed[:3])])
    later = teacher.file(give(teacher.device, first=3))
    outcomes = []
    for data, arrived in ((later, 0), (before, 73), (later, 133)):
        taken = take_file(county.services, data)
        outcomes.append((taken.taken, taken.known, taken.aside, taken.is_done))
        assert teacher.stored() == written[:arrived]
    assert outcomes == [(0, 0, 70, False), (3, 0, 0, True), (60, 70, 0, True)]
    assert county.read(lambda session: event_log.list_set_aside(session, teacher.device.person_id)) == []


def test_an_altered_file_is_refused_and_says_whose_it_was(county: County) -> None:
    teacher = Teacher(county)
    teacher.write(2)
    data = teacher.file()
    for at in (len(data) - 1, len(data) - 70, len(data) // 2 + 200):
        error = refusal(county.services, flip(data, at))
        assert (error.code, error.message_params["name"]) == ("file_altered", "teacher")
        assert error.details["device"] == teacher.device.device_id
    assert teacher.stored() == []


def test_no_byte_can_be_changed_and_no_bytes_fail_otherwise_than_in_words(county: County) -> None:
    teacher = Teacher(county)
    teacher.write(1)
    data = teacher.file()
    for at in range(0, len(data), 7):
        assert refusal(county.services, flip(data, at)).code in (
            "file_altered",
            "file_malformed",
            "unsupported_version",
            "file_for_another",
        )
    assert teacher.stored() == []


def test_what_another_device_signed_in_somebodys_name_is_refused(county: County) -> None:
    teacher, forger = Teacher(county), Teacher(county, "mentor")
    forger.write(1)
    named = {"device": teacher.device.device_id, "name": "teacher"}
    assert teacher.device.key is not None
    for by in (UNSET, teacher.device.key.spki):
        assert refusal(county.services, forger.file(by=by, **named)).code == "file_altered"
    # By a key of its own it is whatever that key may say: nothing of it is the teacher's.
    forged = give(forger.device)
    for one in forged:
        one.transfer.person, one.transfer.device = teacher.device.person_id, teacher.device.device_id
        one.transfer.sig2 = UNSET
    taken = take_file(county.services, forger.file(forged, **named))
    assert (taken.taken, taken.aside, taken.device, taken.receipt) == (0, 1, None, None)
    assert (teacher.stored(), forger.stored()) == ([], [])


def test_a_file_for_another_installation_is_not_opened_and_says_so(county: County) -> None:
    teacher = Teacher(county)
    teacher.write(1)
    elsewhere = SigningKey.generate()
    assert teacher.device.key is not None
    header = FileHeader(1, "transfers", elsewhere.key_id, teacher.device.device_id, "teacher", 7)
    data = make_file(header, b"secret", elsewhere.spki, teacher.device.key)
    assert refusal(county.services, data).code == "file_for_another"


def test_a_header_that_names_a_device_that_nobody_knows_keeps_nothing_back_that_is_well_signed(county: County) -> None:
    teacher = Teacher(county)
    teacher.write(1)
    taken = take_file(county.services, teacher.file(device="A" * 22))
    assert (taken.taken, taken.is_done, taken.receipt) == (1, True, None)
    assert teacher.stored() == ["teacher-0"]


HOSTILE: dict[str, Callable[[Teacher], bytes]] = {
    "nothing": lambda _one: b"",
    "a picture": lambda _one: b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "the magic alone": lambda _one: MAGIC,
    "a header that is longer than the file": lambda _one: MAGIC + b"\xff\xff\xff\xff" + bytes(500),
    "a header that is no json": lambda _one: MAGIC + (4).to_bytes(4, "little") + b"\xff\xfe{}" + bytes(500),
    "a nested header": lambda _one: MAGIC + (2000).to_bytes(4, "little") + b"[" * 2000 + bytes(500),
    "a later version": lambda _one: b"xuetan-file/2\n" + bytes(500),
    "truncated": lambda one: one.file()[:-100],
    "too large": lambda _one: MAGIC + bytes(XTSYNC_BYTES_MAX),
    "well sealed and signed, with garbage in it": lambda one: make_file(
        FileHeader(1, "transfers", one.county.services.keys.files.key_id, one.device.device_id, "teacher", 7),
        b"\xff" * 5000,
        one.county.services.keys.files.spki,
        one.device.key or SigningKey.generate(),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_changes_nothing(county: County, name: str) -> None:
    teacher = Teacher(county)
    teacher.write(2)
    carrier = {"authorization": f"Bearer {teacher.device.token}"}
    answer = county.client.post("/sync/1/files", content=HOSTILE[name](teacher), headers=carrier)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] in (
        "file_malformed",
        "file_altered",
        "request_too_large",
        "unsupported_version",
        "malformed_frame",
    )
    assert teacher.stored() == []


def test_thousands_of_tiny_segments_are_taken_and_more_are_refused(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = Teacher(county)
    teacher.write(1_000)
    assert take_file(county.services, teacher.file()).taken == 1_000
    monkeypatch.setattr("xuetan.sync.frames.TRANSFERS_SEGMENTS_MAX", 999)
    assert refusal(county.services, teacher.file()).code == "request_too_large"


def test_a_file_that_the_phones_code_made_is_opened_here(tmp_path: Path) -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    file = read_file(base64.b64decode(golden["from_phone"]))
    assert file.is_signed_by(golden["device_key"])
    assert (file.header.kind, file.header.name) == ("transfers", "王老师")
    pem = b"-----BEGIN PRIVATE KEY-----\n" + golden["root_files_private"].encode() + b"\n-----END PRIVATE KEY-----\n"
    place = tmp_path / "files.pem"
    place.write_bytes(pem)
    assert open_sealed(SigningKey.load(place), file.sealed, file.open_part) == base64.b64decode(
        golden["plain_of_phone"]
    )
