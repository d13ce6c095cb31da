"""What each hub was told of its reach, kept so that a change of it does not begin everything anew.

Owns which scopes a hub may go on hearing of while its reach is not the newest. Invariants: of each hub at most what it says it has
and what it has begun are kept; nobody who lost a role or a device since the hub was told is shown anything by it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from sqlmodel import Session, col, delete, select

from xuetan.contracts.sync import HubReach, HubSyncHeader
from xuetan.hubs.models import ToldReach

# A hub that began to fetch one does not get it to its end after this, but a newer one from its beginning.
BEGUN_KEPT_MS = 7 * 86_400_000
_REACH = msgspec.json.Decoder(HubReach)


class TaggedReach(NamedTuple):
    """A reach as it is told in parts: the tag is the hash of the bytes."""

    tag: str
    data: bytes


class ToldReaches:
    """Of one hub, as far as it names them in this request."""

    def __init__(self, session: Session, hub_id: str, header: HubSyncHeader) -> None:
        self._hub_id = hub_id
        begun = header.begun[0] if header.begun else None
        named = {tag for tag in (header.reach, begun) if isinstance(tag, str)}
        rows = session.exec(select(ToldReach).where(ToldReach.hub_id == hub_id)).all()
        self._kept = {row.tag: (row.made_ms, row.data) for row in rows if row.tag in named}
        self.has_old = len(rows) > len(self._kept)
        _, data = self._kept.get(str(header.reach), (0, b""))
        self._has = _REACH.decode(data) if data else None

    def knows(self, tag: str) -> bool:
        return tag in self._kept

    def begun(self, tag: str, newest: HubReach, now_ms: int) -> bytes | None:
        """All of the reach that the hub has begun, unless that was long ago or somebody lost something since: the hub would serve them
        by it as soon as it is whole."""
        made_ms, data = self._kept.get(tag, (0, b""))
        if not data or now_ms - made_ms >= BEGUN_KEPT_MS:
            return None
        return data if set(_standing(_REACH.decode(data))) <= set(_standing(newest)) else None

    def list_unharmed(self, reach: HubReach) -> list[str]:
        """The scopes where everybody whom the hub serves and hears by what it has may be served and heard still: whoever came since is
        only not served yet."""
        if self._has is None:
            return []
        lost = set(_standing(self._has)) - set(_standing(reach))
        return sorted(set(self._has.scopes) & set(reach.scopes) - {scope for scope, *_ in lost})

    def remember(self, session: Session, new: TaggedReach | None, now_ms: int) -> None:
        """Keep what the hub named, and what it is told now."""
        own = col(ToldReach.hub_id) == self._hub_id
        tags = {*self._kept, *([new.tag] if new else [])}
        session.exec(delete(ToldReach).where(own, col(ToldReach.tag).not_in(tags)))
        if new is not None and session.get(ToldReach, (self._hub_id, new.tag)) is None:
            session.add(ToldReach(hub_id=self._hub_id, tag=new.tag, made_ms=now_ms, data=new.data))


def _standing(reach: HubReach) -> Iterator[tuple[str, str, str, str, str]]:
    """Who writes and reads what, and on which device."""
    for scope, person, role, ended in reach.roles:
        if not ended:
            yield scope, person, role, "", ""
    for one in reach.people:
        # Who read all and reads from a place on now may be served less than before.
        bounded = [(scope, f"{role} from {floor}") for _number, scope, role, *floor in one.bounded or ()]
        for scope, role in [*((scope, role) for _number, scope, role in one.follow), *bounded]:
            yield scope, one.person, role, "", ""
            for device in one.devices:
                if not device.revoked:
                    yield scope, one.person, role, device.device, device.key
