"""Every page, in both languages: it stands, has a title and one heading, and speaks the language it was asked in."""

from __future__ import annotations

import re

import pytest

from tests.console.office import ENTRY_TEXT, OWN_TEXT, Office, soup, words

KEY = re.compile(r"\b(?:console|error|need|unit|tier|role|verdict|preflight)\.[a-z_]{3,}")
# One word of each page's own, in both languages: what makes it that page.
MARKS = {
    "/console/classes": ("班级", "Classes"),
    "/console/packs": ("课程包", "Packs"),
    "/console/people": ("人员", "People"),
    "/console/pairs": ("导师和教师", "Mentors and teachers"),
    "/console/sync": ("送达情况", "Sync health"),
}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_has_a_title_one_heading_and_its_language(office: Office, language: str) -> None:
    for path in office.pages():
        answer = office.browser("trainer", language).get(path)
        page = soup(answer)
        assert answer.status_code == 200, path
        assert page.html and page.html["lang"] == language, path
        assert page.title and page.title.get_text().strip(" ·"), path
        headings = page.find_all("h1")
        assert len(headings) == 1 and headings[0].get_text().strip(), path
        assert not KEY.search(words(answer)), (path, KEY.search(words(answer)))
        assert page.find(attrs={"data-testid": "console-nav"}), path


@pytest.mark.parametrize("index", [0, 1])
def test_the_navigation_leads_to_each_place_and_marks_where_one_is(office: Office, index: int) -> None:
    browser = office.browser("trainer", ("zh-Hans", "en")[index])
    for path, mark in MARKS.items():
        page = soup(browser.get(path))
        here = page.select('[data-testid="console-nav"] [aria-current="page"]')
        assert [one["href"] for one in here] == [path]
        assert page.h1 and page.h1.get_text() == mark[index]


def test_no_page_holds_what_its_own_policy_forbids(office: Office) -> None:
    for path in office.pages():
        answer = office.browser("trainer").get(path)
        page = soup(answer)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert not page.find_all("style") and not page.select("[style]"), path
        assert all(script.get("src", "").startswith("/console/static/") for script in page.find_all("script")), path
        handlers = [name for tag in page.find_all() for name in tag.attrs if name.startswith(("on", "hx-on"))]
        assert handlers == [], path


def test_every_form_of_every_page_carries_the_token(office: Office) -> None:
    for path in office.pages():
        for form in soup(office.browser("trainer").get(path)).select('form[method="post"]'):
            assert form.select_one('input[name="csrf"]'), (path, form.get("action"))


def test_every_field_has_a_name_for_those_who_do_not_see_it(office: Office) -> None:
    for path in office.pages():
        page = soup(office.browser("trainer").get(path))
        for entry in page.select("input:not([type=hidden]), select, textarea"):
            label = page.select_one(f'label[for="{entry.get("id")}"]') if entry.get("id") else None
            assert entry.get("aria-label") or label, (path, entry)


def test_a_journals_words_stand_on_the_page_of_the_entry_and_nowhere_else(office: Office) -> None:
    for path in office.pages():
        text = office.browser("trainer").get(path).text
        assert (ENTRY_TEXT in text) == path.endswith(office.course_entry)
        assert OWN_TEXT not in text


def test_static_files_are_kept_for_ever_under_the_hash_of_their_content(office: Office) -> None:
    page = soup(office.browser().get("/console/sign-in"))
    sheet = page.select_one('link[rel="stylesheet"]')
    assert sheet and "?v=" in str(sheet["href"])
    answer = office.browser().get(str(sheet["href"]))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert office.browser().get("/console/static/nothing.css").status_code == 404
