"""SIGKILL of a real server while phones push: what was acknowledged is there, once, and everything told from it is what a rebuild tells.

End to end: phones enrol by code over HTTP, teachers and a mentor write, the process is killed at moments that nobody chose, started again
on the same folder, and the phones go on with the same tokens and the same bytes.
"""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tests.county import County
from tests.security.real_server import RealServer, settings_of
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import ATTEMPT, question_answered
from tests.waiting import wait_until
from xuetan.app import build_services
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import new_id, new_thing_id
from xuetan.kernel.services import Services
from xuetan.learning_log.models import PROJECTIONS

KILLS = 3
EVENTS_PER_EXCHANGE_MAX = 12
EXCHANGES_BEFORE_A_KILL_MAX = 24
PAUSE_SECONDS_MAX = 0.02
TEACHERS = ("teacher", "colleague", "west-teacher")


def http(base_url: str) -> httpx.Client:
    """A plain client: no certificates to load, no proxy of the environment."""
    return httpx.Client(base_url=base_url, timeout=30, verify=False, trust_env=False)


class Writer:
    """One phone and the thread in which it writes and pushes until the server is gone. `acknowledged`: (stream, seq) that the
    server said it has, by an answer that this phone got."""

    def __init__(self, phone: DeviceSimulator, teacher_scope: str | None, seed: int) -> None:
        self.phone = phone
        self.acknowledged: set[tuple[str, int]] = set()
        self._teacher_scope = teacher_scope
        self._chance = random.Random(seed)
        self._thread: threading.Thread | None = None
        self.failure: BaseException | None = None
        self.exchanges = 0

    def start(self, base_url: str) -> None:
        self._thread = threading.Thread(target=self._run, args=(base_url,), daemon=True)
        self._thread.start()

    def join(self) -> None:
        assert self._thread is not None
        self._thread.join(timeout=60)
        assert not self._thread.is_alive()
        if self.failure is not None:
            raise self.failure

    def _run(self, base_url: str) -> None:
        try:
            with http(base_url) as client:
                self.phone.client = client
                while True:
                    self._write()
                    self._exchange()
        except httpx.TransportError:
            return
        except BaseException as failure:
            self.failure = failure

    def _exchange(self) -> None:
        self.phone.exchange()
        stream = self.phone.stream
        self.acknowledged |= {(stream.stream, seq) for seq in range(stream.acknowledged)}
        self.exchanges += 1

    def _write(self) -> None:
        for _ in range(self._chance.randint(1, EVENTS_PER_EXCHANGE_MAX)):
            if self._teacher_scope is not None:
                words = {"message": new_thing_id(), "text": "收到了，我看一下。"}
                self.phone.record("message_sent/1", words, scope=self._teacher_scope)
            elif self._chance.random() < 0.3:
                entry = {
                    "entry": new_thing_id(),
                    "ver": new_id(),
                    "parents": [],
                    "text": "今天又下雪了。" * self._chance.randint(1, 40),
                }
                self.phone.record("journal_saved/1", entry)
            else:
                self.phone.record(
                    "question_answered/1",
                    question_answered(attempt=ATTEMPT, question=f"q-{self._chance.randint(1, 9)}"),
                )


def stored(folder: Path) -> Counter[tuple[str, int]]:
    """How often each (stream, seq) stands in the log, read as it lies on the disk."""
    connection = sqlite3.connect(folder / "xuetan.sqlite")
    try:
        rows = connection.execute("SELECT stream, first, n FROM log_entry WHERE stream IS NOT NULL").fetchall()
    finally:
        connection.close()
    return Counter((stream, seq) for stream, first, n in rows for seq in range(first, first + n))


def tables_of(services: Services) -> dict[str, list[str]]:
    """Every row of every projection."""
    with services.database.reading() as session:
        run = session.connection().exec_driver_sql
        return {
            table.__tablename__: sorted(repr(tuple(row)) for row in run(f'SELECT * FROM "{table.__tablename__}"'))
            for table in PROJECTIONS
        }


