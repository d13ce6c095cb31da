"""Pages as typed data: what a template may know, and how it becomes HTML.

Owns the template environment and the registry of pages. A page is a frozen dataclass that names its template and its title; its template
sees it as `page` and nothing else of the program. Does not know requests (`visit`) or domains.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from xuetan.kernel.text import Catalogue

FOLDER = Path(__file__).parent
STATIC_FOLDER = FOLDER / "static"
STATIC_PATH = "/console/static"


class Page:
    """A whole page. `title` is its heading and its place in the browser's tab; `area` marks the navigation."""

    template: ClassVar[str]
    title_key: ClassVar[str]
    area: ClassVar[str] = ""

    @property
    def title_params(self) -> dict[str, object]:
        return {}


class Fragment:
    """A part of a page that is fetched anew without the rest."""

    template: ClassVar[str]


@dataclass(frozen=True)
class NavigationItem:
    area: str
    path: str
    text: str
    is_here: bool


@dataclass(frozen=True)
class Notice:
    """What just happened. `tone`: done, or look."""

    tone: str
    text: str


@dataclass(frozen=True)
class Shell:
    """What stands around every page."""

    language: str
    title: str
    navigation: tuple[NavigationItem, ...]
    person_name: str
    csrf: str
    notice: Notice | None
    path: str
    stylesheet: str
    script: str | None


def all_pages() -> list[type[Page]]:
    """Every kind of page there is, for tests that hold for each."""
    return sorted(Page.__subclasses__(), key=lambda one: one.__name__)


def all_fragments() -> list[type[Fragment]]:
    return sorted(Fragment.__subclasses__(), key=lambda one: one.__name__)


def static_url(name: str) -> str:
    """The address of a static file, with its content's hash, so that it may be kept for ever."""
    return f"{STATIC_PATH}/{name}?v={_fingerprint(name)}"


def find_static_url(name: str) -> str | None:
    """The same for a file that is made by the build and may be missing in a bare checkout."""
    return static_url(name) if (STATIC_FOLDER / name).is_file() else None


@lru_cache(maxsize=32)
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates: everything is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("xuetan.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.globals["trusted_svg"] = Markup
    return made


def render(catalogue: Catalogue, language: str, formats: Any, view: Page | Fragment, shell: Shell | None) -> str:
    """HTML of a page in its shell, or of a fragment alone."""

    def t(key: str, **params: object) -> str:
        return catalogue.t(language, key, **params)

    return environment().get_template(view.template).render(page=view, shell=shell, t=t, f=formats)
