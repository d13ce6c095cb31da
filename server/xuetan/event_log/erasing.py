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

from xuetan.contracts.limits import PULL_BYTES_MIN
from xuetan.event_log.copies import Copy, copies_of
from xuetan.event_log.entries import Run, insert_row
from xuetan.event_log.events import EventsErased
from xuetan.event_log.mirrored_erasing import left_of
from xuetan.event_log.projectors import begin_anew
from xuetan.event_log.remains import EventName, Remains, is_readable, keep_remains, make_remains
from xuetan.event_log.scopes import letter_of
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.events import publish
from xuetan.kernel.sql import enter_log, run_in

__all__ = [
    "ENTRY",
    "PERSON",
    "Choose",
    "ErasureView",
    "Extent",
    "Line",
    "StoredEvent",
    "erase",
    "erase_by",
    "is_named",
    "left_of",
    "line_of",
    "list_erasures",
    "list_ids",
    "measure",
    "project_anew",
]
ENTRY, PERSON = "entry", "person"
_LINE_VERSION = 1
# Rows of the server about what was written, in a person's own scope.
_NEWS = ("inbox_item", "set_aside")
# Of what one row names: a row cannot be cut, and with its words it has to fit into the smallest answer that a phone asks for.
NAMES_BYTES_PER_ROW = PULL_BYTES_MIN // 2
_SEQS_PER_PLACE = 200
_COLUMNS = "erasure_id, scope, what, thing, by_person_id, office, reason, at_ms, events, files"
_FILE = re.compile(r"\b[0-9a-f]{64}\b")


class StoredEvent(NamedTuple):
    """An event wherever the log keeps it. `role`: in which it was written; empty for what was set aside or is a stranger's."""

    person_id: str
    event: Any
    role: str


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


