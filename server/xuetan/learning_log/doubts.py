"""Times that are not to be relied on: of what was written while the phone's clock was far off, or had not been measured.

Shown times are `min(phone's time + measured offset, received)`; which of them are in doubt is decided in `identity.moment`.
"""

from sqlmodel import Session

from xuetan.learning_log import queries
from xuetan.learning_log.access import Actor, check_sees_study

WRITTEN = ("journal_saved/1", "feedback_given/1", "feedback_answered/1", "message_sent/1")


def list_doubtful_times(session: Session, actor: Actor, person_id: str) -> frozenset[tuple[str, int]]:
    """(who wrote, shown time) of what was written in a teacher's scope at a doubtful time."""
    check_sees_study(session, actor, person_id)
    return frozenset(queries.list_doubtful_times(session, person_id, WRITTEN))
