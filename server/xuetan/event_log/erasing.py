"""Erasing by right: what events said leaves the log for good, their places stay.

Owns the act: stored bodies are replaced by what remains of them, wherever the log keeps a copy (entries, quarantine, what
strangers signed), and readers are told by a row. Who may ask for it, and which events something consists of, other domains say.
Invariants: nothing but the chosen events is changed; header, hash and chain stay; what was erased is remembered, so a phone, a hub,
a file or an old backup brings back its place alone.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from sqlmodel import Session

from xuetan.contracts.sync import SegmentHeader
from xuetan.event_log.entries import Run, insert_row
from xuetan.event_log.events import EventsErased
from xuetan.event_log.mirrored_erasing import left_of
from xuetan.event_log.projectors import begin_anew
from xuetan.event_log.remains import EventName, is_readable, make_remains, read_named
from xuetan.event_log.scopes import letter_of
from xuetan.kernel.events import publish
from xuetan.kernel.ids import b64url_encode
from xuetan.kernel.sql import enter_log, run_in

__all__ = [
    "Choose",
    "ErasureView",
    "Extent",
    "StoredEvent",
    "erase",
    "is_named",
    "left_of",
    "list_erasures",
    "measure",
    "project_anew",
    "withdraw_rows",
]
# Of one row: a phone keeps a row whole.
EVENTS_PER_ROW = 400
_COLUMNS = "erasure_id, scope, what, thing, by_person_id, office, reason, at_ms, events, files"
_FILE = re.compile(r"\b[0-9a-f]{64}\b")
_SEGMENTS = msgspec.json.Decoder(list[SegmentHeader])


class StoredEvent(NamedTuple):
    """An event wherever the log keeps it. `role` is empty for what is in no scope."""

    person_id: str
    event: Any


Choose = Callable[[StoredEvent], bool]


class ErasureView(msgspec.Struct, frozen=True):
    """What is known for ever of an erasure. `what`: entry or person."""

    erasure_id: str
    scope: str
    what: str
    thing: str
    by_person_id: str
    office: str
    reason: str
    at_ms: int
    events: int = 0
    files: list[str] = []


class Extent(NamedTuple):
    """What an erasure would take: events by kind, of how many writers, and files that only they name."""

    kinds: dict[str, int]
    authors: frozenset[str]
    files: frozenset[str]


@dataclass
class _Found:
    """What is chosen, and where each copy of it lies."""

    names: set[EventName] = field(default_factory=set)
    kinds: dict[EventName, str] = field(default_factory=dict)
    authors: dict[EventName, str] = field(default_factory=dict)
    chosen_files: set[str] = field(default_factory=set)
    kept_files: set[str] = field(default_factory=set)

    def look(self, name: EventName, author: str, event: Any, *, is_chosen: bool) -> None:
        text = msgspec.json.encode(event.payload).decode()
        if not is_chosen:
            self.kept_files.update(_FILE.findall(text))
            return
        self.names.add(name)
        self.kinds[name], self.authors[name] = event.kind, author
        self.chosen_files.update(_FILE.findall(text))


class _Copy(NamedTuple):
    """One stored body. `put`: how another takes its place."""

    person_id: str
    stream: str
    first: int
    hash: str
    body: bytes
    position: int
    put: Callable[[bytes], None]


def measure(session: Session, scope: str, choose: Choose) -> Extent:
    """What would go, without doing it."""
    found = _find(list(_copies(run_in(session), scope)), choose)
    kinds: dict[str, int] = {}
    for kind in found.kinds.values():
        kinds[kind] = kinds.get(kind, 0) + 1
    return Extent(kinds, frozenset(found.authors.values()), frozenset(found.chosen_files - found.kept_files))


def erase(session: Session, erasure: ErasureView, choose: Choose, *, whole_scope: bool = False) -> ErasureView:
    """Erase from a scope what is chosen, tell its readers and the writers, and remember it. `whole_scope`: bodies that nobody
    can read go as well, and whatever its owner sent anywhere that was set aside. The erasure with its numbers; of no events when
    nothing was chosen, and then nothing was done."""
    run = run_in(session)
    enter_log(run)
    copies = list(_copies(run, erasure.scope, set_aside_of=erasure.scope[2:] if whole_scope else ""))
    found = _find(copies, choose)
    unreadable = [one for one in copies if whole_scope and one.position == 0 and not is_readable(one.body)]
    if not found.names and not unreadable:
        return erasure
    files = sorted(found.chosen_files - found.kept_files)
    done = msgspec.structs.replace(erasure, events=len(found.names), files=files)
    _remember(run, done, found.names)
    places = _replace(run, copies, found.names, done.erasure_id)
    for one in unreadable:
        make_remains(run, one.stream, one.hash, one.body, None, done.erasure_id)
        one.put(b"")
    _tell(run, done, sorted(found.names), places, _writers_elsewhere(done.scope, found))
    publish(session, EventsErased(done.scope, done.erasure_id, frozenset(files)))
    return done


def is_named(session: Session, scope: str, sha256: str) -> bool:
    """Some event of the scope names this file now."""
    run = run_in(session)
    for copy in _copies(run, scope):
        for _name, _index, event in read_named(copy.stream, copy.first, copy.hash, copy.body):
            if sha256 in msgspec.json.encode(event.payload).decode():
                return True
    return False


def withdraw_rows(session: Session, scope: str, kinds: Sequence[str], *, now_ms: int) -> None:
    """Take back every row of these kinds, and what its versions said."""
    run = run_in(session)
    enter_log(run)
    for kind in kinds:
        rows = run(
            "SELECT DISTINCT row_key FROM log_entry WHERE scope = ? AND row_kind = ? AND row_body IS NOT NULL",
            (scope, kind),
        ).fetchall()
        run("UPDATE log_entry SET row_body = NULL WHERE scope = ? AND row_kind = ?", (scope, kind))
        for (key,) in rows:
            insert_row(run, scope, kind, key, None, now_ms=now_ms)
    run("UPDATE log_set_aside SET answer = NULL WHERE person_id = ?", (scope[2:],))


def project_anew(session: Session, projector: str, scope: str) -> None:
    """Have a projector see a scope from its beginning, in the transaction that dropped what it made of it."""
    begin_anew(run_in(session), projector, scope)


def list_erasures(session: Session, scope: str) -> list[ErasureView]:
    """What was erased from a scope, the latest first."""
    sql = f"SELECT {_COLUMNS} FROM log_erasure WHERE scope = ? ORDER BY at_ms DESC, erasure_id"  # noqa: S608
    return [_view(row) for row in run_in(session)(sql, (scope,)).fetchall()]


def _view(row: Any) -> ErasureView:
    return msgspec.structs.replace(ErasureView(*row[:-1]), files=msgspec.json.decode(row[-1]))


def _find(copies: Sequence[_Copy], choose: Choose) -> _Found:
    found = _Found()
    for copy in copies:
        for name, _index, event in read_named(copy.stream, copy.first, copy.hash, copy.body):
            found.look(name, copy.person_id, event, is_chosen=choose(StoredEvent(copy.person_id, event)))
    return found


def _replace(run: Run, copies: Iterable[_Copy], names: set[EventName], erasure_id: str) -> list[tuple[int, list[int]]]:
    """Put in the place of each body what remains of it; the positions that changed, with the seqs."""
    places: list[tuple[int, list[int]]] = []
    for copy in copies:
        gone = [index for name, index, _ in read_named(copy.stream, copy.first, copy.hash, copy.body) if name in names]
        if not gone:
            continue
        copy.put(make_remains(run, copy.stream, copy.hash, copy.body, gone, erasure_id).body)
        if copy.position:
            places.append((copy.position, [copy.first + index for index in gone]))
    return places


def _remember(run: Run, erasure: ErasureView, names: Iterable[EventName]) -> None:
    run(
        f"INSERT INTO log_erasure ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (*msgspec.structs.astuple(erasure)[:-1], msgspec.json.encode(erasure.files).decode()),
    )
    for name in names:
        run(
            "INSERT INTO log_erased_event (stream, seq, hash, erasure_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*name, erasure.erasure_id),
        )


def _tell(
    run: Run,
    erasure: ErasureView,
    names: Sequence[EventName],
    places: Sequence[tuple[int, list[int]]],
    elsewhere: dict[str, list[EventName]],
) -> None:
    """The rows by which phones and hubs learn of it: for the scope's readers, and for those who wrote in it without being its owner,
    since they may not read it any more."""
    for part in range(max(1, -(-max(len(names), len(places)) // EVENTS_PER_ROW))):
        some = slice(part * EVENTS_PER_ROW, (part + 1) * EVENTS_PER_ROW)
        _write_row(run, erasure.scope, erasure, part, names[some], places[some])
    for person_id, own in elsewhere.items():
        for part in range(-(-len(own) // EVENTS_PER_ROW)):
            some = slice(part * EVENTS_PER_ROW, (part + 1) * EVENTS_PER_ROW)
            _write_row(run, f"p:{person_id}", erasure, part, own[some], ())


def _write_row(
    run: Run,
    scope: str,
    erasure: ErasureView,
    part: int,
    names: Sequence[EventName],
    places: Sequence[tuple[int, list[int]]],
) -> None:
    body: dict[str, Any] = {
        "erasure": erasure.erasure_id,
        "at_ms": erasure.at_ms,
        "office": erasure.office,
        "reason": erasure.reason,
        "what": erasure.what,
        "events": [list(name) for name in names],
        "entries": [list(place) for place in places],
    }
    insert_row(run, scope, "erased", f"{erasure.erasure_id}:{part}", body, now_ms=erasure.at_ms)


def _writers_elsewhere(scope: str, found: _Found) -> dict[str, list[EventName]]:
    owner = scope[2:] if letter_of(scope) in ("u", "p") else ""
    others: dict[str, list[EventName]] = {}
    for name, author in sorted(found.authors.items()):
        if author != owner or letter_of(scope) == "p":
            others.setdefault(author, []).append(name)
    return {} if scope == f"p:{owner}" else others


def _copies(run: Run, scope: str, *, set_aside_of: str = "") -> Iterable[_Copy]:
    """Every body that the log keeps of a scope; and of what this person sent anywhere and was set aside."""
    for position, stream, first, hash_, person_id, body in run(
        "SELECT position, stream, first, hash, person_id, body FROM log_entry WHERE scope = ? AND stream IS NOT NULL",
        (scope,),
    ).fetchall():
        yield _Copy(
            person_id, stream, int(first), hash_, bytes(body), int(position), _putter_of_entry(run, scope, position)
        )
    for person_id, stream, seq, hash_, device_id, body in run(
        """SELECT person_id, stream, seq, hash, device_id, body FROM log_set_aside
           WHERE (scope = ? OR person_id = ?) AND body IS NOT NULL""",
        (scope, set_aside_of),
    ).fetchall():
        put = _putter_of_aside(run, (person_id, stream, seq, hash_, device_id))
        yield _Copy(person_id, stream, int(seq), hash_, bytes(body), 0, put)
    yield from _copies_of_strangers(run, scope)


def _putter_of_entry(run: Run, scope: str, position: int) -> Callable[[bytes], None]:
    def put(body: bytes) -> None:
        run("UPDATE log_entry SET body = ? WHERE scope = ? AND position = ?", (body, scope, position))

    return put


def _putter_of_aside(run: Run, key: tuple[Any, ...]) -> Callable[[bytes], None]:
    def put(body: bytes) -> None:
        run(
            """UPDATE log_set_aside SET body = ?
               WHERE person_id = ? AND stream = ? AND seq = ? AND hash = ? AND device_id = ?""",
            (body, *key),
        )

    return put


def _copies_of_strangers(run: Run, scope: str) -> Iterable[_Copy]:
    """In a person's own scopes alone: who signed them says whose they are."""
    if letter_of(scope) not in ("u", "p"):
        return
    rows = run(
        """SELECT device_id, key_id, stream, chain, segments FROM log_stranger_transfer WHERE person_id = ?""",
        (scope[2:],),
    ).fetchall()
    for device_id, key_id, stream, chain, segments in rows:
        for number, header in enumerate(_SEGMENTS.decode(segments)):
            if header.scope == scope:
                key = (scope[2:], device_id, key_id, stream, chain)
                body = _stranger_parts(run, key)[number][1]
                put = _putter_of_stranger(run, key, number)
                yield _Copy(scope[2:], stream, header.first, header.hash, body, 0, put)


