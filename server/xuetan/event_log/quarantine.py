"""The quarantine and the ways out of it: what was kept aside is looked at, released into its scope, or answered.

Nothing here is ever deleted. A release is a new entry with the identity, the bytes and the hash of what was set aside, with all blank that
stays aside: folds know an event by its identity, so it counts once however often it is released. Whether an event may come in is
judged by the table of arrival, with the roles of today; only a text that was too long comes in by the operator's word.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from xuetan.event_log.entries import Run, insert_row, take_position
from xuetan.event_log.errors import NothingToReleaseError
from xuetan.event_log.examine import TOO_LARGE, Permit, examine, permit
from xuetan.event_log.ingest import NOT_PERMITTED, PLACELESS
from xuetan.event_log.members import read_roles
from xuetan.event_log.records import read_released
from xuetan.event_log.remains import read_remains
from xuetan.event_log.segments import Event, TooLargeError, UnreadableError, inflate, read_columns
from xuetan.kernel.errors import InvalidRequestError, NotFoundError
from xuetan.kernel.sql import enter_log
from xuetan.kernel.text import well_formed

ANSWER_CHARACTERS_MAX = 1000
ITEM_COLUMNS = """person_id, stream, seq, hash, device_id, n, scope, prev, code, received_ms,
released_ms, released_by, answered_ms, answered_by, answer"""


class AsideKey(NamedTuple):
    """What was set aside is known by who sent it, where it stood in which stream, by its segment's hash and its device."""

    person_id: str
    stream: str
    seq: int
    hash: str
    device_id: str

    def __str__(self) -> str:
        return ".".join(map(str, self))


class AsideItem(msgspec.Struct, frozen=True):
    """One thing that was set aside: a segment of `n` events, or (`is_segment` false) a single event. `bytes`: of what is kept."""

    key: AsideKey
    n: int
    scope: str
    code: str
    received_ms: int
    released_ms: int | None
    released_by: str | None
    answered_ms: int | None
    answered_by: str | None
    answer: str
    bytes: int
    is_segment: bool


class AsideEvent(msgspec.Struct, frozen=True):
    """One event of an item. `code`: why it would be set aside today, None when it would be taken. `event` is None when it is blank."""

    seq: int
    event: Event | None
    code: str | None
    may_release: bool
    is_released: bool


class AsideContents(msgspec.Struct, frozen=True):
    """What an item holds, read with today's rules and roles. `code`: why all of it stays aside; then events may be missing."""

    item: AsideItem
    code: str | None
    events: list[AsideEvent]

    @property
    def may_release(self) -> bool:
        return any(one.may_release and not one.is_released for one in self.events)


class _Kept(NamedTuple):
    """The segment that holds an item, as it came."""

    first: int
    n: int
    body: bytes
    clock_offset_ms: int | None


def read_key(text: str) -> AsideKey:
    """NotFoundError for what is no key."""
    parts = text.split(".")
    if len(parts) != 5 or not parts[2].isdigit() or len(parts[2]) > 15:
        raise NotFoundError
    return AsideKey(parts[0], parts[1], int(parts[2]), parts[3], parts[4])


def list_items(run: Run, *, only_open: bool, limit: int, offset: int) -> list[AsideItem]:
    """The newest first. `only_open`: those that were neither released nor answered."""
    rows = run(
        f"""SELECT {ITEM_COLUMNS}, COALESCE(LENGTH(body), 0), body IS NOT NULL FROM log_set_aside
            {_open(only_open)} ORDER BY received_ms DESC, stream, seq LIMIT ? OFFSET ?""",  # noqa: S608
        (limit, offset),
    ).fetchall()
    return [_item(row) for row in rows]


def count_items(run: Run, *, only_open: bool) -> int:
    return int(run(f"SELECT COUNT(*) FROM log_set_aside {_open(only_open)}", ()).fetchone()[0])  # noqa: S608


