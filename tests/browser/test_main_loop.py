"""The main job, start to end, in real browsers, with the server killed in between."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS
from tests.browser.staff import Trainer

JOURNAL = "今天把两个年级的铃声分开了，三年级先做自动作业，我在一年级讲了十二分钟。"
COMMENT = "第二段写得很实在。明天试试让小助手发作业纸，看能省下几分钟。"


def test_the_loop_survives_a_dead_server_from_the_trainers_pack_to_the_mentors_answer(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    teacher_facts, mentor_facts = demo.person("teacher"), demo.person("mentor")
    slug = demo.facts["packs"][-1]
    ledger = Ledger(demo)

    Trainer(open_phone("trainer", demo.base_url), demo).publish_to_class(slug)

    teacher = open_phone("teacher", demo.base_url)
    teacher.sign_in(teacher_facts["code"])
    teacher.install(slug)
    mentor = open_phone("mentor", demo.base_url)
    mentor.sign_in(mentor_facts["code"])
    for phone in (teacher, mentor):
        phone.wait_for_service_worker()
        phone.sync()

    demo.kill()

    teacher.go()
    expect(teacher.at("nav-today")).to_be_visible()
    lesson = teacher.open_lesson(slug)
    teacher.finish_lesson()
    teacher.open_quiz()
    answered = teacher.take_quiz()
    assert len(answered) >= 4
    entry = teacher.write_entry(JOURNAL)
    expect(teacher.chip()).to_have_attribute("data-state", "offline")
    assert int(teacher.chip().get_attribute("data-waiting") or "0") > 0

    demo.start()
    teacher.sync()
    mentor.sync()
    expect(mentor.chip()).to_have_attribute("data-waiting", "0")

    demo.kill()

    mentor.go()
    mentor.review(teacher_facts["id"], JOURNAL, COMMENT)
    expect(mentor.chip()).to_have_attribute("data-state", "offline")

    demo.start()
    mentor.sync()
    teacher.sync()
    teacher.go(f"/journal/{entry}")
    expect(teacher.at("feedback-item").filter(has_text=COMMENT)).to_be_visible(timeout=SLOW_MS)

    ledger.check_every_event_once(teacher_facts["id"])
    ledger.check_every_event_once(mentor_facts["id"])
    kinds = ledger.kinds(teacher_facts["id"])
    assert kinds["lesson_finished/1"] == 1
    assert kinds["question_answered/1"] == len(answered)
    assert kinds["quiz_finished/1"] == 1
    assert kinds["journal_saved/1"] == 1
    assert ledger.journal_texts(teacher_facts["id"]) == [JOURNAL]
    assert ledger.lessons_finished(teacher_facts["id"]) == [lesson]
    assert teacher.problems == [] and mentor.problems == []
