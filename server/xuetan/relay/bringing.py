"""Bringing the files that were handed in at the hub to its root, in parts that the line lives long enough for.

Owns how far each has come, which the root is asked for after every silence, and when one rests so that the others get their turn. Works in
its own transactions, one request at a time. Invariant: a file waits until the root has answered for the whole of it.
"""

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from sqlmodel import col, select

from xuetan.contracts.limits import FILE_CHUNK_BYTES_MAX
from xuetan.contracts.sync import FileAnswer, FilePartAnswer
from xuetan.kernel.ids import b64url_decode
from xuetan.kernel.services import Services
from xuetan.relay.couriers import DONE
from xuetan.relay.holding import REFUSED, WAITING
from xuetan.relay.line import NoLineError
from xuetan.relay.models import RelayFile
from xuetan.relay.sizes import START, Sizes, after_silence, after_success
from xuetan.relay.state import get_state, is_due

PATH = "/hubs/1/files"
TRY_AGAIN_MS = 10 * 60_000
T = TypeVar("T")
Post = Callable[[str, bytes, Mapping[str, str]], tuple[int, bytes]]
log = logging.getLogger("xuetan.relay")


class _Refusal(msgspec.Struct):
    """The shape of the root's errors. What has another is of somebody in between."""

    code: str
    retry: str


_NO_SUCH_ADDRESS = _Refusal("not_found", "never")


class FileBringer:
    """One thread at a time. What it remembers may be lost: the root is asked."""

    def __init__(self) -> None:
        self._sizes = Sizes()
        # How much of a file the root has, by its hash.
        self._stands: dict[str, int] = {}
        # Those of which something got through since they rested, or which a smaller part may do some good.
        self._hopeful: set[str] = set()
        # A root of before knows no parts. Asked anew once the whole did not get through: it may have been something in between.
        self._takes_parts = True

    def bring(self, services: Services, post: Post) -> bool:
        """One request for one file that waits; True when something is left. RefusedError of `post`."""
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
        status, body = self._ask(row.sha256, row.data, post)
        if not self._goes_on(row.sha256, status, body):
            self._stands.pop(row.sha256, None)
            self._hopeful.discard(row.sha256)
            _note(services, row.sha256, status, body, now_ms)
        return True

    def _ask(self, sha256: str, data: bytes, post: Post) -> tuple[int, bytes]:
        """Status and answer; 0 when there was none."""
        size = min(self._sizes.push_bytes, FILE_CHUNK_BYTES_MAX)
        stands = self._stands.get(sha256)
        path, headers, part = PATH, {}, data
        if self._takes_parts and (stands is not None or len(data) > size):
            path, headers = f"{PATH}/{sha256}", {"upload-offset": str(stands or 0), "upload-length": str(len(data))}
            # Without bytes it is asked how far the file has come.
            part = b"" if stands is None else data[stands : stands + size]
        try:
            status, body = post(path, part, headers)
        except NoLineError as error:
            log.info("a file waits for a better line: %s", error)
            self._sizes = after_silence(self._sizes)
            if self._takes_parts and len(part) > START:
                self._hopeful.add(sha256)
            self._takes_parts = True
            return 0, b""
        if part:
            self._sizes = after_success(self._sizes)
        return status, body

    def _goes_on(self, sha256: str, status: int, body: bytes) -> bool:
        """False when this was the last of it for now: the root has answered for the whole, or nothing gets through."""
        if status == 404 and self._takes_parts and _read(body, _Refusal) == _NO_SUCH_ADDRESS:
            self._takes_parts = False
            return True
        answer = _read(body, FilePartAnswer) if status == 200 else None
        stood = self._stands.pop(sha256, None)
        if answer is None:
            is_hopeful = status == 0 and sha256 in self._hopeful
            self._hopeful.discard(sha256)
            return is_hopeful
        self._stands[sha256] = answer.offset
        if stood is not None and answer.offset > stood:
            self._hopeful.add(sha256)
        return stood is None or answer.offset > stood


def _note(services: Services, sha256: str, status: int, body: bytes, now_ms: int) -> None:
    """What became of a file, or when it is tried again."""
    with services.database.transaction() as session:
        kept = session.get_one(RelayFile, sha256)
        answer = _read(body, FileAnswer) if status == 200 else None
        if answer is not None and isinstance(answer.receipt, str):
            kept.receipt = b64url_decode(answer.receipt)
        if answer is not None and answer.done:
            kept.state = DONE
        elif status in (400, 422) and (refusal := _read(body, _Refusal)) is not None and refusal.retry == "never":
            # It is kept all the same: what the root cannot open today may be somebody's only copy.
            kept.state = REFUSED
        else:
            kept.try_after_ms = now_ms + TRY_AGAIN_MS
        if kept.state != WAITING:
            kept.since_ms = get_state(session).age_ms
        session.add(kept)


def _read(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError:
        return None
