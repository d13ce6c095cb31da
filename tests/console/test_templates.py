"""Templates know what their page says and nothing else; every text they name exists."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from xuetan.accounts.service import ROLES
from xuetan.console import routes
from xuetan.console.formats import Formats
from xuetan.console.pages import FOLDER, Fragment, Page, Shell, all_fragments, all_pages, environment
from xuetan.console.visit import AREAS
from xuetan.contracts.error_codes import SET_ASIDE_CODES
from xuetan.contracts.event_kinds import EVENT_KINDS
from xuetan.contracts.events import FeedbackGiven, Tier
from xuetan.contracts.quiz import Question
from xuetan.kernel.text import LANGUAGES, Catalogue
from xuetan.packs.builds import ENDED_STATES, STAGES

VIEWS: list[type[Page] | type[Fragment]] = [*all_pages(), *all_fragments()]
GIVEN = {"page", "shell", "t", "f", "trusted_svg"}
FILES = sorted(path.name for path in (FOLDER / "templates").glob("*.j2"))
MESSAGE_KEY = re.compile(r"(?:console|word|unit|tier|role|verdict|error|need)\.[a-z0-9_.]*[a-z0-9]")


def tree_of(name: str) -> nodes.Template:
    return environment().parse((FOLDER / "templates" / name).read_text(encoding="utf-8"))


def extended(name: str) -> Iterator[str]:
    """A template and all that it extends or includes."""
    yield name
    for node in tree_of(name).find_all((nodes.Extends, nodes.Include)):
        if isinstance(node.template, nodes.Const):
            yield from extended(str(node.template.value))


def asked_of(name: str, variable: str) -> set[str]:
    return {
        node.attr
        for node in tree_of(name).find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == variable
    }


def attributes(kind: type[Any]) -> set[str]:
    fields = {field.name for field in dataclasses.fields(kind)}
    return fields | {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_template_asks_its_page_only_for_what_it_has(view: type[Page] | type[Fragment]) -> None:
    for name in extended(view.template):
        assert asked_of(name, "page") <= attributes(view), name
        assert asked_of(name, "shell") <= attributes(Shell), name
        assert asked_of(name, "f") <= attributes(Formats), name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_a_page_holds_nothing_that_its_template_does_not_show(view: type[Page] | type[Fragment]) -> None:
    shown = set[str]().union(*(asked_of(name, "page") for name in extended(view.template)))
    for_its_title = {"title", "name"}
    assert {field.name for field in dataclasses.fields(view)} <= shown | for_its_title


@pytest.mark.parametrize("name", FILES)
def test_a_template_uses_no_name_that_it_is_not_given(name: str) -> None:
    imported = {node.target for node in tree_of(name).find_all(nodes.Import)}
    macros = {node.name for node in tree_of(name).find_all(nodes.Macro)}
    assert find_undeclared_variables(tree_of(name)) <= GIVEN | imported | macros | {"parts"}


@pytest.mark.parametrize("name", FILES)
def test_every_text_that_a_template_names_is_in_the_catalogue(name: str) -> None:
    catalogue = Catalogue.load()
    calls = [
        node.args[0].value
        for node in tree_of(name).find_all(nodes.Call)
        if isinstance(node.node, nodes.Name) and node.node.name == "t" and isinstance(node.args[0], nodes.Const)
    ]
    assert [key for key in calls if not catalogue.has(key)] == []


def test_every_text_that_the_code_names_is_in_the_catalogue() -> None:
    catalogue = Catalogue.load()
    for path in FOLDER.glob("*.py"):
        for key in re.findall(r'"([a-z_]+\.[a-z0-9_.]+)"', path.read_text(encoding="utf-8")):
            if MESSAGE_KEY.fullmatch(key) and not key.endswith((".j2", ".css", ".js")):
                assert catalogue.has(key), (path.name, key)


def test_every_text_whose_name_is_put_together_is_in_the_catalogue() -> None:
    """A code of the contracts or of packs that the console shows has its word."""
    catalogue = Catalogue.load()
    wanted = [f"console.aside_{code}" for code in SET_ASIDE_CODES]
    wanted += [f"console.event_{kind.partition('/')[0]}" for kind in EVENT_KINDS]
    wanted += [f"console.build_{state}" for state in ("waiting", "running", *ENDED_STATES)]
    wanted += [f"console.build_stage_{stage}" for stage in STAGES]
    wanted += [f"console.kind_{kind}" for kind in get_args(get_type_hints(Question)["kind"])]
    wanted += [f"verdict.{verdict}" for verdict in get_args(get_type_hints(FeedbackGiven)["verdict"])]
    wanted += [f"role.{role}" for role in ROLES] + [f"tier.{tier}" for tier in get_args(Tier)]
    wanted += [f"console.in_class_{role}" for role in ("mentor", "trainer")]
    wanted += [f"console.nav_{area}" for area, _ in AREAS] + [f"console.month_{month}" for month in range(1, 13)]
    assert [key for key in wanted if not catalogue.has(key)] == []


def test_every_page_has_a_title_in_both_languages() -> None:
    catalogue = Catalogue.load()
    for page in all_pages():
        for language in LANGUAGES:
            text = catalogue.t(language, page.title_key, title="x", name="x", slug="x", version=1)
            assert text.strip(), page.__name__


def test_every_template_belongs_to_a_page() -> None:
    used = {name for view in VIEWS for name in extended(view.template)}
    imported = {
        str(node.template.value)
        for name in FILES
        for node in tree_of(name).find_all(nodes.Import)
        if isinstance(node.template, nodes.Const)
    }
    assert set(FILES) == used | imported


def test_every_module_with_a_router_is_in_the_list_of_screens() -> None:
    with_router = {path.stem for path in FOLDER.glob("*.py") if re.search(r"^router = ", path.read_text("utf-8"), re.M)}
    assert {screen.__name__.rsplit(".", 1)[1] for screen in routes.SCREENS} == with_router
