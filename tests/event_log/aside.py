"""What was set aside, and what an operator does about it, as a few words."""

from __future__ import annotations

from typing import Any

from tests.simulation.device import DeviceSimulator
from tests.simulation.village import Village
from xuetan.event_log import service as event_log
from xuetan.event_log.service import AsideItem
from xuetan.kernel.ids import new_thing_id

OPERATOR = "operator"


def message(text: str = "你好") -> dict[str, Any]:
    return {"message": new_thing_id(), "text": text}


def items(village: Village, *, only_open: bool = True) -> list[AsideItem]:
    with village.services.database.reading() as session:
        return event_log.list_aside_items(session, only_open=only_open, limit=100)


def release(village: Village, item: AsideItem) -> int:
    with village.services.database.transaction() as session:
        return event_log.release_aside(session, item.key, by=OPERATOR, now_ms=5)


def answer(village: Village, item: AsideItem, text: str) -> None:
    with village.services.database.transaction() as session:
        event_log.answer_aside(session, item.key, text, by=OPERATOR, now_ms=6)


def told(phone: DeviceSimulator) -> dict[str, Any]:
    phone.sync()
    (row,) = phone.rows(f"p:{phone.person_id}", "set_aside").values()
    return row


def lessons(phone: DeviceSimulator) -> list[str]:
    phone.sync()
    return [event.payload["lesson"] for event in phone.events()]


def early_message(village: Village, teacher: DeviceSimulator, count: int = 1) -> DeviceSimulator:
    """A mentor who wrote before anybody knew them as one."""
    mentor = village.teacher_device()
    for _ in range(count):
        mentor.record("message_sent/1", message(), scope=teacher.own_scope)
    mentor.sync()
    return mentor
