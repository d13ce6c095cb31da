"""What the console's tests look at: a month of study by three teachers, and browsers of the staff."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from tests.county import County, StepsAtOnce
from tests.county_pack import FIRST, SLUG, questions, write_pack
from tests.security.browser import Browser
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import new_thing_id
from xuetan.packs import jobs as pack_jobs
from xuetan.packs import service as packs
from xuetan.programmes import service as programmes

PASSWORD = "雪中送炭又一年 2026"
DAY_MS = 86_400_000
ENTRY_TEXT = "第一声铃之后，我先去了三年级。"
OWN_TEXT = "今天下雪，路上走了两个小时。"
LANGUAGES = {"zh-Hans": "zh-CN,zh;q=0.9", "en": "en-GB,en;q=0.9"}


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "lxml")


def words(answer: Any) -> str:
    """The visible text of a page, white space folded."""
    return re.sub(r"\s+", " ", soup(answer).get_text(" "))


@dataclass
class Office:
    county: County
    clock: FixedClock
    sources: Path
    browsers: dict[str, Browser] = field(default_factory=dict)
    build_id: str = ""
    course_entry: str = ""
    own_entry: str = ""
    _made: int = 0

    @classmethod
    def open(cls, county: County, clock: FixedClock, sources: Path) -> Office:
        office = cls(county, clock, sources)
        source = packs.read_source(write_pack(sources / SLUG), county.services)
        office.build_id = county.write(
            lambda session: packs.request_build(session, county.services, county.staff("trainer"), source)
        )
        pack_jobs.build_pack(county.services, StepsAtOnce(), office.build_id)  # type: ignore[arg-type]
        county.write(
            lambda session: programmes.assign_pack(
                session,
                county.staff("trainer"),
                county.cohort_id,
                SLUG,
                due_day="2026-12-24",
                note="先看第一课。",
                now_ms=county.now_ms,
            )
        )
        county.add("third", "east-school-1", "teacher")
        county.enrol("third")
        county.pair("mentor", "teacher", goals="先把时间排顺。")
        office._study()
        for name in ("mayor", "head", "trainer", "west-trainer"):
            office.give_password(name)
        return office

    def give_password(self, name: str) -> None:
        self.county.write(
            lambda session: accounts.set_password(
                session, self.county.id_of(name), name, PASSWORD, actor=OPERATOR, services=self.county.services
            )
        )

    def browser(self, name: str = "", language: str = "zh-Hans") -> Browser:
        """A visitor, or a member of the staff who has signed in, whose browser asks for this language."""
        if not name:
            return Browser(self.county.client)
        key = f"{name} {language}"
        if key not in self.browsers:
            browser = Browser(self.county.client)
            browser.language(LANGUAGES[language])
            assert browser.sign_in(name, PASSWORD).status_code == 303
            self.browsers[key] = browser
        return self.browsers[key]

    def someone(self, *roles: str) -> str:
        """The name of a new person at the second school, for a form that changes them."""
        self._made += 1
        name = f"someone {self._made}"
        self.county.add(name, "east-school-2", *(roles or ("teacher",)))
        return name

    def pages(self) -> list[str]:
        """The address of one page of every kind that a trainer of the county may see."""
        teacher = self.county.id_of("teacher")
        return [
            "/console/classes",
            "/console/classes/new",
            f"/console/classes/{self.county.cohort_id}",
            "/console/packs",
            "/console/packs/build",
            f"/console/packs/builds/{self.build_id}",
            f"/console/packs/{SLUG}",
            "/console/people",
            "/console/people/new",
            f"/console/people/{teacher}",
            f"/console/people/{teacher}/entries/{self.course_entry}",
            "/console/pairs",
            "/console/sync",
            f"/console/sync/people/{teacher}",
        ]

    def _study(self) -> None:
        """`teacher` studies and writes, `colleague` and `third` are misled by the first question; `third` then falls silent."""
        third, teacher, colleague = (self.county.device_of(name) for name in ("third", "teacher", "colleague"))
        for phone in (third, colleague):
            _take_quiz(phone, right=False)
            phone.sync()
        self.clock.advance_ms(20 * DAY_MS)
        colleague.record("lesson_opened/1", _about())
        colleague.sync()
        _take_quiz(teacher, right=True)
        self.course_entry = _write(teacher, ENTRY_TEXT, pack=SLUG, lesson=FIRST)
        self.own_entry = _write(teacher, OWN_TEXT)
        teacher.sync()
        _lose_the_line(third)
        self.clock.advance_ms(3 * DAY_MS)
        self.county.services.log.project_now()


def _about(**more: Any) -> dict[str, Any]:
    return {"pack": SLUG, "version": 1, "lesson": FIRST, **more}


def _take_quiz(phone: Any, *, right: bool) -> None:
    phone.record("lesson_opened/1", _about())
    phone.record("lesson_finished/1", _about(language="zh-Hans"))
    attempt = new_thing_id()
    single = questions()[0]
    answer = {"question": single["id"], "kind": "single", "answer": "a" if right else "c", "score": float(right)}
    phone.record("question_answered/1", _about(attempt=attempt, duration_ms=4000, **answer))
    reflection = {"question": "q-reflection", "kind": "reflection", "answer": "想一想", "score": None}
    phone.record("question_answered/1", _about(attempt=attempt, duration_ms=4000, **reflection))
    phone.record("quiz_finished/1", _about(attempt=attempt, score=float(right), score_max=1))


def _write(phone: Any, text: str, **more: Any) -> str:
    entry = new_thing_id()
    phone.record("journal_saved/1", {"entry": entry, "ver": "A" * 22, "parents": [], "text": text, **more})
    return entry


def _lose_the_line(phone: Any) -> None:
    """The phone says that it holds two more events, and the line breaks before they are sent."""
    phone.record("lesson_opened/1", _about())
    phone.record("lesson_opened/1", _about())
    phone.segments_max = 0
    phone.exchange()
