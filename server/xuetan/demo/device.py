"""A phone of the demo: enrols with a printed code, writes events into a stream of its own, seals and hands them in.

Owns one device's stream. Everything goes the way of a real phone's records (enrolment, segments, chain, judgement on arrival); only the
network is left out. What is written and not handed in stays on the phone, and the server learns only that it exists.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from xuetan.accounts import service as accounts
from xuetan.contracts.limits import SEGMENT_EVENTS_MAX
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Event, Push, SentSegment
from xuetan.kernel.ids import h16, new_id, new_thing_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey, canonical_json

HERE = "127.0.0.1"


class DemoPhone:
    def __init__(self, services: Services, person_id: str, code: str, name: str) -> None:
        self._services = services
        self.person_id = person_id
        self._stream = new_id()
        self._events: list[tuple[str, Event]] = []
        self._handed_in = 0
        self._chain = ""
        with services.database.transaction() as session:
            enrolment = accounts.enrol_device(
                session,
                code=code,
                public_key=SigningKey.generate().spki,
                device_name=name,
                address=HERE,
                services=services,
            )
        self._device_id = enrolment.device.id

    def record(self, kind: str, payload: dict[str, Any], *, teacher_id: str | None = None) -> None:
        """Write an event now, into this person's study or that of the teacher whom this mentor helps."""
        scope = f"u:{teacher_id or self.person_id}"
        self._events.append((scope, Event(kind, self._services.clock.now_ms(), payload)))

    def hand_in(self, *, all_but: int = 0) -> None:
        """Send what waits; with `all_but`, the connection broke before the last so many events."""
        until = len(self._events) - all_but
        segments: list[SentSegment] = []
        first = self._handed_in
        for scope, run in groupby(self._events[first:until], key=lambda one: one[0]):
            events = [event for _, event in run]
            for start in range(0, len(events), SEGMENT_EVENTS_MAX):
                part = events[start : start + SEGMENT_EVENTS_MAX]
                segment = event_log.seal_segment(self._stream, scope, first, self._chain, part)
                segments.append(segment)
                first, self._chain = first + len(part), segment.header.hash
        self._handed_in = until
        push = Push(
            stream=self._stream,
            person_id=self.person_id,
            device_id=self._device_id,
            head=len(self._events),
            segments=segments,
            clock_offset_ms=0,
            received_ms=self._services.clock.now_ms(),
        )
        with self._services.database.transaction() as session:
            pushed = event_log.write_push(session, push)
        assert all(answer[0] == "ok" for answer in pushed.answers), pushed.answers
        self._services.log.project_now()

    def save_entry(self, text: str, *, entry: str = "", parents: tuple[str, ...] = (), **more: str) -> tuple[str, str]:
        """Save a journal entry, or a new version of one; (entry, ver)."""
        payload: dict[str, Any] = {
            "entry": entry or new_thing_id(),
            "parents": sorted(parents),
            "text": text,
            **more,
        }
        payload["ver"] = h16(canonical_json(payload))
        self.record("journal_saved/1", payload)
        return payload["entry"], payload["ver"]
