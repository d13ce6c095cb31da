"""Files of records that people hand in at the hub's page: kept unread, brought to the root, the receipt given back to who
hands the same file in again.

Only files that say they are for this hub's root and are signed by the key they name are kept; what that signature is
worth the root decides. Bounded in number and bytes. Invariants: a file that waits is never let go; of one that the root took the bytes
stay for a while, since the root may be put back, and go first when there is no room; hash and receipt stay longer, so that the
same file is known again. What the root cannot open may be somebody's only copy, or anybody's litter: under pressure it keeps
half of the room. Anybody can sign with keys that they made up: files by keys that the root has not vouched for here share half of it, so
that those of the people of this place get in.
"""

import hashlib

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, delete, func, select, update

from xuetan.kernel.services import Services
from xuetan.relay.errors import HubFullError
from xuetan.relay.holding import HUB_BYTES_MAX, KEPT_MS, REFUSED, WAITING, measure_bytes
from xuetan.relay.models import RelayDevice, RelayFile
from xuetan.relay.state import get_state
from xuetan.sync.errors import FileAlteredError, FileMalformedError
from xuetan.sync.service import read_file

FILES_MAX = 400
FILES_BYTES_MAX = 512 * 1024 * 1024
# By the age of the hub, see `state.grow_older`. Backups that are older than this are hardly put back.
TAKEN_KEPT_MS = 60 * 86_400_000
# What the root cannot open gives way to others after this.
REFUSED_KEPT_MS = 30 * 86_400_000
DONE = "done"


def keep_file(services: Services, data: bytes) -> RelayFile:
    """The file as it is kept now, with its receipt if the root has answered. HubFullError when there is no room; an
    AppError for what is no file of records."""
    file = read_file(data)
    if file.header.kind != "transfers":
        raise FileMalformedError
    if not isinstance(file.header.by, str) or not file.is_signed_by(file.header.by):
        raise FileAlteredError(file.header.name, file.header.device)
    sha256 = hashlib.sha256(data).hexdigest()
    with services.database.transaction() as session:
        age_ms = get_state(session).age_ms
        known = session.get(RelayFile, sha256)
        if known is not None and (known.data or known.state != REFUSED):
            return known
        device = session.get(RelayDevice, file.header.device)
        is_known = device is not None and device.public_key == file.header.by and not device.revoked
        if not _make_room(session, len(data), age_ms, is_known=is_known):
            raise HubFullError
        row = known or RelayFile(
            sha256=sha256, name="", device_id="", data=b"", received_ms=0, state="", try_after_ms=0
        )
        row.name, row.device_id, row.data = file.header.name, file.header.device if is_known else "", data
        row.received_ms, row.state, row.try_after_ms = services.clock.now_ms(), WAITING, 0
        session.add(row)
        return row


def _make_room(session: Session, size: int, age_ms: int, *, is_known: bool) -> bool:
    """False when there is no room, even without what the root has taken."""
    bytes_, since, refused = func.length(RelayFile.data), col(RelayFile.since_ms), col(RelayFile.state) == REFUSED
    while (crowded := _crowded(session, size, is_known=is_known)) is not None:
        where, share = crowded
        count, kept = _measure(session, where & refused)
        has_too_much = count > FILES_MAX // share // 2 or kept > FILES_BYTES_MAX // share // 2
        old = refused if has_too_much else refused & (since < age_ms - REFUSED_KEPT_MS)
        gone = where & ((col(RelayFile.state) == DONE) | old)
        oldest = select(RelayFile.sha256).where(bytes_ > 0, gone).order_by(col(RelayFile.state), since).limit(1)
        found = session.exec(oldest).first()
        if found is None:
            return False
        session.exec(update(RelayFile).where(col(RelayFile.sha256) == found).values(data=b""))
    return True


def _crowded(session: Session, size: int, *, is_known: bool) -> tuple[ColumnElement[bool], int] | None:
    """Of which files there are too many for one more of this size, and what part of the room is theirs."""
    strangers = col(RelayFile.device_id) == ""
    count, kept = _measure(session, strangers)
    if not is_known and (count >= FILES_MAX // 2 or kept + size > FILES_BYTES_MAX // 2):
        return strangers, 2
    count, kept = _measure(session, true())
    has_room = count < FILES_MAX and kept + size <= FILES_BYTES_MAX
    return None if has_room and measure_bytes(session) + size <= HUB_BYTES_MAX else (true(), 1)


def _measure(session: Session, where: ColumnElement[bool]) -> tuple[int, int]:
    bytes_ = func.length(RelayFile.data)
    return session.exec(select(func.count(), func.coalesce(func.sum(bytes_), 0)).where(bytes_ > 0, where)).one()


def let_files_go(session: Session, age_ms: int) -> None:
    """The bytes of what the root took long ago; and all of what nobody will ask for any more."""
    since, is_done = col(RelayFile.since_ms), col(RelayFile.state) == DONE
    session.exec(update(RelayFile).where(is_done, since < age_ms - TAKEN_KEPT_MS).values(data=b""))
    session.exec(delete(RelayFile).where(since < age_ms - KEPT_MS))


def offer_files_again(session: Session) -> None:
    """The root was put back: what is still here is brought again, and what is not is known no more."""
    session.exec(delete(RelayFile).where(func.length(RelayFile.data) == 0))
    session.exec(update(RelayFile).values(state=WAITING, try_after_ms=0, since_ms=None, receipt=None))
