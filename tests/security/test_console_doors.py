"""Every address of the console is knocked at by who is not signed in, by staff of another place, and by forms that are not ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county import County
from tests.security.browser import Browser
from tests.security.digest import digest_of
from tests.security.estate import (
    ASIDE_TEXT,
    COURSE_TEXT,
    MESSAGE_TEXT,
    PASSWORD,
    PRIVATE_TEXT,
    STRANGER_TEXT,
    Estate,
)
from tests.security.inventory import ANY_STAFF, GUARDED_WORDS, STAFF, TABLE, Access
from tests.security.routes import Route
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.service import JournalReader, may_read_entry

CONSOLE_ROWS = sorted(
    ((route, access) for route, access in TABLE.items() if access.who in (STAFF, ANY_STAFF)), key=lambda row: row[0]
)
PLACED_ROWS = [(route, access) for route, access in CONSOLE_ROWS if access.who == STAFF]
FORM_ROWS = [(route, access) for route, access in CONSOLE_ROWS if route[0] == "POST"]
STRANGERS = ("west-trainer", "head")


def named(rows: list[tuple[Route, Access]]) -> Any:
    return pytest.mark.parametrize(("route", "access"), rows, ids=[" ".join(route) for route, _ in rows])


def knock(estate: Estate, browser: Browser, route: Route, access: Access, **more: Any) -> Any:
    """The request that the owner would make, made by this browser."""
    assert access.path is not None
    path = access.path(estate)
    if route[0] == "GET":
        return browser.get(path, **more)
    return browser.post(path, access.form(estate), files=access.files(estate) or None, **more)


@named(CONSOLE_ROWS)
def test_who_is_not_signed_in_is_led_to_the_sign_in_page(estate: Estate, route: Route, access: Access) -> None:
    visitor = estate.browser()
    visitor.get("/console/sign-in")
    answer = knock(estate, visitor, route, access)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/sign-in")
    assert answer.text == ""


@pytest.mark.parametrize("cookie", ["", "nonsense", "A" * 43, "%00", "x" * 5000])
def test_a_made_up_session_is_no_session(estate: Estate, cookie: str) -> None:
    visitor = estate.browser()
    visitor.cookies.set("xuetan_console", cookie)
    for route, _access in CONSOLE_ROWS:
        path = route[1].replace("{", "").replace("}", "")
        answer = visitor.get(path) if route[0] == "GET" else visitor.post(path, csrf="x")
        assert answer.status_code == 303, route
        assert answer.headers["location"].startswith("/console/sign-in"), route


@named(PLACED_ROWS)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_staff_of_another_place_get_and_change_nothing(
    estate: Estate, route: Route, access: Access, stranger: str
) -> None:
    browser = estate.browser(stranger)
    assert access.path is not None
    path, form, csrf = access.path(estate), access.form(estate), browser.csrf()
    before = digest_of(estate.county.services)
    files = access.files(estate) or None
    answer = browser.get(path) if route[0] == "GET" else browser.post(path, form, files=files, csrf=csrf)
    assert answer.status_code in ((200,) if access.shows_less else (403, 404, 422)), answer.text[:2000]
    for word in (*GUARDED_WORDS, PRIVATE_TEXT, COURSE_TEXT, MESSAGE_TEXT):
        assert word not in answer.text
    assert digest_of(estate.county.services) == before


@named(CONSOLE_ROWS)
def test_who_it_belongs_to_gets_through(estate: Estate, route: Route, access: Access) -> None:
    """So that a refusal above is a refusal of the stranger and not of a malformed request."""
    leaves = route[1].endswith("/sign-out")
    owner = estate.signed_in(access.owner) if leaves else estate.browser(access.owner)
    answer = knock(estate, owner, route, access)
    assert answer.status_code in (200, 303), answer.text[:2000]
    assert leaves or not answer.headers.get("location", "").startswith("/console/sign-in")


@named(FORM_ROWS)
@pytest.mark.parametrize("fault", ["no token", "the token of another", "another origin", "an origin that is null"])
def test_a_form_that_is_not_ours_changes_nothing(estate: Estate, route: Route, access: Access, fault: str) -> None:
    mayor = estate.browser("mayor")
    assert access.path is not None
    path, form, files = access.path(estate), access.form(estate), access.files(estate) or None
    csrf, headers = mayor.csrf(), {}
    if fault == "no token":
        csrf = ""
    elif fault == "the token of another":
        csrf = estate.browser("trainer").csrf()
    else:
        headers["origin"] = "null" if "null" in fault else "http://testserver:8001"
    before = digest_of(estate.county.services)
    answer = mayor.post(path, form, files=files, csrf=csrf, headers=headers)
    assert answer.status_code == 403, answer.text[:2000]
    assert digest_of(estate.county.services) == before
    assert mayor.get("/console/people").status_code == 200


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/language"])
def test_a_form_that_is_not_ours_is_refused_before_anybody_is_signed_in(estate: Estate, path: str) -> None:
    form = {"name": "mayor", "password": PASSWORD, "language": "en"}
    for visitor in (estate.browser(), estate.browser()):
        visitor.get("/console/sign-in")
        answer = visitor.post(path, form, csrf=estate.browser().csrf())
        assert answer.status_code == 403
        assert "xuetan_console" not in answer.headers.get("set-cookie", "")
        assert "xuetan_language" not in answer.headers.get("set-cookie", "")


def test_a_session_that_ended_opens_nothing(county: County, clock: FixedClock) -> None:
    estate = Estate.found(county)
    mayor = estate.browser("mayor")
    assert mayor.get("/console/people").status_code == 200
    cookie = mayor.cookies["xuetan_console"]
    mayor.post("/console/sign-out")
    thief = estate.browser()
    thief.cookies.set("xuetan_console", cookie)
    assert thief.get("/console/people").status_code == 303

    trainer = estate.browser("trainer")
    clock.advance_ms(10 * 3_600_000)
    assert trainer.get("/console/people").status_code == 303


def test_a_role_that_was_taken_back_closes_every_page_at_once(county: County) -> None:
    estate = Estate.found(county)
    trainer = estate.browser("trainer")
    assert trainer.get(f"/console/people/{estate.guarded_id}").status_code == 200
    for grant in county.read(lambda session: accounts.list_grants(session, OPERATOR, county.id_of("trainer"))):
        county.write(
            lambda session, grant=grant: accounts.end_role(session, grant.id, actor=OPERATOR, services=county.services)
        )
    assert trainer.get(f"/console/people/{estate.guarded_id}").status_code == 303


def test_teachers_and_mentors_do_not_get_into_the_console_even_with_a_password(county: County) -> None:
    """Whatever they read, they read on their phones; a mentor whose pair ended finds no other way in."""
    estate = Estate.found(county)
    for name in ("teacher", "mentor"):
        estate.give_password(name)
        visitor = estate.browser()
        assert visitor.sign_in(name, PASSWORD).status_code == 403
        assert visitor.get(f"/console/people/{estate.guarded_id}").status_code == 303


def test_a_bearer_token_of_a_phone_opens_no_page_of_the_console(estate: Estate) -> None:
    phone = estate.county.device_of("teacher")
    visitor = estate.browser()
    visitor.cookies.set("xuetan_console", phone.token)
    answer = visitor.get("/console/people", headers={"authorization": f"Bearer {phone.token}"})
    assert answer.status_code == 303


def test_the_rule_of_who_reads_journals_is_the_one_that_the_threat_model_quotes() -> None:
    """Owner and paired mentor read every entry; a trainer of both school and class reads course work; nobody else reads any."""
    for is_course_work in (False, True):
        assert may_read_entry(JournalReader(is_owner=True), is_course_work=is_course_work)
        assert may_read_entry(JournalReader(is_paired_mentor=True), is_course_work=is_course_work)
        assert (
            may_read_entry(JournalReader(trains_school=True, trains_class=True), is_course_work=is_course_work)
            == is_course_work
        )
        assert not may_read_entry(JournalReader(trains_school=True), is_course_work=is_course_work)
        assert not may_read_entry(JournalReader(trains_class=True), is_course_work=is_course_work)
        assert not may_read_entry(JournalReader(), is_course_work=is_course_work)


@pytest.mark.parametrize(
    ("reader", "course_work", "private"),
    [("trainer", 200, 403), ("mayor", 403, 403), ("head", 404, 404), ("west-trainer", 404, 404)],
)
def test_journal_entries_are_read_by_whom_the_rule_names_and_nobody_else(
    estate: Estate, reader: str, course_work: int, private: int
) -> None:
    browser = estate.browser(reader)
    for entry, text, expected in (
        (estate.course_entry, COURSE_TEXT, course_work),
        (estate.private_entry, PRIVATE_TEXT, private),
    ):
        answer = browser.get(f"/console/people/{estate.guarded_id}/entries/{entry}")
        assert answer.status_code == expected
        assert (text in answer.text) == (expected == 200)
        assert MESSAGE_TEXT not in answer.text


def test_what_was_set_aside_is_opened_by_who_runs_the_installation_alone(estate: Estate) -> None:
    item = estate.aside_of_someone()
    for name, allowed in (("mayor", True), ("trainer", False), ("head", False), ("west-trainer", False)):
        browser = estate.browser(name)
        for path in ("/console/sync/aside", f"/console/sync/aside/{item}"):
            answer = browser.get(path)
            assert answer.status_code == (200 if allowed else 403), (name, path)
            assert (ASIDE_TEXT in answer.text) == (allowed and path.endswith(item))
        assert ("/console/sync/aside" in browser.get("/console/sync").text) == allowed
    mayor = estate.browser("mayor")
    key = item.split(".")
    for wrong in ("nothing", ".".join([*key[:2], "7", *key[3:]]), ".".join([*key[:2], "x", *key[3:]]), f"{item}.more"):
        assert mayor.get(f"/console/sync/aside/{wrong}").status_code == 404
        assert mayor.post(f"/console/sync/aside/{wrong}/release").status_code == 404


def test_who_opened_what_was_set_aside_is_written_down(estate: Estate) -> None:
    item = estate.aside_of_someone()
    mayor = estate.browser("mayor")
    assert "mayor" not in mayor.get("/console/sync/aside").text.partition("<main")[2]
    mayor.get(f"/console/sync/aside/{item}")
    readers = estate.county.read(lambda session: event_log.list_aside_readings(session, event_log.read_aside_key(item)))
    assert [reader for reader, _when in readers] == [estate.county.id_of("mayor")]


def test_what_strangers_signed_is_seen_and_decided_by_who_runs_the_installation_alone(estate: Estate) -> None:
    item = estate.stranger_of_someone()
    for name, allowed in (("mayor", True), ("trainer", False), ("head", False), ("west-trainer", False)):
        browser = estate.browser(name)
        for path in ("/console/sync/strangers", f"/console/sync/strangers/{item}"):
            answer = browser.get(path)
            assert answer.status_code == (200 if allowed else 403), (name, path)
            assert (STRANGER_TEXT in answer.text) == (allowed and path.endswith(item))
        assert ("/console/sync/strangers" in browser.get("/console/sync").text) == allowed
        if not allowed:
            for deed in ("accept", "throw-away"):
                assert browser.post(f"/console/sync/strangers/{item}/{deed}").status_code == 403
            assert browser.post("/console/sync/strangers/nobodys/throw-away").status_code == 403
    mayor = estate.browser("mayor")
    for wrong in ("nothing", ".".join([item.split(".")[0]] * 3), f"{item}.more"):
        assert mayor.get(f"/console/sync/strangers/{wrong}").status_code == 404
        assert mayor.post(f"/console/sync/strangers/{wrong}/accept").status_code == 404
        assert mayor.post(f"/console/sync/strangers/{wrong}/throw-away").status_code == 404
    stranger = estate.county.read(lambda session: event_log.get_stranger(session, event_log.read_stranger_key(item)))
    assert (stranger.opened_by, stranger.accepted_ms, stranger.refused_ms) == (estate.county.id_of("mayor"), None, None)
    assert STRANGER_TEXT not in mayor.get(f"/console/people/{stranger.of.person_id}").text


@pytest.mark.parametrize(
    ("reader", "course_work", "private"),
    [("trainer", 200, 403), ("mayor", 403, 403), ("head", 404, 404), ("west-trainer", 404, 404)],
)
def test_a_photo_is_seen_by_whom_its_entry_is_readable_and_nobody_else(
    estate: Estate, reader: str, course_work: int, private: int
) -> None:
    browser = estate.browser(reader)
    for entry, expected in ((estate.course_entry, course_work), (estate.private_entry, private)):
        answer = browser.get(f"/console/people/{estate.guarded_id}/entries/{entry}/files/{estate.photo}")
        assert answer.status_code == expected
        assert (answer.headers["content-type"] == "image/jpeg") == (expected == 200)
    other = browser.get(f"/console/people/{estate.guarded_id}/entries/{estate.course_entry}/files/{'0' * 64}")
    assert other.status_code in (403, 404)


def test_no_page_of_the_console_but_an_entry_shows_what_a_teacher_wrote(estate: Estate) -> None:
    for name in ("mayor", "trainer"):
        browser = estate.browser(name)
        for route, access in CONSOLE_ROWS:
            if route[0] == "GET" and "entries" not in route[1]:
                answer = knock(estate, browser, route, access)
                for text in (PRIVATE_TEXT, COURSE_TEXT, MESSAGE_TEXT):
                    assert text not in answer.text, route


def test_who_opens_an_entry_is_written_down_for_the_teacher(estate: Estate) -> None:
    estate.browser("trainer").get(f"/console/people/{estate.guarded_id}/entries/{estate.course_entry}")
    readers = estate.county.read(
        lambda session: learning_log.list_journal_readers(session, OPERATOR, estate.guarded_id)
    )
    assert (estate.course_entry, estate.county.id_of("trainer")) in {(one.entry, one.reader_id) for one in readers}
