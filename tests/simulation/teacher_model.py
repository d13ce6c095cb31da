"""A teacher's work as events: sessions of lessons, quizzes and journal entries, seeded, for measurements.

The shares follow the pilot model of the design: mostly answers, a lesson every few minutes of study, a journal entry
now and then. Times and durations are as coarse as the phone stores them (pwa/src/db/append.ts, take-quiz.ts).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from xuetan.event_log.segments import Event
from xuetan.kernel.ids import b64url_encode

PACKS = ("village-reading-ten-books", "multigrade-one-room", "ethics-two-teacher-school")
LESSONS = (
    "01-ten-books", "02-reading-aloud", "03-predict-and-ask", "04-reading-in-pairs", "05-retelling", "06-a-corner",
)  # fmt: skip
QUESTIONS = 6
CHOICES = "abcd"
WORDS = (
    "今天", "学生", "读书", "两人", "一组", "提问", "复述", "安静", "声音", "图画",
    "时间", "不够", "明天", "再试", "家长", "作业", "黑板", "故事", "举手", "笑了",
)  # fmt: skip
START_MS = 1_770_000_000_000


def teacher_events(seed: int) -> Iterator[Event]:
    """One teacher's events, without end."""
    for event in _exact_events(seed):
        payload = dict(event.payload)
        if "duration_ms" in payload:
            payload["duration_ms"] = payload["duration_ms"] // 100 * 100
        yield Event(event.kind, event.ts // 1000 * 1000, payload)


def _exact_events(seed: int) -> Iterator[Event]:
    chance = random.Random(seed)
    now = START_MS + chance.randrange(10_000_000_000)
    while True:
        pack, version = chance.choice(PACKS), chance.randrange(1, 4)
        for lesson in LESSONS:
            now += int(chance.lognormvariate(15.5, 1.0))
            place = {"pack": pack, "version": version, "lesson": lesson}
            yield Event("lesson_opened/1", now, dict(place))
            now += int(chance.lognormvariate(12.0, 0.7))
            yield Event("lesson_finished/1", now, {**place, "language": "zh-Hans"})
            if chance.random() < 0.8:
                for event in _quiz(chance, place, now):
                    now = event.ts
                    yield event
            if chance.random() < 0.25:
                now += int(chance.lognormvariate(12.5, 0.6))
                yield Event("journal_saved/1", now, _journal(chance, pack, lesson))


def _quiz(chance: random.Random, place: dict[str, object], now: int) -> Iterator[Event]:
    attempt = b64url_encode(chance.randbytes(12))
    right = 0
    for number in range(1, QUESTIONS + 1):
        duration = int(chance.lognormvariate(9.4, 0.6))
        now += duration + chance.randrange(400, 2_000)
        correct = chance.random() < 0.72
        right += correct
        payload = {
            **place,
            "attempt": attempt,
            "question": f"q{number}",
            "kind": "single",
            "answer": "a" if correct else chance.choice(CHOICES[1:]),
            "score": int(correct),
            "duration_ms": duration,
        }
        yield Event("question_answered/1", now, payload)
    now += chance.randrange(300, 3_000)
    yield Event("quiz_finished/1", now, {**place, "attempt": attempt, "score": right, "score_max": QUESTIONS})


def _journal(chance: random.Random, pack: str, lesson: str) -> dict[str, object]:
    text = "，".join(chance.choice(WORDS) for _ in range(chance.randrange(8, 40))) + "。"
    return {
        "entry": b64url_encode(chance.randbytes(12)),
        "ver": b64url_encode(chance.randbytes(16)),
        "parents": [],
        "text": text,
        "pack": pack,
        "lesson": lesson,
    }
