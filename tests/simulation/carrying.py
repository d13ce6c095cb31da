"""What a simulated device gives to somebody who carries it: its sealed segments, signed by its key."""

from __future__ import annotations

from tests.simulation.device import DeviceSimulator
from tests.simulation.sealing import LocalStream
from xuetan.contracts.limits import TRANSFER_SEGMENTS_MAX
from xuetan.contracts.sync import SegmentHeader, Transfer
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.event_log.transfers import owned_message


def give(device: DeviceSimulator, stream: LocalStream | None = None, first: int = 0) -> list[Carried]:
    """Transfers of one stream from this event on."""
    stream = stream or device.stream
    stream.seal()
    segments = stream.segments_from(first)
    return [
        sign(device, stream, segments[start : start + TRANSFER_SEGMENTS_MAX])
        for start in range(0, len(segments), TRANSFER_SEGMENTS_MAX)
    ]


def sign(device: DeviceSimulator, stream: LocalStream, segments: list[tuple[SegmentHeader, bytes]]) -> Carried:
    """One transfer of just these segments."""
    assert device.key is not None
    headers = [header for header, _ in segments]
    next_, chain = headers[-1].first + headers[-1].n, headers[-1].hash
    end = (stream.stream, next_, chain)
    signature = device.key.sign(event_log.transfer_message(*end))
    owned = device.key.sign(owned_message(device.person_id, device.device_id, *end))
    transfer = Transfer(
        device.person_id,
        device.device_id,
        stream.stream,
        len(stream.events),
        next_,
        chain,
        signature,
        headers,
        owned,
    )
    return Carried(transfer, [body for _, body in segments])
