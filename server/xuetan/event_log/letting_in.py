"""Letting in by itself what was set aside for want of a role, in the transaction that gives the role.

A root that was put back forgets roles, and people write before anybody entered what they are. Owns that nobody has to open and
release each of it by hand. Invariants: nothing comes in that the table of arrival would not take from its writer today, nor what
was too long, which is the operator's word alone, nor what the operator answered; one transaction lets in a bounded part, a durable job
the rest.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlmodel import Session

from xuetan.event_log.entries import Run
from xuetan.event_log.errors import NothingToReleaseError
from xuetan.event_log.examine import KIND_NOT_PERMITTED
from xuetan.event_log.ingest import NOT_PERMITTED
from xuetan.event_log.kind_rules import RULES
from xuetan.event_log.quarantine import AsideKey, release
from xuetan.event_log.scopes import letter_of
from xuetan.kernel.database import call_after_commit
from xuetan.kernel.events import publish
from xuetan.kernel.jobs import Steps
from xuetan.kernel.services import Services
from xuetan.kernel.sql import run_in

# Items of one transaction; each is a segment at most.
TOGETHER = 50
REST = "let_in_for_role"
# Who let it in, where an operator's id stands otherwise.
BY_ROLE = "role"
NOTHING_LEFT = -1
_WAITING = """
SELECT person_id, stream, seq, hash, device_id FROM log_set_aside
WHERE person_id = ? AND scope = ? AND code IN (?, ?) AND released_ms IS NULL
AND answered_ms IS NULL
ORDER BY stream, seq, hash, device_id LIMIT ? OFFSET ?
"""


@dataclass(frozen=True)
class LetIn:
    """Something of this person came into this scope by a role. `stayed`: how many were looked at and stay; `is_more`: others were not
    looked at yet."""

    scope: str
    person_id: str
    stayed: int
    is_more: bool
    now_ms: int


class _Looked(NamedTuple):
    let_in: int
    stayed: int
    is_more: bool


def let_in_for_role(session: Session, scope: str, person_id: str, role: str, now_ms: int) -> None:
    """To be called after a role was given."""
    if role not in RULES.writers.get(letter_of(scope), frozenset()):
        return
    looked = _look(run_in(session), scope, person_id, 0, now_ms)
    if looked.let_in or looked.is_more:
        publish(session, LetIn(scope, person_id, looked.stayed, looked.is_more, now_ms))


def register(services: Services) -> None:
    """Let the rest come in after the commit."""
    services.jobs.register(REST, partial(_let_in_rest, services))
    services.database.handlers.register(LetIn, partial(_on_let_in, services))


def _look(run: Run, scope: str, person_id: str, passed_over: int, now_ms: int) -> _Looked:
    rows = run(_WAITING, (person_id, scope, NOT_PERMITTED, KIND_NOT_PERMITTED, TOGETHER + 1, passed_over)).fetchall()
    let_in = 0
    for row in rows[:TOGETHER]:
        try:
            release(run, AsideKey(*row), by=BY_ROLE, now_ms=now_ms, is_operators_word=False)
        except NothingToReleaseError:
            continue
        let_in += 1
    return _Looked(let_in, len(rows[:TOGETHER]) - let_in, len(rows) > TOGETHER)


def _on_let_in(services: Services, session: Session, event: LetIn) -> None:
    call_after_commit(session, services.log.wake)
    if event.is_more:
        services.jobs.enqueue(session, REST, event.scope, event.person_id, event.stayed)


def _let_in_rest(services: Services, steps: Steps, scope: str, person_id: str, passed_over: int) -> None:
    number = 0
    while passed_over != NOTHING_LEFT:
        work = partial(let_in_some, services, scope, person_id, passed_over)
        number, passed_over = number + 1, steps.run(f"let in {number}", work)


def let_in_some(services: Services, scope: str, person_id: str, passed_over: int) -> int:
    """How many are to be passed over by the next; `NOTHING_LEFT` when all were looked at."""
    with services.database.transaction() as session:
        looked = _look(run_in(session), scope, person_id, passed_over, services.clock.now_ms())
    services.log.wake()
    return passed_over + looked.stayed if looked.is_more else NOTHING_LEFT
