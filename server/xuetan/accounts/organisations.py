"""The organisation tree. Owns its shape and its unfolding into ancestors; roles and people hang on it elsewhere."""

from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import queries
from xuetan.accounts.models import Organisation, OrganisationAncestor
from xuetan.accounts.rules import ORGANISATION_KINDS, StaffActor
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError
from xuetan.kernel.ids import new_id
from xuetan.kernel.text import well_formed

ORGANISATION_NAME_CHARACTERS_MAX = 80
TREE_DEPTH_MAX = 8


@dataclass(frozen=True)
class OrganisationView:
    """An organisation as others see it; `depth` counts from the root."""

    id: str
    parent_id: str | None
    kind: str
    name: str
    depth: int


def create_organisation(
    session: Session, parent_id: str | None, kind: str, name: str, *, actor: StaffActor, now_ms: int
) -> OrganisationView:
    """Add a place below `parent_id`; without a parent it is the root, of which there is one and which only the
    operator makes.
    """
    name = well_formed(name).strip()
    if kind not in ORGANISATION_KINDS or not 0 < len(name) <= ORGANISATION_NAME_CHARACTERS_MAX:
        raise InvalidRequestError(details={"fields": ["kind", "name"]})
    above: list[tuple[str, int]] = []
    if parent_id is None:
        if not actor.is_operator or queries.find_root(session) is not None:
            raise ForbiddenError
    else:
        queries.get_organisation(session, actor, parent_id)
        if not actor.may_administer(parent_id):
            raise ForbiddenError
        above = queries.list_ancestors(session, parent_id)
        if len(above) >= TREE_DEPTH_MAX:
            raise InvalidRequestError(details={"fields": ["parent_id"]})
    organisation = Organisation(id=new_id(), parent_id=parent_id, kind=kind, name=name, created_ms=now_ms)
    session.add(organisation)
    session.flush()
    session.add(OrganisationAncestor(organisation_id=organisation.id, ancestor_id=organisation.id, distance=0))
    for ancestor_id, distance in above:
        session.add(
            OrganisationAncestor(organisation_id=organisation.id, ancestor_id=ancestor_id, distance=distance + 1)
        )
    session.flush()
    return OrganisationView(organisation.id, parent_id, kind, name, len(above))


def get_organisation(session: Session, actor: StaffActor, organisation_id: str) -> OrganisationView:
    """An organisation of the actor's subtree; NotFoundError for any other."""
    found = queries.get_organisation(session, actor, organisation_id)
    depth = len(queries.list_ancestors(session, found.id)) - 1
    return OrganisationView(found.id, found.parent_id, found.kind, found.name, depth)


def list_organisations(session: Session, actor: StaffActor) -> list[OrganisationView]:
    """The actor's subtree, each place after the one above it, siblings by name."""
    children: dict[str | None, list[Organisation]] = {}
    known = {one.id: one for one in queries.list_organisations(session, actor)}
    for one in known.values():
        children.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
    listed: list[OrganisationView] = []

    def visit(parent_id: str | None, depth: int) -> None:
        for one in sorted(children.get(parent_id, []), key=lambda child: (child.name, child.id)):
            listed.append(OrganisationView(one.id, one.parent_id, one.kind, one.name, depth))
            visit(one.id, depth + 1)

    visit(None, 0)
    return listed


def find_root_id(session: Session) -> str | None:
    """The root organisation's id, or None before the first one was made."""
    root = queries.find_root(session)
    return root.id if root else None


def runs_installation(session: Session, actor: StaffActor) -> bool:
    """True for who answers for the whole installation: administrators of the root organisation, and the operator at the machine."""
    root_id = find_root_id(session)
    return actor.is_operator or (root_id is not None and actor.may_administer(root_id))


def check_runs_installation(session: Session, actor: StaffActor) -> None:
    """ForbiddenError for anybody else."""
    if not runs_installation(session, actor):
        raise ForbiddenError
