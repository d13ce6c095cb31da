"""The people of a simulation, made once and copied for every world: teachers, mentors, a stranger, a class, each person
with phones that have signed in.

Owns what cannot be seeded: keys and codes. They are made once per process and never appear in a fingerprint.
"""

from dataclasses import dataclass, field

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.mentoring import service as mentoring
from xuetan.programmes import service as programmes

PHONES_PER_PERSON = 4
TEACHERS = ("teacher-a", "teacher-b")
SCHOOL = "rehearsal"
# The first mentor is paired with both teachers from the beginning, the second becomes one while the world runs.
MENTORS = ("mentor-a", "mentor-b")
STRANGER = "stranger"


@dataclass
class Phone:
    """A phone that has signed in: its key, and the token it got."""

    device_id: str
    token: str
    key: SigningKey


@dataclass
class Person:
    name: str
    person_id: str
    roles: tuple[str, ...]
    code: str
    phones: list[Phone] = field(default_factory=list)


@dataclass
class Estate:
    teachers: tuple[str, ...] = TEACHERS
    people: dict[str, Person] = field(default_factory=dict)
    cohort_id: str = ""
    school_id: str = ""

    def found(self, session: Session, services: Services) -> None:
        """Make everybody, in one transaction, in a school of their own."""
        now_ms = services.clock.now_ms()
        above = accounts.find_root_id(session)
        school = accounts.create_organisation(session, above, "school", SCHOOL, actor=OPERATOR, now_ms=now_ms)
        self.school_id = school.id
        for name in self.teachers:
            self._add(session, services, school.id, name, "teacher")
        for name in MENTORS:
            self._add(session, services, school.id, name, "mentor")
        self._add(session, services, school.id, STRANGER, "teacher")
        for teacher in self.teachers:
            mentoring.create_pair(
                session,
                OPERATOR,
                self.people[MENTORS[0]].person_id,
                self.people[teacher].person_id,
                "",
                now_ms=now_ms,
            )
        programme = programmes.create_programme(session, OPERATOR, school.id, {"en": "programme"}, now_ms=now_ms)
        cohort = programmes.create_cohort(session, OPERATOR, programme.id, {"en": "class"}, now_ms=now_ms)
        self.cohort_id = cohort.id
        for teacher in self.teachers:
            programmes.enrol_person(
                session, OPERATOR, cohort.id, self.people[teacher].person_id, "member", now_ms=now_ms
            )

    def _add(self, session: Session, services: Services, school_id: str, name: str, role: str) -> None:
        view = accounts.create_person(session, school_id, name, "en", (role,), actor=OPERATOR, services=services)
        code = accounts.issue_sign_in_code(session, view.id, OPERATOR, services=services)
        person = self.people[name] = Person(name, view.id, (role,), code)
        for number in range(PHONES_PER_PERSON):
            key = SigningKey.generate()
            enrolled = accounts.enrol_device(
                session, code=code, public_key=key.spki, device_name=f"{name} {number}", address="", services=services
            )
            person.phones.append(Phone(enrolled.device.id, enrolled.token.token, key))
