"""The list of packs: what is published, what it costs a phone, who has it, and what is being built."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts.service import StaffActor
from xuetan.console.pages import Page
from xuetan.console.visit import StaffVisitDep, console_router
from xuetan.packs import service as packs
from xuetan.packs.service import BuildView
from xuetan.programmes import service as programmes

BUILDS_SHOWN = 8
router = console_router("/console/packs")


@dataclass(frozen=True)
class PackRow:
    """`classes`: how many classes of the actor's subtree were given the pack."""

    slug: str
    version: int
    title: dict[str, str]
    languages: int
    lessons: int
    questions: int
    minutes: int
    prices: tuple[tuple[str, int], ...]
    is_compulsory: bool
    is_open: bool
    classes: int
    published_ms: int


@dataclass(frozen=True)
class PacksPage(Page):
    template: ClassVar[str] = "packs.html.j2"
    title_key: ClassVar[str] = "console.packs_title"
    area: ClassVar[str] = "packs"

    rows: tuple[PackRow, ...]
    builds: tuple[BuildView, ...]


@router.get("")
def show_packs(visit: StaffVisitDep) -> Response:
    with visit.services.database.reading() as session:
        page = PacksPage(
            rows=read_rows(session, visit.staff), builds=tuple(packs.list_builds(session, visit.staff, BUILDS_SHOWN))
        )
    return visit.show(page)


def read_rows(session: Session, actor: StaffActor) -> tuple[PackRow, ...]:
    opened = set(programmes.list_open_packs(session))
    given: dict[str, int] = {}
    for cohort in programmes.list_cohorts(session, actor):
        for assignment in programmes.list_assignments(session, actor, cohort.id):
            given[assignment.slug] = given.get(assignment.slug, 0) + 1
    return tuple(
        _row(view.card, view.published_ms, view.slug in opened, given.get(view.slug, 0))
        for view in packs.list_packs(session, actor)
        if view.is_newest
    )


def prices_of(card: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """(tier, bytes over the wire for it and all below) of a pack's card."""
    return tuple((str(tier["tier"]), int(tier["bytes"])) for tier in card["tiers"])


def _row(card: Mapping[str, Any], published_ms: int, is_open: bool, classes: int) -> PackRow:
    return PackRow(
        slug=card["slug"],
        version=card["version"],
        title=card["title"],
        languages=len(card["languages"]),
        lessons=card["lessons"],
        questions=card["questions"],
        minutes=card["minutes"],
        prices=prices_of(card),
        is_compulsory=card["compulsory"],
        is_open=is_open,
        classes=classes,
        published_ms=published_ms,
    )
