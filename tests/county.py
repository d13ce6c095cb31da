"""A small real installation for tests: a city, two counties, schools, staff and teachers, made through the services.

`east` is where most tests happen; `west` is the other county, whose people are strangers here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.simulation.device import DeviceSimulator
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR, DeviceActor, PersonView, StaffActor
from xuetan.kernel.services import Services
from xuetan.mentoring import service as mentoring
from xuetan.packs import jobs as pack_jobs
from xuetan.packs import service as packs
from xuetan.programmes import service as programmes

T = TypeVar("T")


class StepsAtOnce:
    """Runs the steps of a job here and now."""

    def run(self, _name: str, work: Callable[[], T], *, attempts: int = 1) -> T:
        return work()


@dataclass
class County:
    services: Services
    client: Any
    places: dict[str, str] = field(default_factory=dict)
    people: dict[str, PersonView] = field(default_factory=dict)
    cohort_id: str = ""
    open_session: Any = None

    @classmethod
    def found(cls, services: Services, client: Any) -> County:
        """In one transaction: a flush to the disk for each person would be most of a test."""
        county = cls(services, client)
        with services.database.transaction() as session:
            county.open_session = session
            county._build()
        county.open_session = None
        return county

    def moved_to(self, services: Services, client: Any) -> County:
        """The same county in a copy of its data folder."""
        return County(services, client, dict(self.places), dict(self.people), self.cohort_id)

    def staff(self, name: str) -> StaffActor:
        """The actor that this person is at the console."""
        return self.read(lambda session: accounts.staff_actor(session, self.people[name].id))

    def on_phone(self, name: str) -> DeviceActor:
        """The actor that this person is on some phone."""
        person = self.people[name]
        return DeviceActor(person.id, "a device", person.organisation_id)

    def id_of(self, name: str) -> str:
        return self.people[name].id

    def add(self, name: str, place: str, *roles: str) -> PersonView:
        """A new person at a place, known by their name."""
        person = self.write(
            lambda session: accounts.create_person(
                session, self.places[place], name, "zh-Hans", roles, actor=OPERATOR, services=self.services
            )
        )
        self.people[name] = person
        return person

    def code_of(self, name: str) -> str:
        return self.write(
            lambda session: accounts.issue_sign_in_code(session, self.id_of(name), OPERATOR, services=self.services)
        )

    def device_of(self, who: str, **more: Any) -> DeviceSimulator:
        """A phone on which this person has just signed in."""
        return DeviceSimulator.enrol(self.client, self.code_of(who), now_ms=self.services.clock.now_ms, **more)

    def pair(self, mentor: str, teacher: str, goals: str = "", *, reads_all: bool = True) -> mentoring.PairView:
        return self.write(
            lambda session: mentoring.create_pair(
                session,
                OPERATOR,
                self.id_of(mentor),
                self.id_of(teacher),
                goals,
                now_ms=self.now_ms,
                reads_all=reads_all,
            )
        )

    def enrol(self, name: str, role: str = "member") -> None:
        self.write(
            lambda session: programmes.enrol_person(
                session, OPERATOR, self.cohort_id, self.id_of(name), role, now_ms=self.now_ms
            )
        )

    def publish(self, folder: Path) -> None:
        """Build a pack and publish it, by the job's own steps."""
        source = packs.read_source(folder, self.services)
        build_id = self.write(lambda session: packs.request_build(session, self.services, OPERATOR, source))
        pack_jobs.build_pack(self.services, StepsAtOnce(), build_id)  # type: ignore[arg-type]
        state = self.read(lambda session: packs.get_build(session, OPERATOR, build_id))
        assert state.state == "published", state.findings

    def write(self, work: Callable[[Any], T]) -> T:
        if self.open_session is not None:
            return work(self.open_session)
        with self.services.database.transaction() as session:
            return work(session)

    def read(self, work: Callable[[Any], T]) -> T:
        with self.services.database.reading() as session:
            return work(session)

    @property
    def now_ms(self) -> int:
        return self.services.clock.now_ms()

    def _build(self) -> None:
        for name, above, kind in (
            ("city", None, "city"),
            ("east", "city", "county"),
            ("east-school-1", "east", "school"),
            ("east-school-2", "east", "school"),
            ("west", "city", "county"),
            ("west-school", "west", "school"),
        ):
            parent_id = self.places[above] if above else None
            self.places[name] = self.write(
                lambda session, parent_id=parent_id, kind=kind, name=name: accounts.create_organisation(
                    session, parent_id, kind, name, actor=OPERATOR, now_ms=self.now_ms
                )
            ).id
        self.add("mayor", "city", "administrator")
        self.add("head", "east-school-1", "administrator")
        self.add("trainer", "east", "trainer")
        self.add("mentor", "east", "mentor")
        self.add("teacher", "east-school-1", "teacher")
        self.add("colleague", "east-school-2", "teacher")
        self.add("west-trainer", "west", "trainer")
        self.add("west-mentor", "west", "mentor")
        self.add("west-teacher", "west-school", "teacher")
        programme = self.write(
            lambda session: programmes.create_programme(
                session, OPERATOR, self.places["east"], {"zh-Hans": "村小同行"}, now_ms=self.now_ms
            )
        )
        self.cohort_id = self.write(
            lambda session: programmes.create_cohort(
                session, OPERATOR, programme.id, {"zh-Hans": "一班"}, now_ms=self.now_ms
            )
        ).id
        self.enrol("teacher")
        self.enrol("colleague")
