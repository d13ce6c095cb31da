"""Payloads as phones write them, for tests."""

from __future__ import annotations

from typing import Any

ATTEMPT = "AAAAAAAAAAAAAAAA"
ENTRY = "EEEEEEEEEEEEEEEE"
VERSION = "V" * 21 + "A"


def lesson_opened(lesson: str = "ten-books", pack: str = "village-reading", version: int = 1) -> dict[str, Any]:
    return {"pack": pack, "version": version, "lesson": lesson}


def question_answered(question: str = "q-1", answer: Any = "a", score: float | None = 1, **more: Any) -> dict[str, Any]:
    return {
        "pack": "village-reading",
        "version": 1,
        "lesson": "ten-books",
        "attempt": ATTEMPT,
        "question": question,
        "kind": "single",
        "answer": answer,
        "score": score,
        "duration_ms": 4_200,
        **more,
    }


def journal_saved(text: str = "今天读了十本书。", entry: str = ENTRY) -> dict[str, Any]:
    return {"entry": entry, "ver": VERSION, "parents": [], "text": text}


def feedback_given(text: str = "很好。", verdict: str = "accept") -> dict[str, Any]:
    return {"feedback": "F" * 16, "entry": ENTRY, "ver": VERSION, "verdict": verdict, "text": text}


def message_sent(text: str = "您好") -> dict[str, Any]:
    return {"message": "M" * 16, "text": text}
