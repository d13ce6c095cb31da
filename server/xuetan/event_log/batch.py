"""Many pushes in few statements: what a batch asks is read beforehand, one statement for each kind of question, and what
it writes goes out at the end.

Each push is judged and stored by `write_push`, which is handed `Batch.run` here: it answers from what was read and
notes what is written. A push that asks for more (one that was sent before, one with something to set aside) raises
NotPlainError, has left nothing behind, and is to be written by itself, after `flush`. Rests on the locks that the batch
holds (`locks_of`): nobody else writes these streams and scopes meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from xuetan.event_log.entries import TAKE_POSITION
from xuetan.event_log.ingest import CONTACT, INSERT_SEGMENT, SAVE_STREAM, STREAM, WAITING, Push
from xuetan.event_log.members import ROLES
from xuetan.event_log.remains import ERASED_OF_STREAM
from xuetan.kernel.sql import KnownRows, RawConnection, Rows, read_each

_STREAMS = "SELECT stream, person_id, device_id, next, chain FROM log_stream WHERE stream IN (*)"
# Something waits for a gap to be filled, or was erased.
_UNUSUAL = """
SELECT DISTINCT stream FROM (
SELECT stream FROM log_set_aside WHERE code = 'gap' UNION ALL SELECT stream FROM log_erased_event
UNION ALL SELECT stream FROM log_erased_segment) AS unusual WHERE stream IN (*)
"""
_HEADS = "SELECT scope, head FROM log_scope WHERE scope IN (*)"
_ROLES = "SELECT scope, person_id, role, ended_ms FROM log_role WHERE scope IN (*) AND person_id IN (*)"
_MOVE_HEAD = """
INSERT INTO log_scope (scope, head) VALUES (?, ?)
ON CONFLICT (scope) DO UPDATE SET head = excluded.head WHERE log_scope.head < excluded.head
"""


class NotPlainError(Exception):
    """A push asked for what was not read beforehand."""


NOTHING = KnownRows(())


class Batch:
    """What one transaction knows and will write. `run` between `begin` and either the next `begin` or `undo`."""

    def __init__(self, connection: RawConnection, pushes: Sequence[Push]) -> None:
        """Read what these pushes ask when nothing about them is unusual. The locks for them are held."""
        run = connection.execute
        streams = {push.stream for push in pushes}
        scopes = {segment.header.scope for push in pushes for segment in push.segments}
        persons = {push.person_id for push in pushes if push.segments}
        self._asked = (streams, scopes, persons)
        self._streams = {row[0]: tuple(row[1:]) for row in read_each(run, _STREAMS, streams)}
        self._unusual = {row[0] for row in read_each(run, _UNUSUAL, streams)}
        self._heads: dict[str, int] = {row[0]: row[1] for row in read_each(run, _HEADS, scopes)}
        self._roles: defaultdict[tuple[str, str], list[tuple[str, int | None]]] = defaultdict(list)
        for scope, person, role, ended_ms in read_each(run, _ROLES, scopes, persons):
            self._roles[scope, person].append((role, ended_ms))
        self._new_streams: dict[str, tuple[Any, ...]] = {}
        self._new_heads: dict[str, int] = {}
        # Each of them: what is known of a device follows from one and the one before.
        self._new_contacts: dict[int, tuple[Any, ...]] = {}
        self._new_segments: dict[tuple[str, int], tuple[Any, ...]] = {}
        self._undo: list[tuple[MutableMapping[Any, Any], Any, Any]] = []
        self._answers: dict[str, Callable[[tuple[Any, ...]], Rows]] = {
            STREAM: self._read_stream,
            ROLES: self._read_roles,
            TAKE_POSITION: self._take_position,
            INSERT_SEGMENT: lambda row: self._note(self._new_segments, row[:2], row),
            SAVE_STREAM: lambda row: self._note(self._new_streams, row[0], row),
            WAITING: self._read_nothing,
            ERASED_OF_STREAM: self._read_nothing,
            CONTACT: lambda row: self._note(self._new_contacts, len(self._new_contacts), row),
        }

    def begin(self) -> None:
        """Another push: what the one before did stays."""
        self._undo.clear()

    def undo(self) -> None:
        """Forget what was done since `begin`."""
        for owner, key, old in reversed(self._undo):
            if old is None:
                del owner[key]
            else:
                owner[key] = old
        self._undo.clear()

    def run(self, sql: str, parameters: tuple[Any, ...], /) -> Rows:
        answer = self._answers.get(sql)
        if answer is None:
            raise NotPlainError
        return answer(parameters)

    def flush(self, connection: RawConnection) -> None:
        """Write all that was noted."""
        for sql, rows in (
            (_MOVE_HEAD, self._new_heads.items()),
            (INSERT_SEGMENT, self._new_segments.values()),
            (SAVE_STREAM, self._new_streams.values()),
            (CONTACT, self._new_contacts.values()),
        ):
            if rows:
                connection.executemany(sql, list(rows))

    def _read_stream(self, parameters: tuple[Any, ...]) -> Rows:
        (stream,) = parameters
        self._must_know(stream, 0)
        new = self._new_streams.get(stream)
        known = new[1:] if new is not None else self._streams.get(stream)
        return NOTHING if known is None else KnownRows((known,))

    def _read_roles(self, parameters: tuple[Any, ...]) -> Rows:
        scope, person = parameters
        self._must_know(scope, 1)
        self._must_know(person, 2)
        return KnownRows(self._roles.get((scope, person), ()))

    def _read_nothing(self, parameters: tuple[Any, ...]) -> Rows:
        """What waits or was erased of a stream that is not unusual."""
        self._must_know(parameters[0], 0)
        if parameters[0] in self._unusual:
            raise NotPlainError
        return NOTHING

    def _take_position(self, parameters: tuple[Any, ...]) -> Rows:
        (scope,) = parameters
        self._must_know(scope, 1)
        position = (self._new_heads.get(scope) or self._heads.get(scope, 0)) + 1
        self._note(self._new_heads, scope, position)
        return KnownRows(((position,),))

    def _must_know(self, name: str, kind: int) -> None:
        if name not in self._asked[kind]:
            raise NotPlainError

    def _note(self, owner: MutableMapping[Any, Any], key: Any, value: Any) -> Rows:
        self._undo.append((owner, key, owner.get(key)))
        owner[key] = value
        return NOTHING
