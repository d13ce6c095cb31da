"""Erasures only ever add, in whichever order they are read; and what nobody could read does not stop those who look later."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from tests.event_log.erasures import (
    SECRET,
    broken,
    erase,
    everything_stored,
    forget_all,
    message,
    said,
    teacher_with_three,
)
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.village import Village
from xuetan.contracts.limits import PULL_BYTES_MIN
from xuetan.event_log import erasing
from xuetan.event_log import service as event_log
from xuetan.event_log.segments import segment_hash
from xuetan.event_log.strangers import StrangerKey
from xuetan.event_log.transfers import Carried
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey, key_id_of


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as written", "the clock was set back"])
def test_lines_in_any_order_leave_what_none_of_them_took(village: Village, order: tuple[int, int]) -> None:
    phone = teacher_with_three(village)
    lines = []
    for word in ("早上好", SECRET):
        done = erase(village, phone, word)
        with village.services.database.reading() as session:
            lines.append(erasing.line_of(session, done.erasure_id))
    forget_all(village, with_erasures=True)
    with village.services.database.transaction() as session:
        assert erasing.erase_by(session, [lines[at] for at in order]) == 2
    phone.sync()
    assert said(village, phone) == ["明天见"]
    assert SECRET not in everything_stored(village)
    assert not broken(village)


def test_of_a_large_erasure_every_row_fits_into_the_smallest_answer(village: Village) -> None:
    phone = village.teacher_device()
    for number in range(900):
        phone.record("message_sent/1", message(f"第{number}句"))
    phone.sync()
    reader = village.device(village.mentor_of(phone.person_id))
    erase(village, phone, whole=True)
    reader.sync()
    rows = list(reader.rows(phone.own_scope, "erased").values())
    assert max(len(json.dumps(row, ensure_ascii=False).encode()) for row in rows) < PULL_BYTES_MIN
    assert sorted(event[1] for row in rows for event in row["events"]) == list(range(900))
    assert sum(len(seqs) for row in rows for _position, seqs in row["entries"]) == 900


class Unreadable(NamedTuple):
    carried: Carried
    of: StrangerKey
    spki: str


def unreadable_of_stranger(village: Village, phone: DeviceSimulator) -> Unreadable:
    """A transfer in the phone's scope that a key signed that nobody knows, of a body that cannot be read."""
    other = village.device(phone.person_id)
    other.key = SigningKey.generate()
    other.record("message_sent/1", message("x"))
    (carried,) = list(give(other))[:1]
    transfer, body = carried.transfer, b"\0\0\x05garbage"
    header = transfer.segs[0]
    header.len = len(body)
    header.hash = segment_hash(transfer.stream, header.scope, header.first, header.n, header.prev, body)
    of = StrangerKey(phone.person_id, new_id(), key_id_of(other.key.spki))
    return Unreadable(Carried(transfer, [body]), of, other.key.spki)


def test_what_nobody_could_read_of_a_stranger_stops_nobody_who_looks_later(village: Village) -> None:
    phone = teacher_with_three(village)
    found = unreadable_of_stranger(village, phone)
    with village.services.database.transaction() as session:
        event_log.keep_of_stranger(
            session,
            found.carried,
            found.of,
            found.spki,
            name="n",
            is_known_person=True,
            is_brought_home=False,
            now_ms=5,
        )
    assert erase(village, phone, whole=True).events == 3
    with village.services.database.reading() as session:
        assert not erasing.measure(session, phone.own_scope, lambda _one: True).kinds
    phone.record("message_sent/1", message("后来"))
    phone.sync()
    assert erase(village, phone, whole=True).events == 1
