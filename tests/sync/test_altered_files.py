"""Files that were altered, forged or made to do harm: refused by name, and nothing of them is anybody's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import UNSET
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give
from tests.sync.file_maker import Teacher, flip, refusal
from xuetan.contracts.limits import XTSYNC_BYTES_MAX
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.sync.couriers import take_file
from xuetan.sync.files import MAGIC, make_file


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


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
