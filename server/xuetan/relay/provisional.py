"""What the hub keeps and the root has not numbered, as the asker may see it.

Invariant: only of scopes that the asker reads by the mirrored roles, only under signatures of devices that the root
vouched for and did not revoke, only what the table of arrival lets in; and never with a position.
"""

import msgspec
from sqlmodel import Session

from xuetan.contracts.limits import HUB_PROVISIONAL_BYTES_MAX
from xuetan.contracts.sync import ProvisionalEntry, SegmentHeader
from xuetan.event_log import service as event_log
from xuetan.kernel.ids import b64url_encode, h16
from xuetan.kernel.sql import run_in
from xuetan.relay.holding import Asker

SEGMENTS_MAX = 2_000
_UNNUMBERED = """
SELECT s.stream, s.first, s.n, s.prev, s.hash, s.body, s.gone, t.person_id, t.received_ms FROM relay_segment s
JOIN relay_transfer t ON t.number = s.transfer
JOIN relay_device d ON d.device_id = s.device_id AND d.person_id = t.person_id AND NOT d.revoked
WHERE s.scope = ? AND NOT s.numbered AND t.known AND s.device_id <> ?
AND (s.answer IS NULL OR s.answer IN ('ok', 'dup', 'gap'))
AND NOT EXISTS (SELECT 1 FROM log_entry e WHERE e.stream = s.stream AND e.person_id <> t.person_id)
ORDER BY s.transfer DESC, s.first DESC LIMIT ?
"""


def list_provisional(session: Session, asker: Asker) -> tuple[str, list[ProvisionalEntry]]:
    """A tag of the list, and the list: the oldest first, the newest of it if there is more than fits."""
    run = run_in(session)
    following = event_log.read_following(session, asker.person_id)
    found: list[tuple[int, ProvisionalEntry]] = []
    seen: set[tuple[str, int, str]] = set()
    for _number, scope, _role in following.scopes:
        floor = following.bounded.get(scope, event_log.EVERYTHING)
        for stream, first, n, prev, hash_, kept, was_gone, person, at in run(
            _UNNUMBERED, (scope, asker.device_id, SEGMENTS_MAX)
        ).fetchall():
            if (stream, first, hash_) in seen:
                continue
            seen.add((stream, first, hash_))
            # What waits sealed because the root takes it so alone.
            left = event_log.erasing.left_of(session, scope, person, stream, first, hash_, bytes(kept))
            body, gone = (left.body, was_gone or left.sha256) if left else (kept, was_gone)
            header = SegmentHeader(scope, first, n, prev, hash_, len(body))
            if gone is not None:
                header.gone = b64url_encode(bytes(gone))
            floor_ms = 0 if person == asker.person_id else floor.ms
            entry = event_log.judge_unnumbered(session, person, stream, header, bytes(body), at, floor_ms)
            if entry is not None:
                found.append((at, entry))
    return _fitting(found)


def _fitting(found: list[tuple[int, ProvisionalEntry]]) -> tuple[str, list[ProvisionalEntry]]:
    found.sort(key=lambda one: (-one[0], one[1].s, -one[1].f))
    fitting: list[ProvisionalEntry] = []
    size = 0
    parts = []
    for _at, entry in found:
        encoded = msgspec.json.encode(entry)
        size += len(encoded) + 1
        if size > HUB_PROVISIONAL_BYTES_MAX:
            break
        parts.append(encoded)
        fitting.append(entry)
    return h16(b"\n".join(parts)), fitting[::-1]
