"""Writes contracts/golden/need.json: the caseload's facts and reasons that both languages must find alike.

Run with --check to fail when the file is not what this script would write.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "server"))

from xuetan.mentoring.need import DAY_MS, Facts, Head, LowScore, QuizTry, Said, assess_need, derive_facts  # noqa: E402

TARGET = ROOT / "contracts" / "golden" / "need.json"
NOW = 1_770_000_000_000


def ago(days: float) -> int:
    return NOW - int(days * DAY_MS)


LOW = LowScore("mixed-grade-one-room", "02-two-lessons", 3)
ASSESSED: dict[str, Facts] = {
    "nothing known": Facts(),
    "on track": Facts(last_active_ms=ago(1)),
    "active a moment in the future, a clock that is ahead": Facts(last_active_ms=NOW + 5_000),
    "silent for a day less than the limit": Facts(last_active_ms=ago(14) + 1),
    "silent for the limit": Facts(last_active_ms=ago(14)),
    "silent and struggling: silence is told first": Facts(last_active_ms=ago(20), low_score=LOW),
    "struggling": Facts(last_active_ms=ago(2), low_score=LOW),
    "an entry waits": Facts(last_active_ms=ago(2), entries_waiting=2, entry_since_ms=ago(3.5)),
    "a message waits": Facts(last_active_ms=ago(0), messages_waiting=1, message_since_ms=ago(0.2)),
    "both wait, the entry longer": Facts(ago(1), 1, ago(9), 1, ago(2)),
    "both wait, the message longer": Facts(ago(1), 1, ago(2), 4, ago(9)),
    "both wait equally long: the message is told": Facts(ago(1), 1, ago(2), 1, ago(2)),
    "silent with an entry waiting: the mentor's debt is told first": Facts(ago(30), 1, ago(30)),
}

DERIVED: dict[str, dict[str, Any]] = {
    "nothing": {"last_active_ms": None, "heads": [], "said": [], "tries": []},
    "one entry reviewed, one not": {
        "last_active_ms": 50,
        "heads": [Head("a", 10, True), Head("b", 20, False)],
        "said": [],
        "tries": [],
    },
    "an entry with two heads, one unread, waits once": {
        "last_active_ms": 50,
        "heads": [Head("a", 30, False), Head("a", 10, False), Head("b", 5, True)],
        "said": [],
        "tries": [],
    },
    "two messages after the mentor's last word": {
        "last_active_ms": 50,
        "heads": [],
        "said": [
            Said(False, 1, message=True),
            Said(True, 9, message=True),
            Said(False, 7, message=True),
            Said(False, 6, message=True),
        ],
        "tries": [],
    },
    "the mentor had the last word": {
        "last_active_ms": 50,
        "heads": [],
        "said": [Said(False, 1, message=True), Said(False, 2, message=False), Said(True, 3, message=True)],
        "tries": [],
    },
    "feedback on an entry answers no message": {
        "last_active_ms": 50,
        "heads": [Head("a", 10, True)],
        "said": [Said(False, 1, message=True), Said(True, 3, message=False), Said(False, 4, message=True)],
        "tries": [],
    },
    "feedback answers what was said to feedback before it, and leaves the message": {
        "last_active_ms": 50,
        "heads": [],
        "said": [
            Said(True, 1, message=False),
            Said(False, 2, message=False),
            Said(False, 3, message=True),
            Said(True, 4, message=False),
            Said(False, 5, message=False),
        ],
        "tries": [],
    },
    "one low try is no pattern": {
        "last_active_ms": 50,
        "heads": [],
        "said": [],
        "tries": [QuizTry("p", "l", 0.2)],
    },
    "two low tries": {
        "last_active_ms": 50,
        "heads": [],
        "said": [],
        "tries": [QuizTry("p", "l", 0.2), QuizTry("p", "m", 0.1), QuizTry("p", "l", 0.59)],
    },
    "passed at the third try": {
        "last_active_ms": 50,
        "heads": [],
        "said": [],
        "tries": [QuizTry("p", "l", 0.2), QuizTry("p", "l", 0.4), QuizTry("p", "l", 0.6)],
    },
    "the lower of two lessons": {
        "last_active_ms": 50,
        "heads": [],
        "said": [],
        "tries": [
            QuizTry("p", "l", 0.5),
            QuizTry("p", "l", 0.5),
            QuizTry("p", "k", 0.25),
            QuizTry("p", "k", 0.5),
            QuizTry("a", "z", 0.1),
            QuizTry("a", "z", 0.3),
        ],
    },
}


def build() -> dict[str, Any]:
    """The whole file as data."""
    return {
        "format": "xuetan-golden-need/1",
        "derived": [
            {
                "name": name,
                "last_active_ms": known["last_active_ms"],
                **{part: [asdict(item) for item in known[part]] for part in ("heads", "said", "tries")},
                "facts": asdict(derive_facts(**known)),
            }
            for name, known in DERIVED.items()
        ],
        "assessed": [
            {"name": name, "now_ms": NOW, "facts": asdict(facts), "need": asdict(assess_need(facts, NOW))}
            for name, facts in ASSESSED.items()
        ],
    }


def render() -> str:
    """The file's text."""
    return json.dumps(build(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    text = render()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text else f"{TARGET} is not in step")
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
