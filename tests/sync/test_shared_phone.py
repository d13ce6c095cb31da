"""A phone that two people share has one key for both. Whoever carries what one of them gave cannot file it under the other."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec import UNSET
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened, message_sent
from xuetan.contracts.sync import FileHeader
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.kernel.services import Services
from xuetan.sync.couriers import take_file
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers
from xuetan.sync.transfers import take_transfers


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    county = County.found(services, client)
    county.pair("mentor", "teacher")
    return county


@pytest.fixture
def phone(county: County) -> tuple[DeviceSimulator, DeviceSimulator]:
    """The mentor and the teacher on one phone: both may write to the teacher's scope, and either may say the same there."""
    mentor = county.device_of("mentor")
    teacher = county.device_of("teacher", key=mentor.key)
    assert mentor.key is not None and teacher.device_id != mentor.device_id
    return mentor, teacher


def as_if_of(other: DeviceSimulator, carried: list[Carried]) -> list[Carried]:
    """What a carrier can make of it."""
    return [
        one._replace(transfer=msgspec.structs.replace(one.transfer, person=other.person_id, device=other.device_id))
        for one in carried
    ]


def of_before(carried: list[Carried]) -> list[Carried]:
    """As phones signed before a signature named its person, or without the part that does."""
    return [one._replace(transfer=msgspec.structs.replace(one.transfer, sig2=UNSET)) for one in carried]


def by_hub(county: County, carried: list[Carried]) -> list[str]:
    return [str(one.error) for one in take_transfers(county.services, carried).answers if one.error is not UNSET]


def by_file(county: County, carried: list[Carried]) -> list[str]:
    """In a file of the carrier's own."""
    carrier, reader = county.device_of("colleague"), county.services.keys.files
    assert carrier.key is not None
    header = FileHeader(1, "transfers", reader.key_id, carrier.device_id, "x", 7, carrier.key.spki)
    taken = take_file(county.services, make_file(header, encode_transfers(carried), reader.spki, carrier.key))
    return [] if taken.taken or taken.known else ["refused"]


WAYS = pytest.mark.parametrize("bring", [by_hub, by_file])
Way = Callable[[County, list[Carried]], list[str]]


def said(county: County, teacher: DeviceSimulator) -> list[tuple[str, str]]:
    """Who said what in the teacher's scope."""
    found = county.read(lambda session: event_log.list_events(session, teacher.own_scope))
    return [(event.person_id, str(event.payload["text"])) for event in found if event.kind == "message_sent/1"]


@WAYS
@pytest.mark.parametrize("strip", [of_before, list])
@pytest.mark.parametrize("is_forged_first", [True, False])
def test_what_one_of_them_said_is_filed_under_nobody_else(
    county: County, phone: tuple[DeviceSimulator, DeviceSimulator], bring: Way, strip: Way, is_forged_first: bool
) -> None:
    mentor, teacher = phone
    mentor.record("message_sent/1", message_sent("从导师来"), scope=teacher.own_scope)
    genuine = give(mentor)
    forged = as_if_of(teacher, strip(genuine))  # type: ignore[call-arg, arg-type]
    if is_forged_first:
        assert bring(county, forged)
    assert bring(county, genuine) == []
    bring(county, forged)
    assert said(county, teacher) == [(mentor.person_id, "从导师来")]
    mentor.sync()
    assert mentor.waiting == 0


@WAYS
def test_what_is_plainly_of_one_of_them_comes_in_from_phones_of_before(
    county: County, phone: tuple[DeviceSimulator, DeviceSimulator], bring: Way
) -> None:
    _mentor, teacher = phone
    teacher.record("lesson_opened/1", lesson_opened())
    assert bring(county, of_before(give(teacher))) == []
