"""Files of records: sealed, signed, carried by anybody, taken in twice or late, refused by name when they were altered."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give, sign
from tests.sync.file_maker import Teacher, refusal
from xuetan.contracts.sync import Receipts
from xuetan.event_log import ingest
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import b64url_decode
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.sync.couriers import take_file
from xuetan.sync.files import read_file

GOLDEN = Path(__file__).resolve().parents[2] / "contracts" / "golden" / "files.json"


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


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
