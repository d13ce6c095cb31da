"""Which hubs there are: made by staff, enrolled by a code, known to phones by a row, revoked.

Invariants: a code makes one hub of one pair of keys, however often it is said; phones hear of a hub when it is enrolled
and no more once it is revoked; a hub is made and revoked by who administers its place.
"""

from dataclasses import dataclass

import msgspec
from sqlmodel import Session, col, delete, select

from xuetan.accounts import service as accounts
from xuetan.accounts.service import CodeVault, StaffActor, network_of, read_code, spell_code
from xuetan.contracts.limits import HUB_ADDRESS_CHARACTERS_MAX, HUB_NAME_CHARACTERS_MAX
from xuetan.contracts.rows import HubRevoked
from xuetan.contracts.sync import HubCertificate, HubHolds
from xuetan.event_log import service as event_log
from xuetan.hubs.errors import HubRevokedError, WrongHubCodeError
from xuetan.hubs.models import Hub, HubNonce, HubSession, ToldReach
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.kernel.ids import is_id, new_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import is_key
from xuetan.kernel.text import well_formed
from xuetan.sync.service import certify

CODE_LIFE_MS = 14 * 86_400_000
WRONG_CODES_PER_ADDRESS_MAX = 20
WINDOW_MS = 10 * 60_000
_NUMBER_MAX = (1 << 53) - 1


@dataclass(frozen=True)
class HubView:
    """A hub as staff see it. Times are ms UTC; `oldest_ms` is by the hub's own clock."""

    id: str
    organisation_id: str
    organisation_name: str
    name: str
    made_ms: int
    code_expires_ms: int
    enrolled_ms: int | None
    revoked_ms: int | None
    address: str
    contact_ms: int | None
    events: int
    waiting: int
    bytes: int
    oldest_ms: int | None
    may_revoke: bool


@dataclass(frozen=True)
class MadeHub:
    """`code`: to be typed at the hub, told once."""

    hub_id: str
    name: str
    code: str


def make_hub(session: Session, organisation_id: str, name: str, *, actor: StaffActor, services: Services) -> MadeHub:
    """A hub for the people of a place and below, with a code for its first start. NotFoundError for a place that the
    actor does not see, ForbiddenError for one they do not administer."""
    place = accounts.get_organisation(session, actor, organisation_id)
    if not actor.may_administer(place.id):
        raise ForbiddenError
    name = well_formed(name).strip()
    if not 0 < len(name) <= HUB_NAME_CHARACTERS_MAX:
        raise InvalidRequestError(details={"fields": ["name"]})
    vault = CodeVault(services.keys)
    symbols = vault.draw()
    now_ms = services.clock.now_ms()
    hub = Hub(
        id=new_id(),
        organisation_id=place.id,
        name=name,
        made_ms=now_ms,
        made_by=actor.person_id,
        code_look_up=_look_up(vault, symbols),
        code_expires_ms=now_ms + CODE_LIFE_MS,
    )
    session.add(hub)
    session.flush()
    return MadeHub(hub.id, name, spell_code(symbols))


def enrol_hub(session: Session, code: str, key: str, file_key: str, address: str, services: Services) -> HubCertificate:
    """A hub that was made, with its keys. The same code with the same keys is the same hub."""
    limit = f"hub-code:{network_of(address)}"
    services.rate_limiter.refuse_when_spent(limit, WRONG_CODES_PER_ADDRESS_MAX, WINDOW_MS)
    if not (is_key(key) and is_key(file_key)) or key == file_key:
        raise InvalidRequestError(details={"fields": ["key", "file_key"]})
    symbols = read_code(code)
    found = None
    if symbols:
        look_up = _look_up(CodeVault(services.keys), symbols)
        found = session.exec(select(Hub).where(Hub.code_look_up == look_up)).first()
    now_ms = services.clock.now_ms()
    if found is None or (found.key is None and found.code_expires_ms <= now_ms) or found.key not in (None, key):
        services.rate_limiter.check(limit, WRONG_CODES_PER_ADDRESS_MAX, WINDOW_MS)
        raise WrongHubCodeError
    if found.revoked_ms is not None:
        raise HubRevokedError
    if found.key is None:
        found.key, found.file_key, found.enrolled_ms = key, file_key, now_ms
        session.add(found)
        session.flush()
        _tell_phones(session, found, services)
    return certificate_of(found, services)


def certificate_of(hub: Hub, services: Services) -> HubCertificate:
    assert hub.key is not None and hub.file_key is not None
    return certify(
        services.keys.root,
        hub=hub.id,
        name=hub.name,
        organisation=hub.organisation_id,
        key=hub.key,
        file_key=hub.file_key,
    )


def list_hubs(session: Session, actor: StaffActor) -> list[HubView]:
    """Hubs of the places that the actor sees; those in use first, then by name."""
    places = {one.id: one.name for one in accounts.list_organisations(session, actor)}
    found = [one for one in session.exec(select(Hub)).all() if one.organisation_id in places]
    found.sort(key=lambda one: (one.revoked_ms is not None, places[one.organisation_id], one.name, one.id))
    return [_view(one, places[one.organisation_id], actor) for one in found]


