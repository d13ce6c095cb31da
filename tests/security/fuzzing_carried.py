"""What must hold of any bytes that somebody carries: `.xtsync` files, the frames in them, hubs' questions, and what hubs bring to the root.

Imported by `fuzzing` under its instruments. Whatever comes is refused in our own words, or fits together and can be judged.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xuetan.contracts.limits import HUB_TRANSFERS_MAX, TRANSFERS_MAX, TRANSFERS_SEGMENTS_MAX, XTSYNC_NAME_CHARACTERS_MAX
from xuetan.contracts.sync import HubHolds, HubSyncHeader
from xuetan.event_log import mirror, transfers
from xuetan.event_log.transfers import Author, Carried
from xuetan.kernel.errors import AppError
from xuetan.sync import files, frames, hub_papers

GOLDEN = Path(__file__).resolve().parents[2] / "contracts" / "golden"
KEY = str(json.loads((GOLDEN / "transfers.json").read_text("utf-8"))["device_key"])
AUTHOR = Author("p" * 22, "d" * 22, KEY, revoked=False)


def try_transfers(data: bytes) -> None:
    carried = _decoded(lambda: frames.decode_transfers(data))
    if carried is not None:
        _judge(carried, data)


def try_question(data: bytes) -> None:
    decoded = _decoded(lambda: hub_papers.decode_question(data))
    if decoded is not None:
        header, carried = decoded
        assert len(header.transfers) == len(carried) <= HUB_TRANSFERS_MAX
        assert all(abs(number) < 1 << 53 for pair in header.cur for number in pair)
        _judge(carried, data)


def try_hub_sync(data: bytes) -> None:
    decoded = _decoded(lambda: hub_papers.decode_hub_sync(data))
    if decoded is not None:
        header, carried = decoded
        assert len(header.transfers) == len(carried)
        assert all(isinstance(scope, str) and position >= 0 for scope, position in header.cur)
        _judge(carried, data)


def try_file(data: bytes) -> None:
    file = _decoded(lambda: files.read_file(data))
    if file is None:
        return
    assert len(file.header.name) <= XTSYNC_NAME_CHARACTERS_MAX
    assert file.open_part + file.sealed == data[: len(file.open_part) + len(file.sealed)]
    file.header.name.encode()
    for key in (KEY, file.header.by, file.header.reply):
        if isinstance(key, str):
            file.is_signed_by(key)


def _decoded(decode: Callable[[], Any]) -> Any:
    try:
        return decode()
    except AppError as error:
        assert 400 <= error.status < 500, error
        return None


def _judge(carried: list[Carried], data: bytes) -> None:
    """As the root and hubs do with what is well signed, which anybody may sign with a key of their own."""
    assert len(carried) <= TRANSFERS_MAX
    assert sum(len(one.transfer.segs) for one in carried) <= TRANSFERS_SEGMENTS_MAX
    assert sum(len(body) for one in carried for body in one.bodies) <= len(data)
    for one in carried:
        transfer = one.transfer
        assert len(transfer.segs) == len(one.bodies)
        transfers.is_signed(transfer, transfer.by if isinstance(transfer.by, str) else KEY)
        for header, body in zip(transfer.segs, one.bodies, strict=True):
            mirror.is_segment(transfer.stream, header, body)
        if transfers.is_whole(transfer):
            transfers.check_transfer(one, AUTHOR, 7)


# ------------------------------------------------------------ examples


def _golden(name: str, *keys: str) -> list[bytes]:
    found = json.loads((GOLDEN / name).read_text("utf-8"))
    return [base64.b64decode(found[key]) for key in keys]


def golden_transfers() -> list[bytes]:
    return _golden("transfers.json", "frame")


def golden_questions() -> list[bytes]:
    return _golden("hubs.json", "plain_question")


def golden_hub_syncs() -> list[bytes]:
    (frame,) = golden_transfers()
    carried = frames.decode_transfers(frame)
    header = HubSyncHeader(
        1,
        [["u:someone", 4], ["pub", 0]],
        ["s" * 22],
        HubHolds(3, 1, 900, 7, "http://hub"),
        [one.transfer for one in carried],
    )
    header.epoch, header.reach, header.max, header.begun = "e" * 22, "r" * 22, 8_192, ["t" * 22, 100]
    return [hub_papers.encode_hub_sync(header, carried)]


def golden_files() -> list[bytes]:
    return [*_golden("files.json", "from_phone", "from_root"), *_golden("hubs.json", "question", "answer")]
