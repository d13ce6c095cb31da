"""What a person's other phones and browsers had said they hold and never sent, told to the phone that signs in.

A browser whose whole site data was cleared knows nothing of what was in it. The server was told how much there was, so it can say.
Counts only; of a device that was shut out nothing is told, for nothing of it comes in any more.
"""

from dataclasses import dataclass

from sqlmodel import Session

from xuetan.accounts import queries
from xuetan.accounts.models import Device
from xuetan.event_log import service as event_log

STREAMS_TOLD_MAX = 10


@dataclass(frozen=True)
class UnarrivedStream:
    """`head`: events that the device `name` last said the stream holds; `count` of them never came; it last spoke at `heard_ms`."""

    stream: str
    name: str
    head: int
    count: int
    heard_ms: int


def list_unarrived(session: Session, device: Device) -> list[UnarrivedStream]:
    """For this device, of all others of its person and of streams that it left itself; who was heard last comes first."""
    names = {one.id: one.name for one in queries.list_live_devices(session, device.person_id)}
    persons = [device.person_id]
    others = [one for one in event_log.stream_states(session, persons) if one.device_id != device.id and one.missing]
    found = [
        UnarrivedStream(one.stream, names[one.device_id], one.head, one.missing, one.last_contact_ms)
        for one in [*others, *event_log.left_streams(session, persons)]
        if one.device_id in names
    ]
    found.sort(key=lambda one: (-one.heard_ms, one.stream))
    return found[:STREAMS_TOLD_MAX]
