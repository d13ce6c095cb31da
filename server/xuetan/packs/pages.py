"""A lesson's body as the HTML fragment that every phone shows: rendered once, here, and sanitised.

Owns the subset of HTML (docs/pack-format.md), the anchors `p0, p1, …` by which a reader's place is remembered, and
how pictures and links inside the pack are spelt. Does not judge the body (`preflight` did). Deterministic: the same
body gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

import nh3
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, PackageLoader, select_autoescape

from xuetan.packs.markdown import LESSON_TARGET, make_parser

HEADINGS = ("h2", "h3", "h4", "h5", "h6")
ANCHORED = (*HEADINGS, "p", "li", "pre", "th", "td")
LISTS_AND_TABLES = ("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
TAGS = {*HEADINGS, *LISTS_AND_TABLES, "p", "blockquote", "pre", "code", "em", "strong", "br", "hr", "img", "a"}
ATTRIBUTES = {
    **{tag: {"id"} for tag in ANCHORED},
    "ol": {"start"},
    "img": {"src", "alt", "width", "height", "loading"},
    "a": {"href"},
    "th": {"id", "scope"},
}
# A block has text of its own when it holds words outside the blocks inside it.
BLOCKS_INSIDE = ("p", "ul", "ol", "pre", "table", "blockquote")
_OWN_ADDRESS = {"src": re.compile(r"/packs/b/[0-9a-f]{64}\Z"), "href": re.compile(r"/learn/[a-z0-9-]+/[a-z0-9-]+\Z")}


class PagePicture(NamedTuple):
    """A picture as a page refers to it. `alt` by language is used where the lesson gives none."""

    blob: str
    width: int
    height: int
    alt: Mapping[str, str]


_templates = Environment(loader=PackageLoader("xuetan.packs", "templates"), autoescape=select_autoescape(default=True))
_picture = _templates.get_template("picture.html.j2")


def render_page(
    body: str, *, slug: str, language: str, pictures: Mapping[str, PagePicture], lesson_ids: set[str]
) -> bytes:
    """UTF-8 HTML. Pictures that are not in `pictures` and links that leave the pack are dropped, their text stays."""
    parser = make_parser()
    parser.options["html"] = False
    soup = BeautifulSoup(parser.render(body), "html.parser")
    for image in soup.find_all("img"):
        _place_picture(image, language, pictures)
    for link in soup.find_all("a"):
        _place_link(link, slug, lesson_ids)
    for cell in soup.find_all("th"):
        cell["scope"] = "col"
    _anchor(soup)
    clean = nh3.clean(
        str(soup),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_keep_own_addresses,
        link_rel=None,
        url_schemes=set(),
    )
    return clean.strip().encode("utf-8") + b"\n"


def _place_picture(image: Tag, language: str, pictures: Mapping[str, PagePicture]) -> None:
    picture = pictures.get(unquote(str(image.get("src", ""))))
    if picture is None:
        image.replace_with(str(image.get("alt", "")))
        return
    alt = str(image.get("alt", "")).strip() or picture.alt.get(language, "")
    drawn = _picture.render(blob=picture.blob, alt=alt, width=picture.width, height=picture.height)
    image.replace_with(BeautifulSoup(drawn, "html.parser"))


def _place_link(link: Tag, slug: str, lesson_ids: set[str]) -> None:
    match = LESSON_TARGET.match(unquote(str(link.get("href", ""))))
    if match and match[1] in lesson_ids:
        link.attrs = {"href": f"/learn/{slug}/{match[1]}"}
    else:
        link.unwrap()


def _anchor(soup: BeautifulSoup) -> None:
    number = 0
    for block in soup.find_all(ANCHORED):
        if _has_own_text(block):
            block["id"] = f"p{number}"
            number += 1


def _has_own_text(block: Tag) -> bool:
    for child in block.children:
        if isinstance(child, Tag):
            if child.name not in BLOCKS_INSIDE and child.get_text(strip=True):
                return True
        elif str(child).strip():
            return True
    return False


def _keep_own_addresses(_tag: str, attribute: str, value: str) -> str | None:
    """The last word on addresses: whatever came before, a page refers to blobs and lessons by our own spelling
    only."""
    spelling = _OWN_ADDRESS.get(attribute)
    return value if spelling is None or spelling.match(value) else None
