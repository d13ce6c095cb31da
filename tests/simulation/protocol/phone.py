"""A phone: several people's databases, an engine that asks and applies answers. Owns the phone's half of
docs/sync-protocol.md.

Invariants: an answer is applied only to the state it was asked from, in one transaction; acknowledgements move only
over what the request
held; the follow list comes before the entries.
"""

from .database import Database, LocalStream
from .log import Ack, Entry, Reply, Request

SEGMENTS_MIN = 1
SEGMENTS_MAX = 8


class Phone:
    """`engine` changes when the app starts anew: answers to an older engine find nobody. `offset` is its clock's
    error."""

    def __init__(self, bug: str | None, number: int, offset: int) -> None:
        self.bug = bug
        self.number = number
        self.offset = offset
        self.engine = 0
        self.app = 2
        self.people: dict[str, Database] = {}
        self.on_screen = ""
        self.segments_max = 2
        self.crash_next = False
        self.forks_without_cause = 0

    # ---- asking ------------------------------------------------------------------------------------------------------

    def ask(self, person: str, now: int) -> Request:
        database = self.people[person]
        database.seal_all()
        stream = database.stream_to_push()
        segments = database.unproven(stream, self.segments_max)
        if self.bug == "seq_on_send" and segments:
            burned = stream.burned
            segments = tuple(segment._replace(first=segment.first + burned) for segment in segments)
            stream.burned += 0 if stream.acked else segments[0].n
        request = Request(
            self.number,
            self.engine,
            database.generation,
            self.on_screen if self.bug == "on_screen_credential" else person,
            database.device,
            stream.name,
            segments,
            dict(database.cursors),
            database.follow_version,
            database.epoch,
            self.app,
            now,
        )
        if self.bug == "gc_on_send" and segments:
            stream.acked = segments[-1].end
        return request

    # ---- applying ----------------------------------------------------------------------------------------------------

    def apply(self, person: str, request: Request, reply: Reply) -> None:
        """One transaction. `crash_next` is consumed by the bugs that are not one."""
        database = self.people.get(person)
        if database is None or not self._is_current(database, request):
            return
        if reply.source != "root":
            self._apply_from_hub(database, request, reply)
            return
        if reply.epoch != database.epoch and not self._takes_epoch(database, reply.epoch):
            return
        verdict = self._judge(database, request, reply)
        self._apply_follow(database, reply)
        if self.bug == "checkpoint_early" and self.crash_next:
            database.cursors.update(reply.cursors)
        else:
            self._apply_entries(database, reply)
        self._drop_late(database, reply)
        self._end_streams(database, request, reply, verdict)
        self.crash_next = False

    def _is_current(self, database: Database, request: Request) -> bool:
        if self.bug == "late_answer_applied":
            return True
        asked = (request.engine, request.generation, request.epoch, request.follow_version)
        return asked == (self.engine, database.generation, database.epoch, database.follow_version)

    def _takes_epoch(self, database: Database, epoch: str) -> bool:
        """Whether the rest of the answer counts: only a first answer's does."""
        if database.epoch is None:
            database.epoch = epoch
            return True
        database.change_epoch(epoch)
        return False

    def _judge(self, database: Database, request: Request, reply: Reply) -> int | None:
        """Moves `acked` and takes receipts; where the stream must end, if it must."""
        stream = database.streams.get(request.stream)
        if stream is None:
            return None
        end_at: int | None = None
        for segment, ack in zip(request.segments, reply.acks, strict=False):
            proves = ack[0] in ("ok", "dup") or (ack[0] == "aside" and ack[1] != "stream_of_another")
            if self.bug == "another_proves":
                proves = proves or ack[0] == "aside"
            if ack[0] == "damaged" and self.bug == "gap_moves_forward":
                continue
            if not proves:
                end_at = self._refused(database, stream, ack)
                break
            if segment.first > stream.acked or reply.next is None or segment.end > reply.next:
                break
            stream.acked = max(stream.acked, segment.end)
            self._take_receipt(database, segment.stream, segment.first, segment.n, segment.hash, ack)
        if self.bug == "ack_server_next" and reply.next is not None:
            stream.acked = max(stream.acked, min(reply.next, len(stream.events)))
        stream.safe = reply.safe if self.bug == "safe_unproven" else max(stream.safe, min(reply.safe, stream.acked))
        self.segments_max = min(self.segments_max * 2, SEGMENTS_MAX)
        return end_at

    def _refused(self, database: Database, stream: LocalStream, ack: Ack) -> int | None:
        kind, detail = ack
        if kind == "gap":
            if self.bug == "gap_moves_forward":
                stream.acked = min(int(str(detail)), stream.sealed_end)
            else:
                stream.acked = min(stream.acked, stream.border(int(str(detail))))
        if kind == "fork":
            self.forks_without_cause += not database.copied
            return min(int(str(detail)), stream.acked)
        if kind == "aside":
            return stream.acked
        return None

    def _take_receipt(self, database: Database, name: str, first: int, n: int, hash_: str, ack: Ack) -> None:
        kind, detail = ack
        level = "aside" if kind == "aside" else "received"
        database.receipts[(name, first)] = (hash_, level)
        whole = [(seq, str(detail)) for seq in range(first, first + n)]
        codes = whole if kind == "aside" else list(detail or ())  # type: ignore[call-overload]
        database.aside.update({(name, seq): code for seq, code in codes})

    def _apply_follow(self, database: Database, reply: Reply) -> None:
        if reply.follow is None or (
            reply.follow_version < database.follow_version and self.bug != "older_list_applied"
        ):
            return
        if self.bug != "dropped_scopes_kept" and self.bug != "dropped_after_entries":
            for number in set(database.follow) - set(reply.follow):
                database.drop_number(number)
        database.follow_version, database.follow = reply.follow_version, dict(reply.follow)

    def _drop_late(self, database: Database, reply: Reply) -> None:
        """The seeded bug: what is not listed is dropped by the scope's name, after the entries were taken."""
        if self.bug != "dropped_after_entries" or reply.follow is None:
            return
        gone = {
            entry.scope
            for number, entries in database.entries.items()
            if number not in reply.follow
            for entry in entries.values()
        }
        for number, (scope, _) in list(database.follow.items()):
            if scope in gone:
                database.entries.pop(number, None)
        for number in set(database.entries) - set(database.follow):
            database.drop_number(number)

    def _apply_entries(self, database: Database, reply: Reply) -> None:
        for number, entry in reply.entries:
            listed = database.follow.get(number)
            if listed is None:
                continue
            if self.bug != "rows_last_arrival" and entry.position <= database.cursors.get(number, 0):
                continue
            if entry.row is not None:
                database.rows.setdefault(number, {})[entry.row] = (entry.position, entry.body)
                continue
            # The phone files an entry under the scope that its own list gives to the number.
            database.entries.setdefault(number, {})[entry.position] = entry._replace(scope=listed[0])
        for number, position in reply.cursors.items():
            if number in database.follow or self.bug == "older_list_applied":
                database.cursors[number] = max(position, database.cursors.get(number, 0))

    def _end_streams(self, database: Database, request: Request, reply: Reply, end_at: int | None) -> None:
        if end_at is not None and request.stream in database.streams:
            database.end_stream(request.stream, end_at)
        for name in self._streams_of_a_copy(database, reply):
            database.end_stream(name, database.streams[name].acked)

    def _streams_of_a_copy(self, database: Database, reply: Reply) -> list[str]:
        """Open streams in which somebody else wrote: a copy of this database lives."""
        found = []
        for _, entry in reply.entries:
            stream = database.streams.get(entry.stream)
            if stream is None or stream.limit is not None or entry.events is None or entry.stream in found:
                continue
            mine = {event for _, event in stream.events[entry.first : entry.first + len(entry.events)]}
            if any(event is not None and event not in mine for event in entry.events):
                found.append(entry.stream)
        return found

    # ---- hubs, receipts by file --------------------------------------------------------------------------------------

    def _apply_from_hub(self, database: Database, request: Request, reply: Reply) -> None:
        stream = database.streams.get(request.stream)
        if self.bug == "hub_ack_is_final" and reply.held is not None and stream:
            stream.acked = max(stream.acked, min(reply.held, stream.sealed_end))
        if self.bug == "hub_changes_epoch" and reply.epoch != database.epoch and database.epoch is not None:
            database.change_epoch(reply.epoch)
            return
        if self._believes(database, reply.statement):
            database.change_epoch(str(reply.statement and reply.statement[0]))
            return
        if reply.epoch != database.epoch and self.bug != "pulls_from_other_epoch":
            return
        self._apply_follow(database, reply)
        self._apply_entries(database, reply)
        if reply.provisional is not None and self.bug != "provisional_moves_cursors":
            listed = {scope for scope, _ in database.follow.values()}
            kept = tuple(entry for entry in reply.provisional if entry.scope in listed)
            database.provisional[reply.source if self.bug == "provisional_kept" else "hub"] = kept
        elif reply.provisional:
            self._number_provisional(database, reply.provisional)
        self._end_streams(database, request, reply, None)

    def _number_provisional(self, database: Database, provisional: tuple[Entry, ...]) -> None:
        """The seeded bug: what the hub holds is taken as the next positions of the scope."""
        for entry in provisional:
            for number, (scope, _) in database.follow.items():
                if scope == entry.scope:
                    position = database.cursors.get(number, 0) + 1
                    database.cursors[number] = position
                    database.entries.setdefault(number, {})[position] = entry

    def _believes(self, database: Database, statement: tuple[str, str] | None) -> bool:
        """A statement signed by the root: its new epoch replaces the one it names. Only one about the phone's own
        epoch counts."""
        if statement is None or database.epoch is None:
            return False
        if self.bug == "statement_of_any_epoch":
            return statement[0] != database.epoch
        return statement[1] == database.epoch

    def take_receipt_file(self, person: str, epoch: str, name: str, proven: int, chain: str) -> None:
        """The root's signed word, carried by a file: counts in its own epoch, for the very history that the phone
        holds."""
        database = self.people.get(person)
        stream = database.streams.get(name) if database else None
        if database is None or stream is None or (epoch != database.epoch and self.bug != "receipt_of_any_epoch"):
            return
        if any(segment.end == proven and segment.hash == chain for segment in stream.sealed):
            stream.acked = max(stream.acked, proven)
