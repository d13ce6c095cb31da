"""What was set aside, for the operator: the administrators of the root organisation. Lists that and why; contents stand on a page of
their own, whose opening is written down."""

from dataclasses import dataclass
from typing import ClassVar

from sqlmodel import Session
from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.pages import Page
from xuetan.console.paging import Slice
from xuetan.console.visit import StaffVisitDep, console_router
from xuetan.event_log import service as event_log
from xuetan.event_log.service import AsideItem

ITEMS_PER_PAGE = 50
router = console_router("/console/sync/aside")


@dataclass(frozen=True)
class AsideRow:
    """`item_id` is the last part of its address."""

    item_id: str
    item: AsideItem
    person: PersonView


@dataclass(frozen=True)
class AsideListPage(Page):
    """`open_count`: those that were neither released nor answered."""

    template: ClassVar[str] = "aside_list.html.j2"
    title_key: ClassVar[str] = "console.aside_title"
    area: ClassVar[str] = "sync"

    rows: Slice[AsideRow]
    open_count: int
    shows_all: bool


@router.get("")
def show_aside_list(visit: StaffVisitDep, page: int = 1, all: bool = False) -> Response:
    with visit.services.database.reading() as session:
        accounts.check_runs_installation(session, visit.staff)
        shown = _read_page(session, page, shows_all=all)
    return visit.show(shown)


def _read_page(session: Session, number: int, *, shows_all: bool) -> AsideListPage:
    total = event_log.count_aside_items(session, only_open=not shows_all)
    pages = max(1, -(-total // ITEMS_PER_PAGE))
    number = min(max(1, number), pages)
    items = event_log.list_aside_items(
        session, only_open=not shows_all, limit=ITEMS_PER_PAGE, offset=(number - 1) * ITEMS_PER_PAGE
    )
    people = {one: accounts.describe_person(session, one) for one in {item.key.person_id for item in items}}
    rows = tuple(AsideRow(str(item.key), item, people[item.key.person_id]) for item in items)
    path = "/console/sync/aside?all=1&" if shows_all else "/console/sync/aside?"
    open_count = event_log.count_aside_items(session, only_open=True)
    return AsideListPage(Slice(rows, number, pages, total, path), open_count, shows_all)
