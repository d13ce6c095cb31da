"""A long scope of rows: whoever begins is given what stands now and its tail, whoever was there hears every change."""

from __future__ import annotations

import pytest

from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.contracts.limits import PULL_BYTES_MIN

KEYS = ("a", "b", "c")
VERSIONS = 60


def device_row(number: int) -> dict[str, object]:
    return {"name": f"phone {number}", "enrolled_ms": number + 1, "revoked": False}


def pull_all(phone: DeviceSimulator, **changes: object) -> list[list[int]]:
    """The positions that came down, answer after answer."""
    for name, value in changes.items():
        setattr(phone, name, value)
    answers: list[list[int]] = []
    while not answers or answers[-1]:
        reply = phone.exchange()
        assert isinstance(reply.get("entries", []), list)
        answers.append([entry["p"] for entry in reply.get("entries", []) if entry["r"] == 2])
    return answers[:-1]


def change_rows(village: Village, scope: str, versions: range) -> dict[tuple[str, str], dict[str, object]]:
    for number in versions:
        village.row(scope, "device", KEYS[number % len(KEYS)], device_row(number))
    newest = max(versions)
    return {("device", KEYS[number % len(KEYS)]): device_row(number) for number in range(newest - 2, newest + 1)}


@pytest.mark.parametrize("bytes_max", [PULL_BYTES_MIN, 1_000_000])
def test_whoever_begins_is_given_the_newest_version_of_each_row(village: Village, bytes_max: int) -> None:
    early = village.teacher_device()
    scope = f"p:{early.person_id}"
    change_rows(village, scope, range(VERSIONS // 2))
    pull_all(early)
    stands = change_rows(village, scope, range(VERSIONS // 2, VERSIONS))
    late = village.device(early.person_id)
    came = [position for answer in pull_all(late, pull_bytes_max=bytes_max) for position in answer]
    assert came == [VERSIONS - 2, VERSIONS - 1, VERSIONS]
    pull_all(early, pull_bytes_max=bytes_max)
    assert late.rows(scope) == early.rows(scope) == stands
    assert late.cursors == early.cursors == {2: VERSIONS}


def test_a_row_that_changes_between_two_answers_comes_in_its_newest_version(village: Village) -> None:
    phone = village.teacher_device()
    scope = f"p:{phone.person_id}"
    for key in KEYS:
        village.row(scope, "device", key, device_row(0))
    phone.pull_bytes_max = PULL_BYTES_MIN
    # Large enough that each is an answer of its own.
    village.row(scope, "device", "large", {**device_row(1), "name": "x" * PULL_BYTES_MIN})
    first = phone.exchange()
    assert first["more"]
    village.row(scope, "device", "a", None)
    village.row(scope, "device", "large", device_row(2))
    pull_all(phone)
    assert phone.rows(scope) == {
        ("device", "b"): device_row(0),
        ("device", "c"): device_row(0),
        ("device", "large"): device_row(2),
    }


def test_that_a_row_was_removed_is_told_to_who_had_it_and_cursors_reach_the_head(village: Village) -> None:
    phone = village.teacher_device()
    scope = f"p:{phone.person_id}"
    village.row(scope, "device", "a", device_row(0))
    pull_all(phone)
    village.row(scope, "device", "a", device_row(1))
    village.row(scope, "device", "a", None)
    assert pull_all(phone) == [[3]]
    assert phone.rows(scope) == {}
    new = village.device(phone.person_id)
    assert pull_all(new) == [[3]]
    assert new.cursors == phone.cursors == {2: 3}


def test_of_segments_between_rows_each_comes(village: Village) -> None:
    phone = village.teacher_device()
    scope = f"u:{phone.person_id}"
    card = {"person": phone.person_id, "organisation": "", "name": ""}
    for number in range(4):
        card["name"] = f"name {number}"
        village.row(scope, "person_card", phone.person_id, card)
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        phone.sync()
    reader = village.device(phone.person_id, pull_bytes_max=PULL_BYTES_MIN)
    reader.sync()
    assert reader.events() == phone.events()
    assert len(reader.events()) == 4
    assert reader.rows(scope) == {("person_card", phone.person_id): {**card, "name": "name 3"}}
