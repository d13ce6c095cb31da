"""The face of mentoring: pairs, and the caseload ordered by need.

A pair lets the mentor read and write in the teacher's scope. When it ends the mentor reads no more; what the mentor
still writes, perhaps with no network and not knowing of the end, is kept and marked.
"""

from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.events import RoleEnded
from xuetan.accounts.service import DeviceActor, PersonView, StaffActor
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Floor
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError
from xuetan.kernel.events import publish
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services
from xuetan.kernel.text import well_formed
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.service import CaseloadFacts
from xuetan.mentoring import queries
from xuetan.mentoring.errors import AlreadyPairedError, OwnPairError
from xuetan.mentoring.events import PairCreated, PairEnded
from xuetan.mentoring.models import Pair
from xuetan.mentoring.need import Facts, Head, Need, QuizTry, Said, assess_need, derive_facts

GOALS_CHARACTERS_MAX = 1000


@dataclass(frozen=True)
class PairView:
    """A pair with the names of both."""

    id: str
    mentor: PersonView
    teacher: PersonView
    goals: str
    started_ms: int
    ended_ms: int | None
    reads_all: bool


@dataclass(frozen=True)
class CaseloadLine:
    """A teacher in a mentor's caseload: why they stand where they stand, and the counts beside it."""

    pair: PairView
    need: Need
    facts: Facts
    entries: int
    lessons_finished: int


def create_pair(
    session: Session,
    actor: StaffActor,
    mentor_id: str,
    teacher_id: str,
    goals: str,
    *,
    now_ms: int,
    reads_all: bool = True,
) -> PairView:
    """Pair two people of the actor's subtree, neither of them the actor. The mentor may read the teacher's scope from now on: all of
    it, what is past included, or what is written from now on.
    """
    mentor = accounts.get_person(session, actor, mentor_id)
    teacher = accounts.get_person(session, actor, teacher_id)
    goals = well_formed(goals).strip()
    if mentor_id == teacher_id or len(goals) > GOALS_CHARACTERS_MAX:
        raise InvalidRequestError(details={"fields": ["mentor_id", "goals"]})
    if "mentor" not in mentor.roles or "teacher" not in teacher.roles:
        raise ForbiddenError
    if actor.person_id in (mentor_id, teacher_id):
        raise OwnPairError
    if queries.find_active_pair(session, mentor_id, teacher_id) is not None:
        raise AlreadyPairedError
    pair = Pair(
        id=new_id(),
        organisation_id=teacher.organisation_id,
        mentor_id=mentor_id,
        teacher_id=teacher_id,
        goals=goals,
        started_ms=now_ms,
        started_by=actor.person_id,
        reads_all=reads_all,
        started_position=event_log.read_head(session, f"u:{teacher_id}"),
    )
    session.add(pair)
    session.flush()
    event_log.add_member(session, f"u:{teacher_id}", mentor_id, "mentor", now_ms=now_ms, floor=_floor_of(pair))
    _tell_pair(session, pair, mentor, teacher, now_ms)
    publish(session, PairCreated(pair.id, mentor_id, mentor.name, teacher_id, teacher.name, now_ms))
    return _view(pair, mentor, teacher)


def change_reading(session: Session, actor: StaffActor, pair_id: str, *, reads_all: bool, now_ms: int) -> PairView:
    """Let the mentor of a pair read everything, or what was written from the pairing on. Where it is less than before, the mentor's
    phones drop what they had at their next contact, and read anew. Of a pair that has ended nothing changes."""
    pair = queries.get_pair(session, actor, pair_id)
    if actor.person_id in (pair.mentor_id, pair.teacher_id):
        raise OwnPairError
    mentor = accounts.describe_person(session, pair.mentor_id)
    teacher = accounts.describe_person(session, pair.teacher_id)
    if pair.ended_ms is None and pair.reads_all != reads_all:
        pair.reads_all = reads_all
        session.add(pair)
        session.flush()
        event_log.set_floor(session, f"u:{pair.teacher_id}", pair.mentor_id, _floor_of(pair), now_ms=now_ms)
        _tell_pair(session, pair, mentor, teacher, now_ms)
    return _view(pair, mentor, teacher)


