"""The face of programmes: programmes, classes, enrolment, and what a class is given to study.

Staff act within their subtree: a trainer or administrator of the place where the class belongs.
"""

from sqlmodel import Session

from xuetan.kernel.services import Services
from xuetan.packs.events import PackPublished
from xuetan.programmes.assignments import (
    AssignmentView,
    assign_pack,
    list_assignments,
    list_open_packs,
    open_pack,
    refresh_pack_rows,
)
from xuetan.programmes.cohorts import (
    CohortView,
    MemberView,
    ProgrammeView,
    create_cohort,
    create_programme,
    enrol_person,
    get_cohort,
    list_cohorts,
    list_cohorts_of,
    list_members,
    list_programmes,
    remove_person,
)

__all__ = [
    "AssignmentView",
    "CohortView",
    "MemberView",
    "ProgrammeView",
    "assign_pack",
    "create_cohort",
    "create_programme",
    "enrol_person",
    "get_cohort",
    "list_assignments",
    "list_cohorts",
    "list_cohorts_of",
    "list_members",
    "list_open_packs",
    "list_programmes",
    "open_pack",
    "refresh_pack_rows",
    "register",
    "remove_person",
]


def register(services: Services) -> None:
    """Tell classes of a newer version when it is published."""

    def refresh(session: Session, published: PackPublished) -> None:
        refresh_pack_rows(session, published.slug, now_ms=published.now_ms)

    services.database.handlers.register(PackPublished, refresh)
