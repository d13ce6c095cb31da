"""A lesson as HTML: the subset that phones know, anchors for the reader's place, and nothing of a hostile author."""

from __future__ import annotations

from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from xuetan.packs.markdown import outline
from xuetan.packs.pages import ATTRIBUTES, TAGS, PagePicture, render_page

BLOB = "0123456789abcdef" * 4
PICTURES = {"media/stove.svg": PagePicture(BLOB, 480, 300, {"zh-Hans": '炉子<">', "en": "A stove"})}


def page(body: str, language: str = "zh-Hans") -> str:
    rendered = render_page(body, slug="small-pack", language=language, pictures=PICTURES, lesson_ids={"02-ash"})
    return rendered.decode("utf-8")


def test_every_block_with_text_has_the_next_anchor() -> None:
    html = page("a\n\n## b\n\n- c\n- d\n\n> e\n\n1. f\n\n   g\n\n| h | i |\n|---|---|\n| j |  |\n\n```\nk\n```\n")
    soup = BeautifulSoup(html, "html.parser")
    anchored = [(tag["id"], tag.get_text(strip=True)) for tag in soup.find_all(id=True)]
    assert anchored == [(f"p{number}", letter) for number, letter in enumerate("abcdefghijk")]


def test_a_picture_keeps_its_place_and_its_words() -> None:
    image = BeautifulSoup(page("![一只炉子](media/stove.svg)"), "html.parser").find("img")
    assert image is not None
    assert image.attrs == {
        "src": f"/packs/b/{BLOB}",
        "alt": "一只炉子",
        "width": "480",
        "height": "300",
        "loading": "lazy",
    }


def test_a_picture_without_words_takes_those_of_its_sidecar() -> None:
    image = BeautifulSoup(page("![](media/stove.svg)"), "html.parser").find("img")
    assert image is not None
    assert image["alt"] == '炉子<">'


def test_a_link_to_a_lesson_becomes_an_address_of_the_app_and_any_other_plain_text() -> None:
    html = page("[灰](02-ash.md) [远](09-far.md) [网](https://example.org) [恶](javascript:alert%281%29) <x:y>")
    links = BeautifulSoup(html, "html.parser").find_all("a")
    assert [link.attrs for link in links] == [{"href": "/learn/small-pack/02-ash"}]
    assert "远 网 恶" in html


def test_raw_html_is_shown_and_not_done() -> None:
    html = page('<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b <b onclick="x">c</b>')
    assert BeautifulSoup(html, "html.parser").find(["script", "img", "b"]) is None


def test_what_preflight_must_know_of_a_body_is_found_with_its_line() -> None:
    found = outline("a\nb ![x](media/stove.svg)\n\n### c\n\n[d](02-ash.md)\n<br>\n\n**e。**f")
    assert [(one.target, one.line) for one in found.pictures] == [("media/stove.svg", 2)]
    assert [(one.target, one.line) for one in found.links] == [("02-ash.md", 6)]
    assert [(one.level, one.line) for one in found.headings] == [(3, 4)]
    assert (found.html_lines, found.stray_emphasis_lines) == ((7,), (9,))


HOSTILE = st.text(alphabet=st.sampled_from("<>\"'&=()[]!#*_`|-:/\\ \n\tabjsx炉"), max_size=120)
PIECES = st.lists(
    st.one_of(
        HOSTILE,
        st.sampled_from(
            ["<script>", "![", "](", "media/stove.svg", "javascript:", " onload=", "<svg/onload=1>", "|---|", "&lt;"]
        ),
    ),
    max_size=12,
).map("".join)


@settings(max_examples=80, deadline=None)
@given(PIECES)
def test_whatever_is_written_only_the_subset_comes_out(body: str) -> None:
    soup = BeautifulSoup(page(body), "html.parser")
    for tag in soup.find_all(True):
        assert tag.name in TAGS
        assert set(tag.attrs) <= ATTRIBUTES.get(tag.name, set())
        assert tag.get("src", f"/packs/b/{BLOB}") == f"/packs/b/{BLOB}"
        assert tag.get("href", "/learn/small-pack/02-ash") == "/learn/small-pack/02-ash"
    assert page(body) == page(body)
