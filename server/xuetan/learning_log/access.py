"""Who may see what of one teacher's learning log. Owns the gathering of facts for `reading_rule` and the gate before
every query.

Staff see that and when something was done by the people of their subtree; a teacher and the mentors paired now see
everything in the scope. Anybody else is told that there is no such person.
"""

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.service import DeviceActor, StaffActor
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import NotFoundError
from xuetan.learning_log.reading_rule import JournalReader
from xuetan.programmes import service as programmes

Actor = StaffActor | DeviceActor


def check_sees_study(session: Session, actor: Actor, person_id: str) -> None:
    """NotFoundError unless the actor may see what this person did."""
    if isinstance(actor, StaffActor):
        accounts.get_person(session, actor, person_id)
    elif not _is_of_scope(session, actor, person_id):
        raise NotFoundError


def check_reads_thread(session: Session, actor: Actor, person_id: str) -> None:
    """NotFoundError unless the actor takes part in the thread of this teacher and the mentors. Staff never do."""
    if isinstance(actor, StaffActor) or not _is_of_scope(session, actor, person_id):
        raise NotFoundError


def reader_of(session: Session, actor: Actor, person_id: str) -> JournalReader:
    """What `may_read_entry` needs to know of the actor; NotFoundError for a stranger."""
    check_sees_study(session, actor, person_id)
    if isinstance(actor, DeviceActor):
        is_owner = actor.person_id == person_id
        return JournalReader(is_owner=is_owner, is_paired_mentor=not is_owner)
    school = accounts.get_person(session, actor, person_id).organisation_id
    classes = programmes.list_cohorts_of(session, actor, person_id)
    return JournalReader(
        trains_school=actor.may_train(school),
        trains_class=any(
            actor.may_train(programmes.get_cohort(session, actor, cohort_id).organisation_id) for cohort_id in classes
        ),
    )


def _is_of_scope(session: Session, actor: DeviceActor, person_id: str) -> bool:
    """Owner, or mentor whose pairing has not ended. Who reads from the pairing on only, reads on the phone: what is told here is made of
    all times."""
    scope = f"u:{person_id}"
    roles = event_log.roles_in(session, scope, actor.person_id).current
    if "owner" in roles:
        return True
    return "mentor" in roles and event_log.floor_of(session, scope, actor.person_id) == event_log.EVERYTHING
