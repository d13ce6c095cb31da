"""What phones last said of themselves: streams that they left, what came again under another name, how far they have read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulation.events import lesson_opened
from tests.simulation.sealing import LocalStream
from xuetan.event_log import service as event_log
from xuetan.event_log.segments import Event, Origin
from xuetan.event_log.service import Push, SentSegment
from xuetan.kernel.database import Database
from xuetan.kernel.ids import new_id

HASH = "A" * 22
DAY_MS = 86_400_000


class Phone:
    """One device of a person. `push` says how many events its stream holds, and sends some of them."""

    def __init__(self, database: Database, person: str = "") -> None:
        self.database = database
        self.person = person or new_id()
        self.device = new_id()
        self.local = LocalStream()
        self.ms = 1_000
        self.write(lambda session: event_log.add_member(session, self.scope, self.person, "owner", now_ms=1))

    @property
    def scope(self) -> str:
        return f"u:{self.person}"

    def write(self, step: Any) -> Any:
        with self.database.transaction() as session:
            return step(session)

    def save(self, count: int, origins: list[Origin | None] | None = None) -> None:
        for origin in origins or [None] * count:
            self.local.append(self.scope, Event("lesson_opened/1", 1, lesson_opened(), origin))
            self.local.seal()

    def push(self, send: int = 0, **said: Any) -> None:
        self.ms += 1_000
        segments = [SentSegment(*one) for one in self.local.sealed[self.local.acknowledged :][:send]]
        self.local.acknowledged += send
        push = Push(self.local.stream, self.person, self.device, self.local.end, segments, None, self.ms)
        self.write(lambda session: event_log.write_push(session, push._replace(**said)))

    def leave(self) -> list[Origin | None]:
        """Go on in another stream; what the old one would be named for."""
        old, self.local = self.local, LocalStream()
        kept = [event.origin for _scope, event in old.events[old.acknowledged :]]
        names = range(old.acknowledged, old.end)
        return [origin or Origin(old.stream, seq, HASH) for origin, seq in zip(kept, names, strict=True)]

    def left(self) -> list[tuple[str, int]]:
        with self.database.reading() as session:
            return [(one.stream, one.missing) for one in event_log.left_streams(session, [self.person])]

    def missing(self) -> list[int]:
        with self.database.reading() as session:
            return [one.missing for one in event_log.stream_states(session, [self.person])]


@pytest.fixture
def phone(database: Database) -> Iterator[Phone]:
    yield Phone(database)


def test_a_stream_that_was_left_goes_on_showing_what_never_arrived(phone: Phone) -> None:
    phone.save(5)
    phone.push(2)
    old = phone.local.stream
    phone.leave()
    phone.save(1)
    phone.push(1)
    assert phone.left() == [(old, 3)], "a store that was cleared emits nothing again"
    assert phone.missing() == [0]


def test_what_is_emitted_again_is_there_and_settles_the_stream_that_was_left(phone: Phone) -> None:
    phone.save(5)
    phone.push(2)
    old = phone.local.stream
    phone.save(0, phone.leave())
    phone.push(1)
    assert (phone.left(), phone.missing()) == ([(old, 2)], [2])
    phone.push(2)
    assert (phone.left(), phone.missing()) == ([], [0])


def test_what_was_moved_twice_settles_both_streams(phone: Phone) -> None:
    phone.save(4)
    phone.push(1)
    phone.save(0, phone.leave())
    phone.save(1)
    phone.push(1)
    phone.save(0, phone.leave())
    phone.push(0)
    assert sum(missing for _stream, missing in phone.left()) == 5
    phone.push(3)
    assert (phone.left(), phone.missing()) == ([], [0])


def test_who_signs_in_anew_with_the_same_store_leaves_nothing_behind(phone: Phone) -> None:
    phone.save(3)
    phone.push(1)
    phone.save(0, phone.leave())
    phone.device = new_id()
    phone.push(2)
    assert (phone.left(), sorted(phone.missing())) == ([], [0, 0])


def test_a_copy_that_went_on_elsewhere_does_not_hide_what_its_twin_still_holds(phone: Phone) -> None:
    phone.save(3)
    phone.push(1)
    twin = phone.local
    phone.save(0, phone.leave())
    phone.push(2)
    phone.local = twin
    phone.push(0)
    assert phone.missing() == [2]


def test_nobody_settles_for_another_person(database: Database, phone: Phone) -> None:
    phone.save(2)
    phone.push()
    origins = phone.leave()
    phone.push()
    other = Phone(database)
    other.save(0, origins)
    other.push(2)
    assert [missing for _stream, missing in phone.left()] == [2]


def test_the_place_of_each_reader_counts_what_others_wrote_after_it(database: Database, phone: Phone) -> None:
    phone.save(2)
    phone.push(2, cursors=[(1, 0)])
    with database.transaction() as session:
        event_log.add_member(session, phone.scope, new_id(), "mentor", now_ms=2)
        card = {"person": phone.person, "name": "林", "organisation": "东"}
        event_log.append_row(session, phone.scope, "person_card", phone.person, card, now_ms=7_000)
        (health,) = event_log.read_scope_health(session, phone.person)
    (place,) = health.places
    assert (health.scope, health.role, health.head, health.last_ms) == (phone.scope, "owner", 3, 7_000)
    assert (place.device_id, place.position, place.behind) == (phone.device, 0, 1), "its own are no news to it"
    phone.push(cursors=[(1, 3)])
    with database.reading() as session:
        (health,) = event_log.read_scope_health(session, phone.person)
    assert (health.places[0].position, health.places[0].behind, health.aside) == (3, 0, 0)


def test_the_figures_of_all_phones_name_kinds_and_ages_only(database: Database, phone: Phone) -> None:
    for count in (3, 2):
        phone.save(count)
        phone.push(1, clock_offset_ms=DAY_MS)
        phone.leave()
    phone.save(4)
    phone.push(1, clock_offset_ms=0)
    other = Phone(database)
    other.ms = 40 * DAY_MS
    other.local.append(f"c:{new_id()}", Event("lesson_opened/1", 1, lesson_opened(), None))
    other.local.seal()
    other.push(1)
    with database.reading() as session:
        figures = event_log.measure_contacts(session, 40 * DAY_MS + 5_000)
        aside = event_log.count_aside_by_scope(session)
        assert event_log.count_doubtful_clocks(session, 1) == 0, "as the phone said last"
    assert (figures.devices, figures.waiting, figures.waiting_since_ms) == (2, 3, 4_000)
    assert (figures.streams, figures.never, figures.never_since_ms) == (2, 3, 2_000)
    assert dict(figures.quiet) == {"1d": 1, "7d": 0, "14d": 0, "30d": 0, "older": 1}
    assert {letter: count for letter, count in aside.items() if count} == {"c": 1}
    assert set(aside) == {"u", "p", "c", "g", "o", "pub", "other"}
