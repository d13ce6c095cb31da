"""A hub whose line dies after some bytes, again and again: the records that it holds reach the root, what the root says reaches
it, and no connection is in vain."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlmodel import func, select

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site, TestLine
from tests.simulation.carrying import sign
from tests.simulation.events import journal_saved
from xuetan.contracts.sync import HubHolds, HubReach, HubReachPart, HubSyncHeader
from xuetan.event_log import service as event_log
from xuetan.relay import holding
from xuetan.relay.line import NoLineError
from xuetan.relay.models import RelayPerson, RelayTransfer
from xuetan.relay.upstream import Upstream
from xuetan.sync.hub_papers import decode_hub_reply, encode_hub_sync

__all__ = ["backend"]
TRIES_MAX = 400


class DyingLine(TestLine):
    """Each connection dies when it has carried so many bytes one way. `told`: what the root's answers brought of the reach, in
    bytes, and of entries."""

    def __init__(self, root: object, *, up: int = 1 << 20, down: int = 1 << 20) -> None:
        super().__init__(root)
        self.up = up
        self.down = down
        self.told = [0, 0]

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if len(body) > self.up:
            raise NoLineError("died on the way up")
        status, answer = super().post(path, body, headers)
        if len(answer) > self.down:
            raise NoLineError("died on the way down")
        if path == "/hubs/1/sync":
            reply, _bodies = decode_hub_reply(answer)
            self.told[0] += len(reply.part.data) if isinstance(reply.part, HubReachPart) else 0
            self.told[1] += len(reply.entries or [])
        return status, answer


def write_much(phone: HubPhone, entries: int) -> None:
    """Texts that no compression makes small, a segment for each."""
    chance = random.Random(entries)
    for number in range(entries):
        text = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(1_000))
        phone.device.record("journal_saved/1", journal_saved(f"{number} {text}"))
        phone.device.stream.seal()


def give(phone: HubPhone, site: Site, segments_max: int) -> None:
    """All that the phone has, so many segments in each transfer."""
    segments = phone.device.stream.segments_from(0)
    for start in range(0, len(segments), segments_max):
        phone.ask(site, carried=[sign(phone.device, phone.device.stream, segments[start : start + segments_max])])


def talk_over(site: Site, line: DyingLine, progress: Callable[[], object]) -> list[object]:
    """Until all is said; how far it was at the beginning and whenever a connection died."""
    upstream = Upstream(site.services, line)
    reached = [progress()]
    for _ in range(TRIES_MAX):
        try:
            if not upstream.exchange():
                return reached
        except NoLineError:
            reached.append(progress())
    raise AssertionError(f"it never comes to rest: {reached[-3:]}")


@pytest.mark.parametrize("up", [20_000, 60_000])
def test_records_come_to_the_root_over_a_line_that_dies_on_the_way_up(county: County, site: Site, up: int) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    write_much(teacher, 50)
    give(teacher, site, 4)

    def arrived() -> int:
        return len(county.read(lambda session: event_log.list_events(session, teacher.device.own_scope)))

    reached = talk_over(site, DyingLine(county.client, up=up), arrived)
    assert arrived() == 50
    assert len(reached) > 1, "the line never died"
    assert reached == sorted(set(reached)), "a connection brought nothing"  # type: ignore[type-var]


def test_what_the_root_says_comes_over_a_line_that_dies_on_the_way_down(
    county: County, make_site: Callable[[str], Site]
) -> None:
    with county.services.database.transaction() as session:
        county.open_session = session
        for number in range(80):
            county.add(f"teacher {number}", "east-school-1", "teacher")
        county.open_session = None
    teacher = HubPhone.of(county, "teacher")
    write_much(teacher, 50)
    teacher.device.sync()
    site = make_site("hub")
    site.join(county, "east")
    line = DyingLine(county.client, down=20_000)
    reached = talk_over(site, line, lambda: list(line.told))
    assert len(reached) > 1, "the line never died"
    assert all(before < after for before, after in itertools.pairwise(reached)), reached  # type: ignore[operator]
    with site.services.database.reading() as session:
        heads = event_log.read_mirrored_heads(session)
        assert session.exec(select(func.count()).select_from(RelayPerson)).one() > 80
    assert heads[teacher.device.own_scope] >= 50
    assert sum(heads.values()) == line.told[1], "something came twice"
    reader = HubPhone.of(county, "mentor")
    site.talk()
    while isinstance(reader.ask(site).more, bool):
        pass
    assert len(reader.device.events(teacher.device.own_scope)) == 50


def test_what_no_line_is_good_enough_for_holds_up_nobody_else(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    site.talk()
    write_much(teacher, 50)
    give(teacher, site, 50)
    colleague.write("small")
    colleague.ask(site)
    line = DyingLine(county.client, up=20_000)
    upstream = Upstream(site.services, line)
    for _ in range(8):
        with suppress(NoLineError):
            upstream.exchange()
    assert stored_lessons(county, "colleague") == ["small"]
    # The day it is better, all of it goes.
    line.up = 1 << 20
    while upstream.exchange():
        pass
    with site.services.database.reading() as session:
        assert set(session.exec(select(RelayTransfer.state)).all()) == {holding.GIVEN}


def test_a_hub_that_does_not_say_how_much_it_asks_for_hears_all_at_once(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    write_much(teacher, 50)
    teacher.device.sync()
    header = HubSyncHeader(1, [], [], HubHolds(0, 0, 0), [])
    status, answer = site.upstream._as_hub("/hubs/1/sync", encode_hub_sync(header, []))
    reply, _bodies = decode_hub_reply(answer)
    assert status == 200
    assert isinstance(reply.reach, HubReach) and not isinstance(reply.part, HubReachPart)
    assert not isinstance(reply.more, bool)
    assert sum(entry.by == teacher.device.person_id for entry in reply.entries or []) == 50