def end_pair(session: Session, actor: StaffActor, pair_id: str, *, now_ms: int) -> None:
    """End a pair: the mentor's phone forgets the teacher's scope, except what it wrote itself. Ending twice changes
    nothing.
    """
    pair = queries.get_pair(session, actor, pair_id)
    if pair.ended_ms is None:
        _end(session, pair, now_ms)


def register(services: Services) -> None:
    """End the pairs of who is no mentor any more: the role is what lets them read."""

    def end_pairs(session: Session, ended: RoleEnded) -> None:
        if ended.role == "mentor":
            for pair in queries.list_active_pairs_of_mentor(session, ended.person_id):
                _end(session, pair, ended.now_ms)

    services.database.handlers.register(RoleEnded, end_pairs)


def _end(session: Session, pair: Pair, now_ms: int) -> None:
    pair.ended_ms = now_ms
    session.add(pair)
    session.flush()
    event_log.end_member(session, f"u:{pair.teacher_id}", pair.mentor_id, "mentor", now_ms=now_ms)
    mentor = accounts.describe_person(session, pair.mentor_id)
    teacher = accounts.describe_person(session, pair.teacher_id)
    _tell_pair(session, pair, mentor, teacher, now_ms)
    publish(session, PairEnded(pair.id, pair.mentor_id, mentor.name, pair.teacher_id, teacher.name, now_ms))


def list_pairs(
    session: Session, actor: StaffActor | DeviceActor, *, mentor_id: str | None = None, active_only: bool = False
) -> list[PairView]:
    """Pairs whose teacher is in the actor's subtree; on a phone, the actor's own. Oldest first."""
    pairs = queries.list_pairs(session, actor, mentor_id=mentor_id, active_only=active_only)
    people = {
        person_id: accounts.describe_person(session, person_id)
        for person_id in {pair.mentor_id for pair in pairs} | {pair.teacher_id for pair in pairs}
    }
    return [_view(pair, people[pair.mentor_id], people[pair.teacher_id]) for pair in pairs]


def list_mentor_ids(session: Session, teacher_id: str) -> list[str]:
    """Who mentors this teacher now, for a domain that has something to tell them."""
    return queries.list_mentor_ids(session, teacher_id)


def list_caseload(
    session: Session, actor: StaffActor | DeviceActor, mentor_id: str, *, now_ms: int
) -> list[CaseloadLine]:
    """A mentor's teachers, who needs the mentor most first. For the mentor, and for staff who see the teachers."""
    pairs = list_pairs(session, actor, mentor_id=mentor_id, active_only=True)
    known = learning_log.caseload_facts(session, actor, [pair.teacher.id for pair in pairs])
    lines = [_line(pair, known[pair.teacher.id], now_ms) for pair in pairs]
    return sorted(lines, key=lambda line: (line.need.rank, line.need.since_ms, line.pair.teacher.name))


def _line(pair: PairView, known: CaseloadFacts, now_ms: int) -> CaseloadLine:
    facts = derive_facts(
        last_active_ms=known.last_active_ms,
        heads=[Head(one.entry, one.at_ms, one.reviewed) for one in known.heads],
        said=[Said(one.by_mentor, one.at_ms, one.message) for one in known.said],
        tries=[QuizTry(one.pack, one.lesson, one.share) for one in known.tries],
    )
    return CaseloadLine(pair, assess_need(facts, now_ms), facts, known.entries, known.lessons_finished)


def _tell_pair(session: Session, pair: Pair, mentor: PersonView, teacher: PersonView, now_ms: int) -> None:
    row: dict[str, object] = {
        "mentor": mentor.id,
        "mentor_name": mentor.name,
        "teacher": teacher.id,
        "teacher_name": teacher.name,
        "teacher_organisation": teacher.organisation_name,
        "active": pair.ended_ms is None,
        "goals": pair.goals,
    }
    if not pair.reads_all:
        row["reads_from_ms"] = pair.started_ms
    for person_id in (mentor.id, teacher.id):
        event_log.append_row(session, f"p:{person_id}", "pair", pair.id, row, now_ms=now_ms)


def _view(pair: Pair, mentor: PersonView, teacher: PersonView) -> PairView:
    return PairView(pair.id, mentor, teacher, pair.goals, pair.started_ms, pair.ended_ms, pair.reads_all)


def _floor_of(pair: Pair) -> Floor:
    return event_log.EVERYTHING if pair.reads_all else Floor(pair.started_position, pair.started_ms)
