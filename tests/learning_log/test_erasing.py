"""Erasing an entry or all of a person: who may, what goes with it, and that tables made anew say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from tests.county import County
from tests.files.uploader import Uploader, jpeg
from tests.learning_log import payloads
from tests.simulation.device import DeviceSimulator
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.event_log.erasing import ErasureView
from xuetan.kernel.errors import AppError, ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.kernel.ids import new_thing_id
from xuetan.learning_log import models
from xuetan.learning_log import service as learning_log

SECRET = "张小明"
PHOTO = jpeg()
ENTRY = "E" * 16


def photo(upload: Uploader) -> dict[str, Any]:
    size = {"width": 640, "height": 480, "faces": "nobody"}
    return {"sha256": upload.sha256, "kind": "photo", "type": "image/jpeg", "bytes": len(PHOTO), **size}


class Told:
    """A teacher's record with an entry in two versions that names a pupil, its feedback, and what has nothing to do with it."""

    def __init__(self, county: County) -> None:
        self.county = county
        county.pair("mentor", "teacher")
        self.phone, self.mentor = county.device_of("teacher"), county.device_of("mentor")
        upload = Uploader(self.phone, PHOTO)
        first = payloads.journal(f"今天{SECRET}哭了", ENTRY, blobs=[photo(upload)])
        self.phone.record("journal_saved/1", first)
        self.phone.record("journal_saved/1", payloads.journal(f"{SECRET}笑了", ENTRY, first["ver"]))
        self.phone.record("journal_saved/1", payloads.journal("备课", "O" * 16))
        self.phone.record("message_sent/1", payloads.message("您好"))
        self.phone.sync()
        upload.whole()
        self.upload = upload
        self.mentor.sync()
        given = payloads.feedback(first, "revise", f"{SECRET}的事再写写")
        self.mentor.record("feedback_given/1", given, scope=self.phone.own_scope)
        self.mentor.sync()
        self.phone.sync()
        self.phone.record("feedback_answered/1", {"feedback": given["feedback"], "text": f"{SECRET}很好"})
        self.phone.sync()
        county.services.log.project_now()

    def erase(self, who: str = "mayor", **more: Any) -> ErasureView:
        return self.act(learning_log.erase_thing, who, more.pop("thing", ENTRY), more.pop("reason", "家长要求"))

    def erase_all(self, who: str = "mayor") -> ErasureView:
        return self.act(learning_log.erase_person, who, "本人要求")

    def act(self, work: Callable[..., ErasureView], who: str, *what: str) -> ErasureView:
        actor, person_id = self.county.staff(who), self.county.id_of("teacher")
        done = self.county.write(lambda s: work(s, actor, person_id, *what, now_ms=self.county.now_ms))
        self.county.services.log.project_now()
        return done


@pytest.fixture
def told(county: County) -> Told:
    return Told(county)


def stored(county: County) -> str:
    """Every value of every table, bodies unpacked."""
    words: list[str] = []
    metadata = models.LearningEvent.metadata
    with county.services.database.reading() as session:
        for table in metadata.sorted_tables:
            for row in session.connection().execute(table.select()).fetchall():
                for value in row:
                    words.append(str(value))
                    if isinstance(value, bytes | memoryview):
                        words += _unpacked(bytes(value))
    return "\n".join(words)


def _unpacked(body: bytes) -> list[str]:
    try:
        return [str(one.payload) for one in event_log.read_segment(body) if one is not None]
    except ValueError:
        return []


def projections(county: County) -> dict[str, list[dict[str, Any]]]:
    with county.services.database.reading() as session:
        return {
            table.__name__: sorted((one.model_dump() for one in session.exec(select(table))), key=str)
            for table in models.PROJECTIONS
        }


def entries(county: County) -> set[str]:
    person_id = county.id_of("teacher")
    return {one.entry for one in county.read(lambda s: learning_log.list_journal(s, OPERATOR, person_id))}


