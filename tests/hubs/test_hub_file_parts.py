"""Files at a hub whose line does not live long enough for one: they come to the root in parts, and none holds up another."""

from __future__ import annotations

import os

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site, TestLine
from tests.hubs.test_hub_files import kept, make
from xuetan.kernel.clock import FixedClock
from xuetan.relay import holding
from xuetan.relay.bringing import TRY_AGAIN_MS
from xuetan.relay.couriers import DONE, keep_file
from xuetan.relay.line import NoLineError
from xuetan.relay.upstream import Upstream

__all__ = ["backend"]


def write_much(phone: HubPhone, lessons: int) -> None:
    """What nothing compresses much."""
    phone.write(*(f"{number}-{os.urandom(20).hex()}" for number in range(lessons)))


class Narrow(TestLine):
    """A line that dies under every file, or part of one, that is larger."""

    bytes_max = 9_000
    brought = 0

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if not path.startswith("/hubs/1/files"):
            return super().post(path, body, headers)
        if len(body) > self.bytes_max:
            raise NoLineError("died")
        self.brought += len(body)
        return super().post(path, body, headers)


def test_a_file_that_is_too_large_for_the_line_comes_in_parts(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    write_much(teacher, 900)
    data = make(county, teacher, "large")
    assert len(data) > 3 * Narrow.bytes_max
    keep_file(site.services, data)
    line = Narrow(county.client)
    site.upstream = Upstream(site.services, line)
    site.talk()
    assert kept(site) == [(DONE, True)]
    assert line.brought == len(data)
    assert len(stored_lessons(county, "teacher")) == 901


def test_a_hub_that_started_again_goes_on_where_the_file_stands(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    write_much(teacher, 600)
    data = make(county, teacher, "large")
    keep_file(site.services, data)
    line = Narrow(county.client)
    site.upstream = Upstream(site.services, line)
    for _ in range(6):
        site.upstream.exchange()
    assert 0 < line.brought < len(data)
    site.upstream = Upstream(site.services, line)
    site.talk()
    assert kept(site) == [(DONE, True)]
    assert line.brought == len(data)


def test_a_file_that_does_not_get_through_holds_up_no_other(county: County, site: Site, clock: FixedClock) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    site.talk()
    write_much(teacher, 600)
    keep_file(site.services, make(county, teacher, "large"))
    clock.advance_ms(1_000)
    keep_file(site.services, make(county, colleague, "small"))
    line = Narrow(county.client)
    line.bytes_max = 3_000
    site.upstream = Upstream(site.services, line)
    site.talk()
    assert kept(site) == [(holding.WAITING, True), (DONE, True)]
    assert stored_lessons(county, "colleague") == ["small"]


def test_a_root_of_before_takes_files_whole(county: County, site: Site) -> None:
    class Older(TestLine):
        def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
            if path.startswith("/hubs/1/files/"):
                self.asked.append(path)
                return 404, b'{"code":"not_found","retry":"never"}'
            return super().post(path, body, headers)

    teacher = HubPhone.of(county, "teacher")
    write_much(teacher, 600)
    keep_file(site.services, make(county, teacher, "large"))
    line = Older(county.client)
    site.upstream = Upstream(site.services, line)
    site.talk()
    assert kept(site) == [(DONE, True)]
    assert len([path for path in line.asked if path.startswith("/hubs/1/files/")]) == 1


class Meddled(TestLine):
    """Somebody in between changes one part, then answers one request in the root's place."""

    flips, answers = 1, 1

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if path.startswith("/hubs/1/files/") and body and self.answers:
            self.answers -= 1
            return 404, b"<h1>no such page</h1>"
        if path.startswith("/hubs/1/files/") and body and self.flips:
            self.flips -= 1
            body = body[:-1] + bytes([body[-1] ^ 1])
        return super().post(path, body, headers)


def test_a_part_that_was_changed_and_an_answer_of_somebody_else_are_got_over(
    county: County, site: Site, clock: FixedClock
) -> None:
    teacher = HubPhone.of(county, "teacher")
    write_much(teacher, 600)
    keep_file(site.services, make(county, teacher, "large"))
    line = Meddled(county.client)
    site.upstream = Upstream(site.services, line)
    site.talk()
    assert kept(site) == [(holding.WAITING, True)]
    for _ in range(3):
        clock.advance_ms(TRY_AGAIN_MS + 1)
        site.talk()
    assert kept(site) == [(DONE, True)]
    assert (line.flips, line.answers) == (0, 0)
