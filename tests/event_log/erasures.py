"""A record in which one message names a pupil, its erasure, and what is then to be found of it: for the tests of erasing."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.county import County
from tests.simulation.device import DeviceSimulator
from tests.simulation.village import Village
from xuetan.event_log import erasing
from xuetan.event_log import service as event_log
from xuetan.event_log.erasing import ErasureView, StoredEvent
from xuetan.event_log.remains import without
from xuetan.kernel.ids import b64url_encode, new_id, new_thing_id
from xuetan.kernel.sql import run_in

SECRET = "张小明摔断了腿"


def message(text: str) -> dict[str, Any]:
    return {"message": new_thing_id(), "text": text}


def teacher_with_three(village: Village) -> DeviceSimulator:
    """Three messages in one segment; the second names a pupil."""
    phone = village.teacher_device()
    for text in ("早上好", SECRET, "明天见"):
        phone.record("message_sent/1", message(text))
    phone.sync()
    return phone


def erase(village: Village, phone: DeviceSimulator, word: str = SECRET, *, whole: bool = False) -> ErasureView:
    def choose(stored: StoredEvent) -> bool:
        return whole or word in str(stored.event.payload)

    erasure = ErasureView(new_id(), phone.own_scope, "person" if whole else "entry", "", "x", "县教育局", "家长要求", 5)
    with village.services.database.transaction() as session:
        return erasing.erase(session, erasure, choose)


def texts(phone: DeviceSimulator, scope: str) -> list[str]:
    return [event.payload["text"] for event in phone.events(scope)]


def said(village: Village, phone: DeviceSimulator) -> list[str]:
    return [event.payload["text"] for event in village.stored_events(phone.own_scope)]


def everything_stored(village: Village) -> str:
    """Every value of every table, bodies unpacked."""
    found: list[str] = []
    with village.services.database.reading() as session:
        run = run_in(session)
        for table in ("log_entry", "log_set_aside", "log_erased_segment", "log_erasure", "log_erased_event"):
            for row in run(f"SELECT * FROM {table}", ()).fetchall():
                for value in row:
                    found.append(str(value))
                    if isinstance(value, bytes | memoryview) and len(value) > 32:
                        found += [str(one.payload) for one in event_log.read_segment(bytes(value)) if one]
    return "\n".join(found)


def broken(village: Village) -> set[str]:
    with village.services.database.reading() as session:
        return event_log.find_broken_streams(session)


def tombstone(phone: DeviceSimulator, word: str = SECRET) -> None:
    """What a phone does that heard of it: the bytes go, their hash and what remains of them stay."""
    for index, (header, body) in enumerate(phone.stream.sealed):
        gone = [at for at, one in enumerate(event_log.read_segment(body)) if one and word in str(one.payload)]
        if gone:
            header.gone = b64url_encode(hashlib.sha256(body).digest())
            left = without(body, gone)
            header.len = len(left)
            phone.stream.sealed[index] = (header, left)


def begin_new_epoch(village: Village | County) -> None:
    log = village.services.log
    assert isinstance(log, event_log.EventLog)
    log.begin_new_epoch()


def forget_all(village: Village | County, *, with_erasures: bool = False) -> None:
    """As a restore from a backup of the first day does."""
    tables = ["log_entry", "log_scope", "log_stream", "log_set_aside"]
    tables += ["log_erased_event", "log_erased_segment", "log_erasure"] if with_erasures else []
    with village.services.database.transaction() as session:
        for table in tables:
            run_in(session)(f"DELETE FROM {table}", ())
    begin_new_epoch(village)
