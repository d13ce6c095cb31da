"""Payloads as phones write them, about the county's pack, with random ids of things."""

from __future__ import annotations

from typing import Any

from tests.county_pack import FIRST, SLUG
from xuetan.kernel.ids import new_thing_id
from xuetan.learning_log.journal_graph import version_name


def lesson(lesson: str = FIRST, version: int = 1) -> dict[str, Any]:
    return {"pack": SLUG, "version": version, "lesson": lesson}


def finished(lesson_id: str = FIRST) -> dict[str, Any]:
    return {**lesson(lesson_id), "language": "zh-Hans"}


def answer(question: str, given: Any, score: float | None, attempt: str, **more: Any) -> dict[str, Any]:
    return {
        **lesson(),
        "attempt": attempt,
        "question": question,
        "kind": question.removeprefix("q-").replace("-", "_"),
        "language": "zh-Hans",
        "answer": given,
        "score": score,
        "duration_ms": 4_000,
        **more,
    }


def quiz(attempt: str, score: float, score_max: int = 7, **more: Any) -> dict[str, Any]:
    return {**lesson(), "attempt": attempt, "score": score, "score_max": score_max, **more}


def journal(text: str, entry: str, *parents: str, **more: Any) -> dict[str, Any]:
    payload = {"entry": entry, "parents": sorted(parents), "text": text, **more}
    return {**payload, "ver": version_name(payload)}


def feedback(of: dict[str, Any], verdict: str = "accept", text: str = "很实在。", **more: Any) -> dict[str, Any]:
    return {
        "feedback": new_thing_id(),
        "entry": of["entry"],
        "ver": of["ver"],
        "verdict": verdict,
        "text": text,
        **more,
    }


def message(text: str = "您好") -> dict[str, Any]:
    return {"message": new_thing_id(), "text": text}
