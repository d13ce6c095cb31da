"""A hub lets go of what was erased at the root, in its mirror and in what it keeps for phones; what is left of it stays."""

from __future__ import annotations

import msgspec
from sqlmodel import select

from tests.back_ends import backend
from tests.county import County
from tests.event_log.erasures import forget_all, tombstone
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from tests.hubs.test_hub_files import make
from tests.learning_log.payloads import journal
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.event_log.models import Entry
from xuetan.kernel.sql import run_in
from xuetan.learning_log import service as learning_log
from xuetan.relay.models import RelaySegment
from xuetan.sync.service import take_file

__all__ = ["backend"]
SECRET, ENTRY = "张小明", "E" * 16


def phone_that_told(county: County) -> HubPhone:
    """Two entries in one segment; one names a pupil."""
    teacher = HubPhone.of(county, "teacher")
    teacher.device.record("journal_saved/1", journal(f"{SECRET}哭了", ENTRY))
    teacher.device.record("journal_saved/1", journal("备课", "O" * 16))
    teacher.device.stream.seal()
    return teacher


def erase(county: County) -> None:
    person_id = county.id_of("teacher")
    county.write(lambda s: learning_log.erase_thing(s, OPERATOR, person_id, ENTRY, "家长要求", now_ms=county.now_ms))


def at_hub(site: Site) -> str:
    """All that the hub keeps and mirrors, unpacked."""
    words: list[str] = []
    with site.services.database.reading() as session:
        bodies = [one.body for one in session.exec(select(RelaySegment))]
        bodies += [one.body for one in session.exec(select(Entry)) if one.body]
        for body in bodies:
            words += [str(one.payload) for one in event_log.read_segment(bytes(body)) if one]
    return "\n".join(words)


def test_the_mirror_and_what_is_kept_lose_it_and_keep_the_rest(county: County, site: Site) -> None:
    teacher = phone_that_told(county)
    site.talk()
    assert teacher.ask(site).held
    site.talk()
    assert SECRET in at_hub(site)
    erase(county)
    site.talk()
    assert SECRET not in at_hub(site)
    assert at_hub(site).count("备课") == 2


def test_what_comes_to_the_hub_later_is_kept_without_it(county: County, site: Site) -> None:
    teacher = phone_that_told(county)
    teacher.device.sync()
    erase(county)
    site.talk()
    teacher.device.stream.acknowledged = 0
    assert teacher.ask(site).held
    assert SECRET not in at_hub(site)
    site.talk()
    with site.services.database.reading() as session:
        assert {one.answer for one in session.exec(select(RelaySegment))} == {"dup"}


def test_what_was_erased_and_is_emitted_again_does_not_stall_at_the_root(county: County, site: Site) -> None:
    """Blank, it would say nothing of where it first stood: so it waits sealed, shown to nobody, and goes once the root has it."""
    teacher = phone_that_told(county)
    teacher.device.sync()
    erase(county)
    site.talk()
    teacher.device._begin_stream(teacher.device.stream, 0)
    teacher.device.stream.seal()
    assert teacher.ask(site).held
    site.talk()
    with site.services.database.reading() as session:
        assert {one.answer for one in session.exec(select(RelaySegment))} == {"ok"}
    assert SECRET not in at_hub(site)
    stored = county.read(lambda s: event_log.list_events(s, teacher.device.own_scope))
    assert SECRET not in msgspec.json.encode([one.payload for one in stored]).decode()


def test_what_is_left_of_it_comes_back_to_a_root_that_was_put_back(county: County, site: Site) -> None:
    """The root remembers what it erased, and what remained of that: so the hub's tombstone is enough, and what follows it is no gap."""
    teacher = phone_that_told(county)
    site.talk()
    teacher.ask(site)
    site.talk()
    erase(county)
    site.talk()
    teacher.write("later")
    teacher.ask(site)
    with county.services.database.transaction() as session:
        for table in ("log_entry", "log_scope", "log_stream"):
            run_in(session)(f"DELETE FROM {table}", ())
    log = county.services.log
    assert isinstance(log, event_log.EventLog)
    log.begin_new_epoch()
    site.talk()
    stored = county.read(lambda s: event_log.list_events(s, teacher.device.own_scope))
    assert [one.seq for one in stored] == [1, 2]
    assert SECRET not in msgspec.json.encode([one.payload for one in stored]).decode()
    assert not county.read(event_log.find_broken_streams)


def test_a_file_whose_erasure_a_root_has_forgotten_is_kept_by_who_carries_it(county: County) -> None:
    teacher = phone_that_told(county)
    teacher.device.sync()
    erase(county)
    tombstone(teacher.device, SECRET)
    data = make(county, teacher, "later")
    forget_all(county, with_erasures=True)
    taken = take_file(county.services, data)
    assert (taken.taken, taken.is_done) == (0, False), "what stands beside and behind it may be in no other place"
    # Its phone itself says what remains; then the file is known.
    teacher.device.sync()
    assert take_file(county.services, data).is_done
