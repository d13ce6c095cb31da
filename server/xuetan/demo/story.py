"""A month of the demo: three teachers and a mentor, as their phones wrote it. Owns what happens and when; the texts are theirs.

Teacher one is diligent, with two entries that wait for an answer. Teacher two is stuck on quizzes. Teacher three began
and fell silent, with a few records that never left the phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xuetan.contracts.manifest import Manifest
from xuetan.demo.answers import answer_right, answer_wrong
from xuetan.demo.device import DemoPhone
from xuetan.demo.people import Everybody
from xuetan.demo.sources import SLUGS
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.ids import new_thing_id
from xuetan.kernel.services import Services
from xuetan.packs import service as packs

ETHICS, MULTIGRADE, READING = SLUGS
LANGUAGE = "zh-Hans"
DUE_AFTER_DAYS = 45
DAY_MS, MINUTE_MS = 86_400_000, 60_000
ANSWER_SECONDS = 35
NOTE_ETHICS = "必修。一周看一两课，写下自己的判断就好。"
NOTE_MULTIGRADE = "先看前三课，回去试一节，把试的情况写进日志。"

FIRST_ENTRY = (
    "回想起来，上学期我对小宝说过“你怎么总是最后一个”。他没说话，后来一个星期没举过手。\n\n"
    "今天看完这一课，我想的不是该不该管，是那句话本来可以晚十分钟、单独说。"
)
BELL_ENTRY = (
    "今天把两个年级的课错开了。三年级先做卡片上的四道题，我在一年级讲了十二分钟。\n\n"
    "回头看三年级，有五个人做完了在说话，因为卡片上没有写做完再做什么。明天补上这一句。"
)
BELL_ENTRY_AGAIN = (
    "今天把两个年级的课错开了。三年级先做卡片上的四道题，我在一年级讲了十二分钟。\n\n"
    "回头看三年级，有五个人做完了在说话，因为卡片上没有写做完再做什么。\n\n"
    "第二天在卡片背面写了“做完翻过来，给同桌出一道”。说话的只剩两个，还是在争谁出的题难。"
)
CHANGING_ENTRY = (
    "照七段表上了一节。我换了四次边，最乱的是第二次：我说“你们自己看书”，没说看到哪一页。\n\n"
    "最后六分钟没有讲，走了一圈，坐到小军旁边。他一直卡在第三题，前面三十分钟我没看见。"
)
CHECKING_ENTRY = (
    "给三年级做了总数卡，四道题的得数加起来写在背面。有两个孩子对不上总数，自己又算了一遍，找出来了。\n\n"
    "第五题是画图，没有总数可对，他们还是举手问我。这一类题怎么让他们自己知道对错，我还没想好。"
)
STUCK_ENTRY = "看了两遍，题还是错。七段表我们学校用不上，我一个人带三个年级。"
PRAISE = "“晚十分钟、单独说”，这一句很实在。下次忍住的时候，也请记下来。"
ASK_FOR_MORE = "看到了五个人在说话，这一眼很要紧。补上那一句以后，请再看一次：还剩几个？把结果接着写在这条日志里。"
ACCEPTED = "从五个到两个，而且是在争题目。这就是自动作业真正动起来的样子。"
THANKS = "谢谢陈老师。明天我就去数。"
FROM_MENTOR = "建国老师，三个年级也能用，不过要把两段并起来。你把明天上午的课表发给我，我们一起排。"
FROM_TEACHER = "陈老师，画图题让孩子自己检查，您那边有什么办法吗？"


def due_day(services: Services, now_ms: int) -> str:
    """A deadline some days after the story ends, in the organisation's zone."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(services.settings.zone)
    return (local + timedelta(days=DUE_AFTER_DAYS)).date().isoformat()


