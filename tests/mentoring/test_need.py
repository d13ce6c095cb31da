"""Who needs the mentor first: the golden examples are in step, and the order holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.kernel.text import Catalogue
from xuetan.mentoring.need import (
    DAY_MS,
    SILENT_AFTER_DAYS,
    Facts,
    Head,
    LowScore,
    QuizTry,
    Said,
    assess_need,
    derive_facts,
)

GOLDEN = json.loads((Path(__file__).parents[2] / "contracts" / "golden" / "need.json").read_text(encoding="utf-8"))
TIMES = st.none() | st.integers(min_value=0, max_value=10**13)
FACTS = st.builds(
    Facts,
    last_active_ms=TIMES,
    entries_waiting=st.integers(0, 5),
    entry_since_ms=TIMES,
    messages_waiting=st.integers(0, 5),
    message_since_ms=TIMES,
    low_score=st.none() | st.builds(LowScore, st.just("p"), st.just("l"), st.integers(2, 9)),
)


def facts_from(known: dict[str, Any]) -> Facts:
    low = known["low_score"]
    return Facts(**{**known, "low_score": LowScore(**low) if low else None})


@pytest.mark.parametrize("case", GOLDEN["assessed"], ids=lambda case: case["name"])
def test_need_is_assessed_as_the_golden_examples_say(case: dict[str, Any]) -> None:
    need = assess_need(facts_from(case["facts"]), case["now_ms"])
    assert need.__dict__ == case["need"]


@pytest.mark.parametrize("case", GOLDEN["derived"], ids=lambda case: case["name"])
def test_facts_are_derived_as_the_golden_examples_say(case: dict[str, Any]) -> None:
    facts = derive_facts(
        last_active_ms=case["last_active_ms"],
        heads=[Head(**one) for one in case["heads"]],
        said=[Said(**one) for one in case["said"]],
        tries=[QuizTry(**one) for one in case["tries"]],
    )
    assert facts == facts_from(case["facts"])


@given(FACTS, st.integers(min_value=0, max_value=10**13))
def test_every_teacher_has_one_reason_that_can_be_told_in_both_languages(facts: Facts, now_ms: int) -> None:
    need = assess_need(facts, now_ms)
    catalogue = Catalogue.load()
    for language in ("zh-Hans", "en"):
        assert catalogue.t(language, need.reason_key, **need.params)
    assert 1 <= need.rank <= 5
    assert all(count >= 0 for count in need.params.values() if isinstance(count, int))


def test_who_waits_comes_before_who_is_silent_and_who_struggles_after() -> None:
    now, long_ago = 100 * DAY_MS, 0
    low = LowScore("p", "l", 2)
    ranks = [
        assess_need(facts, now).rank
        for facts in (
            Facts(last_active_ms=long_ago, entry_since_ms=now - 1, entries_waiting=1),
            Facts(),
            Facts(last_active_ms=now - SILENT_AFTER_DAYS * DAY_MS, low_score=low),
            Facts(last_active_ms=now, low_score=low),
            Facts(last_active_ms=now),
        )
    ]
    assert ranks == [1, 2, 3, 4, 5]