def get_item(run: Run, key: AsideKey) -> AsideItem:
    """NotFoundError when nothing was set aside under this key."""
    row = run(
        f"""SELECT {ITEM_COLUMNS}, COALESCE(LENGTH(body), 0), body IS NOT NULL FROM log_set_aside
            WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?""",  # noqa: S608
        tuple(key),
    ).fetchone()
    if row is None:
        raise NotFoundError
    return _item(row)


def read_contents(run: Run, key: AsideKey) -> AsideContents:
    """Everything that can be read of an item."""
    item = get_item(run, key)
    kept = _kept(run, item)
    permitted = _permit_today(run, item, kept)
    if isinstance(permitted, str):
        events = [AsideEvent(item.key.seq + index, one, permitted, False, False) for index, one in _read(kept, item)]
        return AsideContents(item, permitted, events)
    released = read_released(run, key.stream, key.hash, key.person_id)
    events = []
    for index, event in _read(kept, item):
        seq = item.key.seq + index
        code = permitted.aside.get(seq - kept.first)
        events.append(AsideEvent(seq, event, code, code in (None, TOO_LARGE), seq in released))
    return AsideContents(item, None, events)


def release(run: Run, key: AsideKey, *, by: str, now_ms: int, is_operators_word: bool = True) -> int:
    """Append to its scope what of an item may come in now and did not yet; how many events. NothingToReleaseError when none may.
    What is too long comes in by the operator's word alone."""
    enter_log(run)
    contents = read_contents(run, key)
    item = contents.item
    let_in = {
        one.seq
        for one in contents.events
        if one.may_release and not one.is_released and (is_operators_word or one.code is None)
    }
    if not let_in:
        raise NothingToReleaseError
    kept = _kept(run, item)
    permitted = _permit_today(run, item, kept)
    assert isinstance(permitted, Permit)
    codes = {one.seq: one.code for one in contents.events}
    blank = [(seq, codes.get(seq) or item.code) for seq in range(kept.first, kept.first + kept.n) if seq not in let_in]
    run(
        """INSERT INTO log_entry (scope, position, received_ms, stream, first, n, hash, person_id, role, after,
           clock_offset_ms, set_aside, body, released) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            item.scope,
            take_position(run, item.scope),
            item.received_ms,
            key.stream,
            kept.first,
            kept.n,
            key.hash,
            key.person_id,
            permitted.role,
            permitted.after,
            kept.clock_offset_ms,
            msgspec.json.encode(blank).decode() if blank else None,
            kept.body,
            True,
        ),
    )
    _settle(run, key, "released_ms = ?, released_by = ?", (now_ms, by))
    _tell(run, get_item(run, key), now_ms)
    return len(let_in)


def answer(run: Run, key: AsideKey, text: str, *, by: str, now_ms: int) -> None:
    """Say a sentence to whoever sent it. A later answer takes the place of an earlier one on the phone; InvalidRequestError for an empty
    or endless one, and for what its phone was never told of."""
    text = well_formed(text).strip()
    item = get_item(run, key)
    if not text or len(text) > ANSWER_CHARACTERS_MAX or not may_be_answered(item):
        raise InvalidRequestError(details={"fields": ["answer"]})
    enter_log(run)
    _settle(run, key, "answered_ms = ?, answered_by = ?, answer = ?", (now_ms, by, text))
    _tell(run, get_item(run, key), now_ms)


def may_be_answered(item: AsideItem) -> bool:
    """A row names (stream, seq), which of what has no place in its stream may be a good event; such a phone has sent it anew, or will."""
    return item.code not in PLACELESS


def note_reading(run: Run, key: AsideKey, reader_id: str, now_ms: int) -> None:
    """Write down who opened an item, and when they last did."""
    run(
        """INSERT INTO log_set_aside_reading (person_id, stream, seq, hash, device_id, reader_id, last_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (person_id, stream, seq, hash, device_id, reader_id) DO UPDATE SET last_ms = excluded.last_ms""",
        (*key, reader_id, now_ms),
    )


def list_readings(run: Run, key: AsideKey) -> list[tuple[str, int]]:
    """(reader, when last), the latest first."""
    rows = run(
        """SELECT reader_id, last_ms FROM log_set_aside_reading
           WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ? ORDER BY last_ms DESC""",
        tuple(key),
    ).fetchall()
    return [(str(row[0]), int(row[1])) for row in rows]


def _permit_today(run: Run, item: AsideItem, kept: _Kept) -> Permit | str:
    """As whom it would be stored today, with the events (by index in the segment) that would stay aside; or why all would."""
    has_gone = read_remains(run, item.key.stream, item.key.hash) is not None
    contents = examine(kept.body, kept.n, may_be_blank=has_gone)
    if isinstance(contents, str):
        return contents
    return permit(contents, item.scope, read_roles(run, item.scope, item.key.person_id)) or NOT_PERMITTED


def _kept(run: Run, item: AsideItem) -> _Kept:
    key = item.key
    if item.is_segment:
        row = run(
            """SELECT seq, n, body, NULL FROM log_set_aside
               WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?""",
            tuple(key),
        ).fetchone()
    else:
        row = run(
            """SELECT first, n, body, clock_offset_ms FROM log_entry
               WHERE stream = ? AND hash = ? AND first <= ? AND NOT released ORDER BY first DESC LIMIT 1""",
            (key.stream, key.hash, key.seq),
        ).fetchone()
    if row is None or row[2] is None:
        raise NotFoundError
    return _Kept(*row)


def _read(kept: _Kept, item: AsideItem) -> list[tuple[int, Event | None]]:
    """The events of an item by their distance from its seq; none where the segment cannot be read."""
    try:
        events: Sequence[Event | None] = read_columns(inflate(kept.body))
    except (UnreadableError, TooLargeError):
        return []
    start = item.key.seq - kept.first
    return list(enumerate(events[start : start + item.n]))


def _settle(run: Run, key: AsideKey, changes: str, values: tuple[object, ...]) -> None:
    run(
        f"""UPDATE log_set_aside SET {changes}
            WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?""",  # noqa: S608
        (*values, *key),
    )


def _tell(run: Run, item: AsideItem, now_ms: int) -> None:
    """The row by which the sender's phones learn what became of it."""
    if not may_be_answered(item):
        return
    key = item.key
    body: dict[str, object] = {"stream": key.stream, "seq": key.seq, "code": item.code, "at_ms": now_ms}
    if item.n > 1:
        body["n"] = item.n
    body["became"] = "answered" if item.released_ms is None else "released"
    if item.answer:
        body["answer"] = item.answer
    if item.released_ms is not None:
        still = sorted(set(range(key.seq, key.seq + item.n)) - read_released(run, key.stream, key.hash, key.person_id))
        if still:
            body["still"] = still
    insert_row(run, f"p:{key.person_id}", "set_aside", f"{key.stream}:{key.seq}", body, now_ms=now_ms)


def _open(only_open: bool) -> str:
    return "WHERE released_ms IS NULL AND answered_ms IS NULL" if only_open else ""


def _item(row: Sequence[object]) -> AsideItem:
    person_id, stream, seq, hash_, device_id, n, scope, _prev, code, received_ms, *settled, size, is_segment = row
    key = AsideKey(str(person_id), str(stream), int(str(seq)), str(hash_), str(device_id))
    released_ms, released_by, answered_ms, answered_by, answer_ = settled
    return msgspec.convert(
        {
            "key": key,
            "n": n,
            "scope": scope,
            "code": code,
            "received_ms": received_ms,
            "released_ms": released_ms,
            "released_by": released_by,
            "answered_ms": answered_ms,
            "answered_by": answered_by,
            "answer": answer_ or "",
            "bytes": size,
            "is_segment": bool(is_segment),
        },
        AsideItem,
    )
