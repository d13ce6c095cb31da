"""Who there is in the demo: a county with two schools, a class, a trainer, a mentor, three teachers. Owns names and roles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR, PersonView, StaffActor
from xuetan.kernel.services import Services
from xuetan.mentoring import service as mentoring
from xuetan.programmes import service as programmes

SIGN_IN = "zhoumin"
PASSWORD_BYTES = 9
COUNTY = "云溪县"
SCHOOLS = ("柳树沟教学点", "石门小学")
PROGRAMME = {"zh-Hans": "乡村教师素养提升", "en": "Village teachers’ skills"}
COHORT = {"zh-Hans": "2026 秋季一班", "en": "Autumn 2026, class 1"}
GOALS = "每两周一起看一节课的日志；先把两个年级的时间排顺。"
TRAINER, MENTOR = "周敏", "陈玉梅"
# Name and which school; the first is diligent, the second stuck, the third silent.
TEACHERS = (("李秀兰", 0), ("王建国", 1), ("马小云", 0))


@dataclass(frozen=True)
class Someone:
    person: PersonView
    code: str


@dataclass(frozen=True)
class Everybody:
    """Who was made. `password` is the trainer's, for the console."""

    trainer: PersonView
    password: str
    mentor: Someone
    teachers: tuple[Someone, ...]
    cohort_id: str


def settle(session: Session, services: Services) -> Everybody:
    """Make organisations, people, the class and the pairs."""
    now_ms = services.clock.now_ms()
    county = accounts.create_organisation(session, None, "county", COUNTY, actor=OPERATOR, now_ms=now_ms)
    schools = [
        accounts.create_organisation(session, county.id, "school", name, actor=OPERATOR, now_ms=now_ms).id
        for name in SCHOOLS
    ]
    trainer = accounts.create_person(
        session, county.id, TRAINER, "zh-Hans", ["trainer", "administrator"], actor=OPERATOR, services=services
    )
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    accounts.set_password(session, trainer.id, SIGN_IN, password, actor=OPERATOR, services=services)
    mentor = _someone(session, services, county.id, MENTOR, "mentor")
    teachers = tuple(_someone(session, services, schools[place], name, "teacher") for name, place in TEACHERS)
    actor = accounts.staff_actor(session, trainer.id)
    programme = programmes.create_programme(session, actor, county.id, PROGRAMME, now_ms=now_ms)
    cohort = programmes.create_cohort(session, actor, programme.id, COHORT, now_ms=now_ms)
    programmes.enrol_person(session, actor, cohort.id, trainer.id, "trainer", now_ms=now_ms)
    programmes.enrol_person(session, actor, cohort.id, mentor.person.id, "mentor", now_ms=now_ms)
    for teacher in teachers:
        programmes.enrol_person(session, actor, cohort.id, teacher.person.id, "member", now_ms=now_ms)
        mentoring.create_pair(session, actor, mentor.person.id, teacher.person.id, GOALS, now_ms=now_ms)
    return Everybody(trainer, password, mentor, teachers, cohort.id)


def _someone(session: Session, services: Services, organisation_id: str, name: str, role: str) -> Someone:
    person = accounts.create_person(
        session, organisation_id, name, "zh-Hans", [role], actor=OPERATOR, services=services
    )
    return Someone(person, accounts.issue_sign_in_code(session, person.id, OPERATOR, services=services))


def trainer_actor(session: Session, everybody: Everybody) -> StaffActor:
    return accounts.staff_actor(session, everybody.trainer.id)
