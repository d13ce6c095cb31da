"""What a hub keeps, for whom, how old: the figures of its pages. Names and counts, never what anybody wrote."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from xuetan.kernel.sql import run_in
from xuetan.packs.service import mirror
from xuetan.relay.holding import WAITING, measure
from xuetan.relay.models import RelayFile, RelayPerson
from xuetan.relay.state import certificate_in, find_state

_BY_PERSON = """
SELECT t.known, CASE WHEN t.known THEN t.person_id ELSE '' END AS person, CAST(SUM(s.n) AS BIGINT),
CAST(SUM(CASE WHEN t.state = 'waiting' THEN s.n ELSE 0 END) AS BIGINT), MAX(t.received_ms)
FROM relay_transfer t JOIN relay_segment s ON s.transfer = t.number
GROUP BY t.known, CASE WHEN t.known THEN t.person_id ELSE '' END
"""


@dataclass(frozen=True)
class HubFigures:
    """Times are ms UTC by the hub's clock; None for never."""

    name: str
    people: int
    events: int
    waiting: int
    bytes: int
    files: int
    packs: int
    packs_bytes: int
    oldest_ms: int | None
    heard_ms: int | None


@dataclass(frozen=True)
class PersonFigures:
    """Events kept of one person. `name` is empty for all whom the root has not vouched for here."""

    name: str
    events: int
    waiting: int
    newest_ms: int


def read_figures(session: Session) -> HubFigures | None:
    """None before the hub has joined."""
    state = find_state(session)
    if state is None:
        return None
    holds = measure(session, "")
    served = select(func.count()).select_from(RelayPerson).where(col(RelayPerson.inside).is_(True))
    files = select(func.count()).select_from(RelayFile).where(RelayFile.state == WAITING)
    packs = mirror.measure_mirrored(session)
    return HubFigures(
        name=certificate_in(state).name,
        people=session.exec(served).one(),
        events=holds.events,
        waiting=holds.waiting,
        bytes=holds.bytes,
        files=session.exec(files).one(),
        packs=packs.versions,
        packs_bytes=packs.bytes,
        oldest_ms=holds.oldest_ms if isinstance(holds.oldest_ms, int) else None,
        heard_ms=state.heard_ms,
    )


def list_people(session: Session) -> list[PersonFigures]:
    """For whom something is kept; who waits most first."""
    found = []
    for known, person_id, events, waiting, newest_ms in run_in(session)(_BY_PERSON).fetchall():
        person = session.get(RelayPerson, person_id) if known else None
        found.append(PersonFigures(person.name if person else "", int(events), int(waiting), int(newest_ms)))
    return sorted(found, key=lambda one: (-one.waiting, -one.events, one.name))