def test_a_server_killed_while_phones_push_loses_and_doubles_nothing(tmp_path: Path, schema_file: Path) -> None:
    server, county, services = RealServer.with_county(tmp_path / "data", schema_file)
    county.pair("mentor", "teacher")
    codes = {name: county.code_of(name) for name in (*TEACHERS, "mentor")}
    services.database.close()
    moments = random.Random(20261121)
    writers: list[Writer] = []
    try:
        server.start()
        with http(server.base_url) as client:
            for number, (name, code) in enumerate(codes.items()):
                phone = DeviceSimulator.enrol(client, code, segments_max=4)
                phone.exchange()
                scope = f"u:{county.id_of('teacher')}" if name == "mentor" else None
                writers.append(Writer(phone, scope, number))
        for _ in range(KILLS):
            before = sum(writer.exchanges for writer in writers)
            for writer in writers:
                writer.start(server.base_url)
            enough = before + moments.randint(4, EXCHANGES_BEFORE_A_KILL_MAX)
            wait_until(lambda: sum(writer.exchanges for writer in writers) >= enough, 60, what="the phones push")  # noqa: B023
            threading.Event().wait(moments.uniform(0, PAUSE_SECONDS_MAX))
            server.kill()
            for writer in writers:
                writer.join()
            check_what_lies_on_the_disk(server.folder, writers)
            server.start()
        with http(server.base_url) as client:
            for writer in writers:
                writer.phone.client = client
                writer.phone.sync()
            for writer in writers:
                writer.phone.sync()
        assert server.stop() == 0
    finally:
        if server.process is not None:
            server.kill()
    assert "Traceback" not in server.log
    check_everything_arrived_once(server, county, writers)


def check_what_lies_on_the_disk(folder: Path, writers: list[Writer]) -> None:
    """Right after a kill: all that any phone was told is there, and nothing is there twice."""
    found = stored(folder)
    assert max(found.values(), default=1) == 1
    for writer in writers:
        assert writer.acknowledged <= found.keys()


def check_everything_arrived_once(server: RealServer, county: County, writers: list[Writer]) -> None:
    services = build_services(settings_of(server.folder))
    try:
        check_the_log(services, county, writers)
        check_projections(services, writers)
        check_the_inbox(services, county, writers)
    finally:
        services.database.close()


def check_the_log(services: Services, county: County, writers: list[Writer]) -> None:
    assert sum(len(writer.phone.stream.events) for writer in writers) > 50, "the phones hardly wrote"
    scopes = {f"u:{county.id_of(name)}" for name in (*TEACHERS, "mentor")}
    with services.database.reading() as session:
        events = {scope: event_log.list_events(session, scope, limit=1_000_000) for scope in scopes}
        gaps = (
            session.connection()
            .exec_driver_sql(
                "SELECT scope, count(*), max(position) FROM log_entry GROUP BY scope HAVING count(*) <> max(position)"
            )
            .fetchall()
        )
    assert gaps == []
    arrived: dict[str, dict[int, Any]] = {}
    for records in events.values():
        for record in records:
            assert record.seq not in arrived.setdefault(record.stream, {}), "an event came twice"
            arrived[record.stream][record.seq] = (record.kind, record.payload)
    for writer in writers:
        assert len(writer.phone.streams) == 1, "a kill made a phone fork"
        stream = writer.phone.stream
        written = {seq: (event.kind, event.payload) for seq, (_, event) in enumerate(stream.events)}
        assert arrived.get(stream.stream, {}) == written
    mentor = writers[-1].phone
    seen = {(event.stream, event.seq) for event in mentor.events(f"u:{county.id_of('teacher')}")}
    assert seen == {(record.stream, record.seq) for record in events[f"u:{county.id_of('teacher')}"]}


def check_projections(services: Services, writers: list[Writer]) -> None:
    services.log.project_now()
    before = tables_of(services)
    services.log.rebuild("learning_log")
    assert tables_of(services) == before
    kinds = Counter(event.kind for writer in writers for _, event in writer.phone.stream.events)
    assert len(before["learning_event"]) == sum(kinds.values())
    with services.database.reading() as session:
        failures = session.connection().exec_driver_sql("SELECT * FROM log_projection_failure").fetchall()
    assert failures == []


def check_the_inbox(services: Services, county: County, writers: list[Writer]) -> None:
    """The mentor is told of each of the teacher's entries, and the teacher of each message, exactly once."""
    entries = sum(event.kind == "journal_saved/1" for _, event in writers[0].phone.stream.events)
    messages = len(writers[-1].phone.stream.events)
    with services.database.reading() as session:
        rows = (
            session.connection()
            .exec_driver_sql(
                "SELECT person_id, text_key, count(*), count(DISTINCT item_id) FROM notification GROUP BY person_id, text_key"
            )
            .fetchall()
        )
    told = {(person, key): (count, distinct) for person, key, count, distinct in rows}
    mentor, teacher = county.id_of("mentor"), county.id_of("teacher")
    assert told.get((mentor, "inbox.journal_saved"), (0, 0)) == (entries, entries)
    assert told.get((teacher, "inbox.message_sent"), (0, 0)) == (messages, messages)
