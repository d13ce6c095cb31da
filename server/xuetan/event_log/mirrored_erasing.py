"""Erasures at a hub: what the root's rows say was erased leaves the mirror, and is known in whatever phones give.

A hub decides nothing here: it does what the rows of the scopes say that it mirrors.
"""

import hashlib
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from xuetan.contracts.rows import Erased
from xuetan.event_log.entries import Run
from xuetan.event_log.remains import EventName, read_named, without
from xuetan.kernel.sql import run_in

KIND = "erased"
_ROW = msgspec.json.Decoder(Erased)
_ENTRY = "SELECT first, body FROM log_entry WHERE scope = ? AND position = ? AND stream IS NOT NULL"


class Left(NamedTuple):
    """What is left of a body, and the SHA-256 that it had. `is_proved`: the root knows from where it stands what is blank; it does not
    of an event that was emitted again, whose first place is blank with it."""

    body: bytes
    sha256: bytes
    is_proved: bool


def erase_mirrored(run: Run, scope: str, row: str) -> None:
    """Do in the mirror what a row says. What came after it is without these events already."""
    for place in _ROW.decode(row).entries:
        position, seqs = int(place[0]), {int(seq) for seq in place[1]}
        entry = run(_ENTRY, (scope, position)).fetchone()
        if entry is None:
            continue
        first, body = int(entry[0]), bytes(entry[1])
        left = without(body, {seq - first for seq in seqs})
        run("UPDATE log_entry SET body = ? WHERE scope = ? AND position = ?", (left, scope, position))


def erased_in(session: Session, scope: str) -> set[EventName]:
    """The events that the mirror says were erased from a scope."""
    rows = run_in(session)(
        "SELECT row_body FROM log_entry WHERE scope = ? AND row_kind = ? AND row_body IS NOT NULL", (scope, KIND)
    ).fetchall()
    return {
        EventName(str(one[0]), int(one[1]), str(one[2]), str(one[3]))
        for (body,) in rows
        for one in _ROW.decode(body).events
    }


def left_of(
    session: Session, scope: str, person_id: str, stream: str, first: int, segment: str, body: bytes
) -> Left | None:
    """What a hub keeps of somebody's segment in place of its body; None when nothing of it was erased."""
    erased = erased_in(session, scope)
    if not erased:
        return None
    gone = {index: name for name, index, _ in read_named(person_id, stream, first, segment, body) if name in erased}
    if not gone:
        return None
    is_proved = all(name.stream == stream for name in gone.values())
    return Left(without(body, gone), hashlib.sha256(body).digest(), is_proved)
