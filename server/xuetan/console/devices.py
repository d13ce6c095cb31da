"""A person's phones as the console shows them: by name, and by when each spoke last, since phones of one make have one name.

Owns the joining of devices, PIN reset codes and contacts. Whose they are was checked before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts.service import DeviceView
from xuetan.event_log import service as event_log


@dataclass(frozen=True)
class DeviceRow:
    """`last_ms`: when it spoke last, None for never. `pin_code`: what is read out for a new PIN on it, where one was asked for."""

    device: DeviceView
    last_ms: int | None
    pin_code: str


def device_rows(
    session: Session, person_id: str, devices: Sequence[DeviceView], pin_codes: Mapping[str, str]
) -> tuple[DeviceRow, ...]:
    last = {one.device_id: one.last_contact_ms for one in event_log.stream_states(session, [person_id])}
    return tuple(DeviceRow(one, last.get(one.id), pin_codes.get(one.id, "")) for one in devices)
