"""What hostile requests are made of: frames and segments whose hash is right and whose content is not, and values that break programs."""

from __future__ import annotations

import json
import secrets
import struct
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.security.estate import Estate
from tests.simulation.device import DeviceSimulator
from xuetan.contracts.error_codes import ERROR_CODES
from xuetan.contracts.sync import SegmentHeader, SyncHeader
from xuetan.event_log.segments import deflate, read_columns, segment_hash
from xuetan.kernel.ids import new_id
from xuetan.sync.frames import encode_frame

FEW = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
HUGE = (-1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400)
ODD_TEXTS = (
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "﷽" * 50,
    "'; DROP TABLE account_person; --",
    "{0}{x.__class__}",
    "%s%n",
)


def is_in_our_shape(answer: Any) -> bool:
    body = answer.json()
    known = ERROR_CODES.get(body.get("code", ""))
    return (
        known is not None
        and set(body) == {"code", "message", "retry", "details", "request_id"}
        and known.retry == body["retry"]
    )


def check_refused(answer: Any, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400, 401, 403, 404, 405, 413, 422, 429)), answer.text[:500]
    assert is_in_our_shape(answer), answer.text[:500]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(HUGE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def push(phone: DeviceSimulator, body: bytes, **headers: str) -> Any:
    return phone.client.post("/sync/1", content=body, headers={"authorization": f"Bearer {phone.token}", **headers})


def frame_of(header: object) -> bytes:
    """A header with as many ids behind it as its segments ask for; text that is given as bytes stands alone."""
    if isinstance(header, bytes):
        return struct.pack("<I", len(header)) + header
    text = json.dumps(list(header.values()) if isinstance(header, dict) else header).encode()
    segments = header.get("segs") if isinstance(header, dict) else []
    count = 1 + len(segments) if isinstance(segments, list) else 1
    return struct.pack("<I", len(text)) + text + secrets.token_bytes(16) + bytes(16) + secrets.token_bytes(16) * count


def good_header(**more: Any) -> dict[str, Any]:
    """The parts of a header in their order."""
    return {
        "v": 1,
        "head": 0,
        "follow": 0,
        "cur": [],
        "off": None,
        "max": 8_192,
        "app": "",
        "first": 0,
        "segs": [],
        **more,
    }


# Cursors beyond every position; a reader of its own pulls and looks at what came.
NOTHING_TO_PULL = [[number, 1 << 50] for number in range(1, 20)]


def seal(phone: DeviceSimulator, text: bytes, n: int) -> tuple[str, SegmentHeader, bytes]:
    stream, body = new_id(), deflate(text)
    scope = phone.own_scope
    return stream, SegmentHeader(scope, 0, n, "", segment_hash(stream, scope, 0, n, "", body), len(body)), body


def push_text(phone: DeviceSimulator, text: bytes, n: int) -> tuple[str, SegmentHeader, Any]:
    """A segment of these columns whose hash is right, in a stream of its own."""
    stream, header, body = seal(phone, text, n)
    answer = push(phone, encode_frame(SyncHeader(1, stream, n, [header], NOTHING_TO_PULL, 0), [body], phone.person_id))
    assert answer.status_code == 200, answer.text
    return stream, header, answer.json()["acks"][0]


def check_nobody_is_stuck(estate: Estate, phone: DeviceSimulator, stream: str, before: SegmentHeader) -> None:
    """The stream goes on, the person's other phone pulls and reads all there is, and the projections take it."""
    text = (
        b'{"v":1,"t":[1],"s":[["lesson_opened/1","pack","version","lesson"]],"i":[0],"d":[[],[],[]],'
        b'"x":[["p1"],[1],["l1"]]}'
    )
    body, first = deflate(text), before.first + before.n
    hash_ = segment_hash(stream, before.scope, first, 1, before.hash, body)
    after = SegmentHeader(before.scope, first, 1, before.hash, hash_, len(body))
    answer = push(
        phone, encode_frame(SyncHeader(1, stream, first + 1, [after], NOTHING_TO_PULL, 0), [body], phone.person_id)
    )
    assert answer.status_code == 200
    assert answer.json()["acks"] == [["ok"]]
    reader = estate.phones.setdefault(
        f"reader of {phone.person_id}", DeviceSimulator(phone.client, phone.person_id, phone.token, now_ms=phone.now_ms)
    )
    for reply in reader.sync():
        for entry in reply.get("entries", []):
            if "d" in entry:
                read_columns(json.dumps(entry["d"]).encode())
    estate.county.services.log.project_now()


def columns(value: str, *, kind: str = "message_sent/1", fields: tuple[str, ...] = ("message", "text")) -> bytes:
    """One event whose last field holds this JSON."""
    names = json.dumps([kind, *fields])
    first = '["MMMMMMMMMMMMMMMM"],' if len(fields) > 1 else ""
    picks = ",".join("[]" for _ in fields)
    text = f'{{"v":1,"t":[1],"s":[{names}],"i":[0],"d":[{picks}],"x":[{first}[{value}]]}}'
    return text.encode("utf-8", "surrogatepass")