def test_an_entry_goes_with_its_versions_its_feedback_and_its_photo(told: Told) -> None:
    county = told.county
    assert SECRET in stored(county)
    assert told.upload.read().content == PHOTO
    done = told.erase()
    assert (done.events, done.files, done.office) == (4, [told.upload.sha256], "city")
    assert SECRET not in stored(county)
    assert entries(county) == {"O" * 16}
    assert told.upload.read().status_code == 404
    assert not county.read(event_log.find_broken_streams)
    for phone in (told.phone, told.mentor):
        phone.sync()
        assert len(phone.rows(told.phone.own_scope, "erased")) == 1
    (listed,) = county.read(lambda s: learning_log.list_erasures(s, county.staff("mayor"), county.id_of("teacher")))
    assert (listed.reason, listed.thing, listed.by_person_id) == ("家长要求", ENTRY, county.id_of("mayor"))


def test_tables_made_anew_from_the_log_are_the_same(told: Told) -> None:
    told.erase()
    before = projections(told.county)
    assert before["JournalVersion"]
    told.county.services.log.rebuild("learning_log")
    assert projections(told.county) == before


def test_all_of_a_person_goes_and_their_other_events_count_no_more(told: Told) -> None:
    assert told.erase_all().events == 6
    assert SECRET not in stored(told.county)
    assert "备课" not in stored(told.county)
    assert not any(projections(told.county).values())
    told.phone.sync()
    assert not told.phone.rows(f"p:{told.phone.person_id}", "inbox_item")
    told.phone.record("message_sent/1", payloads.message("又来"))
    told.phone.sync()
    told.county.services.log.project_now()
    assert [one["text"] for one in projections(told.county)["Message"]] == ["又来"]


def test_a_photo_that_another_entry_names_too_stays(told: Told) -> None:
    told.phone.record("journal_saved/1", payloads.journal("同一张", "P" * 16, blobs=[photo(told.upload)]))
    told.phone.sync()
    assert told.erase().files == []
    assert told.upload.read().content == PHOTO


def test_a_phone_that_brings_an_erased_photo_again_is_done_with_it(told: Told) -> None:
    told.erase()
    assert told.upload.begin().headers["upload-offset"] == str(len(PHOTO))
    assert told.upload.read().status_code == 404
    told.phone.record("journal_saved/1", payloads.journal("又用", "P" * 16, blobs=[photo(told.upload)]))
    told.phone.sync()
    told.upload.whole()
    assert told.upload.read().content == PHOTO


@pytest.mark.parametrize(("who", "error"), [("trainer", ForbiddenError), ("west-head", NotFoundError)])
def test_nobody_else_erases(told: Told, who: str, error: type[AppError]) -> None:
    if who == "west-head":
        told.county.add("west-head", "west", "administrator")
    for attempt in (told.erase, told.erase_all):
        with pytest.raises(error):
            attempt(who)
    assert SECRET in stored(told.county)


@pytest.mark.parametrize("who", ["mentor", "teacher"])
def test_who_is_no_staff_has_no_way_to_ask_for_it(told: Told, who: str) -> None:
    with pytest.raises(ForbiddenError):
        told.erase(who)


def test_the_head_of_the_school_may(told: Told) -> None:
    assert told.erase("head").office == "east-school-1"


def test_nothing_happens_without_a_reason_or_to_what_is_not_there(told: Told) -> None:
    with pytest.raises(InvalidRequestError):
        told.erase(reason=" ")
    with pytest.raises(NotFoundError):
        told.erase(thing=new_thing_id())
    told.erase()
    with pytest.raises(NotFoundError):
        told.erase()


def test_what_waits_on_another_phone_comes_in_and_is_shown(told: Told) -> None:
    """Written without a line before anybody erased: its writer's own, and no part of what was erased."""
    other: DeviceSimulator = told.county.device_of("teacher")
    other.record("journal_saved/1", payloads.journal("后来补的", ENTRY))
    told.erase()
    other.sync()
    told.county.services.log.project_now()
    assert entries(told.county) == {"O" * 16, ENTRY}
