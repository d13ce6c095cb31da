"""Reads the body of a lesson: CommonMark with tables, and nothing that a pack may not hold.

Owns the parser and what it looks for: raw HTML, addresses outside the pack, headings out of order, pictures and
links with their lines. Does not render (`pages` does) and does not know which files exist (`preflight` does). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

PICTURE_TARGET = re.compile(r"media/[a-z0-9][a-z0-9-]{0,63}\.(svg|png|jpg|jpeg|webp)\Z")
LESSON_TARGET = re.compile(r"(\d{2}-[a-z0-9][a-z0-9-]{0,59})\.md\Z")


def _every_link(url: str) -> bool:  # noqa: ARG001 - the parser names the argument
    return True


@dataclass(frozen=True)
class Reference:
    """A picture or link of a body. `line` counts from 1 inside the body."""

    target: str
    text: str
    line: int


@dataclass(frozen=True)
class Heading:
    level: int
    line: int


@dataclass(frozen=True)
class BodyOutline:
    """What preflight needs to know of a body."""

    pictures: tuple[Reference, ...]
    links: tuple[Reference, ...]
    headings: tuple[Heading, ...]
    html_lines: tuple[int, ...]
    stray_emphasis_lines: tuple[int, ...]
    text: str


def make_parser() -> MarkdownIt:
    """Links of every scheme parse as links, so that the bad ones can be named instead of standing in the text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.validateLink = _every_link  # type: ignore[method-assign]
    return parser


def outline(body: str) -> BodyOutline:
    """Look through a body without rendering it."""
    pictures: list[Reference] = []
    links: list[Reference] = []
    headings: list[Heading] = []
    html_lines: list[int] = []
    stray: list[int] = []
    words: list[str] = []
    for token, line in _with_lines(make_parser().parse(body)):
        if token.type in ("html_block", "html_inline"):
            html_lines.append(line)
        elif token.type == "heading_open":
            headings.append(Heading(int(token.tag[1]), line))
        elif token.type == "image":
            pictures.append(Reference(unquote(str(token.attrGet("src") or "")), token.content, line))
        elif token.type == "link_open":
            links.append(Reference(unquote(str(token.attrGet("href") or "")), "", line))
        elif token.type in ("text", "code_inline", "fence", "code_block"):
            words.append(token.content)
            if token.type == "text" and "**" in token.content:
                stray.append(line)
    return BodyOutline(
        tuple(pictures), tuple(links), tuple(headings), tuple(html_lines), tuple(stray), "\n".join(words)
    )


def _with_lines(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """Every token, inline ones too, with the line its block begins on; line breaks inside a block are counted."""
    line = 1
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        yield token, line
        inner = line
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                inner += 1
            yield child, inner
