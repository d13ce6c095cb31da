"""The reach of a hub over a weak line, while people are added all the time: the first day of a term."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import func, select

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site, TestLine
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import HubReachPart, HubSyncReply
from xuetan.event_log import service as event_log
from xuetan.hubs.models import ToldReach
from xuetan.mentoring import service as mentoring
from xuetan.relay.line import NoLineError
from xuetan.relay.models import RelayPerson
from xuetan.relay.upstream import Upstream
from xuetan.sync.hub_papers import decode_hub_reply

__all__ = ["backend"]
ANSWER_BYTES_MAX = 20_000
TRIES_MAX = 60


class BusyDay(TestLine):
    """A line that lets short answers through; something happens at the root before each request. `told`: what the answers said."""

    def __init__(self, root: object, happens: Callable[[int], object]) -> None:
        super().__init__(root)
        self.happens = happens
        self.told: list[HubSyncReply] = []

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if path == "/hubs/1/sync":
            self.happens(len(self.told))
        status, answer = super().post(path, body, headers)
        if len(answer) > ANSWER_BYTES_MAX:
            raise NoLineError("died on the way down")
        if path == "/hubs/1/sync":
            self.told.append(decode_hub_reply(answer)[0])
        return status, answer


@pytest.fixture
def crowded(county: County) -> County:
    """A county of so many people that its reach comes in parts."""
    with county.services.database.transaction() as session:
        county.open_session = session
        for number in range(90):
            county.add(f"teacher {number}", "east-school-1", "teacher")
        county.open_session = None
    return county


def exchange(upstream: Upstream, until: Callable[[], bool]) -> None:
    for _ in range(TRIES_MAX):
        try:
            upstream.exchange()
        except NoLineError:
            continue
        if until():
            return
    raise AssertionError("it never comes to its end")


def mirrored(site: Site) -> dict[str, int]:
    with site.services.database.reading() as session:
        return event_log.read_mirrored_heads(session)


def is_served(site: Site, person_id: str) -> bool:
    with site.services.database.reading() as session:
        return session.get(RelayPerson, person_id) is not None


def test_a_first_mirror_comes_to_its_end_though_somebody_is_added_before_each_request(
    crowded: County, make_site: Callable[[str], Site]
) -> None:
    teacher = HubPhone.of(crowded, "teacher")
    teacher.write("before")
    teacher.device.sync()
    site = make_site("hub")
    site.join(crowded, "east")
    line = BusyDay(crowded.client, lambda at: crowded.add(f"new {at}", "east-school-2", "teacher"))
    own = teacher.device.own_scope
    upstream = Upstream(site.services, line)
    exchange(upstream, lambda: mirrored(site).get(own, 0) >= 2)
    # The next reach is on its way, in parts, and what is written meanwhile comes beside it.
    teacher.write("meanwhile")
    teacher.device.sync()
    exchange(upstream, lambda: mirrored(site)[own] >= 3)
    assert isinstance(line.told[-1].part, HubReachPart)
    late = crowded.id_of("new 0")
    exchange(upstream, lambda: is_served(site, late))
    kept = crowded.read(lambda session: session.exec(select(func.count()).select_from(ToldReach)).one())
    assert kept <= 2


def test_whoever_lost_a_role_is_shown_nothing_by_the_reach_of_before(crowded: County, site: Site) -> None:
    teacher, colleague, mentor = (HubPhone.of(crowded, who) for who in ("teacher", "colleague", "mentor"))
    site.talk()
    pair = crowded.read(lambda session: mentoring.list_pairs(session, crowded.staff("mayor")))[0]

    def happens(at: int) -> None:
        crowded.add(f"new {at}", "east-school-2", "teacher")

    crowded.write(lambda session: mentoring.end_pair(session, OPERATOR, pair.id, now_ms=crowded.now_ms))
    for phone in (teacher, colleague):
        phone.write("after")
        phone.device.sync()
    own, others = teacher.device.own_scope, colleague.device.own_scope
    before = mirrored(site)[own]
    line = BusyDay(crowded.client, happens)
    upstream = Upstream(site.services, line)
    exchange(upstream, lambda: mirrored(site)[others] > 0 and bool(line.told[-1].entries))
    assert isinstance(line.told[-1].part, HubReachPart)
    assert mirrored(site)[own] == before
    mentor.ask(site)
    assert mentor.lessons(own) == []
    exchange(upstream, lambda: mirrored(site)[own] > before)
    mentor.ask(site)
    assert mentor.lessons(own) == []


def test_who_loses_a_role_while_the_reach_that_names_it_is_on_its_way_is_never_served_by_it(
    crowded: County, site: Site
) -> None:
    crowded.add("wrong", "east-school-1", "mentor")
    teacher, wrong = HubPhone.of(crowded, "teacher"), HubPhone.of(crowded, "wrong")
    teacher.write("of the teacher and the mentor alone")
    teacher.device.sync()
    wrong.device.sync()
    site.talk()
    own = teacher.device.own_scope
    # Paired by mistake, and put right while the hub has a part of what it is told of that.
    pair = crowded.pair("wrong", "teacher")
    line = BusyDay(crowded.client, lambda at: None)
    upstream = Upstream(site.services, line)
    exchange(upstream, lambda: isinstance(line.told[-1].part, HubReachPart))
    crowded.write(lambda session: mentoring.end_pair(session, OPERATOR, pair.id, now_ms=crowded.now_ms))

    def serves_wrong() -> bool:
        with site.services.database.reading() as session:
            return own in {
                scope for _number, scope, *_ in event_log.read_following(session, wrong.device.person_id).scopes
            }

    crowded.add("late", "east-school-2", "teacher")
    served: list[bool] = []

    def is_up_to_date() -> bool:
        served.append(serves_wrong())
        return is_served(site, crowded.id_of("late"))

    exchange(upstream, is_up_to_date)
    assert not any(served)
    wrong.ask(site)
    assert wrong.lessons(own) == []
