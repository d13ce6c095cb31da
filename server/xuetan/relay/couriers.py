"""Files of records that people hand in at the hub's page: kept unread, brought to the root, the receipt given back to who
hands the same file in again.

Only files that say they are for this hub's root and are signed by the key they name are kept; what that signature is
worth the root decides. Bounded in number and bytes.
"""

import hashlib
import logging
from collections.abc import Callable

import msgspec
from sqlmodel import Session, col, func, select

from xuetan.contracts.sync import FileAnswer
from xuetan.kernel.ids import b64url_decode
from xuetan.kernel.services import Services
from xuetan.relay.errors import HubFullError
from xuetan.relay.holding import HUB_BYTES_MAX, REFUSED, WAITING, measure_bytes
from xuetan.relay.line import NoLineError
from xuetan.relay.models import RelayFile
from xuetan.relay.state import get_state, is_due
from xuetan.sync.errors import FileAlteredError, FileMalformedError
from xuetan.sync.service import read_file

FILES_MAX = 400
FILES_BYTES_MAX = 512 * 1024 * 1024
TRY_AGAIN_MS = 10 * 60_000
DONE = "done"
Post = Callable[[str, bytes], tuple[int, bytes]]
log = logging.getLogger("xuetan.relay")


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
        get_state(session)
        known = session.get(RelayFile, sha256)
        if known is not None:
            return known
        if not _fits(session, len(data)):
            raise HubFullError
        row = RelayFile(
            sha256=sha256,
            name=file.header.name,
            device_id=file.header.device,
            data=data,
            received_ms=services.clock.now_ms(),
            state=WAITING,
            try_after_ms=0,
        )
        session.add(row)
        return row


def _fits(session: Session, size: int) -> bool:
    count, kept = session.exec(select(func.count(), func.coalesce(func.sum(func.length(RelayFile.data)), 0))).one()
    has_room = count < FILES_MAX and kept + size <= FILES_BYTES_MAX
    return has_room and measure_bytes(session) + size <= HUB_BYTES_MAX


def bring_files(services: Services, post: Post) -> bool:
    """Bring one file that waits to the root; True when another may wait."""
    now_ms = services.clock.now_ms()
    with services.database.reading() as session:
        row = session.exec(
            select(RelayFile)
            .where(RelayFile.state == WAITING, is_due(col(RelayFile.try_after_ms), now_ms))
            .order_by(col(RelayFile.received_ms))
            .limit(1)
        ).first()
    if row is None:
        return False
    try:
        status, body = post("/hubs/1/files", row.data)
    except NoLineError as error:
        # Whoever is behind it comes first, next time: this one may be too large for such a line.
        log.info("a file waits for a better line: %s", error)
        status, body = 0, b""
    with services.database.transaction() as session:
        kept = session.get_one(RelayFile, row.sha256)
        answer = _answer_in(body) if status == 200 else None
        if answer is not None and isinstance(answer.receipt, str):
            kept.receipt = b64url_decode(answer.receipt)
        if answer is not None and answer.done:
            kept.state = DONE
        elif status in (400, 422):
            # It is kept all the same: what the root cannot open today may be somebody's only copy.
            kept.state = REFUSED
        else:
            kept.try_after_ms = now_ms + TRY_AGAIN_MS
        session.add(kept)
    return True


def _answer_in(body: bytes) -> FileAnswer | None:
    try:
        return msgspec.json.decode(body, type=FileAnswer)
    except msgspec.DecodeError:
        return None
