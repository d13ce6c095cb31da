"""What of mentors' feedback is shown: the newest of each row of changes. Pure.

Owns what `replaces` and `feedback_withdrawn` do; equal to the phone's feedback-chains.ts for every example of
contracts/golden/feedback_chains.json. Invariants: only the writer changes or withdraws; the order of arrival changes
nothing; of two changes made apart both are shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from xuetan.learning_log.models import Feedback

# The scope's person, the writer, the feedback: nobody stands in another's place.
Key = tuple[str, str, str]


@dataclass(frozen=True)
class FeedbackChain:
    """`earlier`: what `shown` stands for, the newest first."""

    shown: Feedback
    earlier: tuple[Feedback, ...]
    is_withdrawn: bool

    @property
    def first(self) -> Feedback:
        return self.earlier[-1] if self.earlier else self.shown

    @property
    def names(self) -> tuple[str, ...]:
        return (self.shown.feedback, *(one.feedback for one in self.earlier))


def chains_of(feedback: Iterable[Feedback], withdrawn: Iterable[Key]) -> list[FeedbackChain]:
    """The chains in the order of the feedback that is shown. Of feedback with one name the first given counts."""
    known: dict[Key, Feedback] = {}
    for one in feedback:
        known.setdefault(_key(one, one.feedback), one)
    gone = set(withdrawn)
    earlier = {key: _earlier(one, known) for key, one in known.items()}
    # Feedback that would stand for itself, over whatever way, replaces nothing.
    replaced = {key for newer, before in earlier.items() for key in before if newer not in earlier[key]}
    return [
        FeedbackChain(one, tuple(known[before] for before in earlier[key]), key in gone)
        for key, one in known.items()
        if key not in replaced
    ]


def _earlier(one: Feedback, known: dict[Key, Feedback]) -> list[Key]:
    """The keys of what this feedback stands for, over one step or more."""
    own, found = _key(one, one.feedback), list[Key]()
    at: Feedback | None = one
    while at is not None and at.replaces is not None:
        key = _key(at, at.replaces)
        if key == own or key in found or key not in known:
            break
        found.append(key)
        at = known[key]
    return found


def _key(one: Feedback, feedback: str) -> Key:
    return one.person_id, one.by_person_id, feedback
