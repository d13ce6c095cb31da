"""One exchange: authenticate, take what is pushed, answer what it proves, give what is new. Keeps nothing between
requests.

Runs in the event loop; what may take long (much to inflate, much to read) goes to a thread. Order matters: the push
is durable before the pull is read, so the answer shows the log with it.
"""

import zlib
from typing import Any, Protocol

import msgspec
from anyio import to_thread
from msgspec import UNSET
from sqlmodel import Session

from xuetan.contracts.limits import PULL_BYTES_MAX, PULL_BYTES_MIN, SYNC_REQUEST_BYTES_MAX
from xuetan.contracts.sync import SyncHeader, SyncReply
from xuetan.event_log.service import EventLog, Pulled, Push, SentSegment, Wanted
from xuetan.kernel.clock import Clock
from xuetan.kernel.database import Database
from xuetan.kernel.errors import RequestTooLargeError, SignInRequiredError
from xuetan.kernel.text import well_formed
from xuetan.sync.couriers import TakenFile, take_file
from xuetan.sync.errors import MalformedFrameError
from xuetan.sync.file_parts import PART_PARAMETERS, Bringer, FileParts, Part, body_so_far, hand_in, hand_in_part
from xuetan.sync.files import ReadFile, make_file, read_file
from xuetan.sync.frames import decode_frame, encode_transfers
from xuetan.sync.hub_papers import (
    DIGEST,
    MIRROR_BYTES_MAX,
    certify,
    decode_hub_reply,
    decode_hub_sync,
    decode_question,
    encode_hub_reply,
    encode_hub_sync,
    is_certified,
    session_message,
)
from xuetan.sync.known_strangers import accept_stranger, register
from xuetan.sync.transfers import take_transfers

__all__ = [
    "DIGEST",
    "MIRROR_BYTES_MAX",
    "PART_PARAMETERS",
    "Actor",
    "Authenticate",
    "Bringer",
    "FileParts",
    "Part",
    "ReadFile",
    "SyncGateway",
    "TakenFile",
    "accept_stranger",
    "body_so_far",
    "certify",
    "decode_hub_reply",
    "decode_hub_sync",
    "decode_question",
    "deflate_reply",
    "encode_hub_reply",
    "encode_hub_sync",
    "encode_transfers",
    "hand_in",
    "hand_in_part",
    "inflate_request",
    "is_certified",
    "make_file",
    "read_file",
    "register",
    "session_message",
    "take_file",
    "take_transfers",
    "token_of",
]

# Beyond this, work leaves the event loop so that other phones are not kept waiting.
INLINE_ENTRIES_MAX = 16
ACTOR_REMEMBERED_MS = 30_000
ACTORS_REMEMBERED_MAX = 10_000
GZIP_BYTES_MIN = 150
# Of what a phone says of its app: enough for any version, too little to fill a table with.
APP_CHARACTERS_MAX = 40
_GZIP = 31
# Window and memory level of a compressor. Most answers are a few hundred bytes; the usual 256 KB of state cost more
# than the work.
SMALL_REPLY_BYTES = 4_096
_GZIP_SMALL = (16 + 12, 4)
_GZIP_LARGE = (_GZIP, 8)


class Actor(Protocol):
    """Who is at the other end: what `accounts.service.authenticate` answers."""

    @property
    def person_id(self) -> str: ...

    @property
    def device_id(self) -> str: ...


class Authenticate(Protocol):
    """Finds who a bearer token belongs to; raises an AppError with status 401 when nobody."""

    def __call__(self, session: Session, token: str, /) -> Actor: ...


