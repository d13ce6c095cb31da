"""Speaking with the root: enrol once, open sessions, bring what waits, take what is new.

Owns the order of requests and what goes into each. Every request stands for itself and may be repeated at will: what the
root knows already it says so. Works in its own transactions, between which the line may die.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from xuetan.contracts.sync import HubCertificate, HubSyncHeader, HubSyncReply
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried, MirrorBrokenError
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.services import Services
from xuetan.kernel.signing import key_id_of
from xuetan.relay.bringing import FileBringer
from xuetan.relay.holding import GIVEN, WAITING, carried_of, measure
from xuetan.relay.line import Line, NoLineError
from xuetan.relay.mirroring import apply_reply, drop
from xuetan.relay.models import RelayState, RelayTransfer
from xuetan.relay.reach import BegunReach
from xuetan.relay.shelf import Shelf
from xuetan.relay.sizes import START, Sizes, after_silence, after_success, after_too_large
from xuetan.relay.state import certificate_in, find_state, found_state, get_state, hub_key, is_due, renew_certificate
from xuetan.sync.errors import MalformedFrameError
from xuetan.sync.service import decode_hub_reply, encode_hub_sync, is_certified, session_message

# Beside the bodies, of a transfer in the header and of its answer.
TRANSFER_BYTES = 400
# Transfers put behind the others at a time.
HEAVY_MAX = 500
# A proxy that had no patience says what silence says.
TOO_SLOW = (408, 504)
_JSON = {"content-type": "application/json"}
log = logging.getLogger("xuetan.relay")


class RefusedError(Exception):
    """The root answered with an error."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Upstream:
    """One hub's dealings with its root. One thread at a time. `code`: by which it joins again, should the root have been put
    back to a time before it; tried once."""

    def __init__(self, services: Services, line: Line, code: str = "") -> None:
        self._services = services
        self._line = line
        self._code = code
        self._shelf = Shelf(services, line)
        self._files = FileBringer()
        self._token: str | None = None
        self._sizes = Sizes()
        self._reach = BegunReach()
        # Transfers that are larger than the least that is sent, and did not get through: others go before them.
        self._heavy: set[int] = set()
        # The last stream of which it was asked what is safe.
        self._asked = ""

    def enrol(self, code: str) -> str:
        """Join the hub that this code was made for; the operator's password, told once. RefusedError, NoLineError."""
        certificate, root_key = self._ask_to_join(code)
        with self._services.database.transaction() as session:
            return found_state(session, certificate, root_key)

    def exchange(self) -> bool:
        """One request and its answer; True when something is left. NoLineError, RefusedError."""
        services = self._services
        with services.database.reading() as session:
            state = find_state(session)
            if state is None:
                return False
            header, carried, numbers = self._next(session, state)
        reply, bodies = self._send(state, header, carried, numbers)
        try:
            with services.database.transaction() as session:
                apply_reply(session, get_state(session), numbers, reply, bodies, services.clock.now_ms())
        except (MirrorBrokenError, IntegrityError):
            log.warning("the mirror did not fit what the root gave; it is made anew")
            with services.database.transaction() as session:
                drop(session, get_state(session))
            return True
        is_whole = isinstance(reply.entries, list) and not reply.more
        # What was brought waits no more: said at once, for a line may be gone in a minute.
        is_left = bool(numbers) or not is_whole or self._has_waiting() or self._files.bring(services, self._as_hub)
        # Records first: packs use the line when nobody's work waits for it, in slices.
        return is_left or self._shelf.fetch()

    def _send(
        self, state: RelayState, header: HubSyncHeader, carried: list[Carried], numbers: list[int]
    ) -> tuple[HubSyncReply, list[bytes | None]]:
        """The root's answer. What did not get through makes the next request smaller."""
        try:
            status, body = self._as_hub("/hubs/1/sync", encode_hub_sync(header, carried))
        except NoLineError:
            self._shrink(carried, numbers)
            raise
        if status == 413:
            self._sizes = after_too_large(self._sizes, len(carried))
        if status in TOO_SLOW:
            self._shrink(carried, numbers)
        if status != 200:
            raise _refusal(status, body)
        try:
            reply, bodies = decode_hub_reply(body)
        except MalformedFrameError as error:
            raise NoLineError("what answered is no root") from error
        if not is_certified(reply.certificate, state.root_key) or len(reply.answers) != len(numbers):
            raise NoLineError("what answered is not our root")
        self._sizes = after_success(self._sizes)
        self._heavy.difference_update(numbers)
        self._asked = header.streams[-1] if header.streams else ""
        self._reach.complete(reply)
        return reply, bodies

    def _shrink(self, carried: list[Carried], numbers: list[int]) -> None:
        is_one = len(carried) == 1 and sum(map(len, carried[0].bodies)) > START
        if is_one and len(self._heavy) < HEAVY_MAX:
            self._heavy.update(numbers)
        self._sizes = after_silence(self._sizes)

    def _next(self, session: Session, state: RelayState) -> tuple[HubSyncHeader, list[Carried], list[int]]:
        """What the next request says and brings."""
        carried, numbers = self._batch(session)
        cursors: list[list[Any]] = [[scope, head] for scope, head in event_log.read_mirrored_heads(session).items()]
        settings = self._services.settings
        address = "" if settings.is_public_url_loopback else settings.public_url
        transfers = [one.transfer for one in carried]
        streams = self._next_streams(session)
        header = HubSyncHeader(1, cursors, streams, measure(session, address), transfers, max=self._sizes.pull_bytes)
        self._reach.name_in(header)
        header.files = key_id_of(state.files_key) if state.files_key else ""
        if state.epoch is not None:
            header.epoch = state.epoch
        if state.reach_tag is not None:
            header.reach = state.reach_tag
        return header, carried, numbers

    def _next_streams(self, session: Session) -> list[str]:
        """Some streams of which the root has something, others each time."""
        given = select(RelayTransfer.stream).where(RelayTransfer.state == GIVEN).distinct()
        given = given.order_by(RelayTransfer.stream).limit(self._sizes.streams)
        return list(session.exec(given.where(RelayTransfer.stream > self._asked)).all() or session.exec(given).all())

    def _batch(self, session: Session) -> tuple[list[Carried], list[int]]:
        waiting = self._waiting(session)
        if not waiting and self._heavy:
            # Nothing else is left: perhaps the line is better now.
            self._heavy.clear()
            waiting = self._waiting(session)
        carried: list[Carried] = []
        numbers: list[int] = []
        size = 0
        for row in waiting:
            size += row.bytes + TRANSFER_BYTES
            if carried and size > self._sizes.push_bytes:
                break
            assert row.number is not None
            carried.append(carried_of(session, row))
            numbers.append(row.number)
        return carried, numbers

    def _waiting(self, session: Session) -> Sequence[RelayTransfer]:
        now_ms = self._services.clock.now_ms()
        return session.exec(
            select(RelayTransfer)
            .where(RelayTransfer.state == WAITING, is_due(col(RelayTransfer.try_after_ms), now_ms))
            .where(col(RelayTransfer.number).not_in(self._heavy))
            .order_by(col(RelayTransfer.number))
            .limit(self._sizes.transfers)
        ).all()

    def _has_waiting(self) -> bool:
        with self._services.database.reading() as session:
            return bool(self._batch(session)[1])

    def _as_hub(self, path: str, body: bytes, more: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """A request with the token of a session, opened anew when it ran out."""
        for is_last in (False, True):
            if self._token is None:
                self._token = self._open_session()
            headers = {
                "authorization": f"Bearer {self._token}",
                "content-type": "application/octet-stream",
                **(more or {}),
            }
            status, answer = self._line.post(path, body, headers)
            if status != 401 or is_last:
                return status, answer
            self._token = None
        raise AssertionError

    def _open_session(self) -> str:
        try:
            return self._sign_in()
        except RefusedError as error:
            if error.code != SignInRequiredError.code or not self._join_again():
                raise
        return self._sign_in()

    def _join_again(self) -> bool:
        """Under a new certificate and with all that is kept; False when there is no new code."""
        if not self._code:
            return False
        try:
            certificate, root_key = self._ask_to_join(self._code)
        except RefusedError:
            self._code = ""
            return False
        with self._services.database.transaction() as session:
            state = get_state(session)
            if root_key != state.root_key:
                raise NoLineError("what answered is not our root")
            renew_certificate(session, state, certificate)
        self._code = ""
        log.warning("the root did not know this hub any more; it joined again by its new code, with all that it keeps")
        return True

    def _ask_to_join(self, code: str) -> tuple[HubCertificate, str]:
        keys = self._services.keys
        answer = self._post_json(
            "/hubs/1/enrol", {"code": code, "key": hub_key(keys).spki, "file_key": keys.files.spki}
        )
        certificate = msgspec.convert(answer.get("certificate"), HubCertificate)
        root_key = str(answer.get("root_key"))
        if not is_certified(certificate, root_key) or certificate.key != hub_key(keys).spki:
            raise NoLineError("what answered is no root of ours")
        return certificate, root_key

    def _sign_in(self) -> str:
        with self._services.database.reading() as session:
            state = find_state(session)
        assert state is not None
        hub = certificate_in(state).hub
        nonce = str(self._post_json("/hubs/1/nonce", {"hub": hub})["nonce"])
        signature = hub_key(self._services.keys).sign(session_message(nonce))
        return str(self._post_json("/hubs/1/session", {"hub": hub, "nonce": nonce, "signature": signature})["token"])

    def _post_json(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        status, answer = self._line.post(path, msgspec.json.encode(body), dict(_JSON))
        if status != 200:
            raise _refusal(status, answer)
        try:
            return msgspec.json.decode(answer, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise NoLineError("what answered is no root") from error


def _refusal(status: int, body: bytes) -> RefusedError:
    try:
        code = str(msgspec.json.decode(body, type=dict[str, Any]).get("code", ""))
    except msgspec.DecodeError:
        code = ""
    return RefusedError(status, code)
