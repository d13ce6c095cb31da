"""What carriers bring of segments of which something was erased: believed where the root remembers it, and nowhere else."""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from tests.event_log.erasures import (
    SECRET,
    broken,
    erase,
    everything_stored,
    forget_all,
    message,
    said,
    teacher_with_three,
    tombstone,
)
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.village import Village
from xuetan.event_log import service as event_log
from xuetan.event_log.remains import without
from xuetan.event_log.segments import segment_hash
from xuetan.event_log.service import Author
from xuetan.kernel.ids import b64url_encode
from xuetan.kernel.signing import SigningKey


def carry(village: Village, phone: DeviceSimulator) -> list[list[object]]:
    """Everything of the phone, brought by somebody; the answers."""
    phone.key = phone.key or SigningKey.generate()
    answers: list[list[object]] = []
    for carried in give(phone):
        author = Author(phone.person_id, phone.device_id, phone.key.spki, revoked=False)
        checked = event_log.check_transfer(carried, author, village.services.clock.now_ms())
        with village.services.database.transaction() as session:
            answers += event_log.write_transfer(session, checked).answers
    return answers


def test_a_tombstone_of_what_the_root_erased_fills_its_place(village: Village) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    tombstone(phone)
    phone.record("message_sent/1", message("后来"))
    forget_all(village)
    assert carry(village, phone) == [["ok"], ["ok"]]
    assert said(village, phone) == ["早上好", "明天见", "后来"]
    assert not broken(village)


def test_a_carrier_makes_no_tombstone_of_what_the_root_does_not_know_as_erased(village: Village) -> None:
    """The signature covers the hash, not what is said to remain: nothing is kept of it, and what follows waits for the real one."""
    phone = teacher_with_three(village)
    whole = list(phone.stream.sealed)
    tombstone(phone)
    phone.record("message_sent/1", message("后来"))
    forget_all(village)
    assert carry(village, phone) == [["gap", 0], ["gap", 0]]
    assert said(village, phone) == []
    phone.stream.sealed[0] = whole[0]
    whole[0][0].gone, whole[0][0].len = UNSET, len(whole[0][1])
    assert carry(village, phone)[0] == ["ok"]
    assert said(village, phone) == ["早上好", SECRET, "明天见", "后来"]


def test_sealed_bytes_that_are_carried_late_bring_nothing_back(village: Village) -> None:
    phone = teacher_with_three(village)
    erase(village, phone)
    forget_all(village)
    assert carry(village, phone) == [["ok"]]
    assert SECRET not in everything_stored(village)
    assert said(village, phone) == ["早上好", "明天见"]


def test_what_was_erased_before_it_was_sealed_is_what_was_sealed(village: Village) -> None:
    """The hash is of what remains, so the signature covers it: any carrier brings it, and what follows is no gap."""
    phone = teacher_with_three(village)
    header, body = phone.stream.sealed[0]
    left = without(body, [1])
    header.len, header.gone = len(left), b64url_encode(hashlib.sha256(left).digest())
    header.hash = segment_hash(phone.stream.stream, header.scope, header.first, header.n, header.prev, left)
    phone.stream.sealed[0] = (header, left)
    forget_all(village)
    phone.record("message_sent/1", message("后来"))
    assert carry(village, phone) == [["ok"], ["ok"]]
    assert said(village, phone) == ["早上好", "明天见", "后来"]
    assert not broken(village)
