"""The world of one seed: people, phones, hub, root, and the one scheduler from which all time, chance and network come.

Owns messages in flight and their faults. Invariant: nothing here or below reads a clock, a hash seed or any other
chance than `self.random`,
so that a seed repeats a run exactly.
"""

import hashlib
import heapq
import random
from collections.abc import Callable

from . import invariants
from .books import Book
from .courier import File, Receipt
from .database import Database
from .facts import Segment
from .hub import Hub
from .log import Reply, Request
from .phone import Phone
from .root import Root
from .truth import Truth

TEACHERS = ("t0", "t1", "t2")
MENTORS = ("m0", "m1")
PEOPLE = TEACHERS + MENTORS
PAIRS = (("m0", "t0"), ("m1", "t0"), ("m0", "t1"))
PHONES = (("t0",), ("t0", "t1"), ("t2",), ("m0",), ("m1",))
CLOCK_ERRORS = (0, 0, 90_000, -30_000_000, 40_000_000)
PHONES_MAX = 8


class World:
    def __init__(self, seed: int, bug: str | None) -> None:
        self.random = random.Random(seed)
        self.bug = bug
        self.now = 1_000_000
        self.faults = True
        self.uids = 0
        self.minted = 0
        self.root = Root(bug)
        self.hub = Hub(bug, 0)
        self.hubs = 1
        self.truth = Truth()
        self.staff = Book(None)
        self.files: list[File] = []
        self.receipts: list[Receipt] = []
        self.safety: dict[tuple[int, str], File] = {}
        self.copies: dict[tuple[int, str], Database] = {}
        self.phones: list[Phone] = []
        self.flights: list[tuple[int, int, Callable[[], None]]] = []
        self.flown = 0
        self._trace = hashlib.blake2b(digest_size=16)
        self._found()

    def _found(self) -> None:
        for person in PEOPLE:
            for scope, role in ((f"p:{person}", "owner"), ("pub", "member"), ("c:class", "member")):
                self.staff_gives(scope, person, role)
            if person in TEACHERS:
                self.staff_gives(f"u:{person}", person, "owner")
        for mentor, teacher in PAIRS:
            self.staff_gives(f"u:{teacher}", mentor, "mentor")
        for people in PHONES:
            phone = self.add_phone()
            for person in people:
                phone.people[person] = self.new_database(person)
            phone.on_screen = people[0]

    # ---- chance and names --------------------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def faulty(self, probability: float) -> bool:
        return self.faults and self.chance(probability)

    def mint(self, person: str) -> str:
        """A new stream's name; a real one has 16 random bytes."""
        self.minted += 1
        return f"s{self.minted}.{person}"

    def new_device(self, person: str) -> str:
        self.minted += 1
        return f"d{self.minted}.{person}"

    def new_uid(self) -> str:
        self.uids += 1
        return f"e{self.uids}"

    def trace(self, *what: object) -> None:
        self._trace.update(repr((self.now, *what)).encode())

    def fingerprint(self) -> str:
        return self._trace.hexdigest()

    # ---- who is there ------------------------------------------------------------------------------------------------

    def add_phone(self) -> Phone:
        phone = Phone(self.bug, len(self.phones), self.random.choice(CLOCK_ERRORS))
        phone.app = self.random.choice((1, 2, 2))
        self.phones.append(phone)
        return phone

    def new_database(self, person: str) -> Database:
        return Database(self.bug, person, self.new_device(person), self.mint)

    def pick(self) -> tuple[Phone, str]:
        phone = self.random.choice(self.phones)
        return phone, self.random.choice(sorted(phone.people))

    def staff_gives(self, scope: str, person: str, role: str) -> None:
        self.staff.give(scope, person, role)
        self.root.give_role(scope, person, role)

    def staff_ends(self, scope: str, person: str, role: str) -> None:
        self.staff.end(scope, person, role)
        self.root.state.book.end(scope, person, role)

    def lose(self, uids: set[str]) -> None:
        """These left a store with its loss: gone, if neither the root nor another phone of their author holds them."""
        held = self.root.state.holds()
        for uid in uids & self.truth.facts.keys():
            author = self.truth.facts[uid].author
            on_phones = (self.truth.durable.get((phone.number, author), ()) for phone in self.phones)
            if (author, uid) not in held and not any(uid in uids for uids in on_phones):
                self.truth.gone.add(uid)

    # ---- the network -------------------------------------------------------------------------------------------------

    def fly(self, delay: int, land: Callable[[], None]) -> None:
        self.flown += 1
        heapq.heappush(self.flights, (self.now + delay, self.flown, land))

    def land_due(self) -> None:
        while self.flights and self.flights[0][0] <= self.now:
            heapq.heappop(self.flights)[2]()

    def delay(self) -> int:
        if not self.faults:
            return 0
        return self.random.randint(500, 6000) if self.chance(0.12) else self.random.randint(0, 60)

    def send(self, phone: Phone, person: str, to_hub: bool) -> None:
        """One request; it may be refused for its size, lost, damaged, doubled, late."""
        request = phone.ask(person, self.now)
        self.trace("send", phone.number, person, to_hub, request.stream, len(request.segments))
        if self.faulty(0.06) and len(request.segments) > 1:
            phone.segments_max = max(1, phone.segments_max // 2)
            return
        if self.faulty(0.15):
            return
        if self.faulty(0.06):
            request = self._damaged(request)
        for _ in range(2 if self.faulty(0.08) else 1):
            self.fly(self.delay(), lambda: self._arrive(phone, person, request, to_hub))

    def _damaged(self, request: Request) -> Request:
        if not request.segments:
            return request
        index = self.random.randrange(len(request.segments))
        segment = request.segments[index]
        if self.chance(0.5):
            hurt = segment._replace(scope=self.random.choice(("u:t0", "u:t1", "u:t2")))
        else:
            hurt = segment._replace(events=tuple(event._replace(uid=event.uid + "~") for event in segment.events))
        segments: list[Segment] = list(request.segments)
        segments[index] = hurt
        return request._replace(segments=tuple(segments))

    def _arrive(self, phone: Phone, person: str, request: Request, to_hub: bool) -> None:
        reply = self.hub.exchange(request) if to_hub else self.root.exchange(request)
        self.trace("reply", reply.source, reply.acks, reply.next, len(reply.entries))
        if self.faulty(0.18):
            return
        for _ in range(2 if self.faulty(0.06) else 1):
            self.fly(self.delay(), lambda: self._answered(phone, person, request, reply))

    def _answered(self, phone: Phone, person: str, request: Request, reply: Reply) -> None:
        phone.crash_next = self.faulty(0.08)
        phone.apply(person, request, reply)
        invariants.check_after_answer(self, phone, person, reply)
