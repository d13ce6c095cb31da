"""Who is told what when something happens: one function an event, run in the event's transaction.

Owns the choice of people, words and place in the app; `wiring` calls `register`. Each fact is told to a person once,
under the key that the event carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.events import DeviceEnrolled, DeviceRevoked
from xuetan.kernel.services import Services
from xuetan.learning_log.events import FeedbackAnswerArrived, FeedbackArrived, JournalArrived, MessageArrived
from xuetan.mentoring import service as mentoring
from xuetan.mentoring.events import PairCreated, PairEnded
from xuetan.notifications.jobs import PUSH, push_notification
from xuetan.notifications.service import drop_device, notify
from xuetan.programmes.events import PackAssigned, PackUpdated


def register(services: Services) -> None:
    """Let pushes be sent and events be told."""
    services.jobs.register(PUSH, partial(push_notification, services))
    handlers: tuple[tuple[type[Any], Callable[[Services, Session, Any], None]], ...] = (
        (DeviceEnrolled, on_device_enrolled),
        (DeviceRevoked, on_device_revoked),
        (PackAssigned, on_pack_assigned),
        (PackUpdated, on_pack_updated),
        (PairCreated, on_pair_created),
        (PairEnded, on_pair_ended),
        (JournalArrived, on_journal_arrived),
        (FeedbackArrived, on_feedback_arrived),
        (FeedbackAnswerArrived, on_feedback_answer_arrived),
        (MessageArrived, on_message_arrived),
    )
    for event_type, handler in handlers:
        services.database.handlers.register(event_type, partial(handler, services))


def on_device_enrolled(services: Services, session: Session, event: DeviceEnrolled) -> None:
    if not event.is_first:
        params = {"device": event.device_name, "phone": event.device_id}
        notify(
            session, services, event.person_id, "inbox.new_device", params, link="/settings", once_key=event.device_id
        )


def on_device_revoked(_services: Services, session: Session, event: DeviceRevoked) -> None:
    drop_device(session, event.device_id)


def on_pack_assigned(services: Services, session: Session, event: PackAssigned) -> None:
    key = f"{event.cohort_id} {event.slug} {event.now_ms}"
    _tell_of_pack(services, session, event, "inbox.pack_assigned", {"by": event.by_name}, once_key=key)


def on_pack_updated(services: Services, session: Session, event: PackUpdated) -> None:
    """Whoever has the pack in two classes is told of a version once."""
    _tell_of_pack(services, session, event, "inbox.pack_updated", {}, once_key=f"{event.slug} {event.version}")


def on_pair_created(services: Services, session: Session, event: PairCreated) -> None:
    mentor, teacher = {"mentor": event.mentor_name}, {"teacher": event.teacher_name}
    link = f"/teachers/{event.teacher_id}"
    notify(
        session,
        services,
        event.teacher_id,
        "inbox.paired_with_mentor",
        mentor,
        link="/messages",
        once_key=event.pair_id,
    )
    notify(session, services, event.mentor_id, "inbox.paired_with_teacher", teacher, link=link, once_key=event.pair_id)


def on_pair_ended(services: Services, session: Session, event: PairEnded) -> None:
    for person_id, name in ((event.teacher_id, event.mentor_name), (event.mentor_id, event.teacher_name)):
        notify(session, services, person_id, "inbox.pair_ended", {"name": name}, link="/inbox", once_key=event.pair_id)


def on_journal_arrived(services: Services, session: Session, event: JournalArrived) -> None:
    """Mentors hear of an entry once, not of each time it is saved."""
    link = f"/teachers/{event.teacher_id}/{event.entry}"
    params = {"teacher": _name(session, event.teacher_id)}
    for mentor_id in mentoring.list_mentor_ids(session, event.teacher_id):
        notify(session, services, mentor_id, "inbox.journal_saved", params, link=link, once_key=event.entry)


def on_feedback_arrived(services: Services, session: Session, event: FeedbackArrived) -> None:
    params = {"mentor": _name(session, event.mentor_id), "feedback": event.feedback}
    link, text_key = f"/journal/{event.entry}", "inbox.feedback_changed" if event.is_change else "inbox.feedback_given"
    notify(session, services, event.teacher_id, text_key, params, link=link, once_key=event.event_key)


def on_feedback_answer_arrived(services: Services, session: Session, event: FeedbackAnswerArrived) -> None:
    """Only who is paired still: what a teacher does is no news for a mentor whose pairing ended."""
    if event.mentor_id is None or event.mentor_id not in mentoring.list_mentor_ids(session, event.teacher_id):
        return
    params = {"teacher": _name(session, event.teacher_id), "feedback": event.feedback}
    link = f"/teachers/{event.teacher_id}" + (f"/{event.entry}" if event.entry else "")
    notify(session, services, event.mentor_id, "inbox.feedback_answered", params, link=link, once_key=event.event_key)


def on_message_arrived(services: Services, session: Session, event: MessageArrived) -> None:
    params = {"by": _name(session, event.by_person_id), "message": event.message}
    if event.by_mentor:
        told: Iterable[tuple[str, str]] = [(event.teacher_id, "/messages")]
    else:
        link = f"/teachers/{event.teacher_id}"
        told = [(mentor_id, link) for mentor_id in mentoring.list_mentor_ids(session, event.teacher_id)]
    for person_id, link in told:
        notify(session, services, person_id, "inbox.message_sent", params, link=link, once_key=event.event_key)


def _tell_of_pack(
    services: Services,
    session: Session,
    event: PackAssigned | PackUpdated,
    text_key: str,
    params: Mapping[str, str],
    *,
    once_key: str,
) -> None:
    """Each in their own language, as far as the pack has it."""
    for person_id in event.person_ids:
        language = accounts.describe_person(session, person_id).language
        title = event.title.get(language) or next(iter(event.title.values()), event.slug)
        link = f"/learn/{event.slug}"
        notify(session, services, person_id, text_key, {**params, "pack": title}, link=link, once_key=once_key)


def _name(session: Session, person_id: str) -> str:
    return accounts.describe_person(session, person_id).name