@dataclass
class _Stage:
    """The story's clock, told in days before the present and the time of day."""

    services: Services
    clock: FixedClock
    end_ms: int

    def at(self, days_ago: int, time: str) -> None:
        """Move on to a time of a past day. Time never runs backwards."""
        hour, minute = (int(part) for part in time.split(":"))
        zone = self.services.settings.zone
        today = datetime.fromtimestamp(self.end_ms / 1000, UTC).astimezone(zone)
        moment = (today - timedelta(days=days_ago)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.clock.advance_ms(max(0, int(moment.timestamp() * 1000) - self.clock.now_ms()))

    def minutes(self, count: float) -> None:
        self.clock.advance_ms(int(count * MINUTE_MS))


class _Learner:
    """A teacher who studies on a phone of the demo."""

    def __init__(self, stage: _Stage, phone: DemoPhone) -> None:
        self.stage, self.phone = stage, phone
        self._manifests: dict[str, Manifest] = {}

    def install(self, slug: str, tier: str = "pictures") -> None:
        self.phone.record("pack_installed/1", {"pack": slug, "version": self._manifest(slug).version, "tier": tier})

    def read(self, slug: str, number: int, *, to_the_end: bool = True) -> None:
        lesson = self._manifest(slug).lessons[number - 1]
        about = {"pack": slug, "version": self._manifest(slug).version, "lesson": lesson.id}
        self.phone.record("lesson_opened/1", about)
        self.stage.minutes(lesson.minutes)
        if to_the_end:
            self.phone.record("lesson_finished/1", {**about, "language": LANGUAGE})

    def take_quiz(self, slug: str, number: int, *, wrong: tuple[int, ...] = ()) -> None:
        """Answer every question of a lesson; those at the places in `wrong` (from 1) wrongly."""
        manifest = self._manifest(slug)
        lesson = manifest.lessons[number - 1]
        with self.stage.services.database.reading():
            quiz = packs.get_quiz(self.stage.services.blobs, manifest, lesson.id, LANGUAGE)
        assert quiz is not None
        about = {"pack": slug, "version": manifest.version, "lesson": lesson.id, "attempt": new_thing_id()}
        scores = []
        for place, question in enumerate(quiz.questions, 1):
            answer, score = (answer_wrong if place in wrong else answer_right)(question)
            self.stage.minutes(ANSWER_SECONDS / 60)
            self.phone.record(
                "question_answered/1",
                {
                    **about,
                    "question": question.id,
                    "kind": question.kind,
                    "language": LANGUAGE,
                    "answer": answer,
                    "score": score,
                    "duration_ms": ANSWER_SECONDS * 1000,
                },
            )
            if score is not None:
                scores.append(score)
        self.phone.record("quiz_finished/1", {**about, "score": sum(scores), "score_max": len(scores)})

    def write(
        self, slug: str, number: int, text: str, *, entry: str = "", parents: tuple[str, ...] = ()
    ) -> tuple[str, str]:
        """A journal entry on a lesson; (entry, ver)."""
        manifest = self._manifest(slug)
        lesson = manifest.lessons[number - 1]
        self.stage.minutes(4)
        prompt = lesson.editions[LANGUAGE].journal_prompt
        return self.phone.save_entry(text, entry=entry, parents=parents, prompt=prompt, pack=slug, lesson=lesson.id)

    def _manifest(self, slug: str) -> Manifest:
        if slug not in self._manifests:
            services = self.stage.services
            with services.database.reading() as session:
                self._manifests[slug] = packs.get_manifest(session, services.blobs, slug)
        return self._manifests[slug]


def play(services: Services, clock: FixedClock, end_ms: int, everybody: Everybody) -> None:
    """Let the month happen, in the order in which it did."""
    stage = _Stage(services, clock, end_ms)
    diligent, stuck, silent = everybody.teachers
    stage.at(31, "18:30")
    third = _Learner(stage, DemoPhone(services, silent.person.id, silent.code, "Redmi 9A"))
    third.install(ETHICS)
    third.read(ETHICS, 1)
    third.take_quiz(ETHICS, 1, wrong=(2,))
    third.phone.hand_in()
    stage.at(29, "19:10")
    first = _Learner(stage, DemoPhone(services, diligent.person.id, diligent.code, "HONOR 8A"))
    begun = _first_week(stage, first)
    stage.at(27, "12:20")
    second = _Learner(stage, DemoPhone(services, stuck.person.id, stuck.code, "OPPO A5"))
    _second_begins(stage, second)
    stage.at(24, "17:40")
    _third_falls_silent(third)
    stage.at(23, "20:50")
    mentor = DemoPhone(services, everybody.mentor.person.id, everybody.mentor.code, "vivo Y3")
    _feedback(mentor, first.phone.person_id, *begun, "accept", PRAISE)
    mentor.hand_in()
    _middle(stage, first, second, mentor)
    _lately(stage, first, second, mentor)


def _first_week(stage: _Stage, first: _Learner) -> tuple[str, str]:
    """Begins both packs; the first entry of her journal."""
    first.install(ETHICS)
    first.install(MULTIGRADE)
    first.read(ETHICS, 1)
    first.take_quiz(ETHICS, 1, wrong=(3,))
    begun = first.write(ETHICS, 1, FIRST_ENTRY)
    first.phone.hand_in()
    stage.at(28, "19:30")
    first.read(MULTIGRADE, 1)
    first.take_quiz(MULTIGRADE, 1)
    return begun


def _second_begins(stage: _Stage, second: _Learner) -> None:
    second.install(MULTIGRADE, "text")
    second.read(MULTIGRADE, 1)
    second.take_quiz(MULTIGRADE, 1, wrong=(1, 2))
    second.phone.hand_in()
    stage.at(25, "12:30")
    second.install(ETHICS, "text")
    second.read(ETHICS, 1)
    second.take_quiz(ETHICS, 1, wrong=(1, 2, 3))
    second.phone.hand_in()


def _third_falls_silent(third: _Learner) -> None:
    """Reads a little more; the connection breaks before the last records leave the phone."""
    third.install(MULTIGRADE, "text")
    third.read(MULTIGRADE, 1)
    third.take_quiz(MULTIGRADE, 1, wrong=(1, 2))
    third.read(MULTIGRADE, 2, to_the_end=False)
    third.phone.hand_in(all_but=3)


def _middle(stage: _Stage, first: _Learner, second: _Learner, mentor: DemoPhone) -> None:
    teacher_id = first.phone.person_id
    stage.at(21, "19:00")
    entry, ver = first.write(MULTIGRADE, 1, BELL_ENTRY)
    first.read(MULTIGRADE, 2)
    first.take_quiz(MULTIGRADE, 2, wrong=(2,))
    first.phone.hand_in()
    stage.at(20, "20:30")
    feedback = _feedback(mentor, teacher_id, entry, ver, "revise", ASK_FOR_MORE)
    mentor.hand_in()
    stage.at(19, "18:50")
    first.phone.record("feedback_read/1", {"feedback": feedback})
    first.phone.record("feedback_answered/1", {"feedback": feedback, "text": THANKS})
    first.phone.hand_in()
    stage.at(17, "12:10")
    second.read(MULTIGRADE, 2)
    second.take_quiz(MULTIGRADE, 2, wrong=(1, 2, 3))
    second.phone.hand_in()
    stage.at(15, "19:20")
    _, ver = first.write(MULTIGRADE, 1, BELL_ENTRY_AGAIN, entry=entry, parents=(ver,))
    first.read(ETHICS, 2)
    first.take_quiz(ETHICS, 2)
    first.phone.hand_in()
    stage.at(14, "21:00")
    feedback = _feedback(mentor, teacher_id, entry, ver, "accept", ACCEPTED)
    mentor.hand_in()
    stage.at(13, "19:05")
    first.phone.record("feedback_read/1", {"feedback": feedback})
    first.phone.hand_in()


def _lately(stage: _Stage, first: _Learner, second: _Learner, mentor: DemoPhone) -> None:
    stage.at(9, "12:15")
    second.take_quiz(MULTIGRADE, 2, wrong=(1, 2, 5))
    entry, ver = second.write(MULTIGRADE, 2, STUCK_ENTRY)
    second.phone.hand_in()
    stage.at(6, "12:05")
    second.take_quiz(MULTIGRADE, 2, wrong=(2, 3, 4))
    second.phone.hand_in()
    stage.at(5, "20:40")
    _feedback(mentor, second.phone.person_id, entry, ver, "talk", FROM_MENTOR)
    mentor.hand_in()
    stage.at(4, "19:00")
    first.write(MULTIGRADE, 2, CHANGING_ENTRY)
    first.read(MULTIGRADE, 3)
    first.take_quiz(MULTIGRADE, 3)
    first.phone.hand_in()
    stage.at(1, "19:15")
    first.write(MULTIGRADE, 3, CHECKING_ENTRY)
    first.read(MULTIGRADE, 4, to_the_end=False)
    first.phone.record("message_sent/1", {"message": new_thing_id(), "text": FROM_TEACHER, "pack": MULTIGRADE})
    first.phone.hand_in()


def _feedback(mentor: DemoPhone, teacher_id: str, entry: str, ver: str, verdict: str, text: str) -> str:
    feedback = new_thing_id()
    payload = {"feedback": feedback, "entry": entry, "ver": ver, "verdict": verdict, "text": text}
    mentor.record("feedback_given/1", payload, teacher_id=teacher_id)
    return feedback
