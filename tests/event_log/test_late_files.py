"""Files that come late: what they say of a phone's streams takes nothing away from what the phone said itself."""

from __future__ import annotations

from tests.event_log.test_contacts import Phone, phone
from tests.simulation.sealing import LocalStream
from xuetan.event_log import service as event_log
from xuetan.kernel.database import Database

__all__ = ["phone"]


def test_a_late_file_of_an_older_stream_takes_nothing_away(phone: Phone) -> None:
    phone.save(2)
    phone.push(2)
    old = phone.local
    phone.leave()
    phone.save(2)
    phone.push(1)
    now, phone.local = phone.local, old
    phone.push(0, carried=True)
    phone.local = now
    assert (phone.left(), phone.missing()) == ([], [1])


def test_a_late_file_of_a_stream_never_heard_of_is_not_what_the_phone_has_now(database: Database, phone: Phone) -> None:
    phone.save(3)
    phone.push(1)
    now, last_ms = phone.local, phone.ms
    phone.local = LocalStream()
    phone.save(2)
    older = phone.local.stream
    phone.push(1, carried=True)
    with database.reading() as session:
        (state,) = event_log.stream_states(session, [phone.person])
        figures = event_log.measure_contacts(session, phone.ms)
    assert (state.stream, state.missing, state.last_contact_ms) == (now.stream, 2, last_ms), "they only wait"
    assert phone.left() == [(older, 1)]
    assert (figures.devices, figures.waiting, figures.streams, figures.never) == (1, 2, 1, 1)
    # Once the phone speaks of it itself, that is what it has.
    phone.push(1)
    assert (phone.left(), phone.missing()) == ([(now.stream, 2)], [0])
