"""Taking in what was kept of a stranger, once its key is believed: the operator accepted it, or its person signed in with it.

It goes the way of everything that is carried, in a durable job that the believing transaction puts on file. Owns the order:
what is kept is dropped after it was taken, so that a crash in between takes it twice, which is once.
"""

from functools import partial

from msgspec import UNSET
from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.events import DeviceEnrolled, PersonCreated
from xuetan.accounts.service import StaffActor
from xuetan.event_log import service as event_log
from xuetan.event_log.service import StrangerKey
from xuetan.kernel.jobs import Steps
from xuetan.kernel.services import Services
from xuetan.kernel.signing import key_id_of
from xuetan.sync.strangers import TAKE_KNOWN
from xuetan.sync.transfers import take_transfers

# Transfers of one step: each is at most 64 segments.
PART = 16
NOTHING_LEFT = -1
# What had no room in its quarantine has it once the operator has answered what is there.
FIRST_AGAIN_MS = 3_600_000
AGAIN_MS = 86_400_000
TRIES_MAX = 60


def register(services: Services) -> None:
    """Let what is kept be taken in when its phone signs in."""
    services.jobs.register(TAKE_KNOWN, partial(take_known, services))
    services.database.handlers.register(DeviceEnrolled, partial(_on_device_enrolled, services))
    services.database.handlers.register(PersonCreated, _on_person_created)


def accept_stranger(
    session: Session, of: StrangerKey, device_name: str, *, actor: StaffActor, services: Services
) -> None:
    """The operator's word that this key is the person's: what it signed goes the ordinary way, soon after the commit. NotFoundError
    for nobody's key and for a person who is not here."""
    stranger = event_log.get_stranger(session, of)
    now_ms = services.clock.now_ms()
    accounts.accept_key(session, of.person_id, of.device_id, stranger.key, device_name, actor=actor, services=services)
    event_log.accept_stranger(session, of, actor.person_id, now_ms=now_ms)
    services.jobs.enqueue(session, TAKE_KNOWN, of.person_id, of.key_id)


def take_known(services: Services, steps: Steps, person_id: str, key_id: str, tries: int = 1) -> None:
    """Take in all that was kept of a key that is believed now, some at a time. What has no room in its quarantine stays, and is tried
    again after an hour, then each day for two months; a sign-in or the operator's word begins anew."""
    number = passed_over = 0
    while True:
        work = partial(take_some, services, person_id, key_id, passed_over)
        stayed = steps.run(f"take {number}", work)
        if stayed == NOTHING_LEFT:
            break
        number, passed_over = number + 1, passed_over + stayed
    if passed_over > 0 and tries < TRIES_MAX:
        steps.run("try again later", partial(_try_again_later, services, person_id, key_id, tries))


def _try_again_later(services: Services, person_id: str, key_id: str, tries: int) -> None:
    delay_ms = FIRST_AGAIN_MS if tries == 1 else AGAIN_MS
    with services.database.transaction() as session:
        services.jobs.enqueue(session, TAKE_KNOWN, person_id, key_id, tries + 1, delay_ms=delay_ms)


def take_some(services: Services, person_id: str, key_id: str, passed_over: int) -> int:
    """How many of the next few could not be taken and stay."""
    with services.database.reading() as session:
        kept = event_log.list_kept_of_stranger(session, person_id, key_id, PART, passed_over)
        is_known = bool(accounts.find_devices_by_key(session, [(person_id, key_id)]))
    if not kept or not is_known:
        return NOTHING_LEFT
    answers = take_transfers(services, kept).answers
    taken = [one for one, answer in zip(kept, answers, strict=True) if answer.error is UNSET]
    with services.database.transaction() as session:
        for one in taken:
            event_log.drop_kept_of_stranger(session, person_id, key_id, one)
    return len(kept) - len(taken)


def _on_device_enrolled(services: Services, session: Session, event: DeviceEnrolled) -> None:
    """The phone signed in again: it is no stranger any more, whatever its id was."""
    device = accounts.find_device_keys(session, [event.device_id])[event.device_id]
    key_id = key_id_of(device.public_key)
    if event_log.list_kept_of_stranger(session, event.person_id, key_id, 1):
        services.jobs.enqueue(session, TAKE_KNOWN, event.person_id, key_id)


def _on_person_created(session: Session, event: PersonCreated) -> None:
    event_log.note_person_is_here(session, event.person_id)