class Tombstone(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a segment."""

    stream: str
    hash: str
    sha256: bytes
    remains: bytes


class Line(msgspec.Struct, frozen=True):
    """An erasure as it lies beside backups: names and remains, never what was erased. Written once; a later erasure of the same segment
    has a line of its own, and lines are taken in their order."""

    v: int
    erasure: ErasureView
    events: list[tuple[str, int, str, str]]
    segments: list[Tombstone]


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
    chosen_files: set[str] = field(default_factory=set)
    kept_files: set[str] = field(default_factory=set)

    def look(self, name: EventName, event: Any, *, is_chosen: bool) -> None:
        text = msgspec.json.encode(event.payload).decode()
        if not is_chosen:
            self.kept_files.update(_FILE.findall(text))
            return
        self.names.add(name)
        self.kinds[name] = event.kind
        self.chosen_files.update(_FILE.findall(text))


def measure(session: Session, scope: str, choose: Choose) -> Extent:
    """What would go, without doing it."""
    found = _find(list(copies_of(run_in(session), scope)), choose)
    kinds: dict[str, int] = {}
    for kind in found.kinds.values():
        kinds[kind] = kinds.get(kind, 0) + 1
    return Extent(
        kinds, frozenset(name.person_id for name in found.names), frozenset(found.chosen_files - found.kept_files)
    )


def erase(session: Session, erasure: ErasureView, choose: Choose) -> ErasureView:
    """Erase from a scope what is chosen, tell its readers and the writers, and remember it. Of all of a person, bodies that nobody
    can read go as well, and whatever they sent anywhere that was set aside. The erasure with its numbers; of no events when nothing
    was chosen, and then nothing was done."""
    run = run_in(session)
    enter_log(run)
    copies = list(copies_of(run, erasure.scope, set_aside_of=erasure.scope[2:] if erasure.what == PERSON else ""))
    found = _find(copies, choose)
    unreadable = [one for one in copies if erasure.what == PERSON and one.position == 0 and not is_readable(one.body)]
    if not found.names and not unreadable:
        return erasure
    files = sorted(found.chosen_files - found.kept_files)
    done = msgspec.structs.replace(erasure, events=len(found.names), files=files)
    _remember(run, done, found.names)
    for one in unreadable:
        make_remains(run, one.stream, one.hash, one.body, None, done.erasure_id)
        one.put(b"")
    _finish(session, done, copies, found)
    return done


def erase_by(session: Session, lines: Iterable[Line]) -> int:
    """Do in a log that was put back what these lines say, in their order; how many it did not know of."""
    return sum(_erase_again(session, line) for line in lines)


def _erase_again(session: Session, line: Line) -> bool:
    run = run_in(session)
    enter_log(run)
    erasure, names = line.erasure, {EventName(*one) for one in line.events}
    if run("SELECT 1 FROM log_erasure WHERE erasure_id = ?", (erasure.erasure_id,)).fetchone() is not None:
        return False
    copies = list(copies_of(run, erasure.scope, set_aside_of=erasure.scope[2:] if erasure.what == PERSON else ""))
    found = _Found(names=names)
    for copy in copies:
        for name, _index, event in copy.named():
            if name in names:
                found.look(name, event, is_chosen=True)
    _remember(run, erasure, names)
    kept = {(one.stream, one.hash): one.remains for one in line.segments}
    for one in line.segments:
        keep_remains(run, one.stream, one.hash, Remains(one.sha256, one.remains), erasure.erasure_id)
    for copy in copies:
        if (copy.stream, copy.hash) in kept and not is_readable(copy.body):
            copy.put(kept[copy.stream, copy.hash])
    _finish(session, erasure, copies, found)
    return True


def list_ids(session: Session) -> list[str]:
    """All erasures of this log, the oldest first."""
    rows = run_in(session)("SELECT erasure_id FROM log_erasure ORDER BY at_ms, erasure_id", ()).fetchall()
    return [str(row[0]) for row in rows]


def line_of(session: Session, erasure_id: str) -> Line:
    """NotFoundError when there is none of this id."""
    run = run_in(session)
    row = run(f"SELECT {_COLUMNS} FROM log_erasure WHERE erasure_id = ?", (erasure_id,)).fetchone()  # noqa: S608
    if row is None:
        raise NotFoundError
    events = run(
        "SELECT stream, seq, hash, person_id FROM log_erased_event WHERE erasure_id = ?", (erasure_id,)
    ).fetchall()
    segments = run(
        "SELECT stream, hash, sha256, remains FROM log_erased_segment WHERE erasure_id = ?", (erasure_id,)
    ).fetchall()
    return Line(
        _LINE_VERSION,
        _view(row),
        sorted((str(one[0]), int(one[1]), str(one[2]), str(one[3])) for one in events),
        [Tombstone(str(one[0]), str(one[1]), bytes(one[2]), bytes(one[3])) for one in segments],
    )


def _finish(session: Session, erasure: ErasureView, copies: Sequence[Copy], found: _Found) -> None:
    """Take the events out of every copy, and tell whom it concerns."""
    run = run_in(session)
    places = _replace(run, copies, found.names, erasure.erasure_id)
    _tell(run, erasure, sorted(found.names), places, _writers_elsewhere(erasure.scope, found.names))
    if erasure.what == PERSON:
        _withdraw_rows(run, f"p:{erasure.scope[2:]}", erasure.at_ms)
    publish(session, EventsErased(erasure.scope, erasure.erasure_id, frozenset(erasure.files)))


def is_named(session: Session, scope: str, sha256: str) -> bool:
    """Some event of the scope names this file now."""
    run = run_in(session)
    for copy in copies_of(run, scope):
        for _name, _index, event in copy.named():
            if sha256 in msgspec.json.encode(event.payload).decode():
                return True
    return False


def _withdraw_rows(run: Run, scope: str, now_ms: int) -> None:
    """Take back what a person was told about what they wrote, and what its versions said."""
    for kind in _NEWS:
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


def _find(copies: Sequence[Copy], choose: Choose) -> _Found:
    found = _Found()
    for copy in copies:
        for name, index, event in copy.named():
            role = "" if copy.first + index in copy.aside else copy.role
            found.look(name, event, is_chosen=choose(StoredEvent(copy.person_id, event, role)))
    return found


def _replace(run: Run, copies: Iterable[Copy], names: set[EventName], erasure_id: str) -> list[tuple[int, list[int]]]:
    """Put in the place of each body what remains of it; the positions that changed, with the seqs."""
    places: list[tuple[int, list[int]]] = []
    for copy in copies:
        gone = [index for name, index, _ in copy.named() if name in names]
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
            """INSERT INTO log_erased_event (stream, seq, hash, person_id, erasure_id) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO NOTHING""",
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
    for part, (some, at) in enumerate(_cut(names, places)):
        _write_row(run, erasure.scope, erasure, part, some, at)
    for person_id, own in elsewhere.items():
        for part, (some, _none) in enumerate(_cut(own, ())):
            _write_row(run, f"p:{person_id}", erasure, part, some, ())


def _cut(
    names: Sequence[EventName], places: Sequence[tuple[int, list[int]]]
) -> list[tuple[list[EventName], list[tuple[int, list[int]]]]]:
    """What each row names, of as many as it takes; at least one."""
    rows: list[tuple[list[EventName], list[tuple[int, list[int]]]]] = [([], [])]
    pieces: list[EventName | tuple[int, list[int]]] = [
        (position, seqs[at : at + _SEQS_PER_PLACE])
        for position, seqs in places
        for at in range(0, len(seqs), _SEQS_PER_PLACE)
    ]
    size = 0
    for one in [*names, *pieces]:
        size += len(msgspec.json.encode(one)) + 1
        if size > NAMES_BYTES_PER_ROW:
            rows.append(([], []))
            size = len(msgspec.json.encode(one)) + 1
        if isinstance(one, EventName):
            rows[-1][0].append(one)
        else:
            rows[-1][1].append(one)
    return rows


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


def _writers_elsewhere(scope: str, names: Iterable[EventName]) -> dict[str, list[EventName]]:
    letter, owner = letter_of(scope), scope[2:]
    others: dict[str, list[EventName]] = {}
    for name in sorted(names):
        if letter != "p" and (letter != "u" or name.person_id != owner):
            others.setdefault(name.person_id, []).append(name)
    return others