def _stranger_parts(run: Run, key: tuple[str, ...]) -> list[tuple[SegmentHeader, bytes]]:
    row = run(
        """SELECT segments, bodies FROM log_stranger_transfer
           WHERE person_id = ? AND device_id = ? AND key_id = ? AND stream = ? AND chain = ?""",
        key,
    ).fetchone()
    data, start, parts = bytes(row[1]), 0, list[tuple[SegmentHeader, bytes]]()
    for header in _SEGMENTS.decode(row[0]):
        parts.append((header, data[start : start + header.len]))
        start += header.len
    return parts


def _putter_of_stranger(run: Run, key: tuple[str, ...], number: int) -> Callable[[bytes], None]:
    def put(body: bytes) -> None:
        parts = _stranger_parts(run, key)
        header = parts[number][0]
        sealed = run(
            "SELECT sha256 FROM log_erased_segment WHERE stream = ? AND hash = ?", (key[3], header.hash)
        ).fetchone()
        header.len, header.gone = len(body), b64url_encode(bytes(sealed[0]))
        parts[number] = (header, body)
        run(
            """UPDATE log_stranger_transfer SET segments = ?, bodies = ?
               WHERE person_id = ? AND device_id = ? AND key_id = ? AND stream = ? AND chain = ?""",
            (msgspec.json.encode([one for one, _ in parts]).decode(), b"".join(one for _, one in parts), *key),
        )

    return put
