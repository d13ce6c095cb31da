"""Records that were signed by a key which no device of that person has: who is known all the same, and who is kept for the operator.

A root that was put back does not know who signed in since; files and hubs may hold the last copy of what they wrote. Owns
when a key is believed: when the person it names signed in with it, under whatever device id, or when the operator accepted it.
Nothing else makes a stranger's records part of anything.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlmodel import Session

from xuetan.accounts import service as accounts
from xuetan.accounts.errors import DeviceRevokedError
from xuetan.accounts.service import DeviceKey
from xuetan.contracts.sync import TransferAnswer
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried, StrangerKey
from xuetan.kernel.ids import is_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import key_id_of

QUARANTINE_FULL = "quarantine_full"
TAKE_KNOWN = "take_known_strangers"


class SomeKey(NamedTuple):
    """A key that says by itself whose it is. `is_person`: somebody of that id is here."""

    public_key: str
    of: StrangerKey
    is_person: bool


class Signers:
    """By which keys a number of transfers may be signed, as the root knows them at one moment."""

    def __init__(self, session: Session, carried: Sequence[Carried]) -> None:
        transfers = [one.transfer for one in carried]
        self._devices = accounts.find_device_keys(session, [one.device for one in transfers])
        said: dict[str, str] = {}
        for one in transfers:
            if isinstance(one.by, str) and one.by not in said:
                said[one.by] = accounts.canonical_key(one.by) or ""
        self._said: Mapping[str, str] = said
        strangers = {(one.person, key_id_of(key)) for one in transfers if (key := self._key_said(one.by))}
        self._by_key = accounts.find_devices_by_key(session, strangers)
        self._people = accounts.names_of(session, [person for person, _ in strangers])
        unowned = {key_id_of(one.public_key) for one in (*self._devices.values(), *self._by_key.values())}
        self._holders = accounts.find_holders_of_keys(session, unowned)

    def find(self, carried: Carried) -> DeviceKey | SomeKey | None:
        """Who must have signed it; None for a device that nobody knows and that names no key. An id proves nothing: after a restore
        somebody else's device may have it, or another key of the same person."""
        transfer = carried.transfer
        device = self._devices.get(transfer.device)
        key = self._key_said(transfer.by)
        if device is not None and device.person_id == transfer.person and key in ("", device.public_key):
            return device
        if not key or not is_id(transfer.person) or not is_id(transfer.device):
            return None
        of = StrangerKey(transfer.person, transfer.device, key_id_of(key))
        known = self._by_key.get((transfer.person, of.key_id))
        return known or SomeKey(key, of, transfer.person in self._people)

    def list_sharers(self, key_id: str) -> Sequence[str]:
        """Whose devices have this key: several may share a phone."""
        return self._holders.get(key_id, ())

    def _key_said(self, by: object) -> str:
        return self._said.get(by, "") if isinstance(by, str) else ""


def keep(services: Services, session: Session, carried: Carried, signer: SomeKey, now_ms: int) -> TransferAnswer:
    """Keep what a stranger signed; the answer. It proves that the root keeps it, and nothing about any stream. Whoever came to be
    believed since the signers were read, and found nothing kept then, is taken in by a job."""
    answer = TransferAnswer(carried.transfer.stream)
    kept = event_log.keep_of_stranger(
        session,
        carried,
        signer.of,
        signer.public_key,
        name=carried.name,
        is_known_person=signer.is_person,
        is_brought_home=carried.brought_by == signer.of.person_id,
        now_ms=now_ms,
    )
    if kept == "refused":
        answer.error = DeviceRevokedError.code
        return answer
    who = (signer.of.person_id, signer.of.key_id)
    if kept == "kept" and accounts.find_devices_by_key(session, [who]):
        services.jobs.enqueue(session, TAKE_KNOWN, *who)
    if kept == "full":
        answer.error = QUARANTINE_FULL
    ack = [event_log.FULL] if kept == "full" else ["aside", event_log.DEVICE_UNKNOWN]
    answer.acks = [ack for _ in carried.transfer.segs]
    return answer