def list_valid_hubs(session: Session, actor: StaffActor) -> list[HubView]:
    """Those that the root hears. After a restore one that was revoked since may be among them."""
    return [one for one in list_hubs(session, actor) if one.enrolled_ms is not None and one.revoked_ms is None]


def is_hub(session: Session, hub_id: str, key: str) -> bool:
    """A hub of ours, revoked or not, has this id and signs by this key."""
    hub = session.get(Hub, hub_id) if is_id(hub_id) else None
    return hub is not None and hub.key is not None and hub.key == key


def revoke_hub(session: Session, hub_id: str, actor: StaffActor, *, services: Services) -> None:
    """End a hub: the root hears it no more, and phones are told. What it keeps stays on it and on the phones."""
    hub = session.get(Hub, hub_id) if is_id(hub_id) else None
    if hub is None or not actor.sees(hub.organisation_id):
        raise NotFoundError
    if not actor.may_administer(hub.organisation_id):
        raise ForbiddenError
    if hub.revoked_ms is not None:
        return
    hub.revoked_ms = services.clock.now_ms()
    session.add(hub)
    for table in (HubSession, HubNonce, ToldReach):
        session.exec(delete(table).where(col(table.hub_id) == hub_id))
    session.flush()
    if hub.key is not None:
        event_log.append_row(session, f"o:{hub.organisation_id}", "hub", hub.id, None, now_ms=hub.revoked_ms)
        _tell_everybody(session, hub, hub.revoked_ms)


def _tell_everybody(session: Session, hub: Hub, now_ms: int) -> None:
    """Phones of other places may have been told of it by hand: its certificate never ends by itself."""
    event_log.append_row(session, "pub", "hub_revoked", hub.id, {"hub": hub.id}, now_ms=now_ms)


def tell_of_revoked(services: Services) -> None:
    """Phones hear of hubs that were revoked before there was a row for that. Run at each start; writes what is missing."""
    with services.database.reading() as session:
        if not _list_untold(session):
            return
    with services.database.transaction() as session:
        for hub in _list_untold(session):
            _tell_everybody(session, hub, services.clock.now_ms())


def _list_untold(session: Session) -> list[Hub]:
    revoked = session.exec(select(Hub).where(col(Hub.revoked_ms).is_not(None), col(Hub.key).is_not(None))).all()
    if not revoked:
        return []
    told = {row.hub for row in event_log.read_mirrored_rows(session, "hub_revoked", HubRevoked)}
    return [hub for hub in revoked if hub.id not in told]


def note_contact(session: Session, hub: Hub, holds: HubHolds, services: Services) -> None:
    """What a hub said of itself. Phones hear of it when its address changed."""
    hub.contact_ms = services.clock.now_ms()
    hub.events, hub.waiting, hub.bytes = (min(one, _NUMBER_MAX) for one in (holds.events, holds.waiting, holds.bytes))
    hub.oldest_ms = (
        holds.oldest_ms if isinstance(holds.oldest_ms, int) and abs(holds.oldest_ms) <= _NUMBER_MAX else None
    )
    address = _address(holds.address) if isinstance(holds.address, str) else ""
    is_new = address != hub.address
    hub.address = address
    session.add(hub)
    session.flush()
    if is_new:
        _tell_phones(session, hub, services)


def _tell_phones(session: Session, hub: Hub, services: Services) -> None:
    body = {
        "name": hub.name,
        "address": hub.address,
        "certificate": msgspec.to_builtins(certificate_of(hub, services)),
    }
    scope = f"o:{hub.organisation_id}"
    event_log.append_row(session, scope, "hub", hub.id, body, now_ms=services.clock.now_ms())


def _address(told: str) -> str:
    """An address that a phone may open, or none."""
    address = well_formed(told).strip().rstrip("/")
    is_one = address.startswith(("http://", "https://")) and len(address) <= HUB_ADDRESS_CHARACTERS_MAX
    return address if is_one and address.isprintable() and " " not in address else ""


def _look_up(vault: CodeVault, symbols: str) -> str:
    """Another name than a sign-in code of the same symbols has."""
    return f"hub {vault.look_up(symbols)}"


def _view(hub: Hub, place: str, actor: StaffActor) -> HubView:
    return HubView(
        id=hub.id,
        organisation_id=hub.organisation_id,
        organisation_name=place,
        name=hub.name,
        made_ms=hub.made_ms,
        code_expires_ms=hub.code_expires_ms,
        enrolled_ms=hub.enrolled_ms,
        revoked_ms=hub.revoked_ms,
        address=hub.address,
        contact_ms=hub.contact_ms,
        events=hub.events,
        waiting=hub.waiting,
        bytes=hub.bytes,
        oldest_ms=hub.oldest_ms,
        may_revoke=hub.revoked_ms is None and actor.may_administer(hub.organisation_id),
    )
