"""The root: judges segments, numbers entries, keeps the quarantine, is backed up and restored. Owns the table of
docs/sync-protocol.md.

Knows no network. Invariant: `next` and chain of a stream move on exactly with what was stored or set aside; an answer
proves only what its
request held; nothing that is pushed can keep its stream from going on.
"""

from collections.abc import Sequence

from .books import Book, Permit
from .facts import SEGMENT_INFLATED_MAX, Event, Item, Origin, Segment, event_hash, is_intact, origin_of
from .log import Ack, Entry, Reply, Request, Served, serve
from .root_state import Aside, Known, RootState, StreamState

DRIFT_MAX = 300
BACKUPS_KEPT = 4
STREAM_OF_ANOTHER = "stream_of_another"
UNTOLD = ("forked", "gap", STREAM_OF_ANOTHER)
ERASED = Event("erased", 0, "")


class Root:
    """`erased` lies apart from the backups; `verified` names what the newest verified backup holds."""

    def __init__(self, bug: str | None) -> None:
        self.bug = bug
        self.state = RootState(Book(bug))
        self.epoch = "E0"
        self.epochs = ["E0"]
        self.statements: set[tuple[str, str]] = set()
        self.backups: list[tuple[str, RootState]] = []
        self.verified: dict[str, int] = {}
        self.erased: dict[Origin, str] = {}
        self.open_commits: list[Entry] = []
        self.serial = 0
        self.batches: set[tuple[str, int, int]] = set()

    # ---- the exchange ------------------------------------------------------------------------------------------------

    def exchange(self, request: Request) -> Reply:
        if request.epoch is not None and request.epoch != self.epoch:
            self.statements.add((self.epoch, request.epoch))
            return Reply(self.epoch, "root")
        acks, proven, proofs = self.push(
            request.person, request.device, request.stream, request.segments, "direct", request.now
        )
        served = self.serve(request, proofs)
        stream = self.state.streams.get(request.stream)
        safe = self.verified.get(request.stream, 0)
        if self.bug == "safe_is_next" and stream:
            safe = stream.next
        return Reply(
            self.epoch,
            "root",
            next=stream.next if self.bug == "ack_server_next" and stream and proven is not None else proven,
            acks=acks,
            safe=safe,
            follow_version=served.follow_version,
            follow=served.follow,
            entries=served.entries,
            cursors=served.cursors,
        )

    def serve(self, request: Request, proofs: set[str]) -> Served:
        return serve(self.read, self.state.book, request, proofs, self.bug)

    def read(self, scope: str, cursor: int) -> list[tuple[int, Entry]]:
        entries = self.state.scopes.get(scope, [])
        if self.bug == "serial_cursor":
            return sorted((entry.position, entry) for entry in entries if entry.position > cursor)
        return [(entry.position, entry) for entry in entries[cursor:]]

    # ---- push --------------------------------------------------------------------------------------------------------

    def push(
        self, person: str, device: str, name: str, segments: Sequence[Segment], via: str, now: int
    ) -> tuple[tuple[Ack, ...], int | None, set[str]]:
        """The answers, the events they prove, and the hashes whose entries may go down without columns."""
        acks: list[Ack] = []
        proven: int | None = None
        proofs: set[str] = set()
        for index, segment in enumerate(segments):
            ack = self._take(person, device, segment, via, now)
            acks.append(ack)
            if ack[0] in ("ok", "dup", "aside"):
                another = ack == ("aside", STREAM_OF_ANOTHER)
                if not another or self.bug == "another_proves":
                    proven = segment.end
                if ack[0] != "aside":
                    proofs.add(segment.hash)
                if self.bug == "elide_by_place":
                    proofs.add(f"{segment.first}")
                continue
            stream = self.state.streams.get(name)
            acks += [("gap", stream.next if stream else 0)] * (len(segments) - index - 1)
            break
        self._retry_waiting(name, now)
        return tuple(acks), proven, proofs

    def _retry_waiting(self, name: str, now: int) -> None:
        for held in sorted(self.state.waiting, key=lambda held: held[2].first):
            person, device, segment = held
            if segment.stream == name and segment.first <= self._next_of(name):
                self.state.waiting.remove(held)
                self._take(person, device, segment, "file", now, is_verified=True)

    def _next_of(self, name: str) -> int:
        stream = self.state.streams.get(name)
        return stream.next if stream else 0

    def _take(self, person: str, device: str, segment: Segment, via: str, now: int, is_verified: bool = False) -> Ack:
        if not is_verified and not is_intact(self.bug, segment):
            return ("damaged", None)
        permit = Permit(self.bug, self.state.book, segment.scope, person)
        if self._rejects(segment, permit, now):
            return ("rejected", None)
        if self.bug == "recut_batches":
            return self._take_batch(person, device, segment, permit)
        stream = self.state.streams.get(segment.stream)
        if stream and (stream.person, stream.device) != (person, device) and self.bug != "unbound_stream":
            self._quarantine(person, device, segment, STREAM_OF_ANOTHER)
            return ("aside", STREAM_OF_ANOTHER)
        stream = stream or StreamState(person, device)
        if segment.first > stream.next:
            if via != "direct" and self.bug != "relayed_gap_dropped":
                self._keep_waiting(person, device, segment)
            return ("gap", stream.next)
        if segment.first == stream.next and (segment.prev == stream.chain or self.bug == "no_fork_check"):
            return self._continue(person, device, segment, permit, stream)
        return self._overlap(person, device, segment, permit, stream, via)

    def _rejects(self, segment: Segment, permit: Permit, now: int) -> bool:
        """The older servers: one thing they do not like refuses the whole request."""
        if self.bug == "reject_drift":
            return any(event.ts > now + DRIFT_MAX for event in segment.events)
        if self.bug == "poison_blocks":
            return any(event.kind == "malformed" for event in segment.events)
        return self.bug == "forbidden_blocks" and not permit.may_append

    def _overlap(
        self, person: str, device: str, segment: Segment, permit: Permit, stream: StreamState, via: str
    ) -> Ack:
        """A place that is known already: the same segment, or another history."""
        if self.bug == "no_fork_check":
            rest = segment.events[stream.next - segment.first :]
            if rest:
                tail = segment._replace(first=stream.next, n=len(rest), events=rest)
                self._continue(person, device, tail, permit, stream)
            return ("dup", ())
        known = stream.covering(segment.first)
        if known and known.first == segment.first and known.hash == segment.hash:
            return ("dup", () if self.bug == "aside_told_once" else known.codes)
        if via != "direct" and self.bug != "relayed_fork_dropped":
            self._quarantine(person, device, segment, "forked")
        proven = segment.first if stream.chain_at(segment.first) == segment.prev else 0
        return ("fork", proven)

    def _keep_waiting(self, person: str, device: str, segment: Segment) -> None:
        held = (person, device, self._without_erased(person, segment))
        if held not in self.state.waiting:
            self.state.waiting.append(held)

    def _continue(self, person: str, device: str, segment: Segment, permit: Permit, stream: StreamState) -> Ack:
        self.state.streams[segment.stream] = stream
        code = None
        if sum(event.inflated for event in segment.events) > SEGMENT_INFLATED_MAX:
            code = "segment_too_large"
        elif not permit.may_append:
            code = "not_permitted"
        codes = [
            (segment.first + index, found) for index, found in enumerate(map(permit.code_of, segment.events)) if found
        ]
        if codes and not code and self.bug == "whole_segment_judged":
            code = codes[0][1]
        if code:
            codes = [(segment.first + index, code) for index in range(segment.n)]
            self._quarantine(person, device, segment, code)
        else:
            self._append_segment(person, segment, permit, {seq for seq, _ in codes})
            for seq, event_code in codes:
                self._quarantine(person, device, segment, event_code, seq)
        known = Known(segment.first, segment.n, segment.hash, segment.prev, tuple(codes))
        stream.known[segment.first] = known
        stream.next, stream.chain = segment.end, segment.hash
        return ("aside", code) if code else ("ok", tuple(codes))

    def _take_batch(self, person: str, device: str, segment: Segment, permit: Permit) -> Ack:
        """The older rule: a batch is known by its place and length, whatever it holds."""
        batch = (segment.stream, segment.first, segment.n)
        if batch not in self.batches:
            self.batches.add(batch)
            if permit.may_append:
                self._append_segment(person, segment, permit, set())
        return ("ok", ())

    def _append_segment(self, person: str, segment: Segment, permit: Permit, blank: set[int]) -> None:
        events = tuple(
            None if event == ERASED or (seq in blank and self.bug != "asides_go_down") else event
            for seq, event in enumerate(self._without_erased(person, segment).events, segment.first)
        )
        self._append(
            Entry(
                segment.scope, 0, segment.stream, segment.first, events, segment.hash, person, permit.role, permit.after
            )
        )

    def _is_erased(self, item: Item) -> bool:
        """It, or the thing that it repeats, was erased. The hash tells it from what a copy wrote in the same place."""
        if not self.erased:
            return False
        if self.bug == "erasure_forgets_origins":
            return Origin(item.stream, item.seq, event_hash(item.event)) in self.erased
        return origin_of(self.bug, item) in self.erased

    def _append(self, entry: Entry) -> None:
        self.serial += 1
        if self.bug == "serial_cursor":
            self.open_commits.append(entry._replace(position=self.serial))
            return
        entries = self.state.scopes.setdefault(entry.scope, [])
        entries.append(entry._replace(position=len(entries) + 1))

    def commit_open(self, index: int) -> None:
        """Under `serial_cursor` only: a transaction that took its number earlier becomes visible now."""
        entry = self.open_commits.pop(index)
        self.state.scopes.setdefault(entry.scope, []).append(entry)

    def append_row(self, scope: str, row: tuple[str, str], body: object) -> None:
        self._append(Entry(scope, 0, row=row, body=body))

    # ---- quarantine --------------------------------------------------------------------------------------------------

    def _quarantine(self, person: str, device: str, segment: Segment, code: str, seq: int | None = None) -> None:
        aside = Aside(person, device, self._without_erased(person, segment), code, seq)
        if aside in self.state.asides:
            return
        self.state.asides.append(aside)
        if self.bug == "aside_told_once" or code in UNTOLD:
            return
        for told in range(segment.first, segment.end) if seq is None else (seq,):
            self.append_row(f"p:{person}", ("set_aside", f"{segment.stream}:{told}"), code)

    def release(self, aside: Aside) -> None:
        """Put it into its scope with its identity, as a new entry, and tell the sender."""
        permit = Permit(self.bug, self.state.book, aside.segment.scope, aside.person)
        if not permit.may_append:
            return
        self.state.asides.remove(aside)
        segment = aside.segment
        events = self._released_events(aside, permit)
        if aside.seq is not None:
            index = aside.seq - segment.first
            events, segment = (events[index],), segment._replace(first=aside.seq, hash="")
        if self.bug == "release_in_place" and self._fill_in(segment, events):
            return
        stream = f"R{self.serial}" if self.bug == "release_new_identity" else segment.stream
        self._append(
            Entry(
                segment.scope, 0, stream, segment.first, events, segment.hash, aside.person, permit.role, permit.after
            )
        )
        if aside.code not in UNTOLD:
            self._tell_release(aside, range(segment.first, segment.first + len(events)), events)

    def _released_events(self, aside: Aside, permit: Permit) -> tuple[Event | None, ...]:
        """What the release lets in: of a whole segment only what would be taken at arrival, the rest stays in
        quarantine event by event."""
        segment = aside.segment
        events: list[Event | None] = []
        for seq, event in enumerate(segment.events, segment.first):
            code = None if event == ERASED else permit.code_of(event)
            released = event != ERASED and (code is None or (seq == aside.seq and code == "payload_too_large"))
            events.append(event if released else None)
            if code and aside.seq is None:
                single = Aside(aside.person, aside.device, segment, code, seq)
                if single not in self.state.asides:
                    self.state.asides.append(single)
        return tuple(events)

    def give_up_waiting(self) -> None:
        """The operator's word that a gap will never be filled: what waits behind it goes to the quarantine, to be
        released as it is."""
        self.state.asides += [Aside(person, device, segment, "gap") for person, device, segment in self.state.waiting]
        self.state.waiting = []

    def _tell_release(self, aside: Aside, seqs: range, events: tuple[Event | None, ...]) -> None:
        stream = self.state.streams[aside.segment.stream]
        known = stream.known.get(aside.segment.first)
        if known is None or known.hash != aside.segment.hash:
            return
        released = {seq for seq, event in zip(seqs, events, strict=True) if event is not None}
        codes = tuple((seq, code) for seq, code in known.codes if seq not in released)
        stream.known[known.first] = known._replace(codes=codes)
        for seq in sorted(released):
            self.append_row(f"p:{aside.person}", ("set_aside", f"{aside.segment.stream}:{seq}"), "released")

    def _fill_in(self, segment: Segment, events: tuple[Event | None, ...]) -> bool:
        """The older rule: write the released event into the entry where it was blank."""
        entries = self.state.scopes.get(segment.scope, [])
        for index, entry in enumerate(entries):
            if entry.stream == segment.stream and entry.events and 0 <= segment.first - entry.first < len(entry.events):
                filled = list(entry.events)
                filled[segment.first - entry.first] = events[0]
                entries[index] = entry._replace(events=tuple(filled))
                return True
        return False

    # ---- staff and operator ------------------------------------------------------------------------------------------

    def give_role(self, scope: str, person: str, role: str) -> None:
        """A role that is given takes back in what waited for it."""
        self.state.book.give(scope, person, role)
        if self.bug == "role_does_not_release":
            return
        for aside in [
            aside
            for aside in self.state.asides
            if aside.code == "not_permitted" and aside.person == person and aside.segment.scope == scope
        ]:
            self.release(aside)

    def erase(self, scope: str, items: list[Item]) -> None:
        """By right: contents go everywhere, also where they are repeated; headers and hashes stay, readers are told
        by a row."""
        origins = tuple(origin_of(self.bug, item) for item in items)
        self.erased |= dict.fromkeys(origins, scope)
        self._apply_erasures()
        if self.bug != "redact_in_place":
            self.append_row(scope, ("erased", str(origins[0])), origins)

    def _apply_erasures(self) -> None:
        for entries in self.state.scopes.values():
            for index, entry in enumerate(entries):
                if any(self._is_erased(item) for item in entry.items()):
                    gone = {item.seq for item in entry.items() if self._is_erased(item)}
                    kept = enumerate(entry.events or (), entry.first)
                    entries[index] = entry._replace(events=tuple(None if seq in gone else event for seq, event in kept))
        self.state.asides = [
            aside._replace(segment=self._without_erased(aside.person, aside.segment)) for aside in self.state.asides
        ]
        self.state.waiting = [
            (person, device, self._without_erased(person, segment)) for person, device, segment in self.state.waiting
        ]

    def _without_erased(self, person: str, segment: Segment) -> Segment:
        """The same header; what was erased is not kept, wherever the segment is."""
        events = tuple(
            ERASED if self._is_erased(Item(person, segment.stream, seq, event)) else event
            for seq, event in enumerate(segment.events, segment.first)
        )
        return segment if events == segment.events else segment._replace(events=events)

    def make_backup(self) -> None:
        self.backups = [*self.backups[-BACKUPS_KEPT + 1 :], (self.epoch, self.state.copy())]

    def verify_backup(self) -> None:
        """The newest backup was restored in trial."""
        if self.backups and self.backups[-1][0] == self.epoch:
            self.verified = {name: stream.next for name, stream in self.backups[-1][1].streams.items()}

    def restore(self, which: int) -> None:
        """Another history begins; what was erased is erased again before anybody is served."""
        epoch, state = self.backups[which]
        self.state = state.copy()
        self.open_commits = []
        self.verified = {}
        if self.bug != "no_epoch":
            self.epoch = f"E{len(self.epochs)}"
            self.epochs.append(self.epoch)
            self.statements.add((self.epoch, epoch))
        if self.bug == "restore_forgets_erasure":
            self.erased = {}
        self._apply_erasures()
        for origin, scope in self.erased.items():
            self.append_row(scope, ("erased", str(origin)), (origin,))
        self.backups = [*self.backups[: which + 1], (self.epoch, self.state.copy())]
