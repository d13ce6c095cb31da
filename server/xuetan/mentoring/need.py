"""Who needs the mentor first, and why, in words.

Owns the rule from what is known of a teacher to a rank and a message key. Reads nothing and asks no clock: facts and
time are passed in. Invariant: pure, and equal to pwa/src/domain/need.ts for every example of
contracts/golden/need.json; docs/decisions/0021-need.md explains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

DAY_MS = 86_400_000
SILENT_AFTER_DAYS = 14
LOW_SCORE_BELOW = 0.6
LOW_SCORE_TRIES_MIN = 2


@dataclass(frozen=True)
class Head:
    """A version of an entry that is shown, and whether any mentor has given feedback on this very version."""

    entry: str
    at_ms: int
    reviewed: bool


@dataclass(frozen=True)
class Said:
    """Something said in the thread of teacher and mentors: a message, feedback, or an answer to feedback. In the
    scope's order. `message`: it is a message, which asks for one in return; what is said of an entry answers none.
    """

    by_mentor: bool
    at_ms: int
    message: bool


@dataclass(frozen=True)
class QuizTry:
    """One finished attempt at a lesson's quiz; `share` is the score over the best possible one."""

    pack: str
    lesson: str
    share: float


@dataclass(frozen=True)
class LowScore:
    pack: str
    lesson: str
    count: int


@dataclass(frozen=True)
class Facts:
    """What the caseload knows of one teacher."""

    last_active_ms: int | None = None
    entries_waiting: int = 0
    entry_since_ms: int | None = None
    messages_waiting: int = 0
    message_since_ms: int | None = None
    low_score: LowScore | None = None


@dataclass(frozen=True)
class Need:
    """Smaller rank first, then older `since_ms` first. `params` fill the message `reason_key`."""

    rank: int
    reason_key: str
    since_ms: int
    params: dict[str, str | int] = field(default_factory=dict)


def derive_facts(
    *, last_active_ms: int | None, heads: Iterable[Head], said: Sequence[Said], tries: Iterable[QuizTry]
) -> Facts:
    """Facts from what the teacher's scope holds."""
    waiting: dict[str, int] = {}
    for head in heads:
        if not head.reviewed:
            waiting[head.entry] = min(head.at_ms, waiting.get(head.entry, head.at_ms))
    unanswered = _unanswered(said)
    return Facts(
        last_active_ms=last_active_ms,
        entries_waiting=len(waiting),
        entry_since_ms=min(waiting.values(), default=None),
        messages_waiting=len(unanswered),
        message_since_ms=min((word.at_ms for word in unanswered), default=None),
        low_score=_lowest(tries),
    )


def assess_need(facts: Facts, now_ms: int) -> Need:
    """The one reason that is shown: somebody waits, never began, fell silent, struggles, or is on track."""
    message, entry, active = facts.message_since_ms, facts.entry_since_ms, facts.last_active_ms
    if message is not None and (entry is None or message <= entry):
        return _waiting("message", message, now_ms)
    if entry is not None:
        return _waiting("entry", entry, now_ms)
    if active is None:
        return Need(2, "need.never_started", 0)
    days = _days(active, now_ms)
    if days >= SILENT_AFTER_DAYS:
        return Need(3, "need.silent", active, {"count": days})
    if facts.low_score:
        low = facts.low_score
        return Need(4, "need.low_scores", active, {"pack": low.pack, "lesson": low.lesson, "count": low.count})
    return Need(5, "need.on_track", active)


def _unanswered(said: Sequence[Said]) -> list[Said]:
    """A mentor's message answers all before it; feedback only what was said of entries."""
    unanswered: list[Said] = []
    for word in said:
        if not word.by_mentor:
            unanswered.append(word)
        elif word.message:
            unanswered = []
        else:
            unanswered = [one for one in unanswered if one.message]
    return unanswered


def _lowest(tries: Iterable[QuizTry]) -> LowScore | None:
    """The lesson with the lowest best share, tried at least twice and never to `LOW_SCORE_BELOW`; the first of equals
    by name.
    """
    shares: dict[tuple[str, str], list[float]] = {}
    for attempt in tries:
        shares.setdefault((attempt.pack, attempt.lesson), []).append(attempt.share)
    low = [
        (max(found), pack, lesson, len(found))
        for (pack, lesson), found in shares.items()
        if len(found) >= LOW_SCORE_TRIES_MIN and max(found) < LOW_SCORE_BELOW
    ]
    if not low:
        return None
    _, pack, lesson, count = min(low)
    return LowScore(pack, lesson, count)


def _days(since_ms: int, now_ms: int) -> int:
    """Whole days of 24 hours; never negative, however wrong a clock was."""
    return max(0, (now_ms - since_ms) // DAY_MS)


def _waiting(what: str, since_ms: int, now_ms: int) -> Need:
    days = _days(since_ms, now_ms)
    return Need(1, f"need.{what}_waiting", since_ms, {"count": days}) if days else Need(1, f"need.{what}_new", since_ms)
