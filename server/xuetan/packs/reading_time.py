"""How long an adult needs for a lesson, estimated. Pure arithmetic, for a warning and never for a credit.

Rates are those of careful reading on a small screen: 250 Chinese characters or 180 words of an alphabetic script a
minute, 10 seconds a picture, 25 seconds a question.
"""

from __future__ import annotations

import re

HAN_A_MINUTE = 250
WORDS_A_MINUTE = 180
PICTURE_SECONDS = 10
QUESTION_SECONDS = 25
# The declared minutes may differ from the estimate by these factors before anybody is bothered.
SHORTER_ALLOWED = 0.5
LONGER_ALLOWED = 2.0
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff\uf900-\ufaff]+(?:['’-][^\W\d_]+)*")


def estimate_minutes(text: str, *, pictures: int, questions: int) -> float:
    han = len(_HAN.findall(text))
    words = len(_WORD.findall(_HAN.sub(" ", text)))
    return (
        han / HAN_A_MINUTE + words / WORDS_A_MINUTE + (pictures * PICTURE_SECONDS + questions * QUESTION_SECONDS) / 60
    )


def is_honest(declared: int, estimated: float) -> bool:
    return estimated * SHORTER_ALLOWED <= declared <= max(estimated * LONGER_ALLOWED, 2.0)
