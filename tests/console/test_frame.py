"""What stands around every page: in and out, the language, the word on what happened, errors in words."""

from __future__ import annotations

import json

import pytest

from tests.console.office import LANGUAGES, PASSWORD, Office, soup, words
from xuetan.console.visit import NOTICE_COOKIE
from xuetan.kernel.ids import b64url_encode


def test_the_first_address_leads_to_the_sign_in_and_then_to_the_classes(office: Office) -> None:
    visitor = office.browser()
    assert visitor.get("/console/").headers["location"] == "/console/sign-in"
    answer = visitor.sign_in("trainer", PASSWORD)
    assert answer.headers["location"] == "/console/classes"
    assert visitor.get("/console").headers["location"] == "/console/classes"
    assert visitor.get("/console/sign-in").status_code == 303


def test_after_the_sign_in_one_is_where_one_wanted_to_be(office: Office) -> None:
    visitor = office.browser()
    sent = visitor.get("/console/pairs").headers["location"]
    assert sent == "/console/sign-in?next=/console/pairs"
    form = soup(visitor.get(sent)).select_one('form input[name="next"]')
    assert form is not None
    entered = {"name": "trainer", "password": PASSWORD, "next": str(form["value"])}
    assert visitor.post("/console/sign-in", entered).headers["location"] == "/console/pairs"


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "/console/\r\nx: y", "/", ""]
)
def test_no_form_sends_anybody_elsewhere(office: Office, path: str) -> None:
    visitor = office.browser()
    entered = {"name": "trainer", "password": PASSWORD, "next": path}
    assert visitor.post("/console/sign-in", entered).headers["location"] == "/console/classes"
    language = {"language": "en", "back": path}
    assert visitor.post("/console/language", language).headers["location"] == "/console/classes"


def test_a_wrong_password_keeps_the_name_and_says_so(office: Office) -> None:
    answer = office.browser().sign_in("trainer", "not the password")
    page = soup(answer)
    name = page.select_one('input[name="name"]')
    assert answer.status_code == 403
    assert name is not None and name["value"] == "trainer"
    assert "not the password" not in answer.text
    assert page.select_one('[role="alert"]')


def test_signing_out_ends_the_session_and_is_told(office: Office) -> None:
    visitor = office.browser()
    visitor.sign_in("trainer", PASSWORD)
    assert visitor.post("/console/sign-out").headers["location"] == "/console/sign-in"
    assert "已退出" in words(visitor.get("/console/sign-in"))
    assert visitor.get("/console/classes").status_code == 303


def test_the_language_is_the_browsers_until_one_is_chosen(office: Office) -> None:
    visitor = office.browser()
    visitor.language("fr")
    assert soup(visitor.get("/console/sign-in")).html["lang"] == "zh-Hans"  # type: ignore[index]
    visitor.language(LANGUAGES["en"])
    assert soup(visitor.get("/console/sign-in")).html["lang"] == "en"  # type: ignore[index]
    answer = visitor.post("/console/language", {"language": "zh-Hans", "back": "/console/sign-in"})
    assert answer.headers["location"] == "/console/sign-in"
    assert soup(visitor.get("/console/sign-in")).html["lang"] == "zh-Hans"  # type: ignore[index]
    assert visitor.post("/console/language", {"language": "xx"}).status_code == 422


def test_a_page_that_is_not_there_says_so_in_words(office: Office) -> None:
    for browser in (office.browser("trainer"), office.browser()):
        answer = browser.get("/console/no/such/page")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "没有找到" in words(answer)


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(office: Office) -> None:
    answer = office.browser().get("/console/people", headers={"hx-request": "true"})
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/console/sign-in"


@pytest.mark.parametrize(
    "cookie",
    [
        "nonsense",
        b64url_encode(b"[]"),
        b64url_encode(json.dumps(["done", "no_such_word", {}]).encode()),
        b64url_encode(json.dumps(["done", "pack_given", {}]).encode()),
        b64url_encode(json.dumps(["done", 3, []]).encode()),
        b64url_encode(json.dumps({"a": 1}).encode()),
    ],
)
def test_a_word_that_is_not_ours_is_not_shown(office: Office, cookie: str) -> None:
    visitor = office.browser()
    visitor.cookies.set(NOTICE_COOKIE, cookie)
    answer = visitor.get("/console/sign-in")
    assert answer.status_code == 200
    assert soup(answer).select_one('[data-testid="notice"]') is None


def test_what_a_person_is_called_is_shown_and_never_run(office: Office) -> None:
    name = '<script>alert("x")</script>{{ 7 * 7 }}'
    person = office.county.add(name, "east-school-2", "teacher")
    for path in ("/console/people", f"/console/people/{person.id}", "/console/pairs", "/console/sync"):
        answer = office.browser("trainer").get(path)
        assert "<script>alert" not in answer.text
        assert name in soup(answer).get_text()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_body_that_is_no_form_is_refused_in_words(office: Office, kind: str) -> None:
    browser = office.browser("trainer")
    answer = browser._client.post("/console/pairs", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
