"""Phones, people and accidents in any order: nothing lost, nothing doubled, nothing shown to a stranger, and it comes to rest.

The real server and phones that speak its real endpoint. What the phones wrote and what roles they have is kept beside,
in the simplest form, and compared after every rest.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from fastapi import FastAPI
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from starlette.testclient import TestClient

from tests.simulation.device import DeviceSimulator, SyncRefused
from tests.simulation.events import journal_saved, message_sent
from tests.simulation.village import Village
from xuetan.app import create_app
from xuetan.event_log.service import EventLog, EventRecord, event_hash
from xuetan.kernel.clock import FixedClock
from xuetan.settings import Settings

PHONES_MAX = 6


class Accidents(RuleBasedStateMachine):
    """One teacher with a mentor, one stranger; each with phones that are copied, cut off, damaged and restored."""

    make_settings: Callable[[ExitStack], Settings]
    phones = Bundle("phones")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.app: FastAPI = create_app(
            type(self).make_settings(self.stack),
            clock=FixedClock(),
            run_jobs=False,
            run_projectors=False,
            prepare_schema=False,
        )
        self.client = self.stack.enter_context(TestClient(self.app))
        self.village = Village(self.app.state.services, self.client)
        self.village.install(self.app)
        self.teacher = self.village.person()
        self.mentor = self.village.mentor_of(self.teacher)
        self.stranger = self.village.person()
        self.scope = f"u:{self.teacher}"
        self.all_phones: list[DeviceSimulator] = []
        self.written: Counter[str] = Counter()
        self.forbidden: set[str] = set()
        self.in_flight: list[tuple[DeviceSimulator, bytes]] = []

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            self.stack.close()

    @initialize(target=phones)
    def begin(self) -> Any:
        return self.phone_of(self.teacher)

    @rule(target=phones, who=st.sampled_from(["teacher", "teacher", "mentor", "stranger"]))
    def another_phone(self, who: str) -> Any:
        return self.phone_of(getattr(self, who)) if len(self.all_phones) < PHONES_MAX else self.all_phones[0]

    @rule(phone=phones)
    def write(self, phone: DeviceSimulator) -> None:
        text = f"text-{sum(self.written.values())}"
        self.written[text] += 1
        if phone.person_id == self.teacher:
            phone.record("journal_saved/1", journal_saved(text))
        else:
            phone.record("message_sent/1", message_sent(text), scope=self.scope)
            if phone.person_id == self.stranger:
                self.forbidden.add(text)

    @rule(phone=phones, segments=st.integers(1, 3))
    def exchange(self, phone: DeviceSimulator, segments: int) -> None:
        phone.segments_max = segments
        phone.exchange()

    @rule(phone=phones)
    def seal(self, phone: DeviceSimulator) -> None:
        phone.stream.seal()

    @rule(phone=phones)
    def lose_the_answer(self, phone: DeviceSimulator) -> None:
        frame = phone.frame()
        self.in_flight.append((phone, frame))
        phone.send(frame)

    @rule(data=st.data())
    def deliver_an_old_request_again(self, data: st.DataObject) -> None:
        if self.in_flight:
            phone, frame = data.draw(st.sampled_from(self.in_flight))
            phone.send(frame)

    @rule(phone=phones, data=st.data())
    def damage_a_request(self, phone: DeviceSimulator, data: st.DataObject) -> None:
        frame = bytearray(phone.frame())
        frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        try:
            phone.send(bytes(frame))
        except SyncRefused as refusal:
            assert refusal.status in (400, 413)

    @rule(phone=phones)
    def forget_what_was_acknowledged(self, phone: DeviceSimulator) -> None:
        phone.stream.acknowledged = 0
        phone.cursors = {}

    @rule(target=phones, phone=phones)
    def restore_a_copy_of_the_database(self, phone: DeviceSimulator) -> Any:
        """The same device goes on twice, from one database: each writes under the same stream until it learns better."""
        if len(self.all_phones) >= PHONES_MAX:
            return phone
        twin = copy.copy(phone)
        twin.streams, twin.entries = copy.deepcopy(phone.streams), dict(phone.entries)
        twin.follow, twin.cursors, twin.replies = dict(phone.follow), dict(phone.cursors), []
        self.all_phones.append(twin)
        return twin

    @rule()
    def restore_the_root(self) -> None:
        log = self.village.services.log
        assert isinstance(log, EventLog)
        log.begin_new_epoch()

    @rule()
    def end_and_begin_the_pair(self) -> None:
        self.village.end(self.scope, self.mentor, "mentor")
        self.village.give(self.scope, self.mentor, "mentor")

    @rule()
    def rest(self) -> None:
        self.come_to_rest()

    @invariant()
    def nobody_sees_what_is_not_theirs(self) -> None:
        for phone in self.all_phones:
            if phone.person_id == self.stranger:
                assert not any(scope == self.scope for scope, _ in phone.follow.values())
                assert all("d" not in entry or entry["by"] == self.stranger for entry in phone.entries.values())

    def phone_of(self, person: str) -> DeviceSimulator:
        phone = self.village.device(person, pull_bytes_max=8_192)
        self.all_phones.append(phone)
        return phone

    def come_to_rest(self) -> None:
        for _ in range(2):
            for phone in self.all_phones:
                phone.segments_max = 64
                phone.sync()
        stored = self.village.stored_events(self.scope)
        facts = {identity(event): event.payload["text"] for event in stored}
        assert Counter(facts.values()) == Counter(text for text in self.written if text not in self.forbidden)
        by_place = Counter((event.stream, event.seq) for event in stored)
        assert all(count == 1 for count in by_place.values())
        for phone in self.all_phones:
            assert phone.waiting == 0
            if phone.person_id != self.stranger:
                seen = [(event.stream, event.seq) for event in phone.events(self.scope) if event.position is not None]
                assert Counter(seen) == by_place
            told = {row["code"] for row in phone.rows(f"p:{phone.person_id}", "set_aside").values()}
            assert told <= {"not_permitted"} if phone.person_id == self.stranger else not told


def identity(event: EventRecord) -> tuple[str, int, str]:
    """What folds take once: the origin, which for an event that repeats none is itself."""
    if event.origin:
        return event.origin.stream, event.origin.seq, event.origin.hash
    return event.stream, event.seq, event_hash(event.kind, event.ts, event.payload)
