"""A carried file over a line that dies: it comes in parts, over any number of connections, and is looked at as a file that came in one."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.county import County
from tests.sync.test_files import Teacher
from xuetan.contracts.limits import CARRIED_UPLOADS_MAX, FILE_CHUNK_BYTES_MAX, XTSYNC_BYTES_MAX
from xuetan.kernel.services import Services


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


class Carrier:
    def __init__(self, county: County, name: str, data: bytes) -> None:
        self.client = county.client
        self.token = Teacher(county, name).device.token
        self.data = data

    def send(self, offset: int, count: int, **more: str) -> Any:
        headers = {
            "authorization": f"Bearer {self.token}",
            "content-type": "application/octet-stream",
            "upload-offset": str(offset),
            "upload-length": str(len(self.data)),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        path = f"/sync/1/files/{hashlib.sha256(self.data).hexdigest()}"
        return self.client.post(path, content=self.data[offset : offset + count], headers=headers)


@pytest.fixture
def teacher(county: County) -> Teacher:
    teacher = Teacher(county)
    teacher.write(40)
    return teacher


@pytest.fixture
def carrier(county: County, teacher: Teacher) -> Carrier:
    return Carrier(county, "mentor", teacher.file())


def test_a_file_that_comes_in_parts_is_taken_in_with_the_last(carrier: Carrier, teacher: Teacher) -> None:
    half = len(carrier.data) // 2
    assert carrier.send(0, 0).json() == {"offset": 0}
    assert carrier.send(0, half).json() == {"offset": half}
    assert teacher.stored() == []
    answer = carrier.send(half, half + 1).json()
    assert (answer["name"], answer["taken"], answer["done"]) == ("teacher", 40, True)
    assert "receipt" in answer
    assert len(teacher.stored()) == 40


def test_an_answer_that_was_lost_is_asked_for_without_the_file(carrier: Carrier) -> None:
    carrier.send(0, len(carrier.data))
    again = carrier.send(len(carrier.data), 0).json()
    assert (again["taken"], again["known"], again["done"]) == (0, 40, True)


def test_a_part_that_belongs_somewhere_else_changes_nothing(carrier: Carrier) -> None:
    carrier.send(0, 1000)
    for offset in (0, 500, 1001):
        answer = carrier.send(offset, 100)
        assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (409, "upload_conflict", "later")
    assert carrier.send(0, 0).json() == {"offset": 1000}
    assert carrier.send(1000, len(carrier.data)).json()["taken"] == 40


def test_two_who_carry_the_same_file_do_not_meet(county: County, carrier: Carrier) -> None:
    other = Carrier(county, "colleague", carrier.data)
    carrier.send(0, 1000)
    assert other.send(0, 0).json() == {"offset": 0}
    assert other.send(0, len(other.data)).json()["taken"] == 40
    assert carrier.send(1000, len(carrier.data)).json()["known"] == 40


def test_what_is_not_the_file_that_was_announced_is_forgotten(carrier: Carrier) -> None:
    true, carrier.data = carrier.data, carrier.data[:-1] + bytes([carrier.data[-1] ^ 1])
    path = f"/sync/1/files/{hashlib.sha256(true).hexdigest()}"
    headers = {"authorization": f"Bearer {carrier.token}", "upload-offset": "0", "upload-length": str(len(true))}
    answer = carrier.client.post(path, content=carrier.data, headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (422, "file_damaged", "later")
    carrier.data = true
    assert carrier.send(0, 0).json() == {"offset": 0}
    assert carrier.send(0, len(true)).json()["taken"] == 40


def test_who_brings_many_keeps_the_newest(county: County, carrier: Carrier) -> None:
    first = carrier.data
    carrier.send(0, 1000)
    for number in range(CARRIED_UPLOADS_MAX):
        carrier.data = bytes([number]) * 2000
        assert carrier.send(0, 1000).json() == {"offset": 1000}
    carrier.data = first
    assert carrier.send(0, 0).json() == {"offset": 0}


@pytest.mark.parametrize(
    "headers",
    [
        {"upload_length": "0"},
        {"upload_length": str(XTSYNC_BYTES_MAX + 1)},
        {"upload_length": "-5"},
        {"upload_length": "9" * 40},
        {"upload_offset": "x"},
        {"upload_offset": str(10**8)},
    ],
)
def test_headers_that_say_nothing_sensible_are_refused(carrier: Carrier, headers: dict[str, str]) -> None:
    assert carrier.send(0, 10, **headers).status_code == 422


def test_no_part_is_larger_than_a_part_may_be_and_strangers_bring_none(carrier: Carrier) -> None:
    carrier.data = bytes(FILE_CHUNK_BYTES_MAX + 2)
    assert carrier.send(0, FILE_CHUNK_BYTES_MAX + 1).status_code == 413
    carrier.token = "nobody"
    assert carrier.send(0, 10).status_code == 401
    for path in ("x", "F" * 64, "..%2f..%2fetc"):
        assert carrier.client.post(f"/sync/1/files/{path}", content=b"").status_code in (401, 404)