class SyncGateway:
    def __init__(self, database: Database, clock: Clock, log: EventLog, authenticate: Authenticate) -> None:
        self._database = database
        self._clock = clock
        self._log = log
        self._authenticate = authenticate
        self._actors: dict[str, tuple[Actor, int]] = {}

    def authenticate(self, token: str) -> Actor:
        """Who speaks with this token. Remembered for a while: looking it up costs more than a whole exchange."""
        now_ms = self._clock.now_ms()
        # Taken before the database is read: what was read before access changed goes into a memory that is thrown away.
        actors = self._actors
        remembered = actors.get(token)
        if remembered is not None and 0 <= now_ms - remembered[1] < ACTOR_REMEMBERED_MS:
            return remembered[0]
        with self._database.reading() as session:
            actor = self._authenticate(session, token)
        if len(actors) >= ACTORS_REMEMBERED_MAX:
            actors.clear()
        actors[token] = (actor, now_ms)
        return actor

    def forget_actors(self) -> None:
        """To be called after a commit that took somebody's access away."""
        self._actors = {}

    async def exchange(self, actor: Actor, frame: bytes) -> bytes:
        """The answer to one request, as JSON."""
        header, bodies = decode_frame(frame, actor.person_id)
        now_ms = self._clock.now_ms()
        reply = SyncReply(now_ms)
        if header.epoch != self._log.epoch:
            reply.epoch = self._log.epoch
            if header.epoch is not UNSET:
                return msgspec.json.encode(reply)
        wanted = Wanted(
            actor.person_id,
            {pair[0]: pair[1] for pair in header.cur},
            header.follow,
            _pull_bytes(header),
            header.stream,
            frozenset(),
            (now_ms, None if header.off is UNSET else header.off),
        )
        if header.segs:
            pulled = await self._push(actor, header, bodies, wanted, reply)
        else:
            self._log.note_contact(_push_of(actor, header, bodies, now_ms))
            pulled = await self._pull(wanted)
        if pulled.is_ahead:
            await to_thread.run_sync(self._log.note_ahead, actor.person_id, actor.device_id)
        _add_pulled(reply, pulled)
        return msgspec.json.encode(reply)

    async def _push(
        self, actor: Actor, header: SyncHeader, bodies: list[bytes], wanted: Wanted, reply: SyncReply
    ) -> Pulled:
        """Have the segments written, fill in their acknowledgements, and answer what is new behind them."""
        written = await self._log.ingest(_push_of(actor, header, bodies, reply.t), wanted)
        reply.acks = written.pushed.answers
        if written.pushed.proven is not None:
            reply.next = written.pushed.proven
        if written.pulled is not None:
            return written.pulled
        return await self._pull(wanted._replace(proven_firsts=written.pushed.proven_firsts))

    async def _pull(self, wanted: Wanted) -> Pulled:
        outlook = self._log.look_out(wanted)
        if outlook.waiting > INLINE_ENTRIES_MAX:
            return await to_thread.run_sync(self._log.pull, wanted, outlook)
        return self._log.pull(wanted, outlook)


def token_of(authorization: str) -> str:
    """The bearer token of a request; SignInRequiredError when there is none."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequiredError
    return token.strip()


def inflate_request(body: bytes) -> bytes:
    """The frame inside a gzip-coded request, never more than a request may hold."""
    machine = zlib.decompressobj(_GZIP)
    try:
        frame = machine.decompress(body, SYNC_REQUEST_BYTES_MAX + 1)
    except zlib.error as error:
        raise MalformedFrameError from error
    if len(frame) > SYNC_REQUEST_BYTES_MAX:
        raise RequestTooLargeError
    if not machine.eof:
        raise MalformedFrameError
    return frame


def deflate_reply(reply: bytes) -> bytes | None:
    """The reply in gzip, or None when that is not smaller."""
    if len(reply) < GZIP_BYTES_MIN:
        return None
    machine = zlib.compressobj(6, zlib.DEFLATED, *(_GZIP_SMALL if len(reply) < SMALL_REPLY_BYTES else _GZIP_LARGE))
    packed = machine.compress(reply) + machine.flush()
    return packed if len(packed) < len(reply) else None


def _push_of(actor: Actor, header: SyncHeader, bodies: list[bytes], now_ms: int) -> Push:
    return Push(
        header.stream,
        actor.person_id,
        actor.device_id,
        header.head,
        [SentSegment(*pair) for pair in zip(header.segs, bodies, strict=True)],
        None if header.off is UNSET else header.off,
        now_ms,
        app=well_formed(header.app[:APP_CHARACTERS_MAX]) if header.app else "",
        cursors=header.cur,
    )


def _pull_bytes(header: SyncHeader) -> int:
    wanted = PULL_BYTES_MIN if header.max is UNSET else header.max
    return min(max(wanted, PULL_BYTES_MIN), PULL_BYTES_MAX)


def _add_pulled(reply: SyncReply, pulled: Pulled) -> None:
    if pulled.follow is not None:
        reply.follow = list(pulled.follow)
    if pulled.entries:
        entries: Any = pulled.entries
        reply.entries = entries
    if pulled.more:
        reply.more = True
    if pulled.safe:
        reply.safe = pulled.safe
