"""Taking what a phone pushed, inside one open write transaction. Owns the bytes of segments and the quarantine.

`check_push` is pure and runs before the transaction; `write_push` looks at the stream's state and stores. Invariants:
`next` and chain move on exactly with what was stored; whatever is set aside is told to its sender by a row in
`p:<sender>` in the same transaction; a push that raises has stored nothing.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log.entries import Run, insert_row, take_position
from xuetan.event_log.errors import QuarantineFullError
from xuetan.event_log.examine import Contents, Permit, examine, permit
from xuetan.event_log.judge import Answer, Ledger, StreamState, place_of
from xuetan.event_log.known import find_known
from xuetan.event_log.members import read_roles
from xuetan.event_log.remains import is_sealed, left_of_arriving, read_remains
from xuetan.kernel.sql import enter_log

STREAM_OF_ANOTHER = "stream_of_another"
NOT_PERMITTED = "not_permitted"
GAP = "gap"
FORKED = "forked"
DEVICE_REVOKED = "device_revoked"
FULL = "full"
# Answers after which the rest of a phone's own request is not looked at; of what was carried, each is judged by itself.
STOPS = frozenset({"gap", "fork", "damaged"})
# Kept without a place in the stream: they prove nothing, and a row that names (stream, seq) could mean a good event.
PLACELESS = frozenset({STREAM_OF_ANOTHER, GAP, FORKED, DEVICE_REVOKED})
# Answers to what has a place in its stream: a backup that reaches so far holds it. An `aside` that has none says so by its code.
PLACED = ("ok", "dup", "aside")
# Of whole segments that nobody has answered or let in yet, per device. Far beyond what any fault of ours ever set aside, far below
# what fills a disk; who answers them makes room for more.
QUARANTINE_SEGMENTS_MAX = 1_000
QUARANTINE_BYTES_MAX = 16 * 1024 * 1024
# Of what a phone says of its reading: for any number of scopes that somebody follows, and little enough to keep.
CURSORS_KEPT_MAX = 500

STREAM = "SELECT person_id, device_id, next, chain FROM log_stream WHERE stream = ?"
SAVE_STREAM = """
INSERT INTO log_stream (stream, person_id, device_id, next, chain) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET next = excluded.next, chain = excluded.chain
"""
# A stream only grows: a store that came back older says a smaller head, and what it no longer holds goes on showing as not arrived.
CONTACT = """
INSERT INTO log_contact (person_id, device_id, stream, head, seen_ms, missing_since_ms, since_ms, app, clock_offset_ms, cursors)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (person_id, device_id, stream) DO UPDATE SET
head = CASE WHEN log_contact.head > excluded.head THEN log_contact.head ELSE excluded.head END,
seen_ms = excluded.seen_ms, app = excluded.app, clock_offset_ms = excluded.clock_offset_ms, cursors = excluded.cursors,
missing_since_ms = CASE WHEN excluded.missing_since_ms IS NULL AND log_contact.head <= excluded.head THEN NULL
ELSE COALESCE(log_contact.missing_since_ms, excluded.missing_since_ms) END
"""
# A carrier may be late: it can add to what is known of a device, never take from it. A stream that the device never spoke of itself
# stands right before the one that it has now.
_NEWEST_OF_DEVICE = """FROM log_contact WHERE person_id = ? AND device_id = ?
ORDER BY seen_ms DESC, since_ms DESC, stream LIMIT 1"""
_CARRIED_CONTACT = f"""
INSERT INTO log_contact (person_id, device_id, stream, head, missing_since_ms, seen_ms, since_ms) VALUES (?, ?, ?, ?, ?,
COALESCE((SELECT seen_ms - 1 {_NEWEST_OF_DEVICE}), ?), COALESCE((SELECT since_ms - 1 {_NEWEST_OF_DEVICE}), ?))
ON CONFLICT (person_id, device_id, stream) DO UPDATE SET head = excluded.head,
missing_since_ms = COALESCE(log_contact.missing_since_ms, excluded.missing_since_ms)
WHERE log_contact.head < excluded.head
"""  # noqa: S608
# What was emitted again: by what it was called first, and in which stream it came. Of the first coming only.
_CAME_AGAIN = """
INSERT INTO log_again (person_id, stream, seq, via) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
INSERT_SEGMENT = """
INSERT INTO log_entry (scope, position, received_ms, stream, first, n, hash, person_id, role, after, clock_offset_ms,
set_aside, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# What was kept outside of its stream, brought by a carrier before its time, may come in its place later: then it is kept as
# what it is there.
_SET_ASIDE = """
INSERT INTO log_set_aside (person_id, stream, seq, hash, device_id, n, scope, prev, code, received_ms, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person_id, stream, seq, hash, device_id)
DO UPDATE SET n = excluded.n, code = excluded.code, received_ms = excluded.received_ms, body = excluded.body
WHERE log_set_aside.code IN ('stream_of_another', 'gap', 'forked', 'device_revoked')
AND excluded.code NOT IN ('stream_of_another', 'gap', 'forked', 'device_revoked') RETURNING seq
"""
_QUARANTINED = """
SELECT COUNT(*), COALESCE(SUM(LENGTH(body)), 0) FROM log_set_aside
WHERE person_id = ? AND device_id = ? AND body IS NOT NULL AND released_ms IS NULL AND answered_ms IS NULL
"""
_IS_QUARANTINED = """
SELECT 1 FROM log_set_aside WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?
"""
WAITING = """
SELECT seq, hash, n, scope, prev, body FROM log_set_aside
WHERE stream = ? AND code = 'gap' AND seq <= ? AND person_id = ? AND device_id = ? ORDER BY seq, hash
"""
_NO_LONGER_ASIDE = """
DELETE FROM log_set_aside WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?
"""


_encode = msgspec.json.Encoder().encode


class SentSegment(NamedTuple):
    """A segment as it came: where its header says `gone`, what its phone has left of it."""

    header: SegmentHeader
    body: bytes


class CheckedSegment(NamedTuple):
    """A segment before its place is known. `contents`: what it holds, the code that sets it aside, or None when
    damaged."""

    header: SegmentHeader
    body: bytes
    contents: Contents | str | None


class Push(NamedTuple):
    """One request's segments of one stream. `carried`: somebody else brought them, so they may be the last copy; what does
    not fit is kept aside. `revoked`: its device was shut out; all of it is kept aside. `app`: the version of the app that sends.
    `cursors`: up to which position it has read, by follow number."""

    stream: str
    person_id: str
    device_id: str
    head: int
    segments: Sequence[SentSegment]
    clock_offset_ms: int | None
    received_ms: int
    carried: bool = False
    revoked: bool = False
    app: str = ""
    cursors: Sequence[Sequence[int]] = ()


class Pushed(NamedTuple):
    """The answers, the number of events they prove, the firsts of the segments proven, and the scopes that grew."""

    answers: list[Answer]
    proven: int | None
    proven_firsts: frozenset[int]
    scopes: frozenset[str]


def check_push(push: Push) -> list[CheckedSegment]:
    """Verify every hash and look inside. Pure, and the part of a push that takes time."""
    return [_check_segment(push.stream, *segment) for segment in push.segments]


def locks_of(push: Push) -> Iterator[str]:
    """Names of all that a push may write: its stream, its device's contact, the scopes of its segments, and the scope
    that tells of what was set aside."""
    yield f"stream {push.stream}"
    yield f"device {push.person_id} {push.device_id}"
    yield f"scope p:{push.person_id}"
    for segment in push.segments:
        yield f"scope {segment.header.scope}"


def _check_segment(stream: str, header: SegmentHeader, body: bytes) -> CheckedSegment:
    if not is_sealed(stream, header, body):
        return CheckedSegment(header, body, None)
    return CheckedSegment(header, body, examine(body, header.n, may_be_blank=header.gone is not UNSET))


def write_push(run: Run, push: Push, segments: Sequence[CheckedSegment]) -> Pushed:
    """Judge and store the segments of a push, in order. QuarantineFullError when the first that is not proven would be
    set aside and there is no more room: it stays on the phone, and so does what follows it. Of what was carried, `full`
    says so: its carrier keeps it."""
    enter_log(run)
    state = read_stream(run, push.stream)
    before = state.next
    ledger = Ledger()
    firsts: set[int] = set()
    scopes: set[str] = set()
    for index, segment in enumerate(segments):
        header = segment.header
        try:
            answer = _take(run, push, state, segment, scopes)
        except QuarantineFullError:
            if push.carried:
                ledger.refuse([FULL], len(segments) - index)
                break
            if ledger.proven is None:
                raise
            ledger.stop(["gap", state.next], len(segments) - index - 1, state.next)
            break
        if answer[-1] in (STREAM_OF_ANOTHER, DEVICE_REVOKED) or (push.carried and answer[0] in STOPS):
            ledger.keep_aside(answer)
        elif answer[0] in ("ok", "dup", "aside"):
            ledger.take(answer, header.first + header.n)
            # What was set aside stands in no scope: an entry at the same place of the stream is somebody else's, and
            # goes down whole.
            if answer[0] != "aside":
                firsts.add(header.first)
        else:
            ledger.stop(answer, len(segments) - index - 1, state.next)
            break
    if state.next != before:
        _take_waiting(run, push, state, scopes)
        run(SAVE_STREAM, (push.stream, push.person_id, push.device_id, state.next, state.chain))
    _note_contact(run, push, state.next)
    return Pushed(ledger.answers, ledger.proven, frozenset(firsts), frozenset(scopes))


def _note_contact(run: Run, push: Push, arrived: int) -> None:
    missing_since_ms = push.received_ms if push.head > arrived else None
    now_ms = push.received_ms
    device = (push.person_id, push.device_id)
    said = (*device, push.stream, push.head)
    if push.carried:
        run(_CARRIED_CONTACT, (*said, missing_since_ms, *device, now_ms, *device, now_ms))
    else:
        cursors = _encode(push.cursors[:CURSORS_KEPT_MAX]).decode() if push.cursors else None
        run(CONTACT, (*said, now_ms, missing_since_ms, now_ms, push.app, push.clock_offset_ms, cursors))


def read_stream(run: Run, stream: str) -> StreamState:
    """A stream as it stands; unbound when nothing of it was taken."""
    row = run(STREAM, (stream,)).fetchone()
    return StreamState(*row) if row else StreamState()


def _take_waiting(run: Run, push: Push, state: StreamState, scopes: set[str]) -> None:
    """The gap before what carriers brought may be filled now: each piece goes where it belongs. Bounded by the
    quarantine of one device."""
    while waiting := run(WAITING, (push.stream, state.next, push.person_id, push.device_id)).fetchall():
        for first, hash_, n, scope, prev, body in waiting:
            header = SegmentHeader(scope, first, n, prev, hash_, len(body))
            run(_NO_LONGER_ASIDE, (push.person_id, push.stream, first, hash_, push.device_id))
            kept = read_remains(run, push.stream, hash_)
            segment = CheckedSegment(header, body, examine(body, n, may_be_blank=kept is not None))
            _take(run, push._replace(carried=True), state, segment, scopes)


def _take(run: Run, push: Push, state: StreamState, segment: CheckedSegment, scopes: set[str]) -> Answer:
    """The answer to one segment; stores it when it continues the stream, and moves the state on."""
    header = segment.header
    if segment.contents is None:
        return ["damaged"]
    known = find_known(run, push.stream, header.first) if header.first < state.next else None
    place = place_of(
        state,
        person_id=push.person_id,
        device_id=push.device_id,
        first=header.first,
        prev=header.prev,
        hash_=header.hash,
        known=known.segment if known else None,
    )
    match place.verdict:
        case "another":
            left = _left_of(run, push, segment)
            if left is not None:
                _quarantine(run, push, left, STREAM_OF_ANOTHER)
            return ["aside", STREAM_OF_ANOTHER]
        case "dup":
            return ["dup", known.set_aside] if known and known.set_aside else ["dup"]
        case _ if push.revoked:
            left = _left_of(run, push, segment)
            if left is not None:
                _quarantine(run, push, left, DEVICE_REVOKED)
            return ["aside", DEVICE_REVOKED]
        case "gap" | "fork":
            left = _left_of(run, push, segment) if push.carried else None
            if left is not None:
                _quarantine(run, push, left, GAP if place.verdict == "gap" else FORKED)
            return [place.verdict, place.number]
    left = _left_of(run, push, segment)
    if left is None:
        return ["gap", state.next]
    answer = _store(run, push, left, scopes)
    for stream, seq in getattr(segment.contents, "origins", ()):
        run(_CAME_AGAIN, (push.person_id, stream, seq, push.stream))
    state.person_id, state.device_id = push.person_id, push.device_id
    state.next, state.chain = header.first + header.n, header.hash
    return answer


def _left_of(run: Run, push: Push, segment: CheckedSegment) -> CheckedSegment | None:
    """The segment without what was erased by right; None where nothing of it may be kept."""
    header, contents = segment.header, segment.contents
    origins = {stream for stream, _seq in contents.origins} if isinstance(contents, Contents) else set[str]()
    body = left_of_arriving(run, push.person_id, push.stream, header, segment.body, origins, is_carried=push.carried)
    if body is None:
        return None
    if body is segment.body:
        return segment
    return CheckedSegment(header, body, examine(body, header.n, may_be_blank=True))


def _store(run: Run, push: Push, segment: CheckedSegment, scopes: set[str]) -> Answer:
    """Append a segment that continues its stream to its scope, or quarantine it."""
    header, contents = segment.header, segment.contents
    assert contents is not None
    permitted: Permit | None = None
    if isinstance(contents, str):
        code = contents
    else:
        code = NOT_PERMITTED
        permitted = permit(contents, header.scope, read_roles(run, header.scope, push.person_id))
    if permitted is None:
        _quarantine(run, push, segment, code)
        scopes.add(f"p:{push.person_id}")
        return ["aside", code]
    set_aside = [(header.first + index, code) for index, code in sorted(permitted.aside.items())]
    _append(run, push, segment, permitted, set_aside)
    scopes.add(header.scope)
    if not set_aside:
        return ["ok"]
    for seq, code in set_aside:
        _note_aside(run, push, segment, code, seq=seq, n=1, body=None)
    return ["ok", set_aside]


def _append(run: Run, push: Push, segment: CheckedSegment, permitted: Permit, set_aside: list[tuple[int, str]]) -> None:
    header = segment.header
    run(
        INSERT_SEGMENT,
        (
            header.scope,
            take_position(run, header.scope),
            push.received_ms,
            push.stream,
            header.first,
            header.n,
            header.hash,
            push.person_id,
            permitted.role,
            permitted.after,
            push.clock_offset_ms,
            msgspec.json.encode(set_aside).decode() if set_aside else None,
            segment.body,
        ),
    )


def _quarantine(run: Run, push: Push, segment: CheckedSegment, code: str) -> None:
    header = segment.header
    segments, kept_bytes = run(_QUARANTINED, (push.person_id, push.device_id)).fetchone()
    if segments >= QUARANTINE_SEGMENTS_MAX or kept_bytes + len(segment.body) > QUARANTINE_BYTES_MAX:
        place = (push.person_id, push.stream, header.first, header.hash, push.device_id)
        if run(_IS_QUARANTINED, place).fetchone() is None:
            raise QuarantineFullError
    _note_aside(run, push, segment, code, seq=header.first, n=header.n, body=segment.body)


def _note_aside(
    run: Run, push: Push, segment: CheckedSegment, code: str, *, seq: int, n: int, body: bytes | None
) -> None:
    """Keep it in the quarantine and tell its sender; once, however often it comes."""
    header = segment.header
    kept = run(
        _SET_ASIDE,
        (
            push.person_id,
            push.stream,
            seq,
            header.hash,
            push.device_id,
            n,
            header.scope,
            header.prev,
            code,
            push.received_ms,
            body,
        ),
    ).fetchone()
    # A row names (stream, seq), which under another's stream is somebody's good event; the answer alone tells its sender.
    if kept and code not in PLACELESS:
        row: dict[str, object] = {"stream": push.stream, "seq": seq, "code": code}
        # The row alone tells the writer how much of it when a carrier brought it, and as well when the answer to the writer is lost and
        # a carrier then brings the root's word that all of it is here.
        if n > 1:
            row["n"] = n
        insert_row(run, f"p:{push.person_id}", "set_aside", f"{push.stream}:{seq}", row, now_ms=push.received_ms)
