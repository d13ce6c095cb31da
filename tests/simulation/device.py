"""A phone as far as the server can see it: seals segments, keeps cursors, believes answers exactly as
docs/sync-protocol.md says.

It talks through any client with httpx's `post(path, content=…/json=…, headers=…)`: an `httpx.Client` with a base
address or Starlette's TestClient.

    device = DeviceSimulator.enrol(client, code="ABCDE-FGHJK")
    device.record("lesson_opened/1", {"pack": "reading", "version": 1, "lesson": "first"})
    device.sync()
    device.events("u:" + device.person_id)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.sealing import LocalStream
from xuetan.contracts.sync import SyncHeader
from xuetan.event_log.segments import Event, Origin, event_hash, read_columns
from xuetan.kernel.signing import SigningKey
from xuetan.sync.frames import encode_frame

REQUESTS_MAX = 500


class SyncRefused(Exception):
    """The server answered with an error: its status and its one shape."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('code')}")
        self.status = status
        self.code = body.get("code")
        self.body = body


@dataclass(frozen=True)
class PulledEvent:
    """One event as this device sees it, whoever wrote it. `position` is None while only this device has it."""

    scope: str
    stream: str
    seq: int
    kind: str
    ts: int
    payload: dict[str, Any]
    origin: Origin | None
    by: str
    role: str | None = None
    after: bool = False
    position: int | None = None


@dataclass
class DeviceSimulator:
    client: Any
    person_id: str
    token: str
    device_id: str = ""
    key: SigningKey | None = None
    now_ms: Callable[[], int] = lambda: 1_770_000_000_000
    pull_bytes_max: int = 65_536
    segments_max: int = 64
    # What the phone measured that must be added to its times.
    clock_offset_ms: int = 0
    streams: list[LocalStream] = field(default_factory=lambda: [LocalStream()])
    epoch: str | None = None
    follow_version: int = 0
    follow: dict[int, tuple[str, str]] = field(default_factory=dict)
    cursors: dict[int, int] = field(default_factory=dict)
    # By (follow number, position): a scope that comes back under another number is pulled again.
    entries: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    replies: list[dict[str, Any]] = field(default_factory=list)
    enrolment: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def enrol(
        cls,
        client: Any,
        code: str,
        *,
        name: str = "phone",
        key: SigningKey | None = None,
        file_key: str = "",
        **more: Any,
    ) -> DeviceSimulator:
        """Sign a new device in with a code, through the real endpoint."""
        key = key or SigningKey.generate()
        request = {"code": code, "public_key": key.spki, "device_name": name, "file_key": file_key}
        answer = client.post("/api/1/enrol", json=request)
        if answer.status_code != 200:
            raise SyncRefused(answer.status_code, answer.json())
        body = answer.json()
        return cls(client, body["person"], body["token"], body["device"], key, enrolment=body, **more)

    @property
    def stream(self) -> LocalStream:
        """The stream that new events are appended to."""
        return self.streams[-1]

    @property
    def own_scope(self) -> str:
        return f"u:{self.person_id}"

    @property
    def waiting(self) -> int:
        """How many events the server has not acknowledged."""
        return sum(max(0, one.end - one.acknowledged) for one in self.streams)

    def record(self, kind: str, payload: dict[str, Any], *, scope: str | None = None, ts: int | None = None) -> int:
        """Write an event on the phone; its seq. Nothing is sent."""
        event = Event(kind, self.now_ms() if ts is None else ts, payload)
        return self.stream.append(scope or self.own_scope, event)

    def renew_session(self) -> None:
        """A new token, for the device key."""
        assert self.key is not None
        nonce = self._post_json("/api/1/session/nonce", {"device": self.device_id})["nonce"]
        signature = self.key.sign(b"xuetan-session/1\n" + nonce.encode())
        answer = self._post_json("/api/1/session", {"device": self.device_id, "nonce": nonce, "signature": signature})
        self.token = answer["token"]

    def sync(self) -> list[dict[str, Any]]:
        """Exchange until nothing waits and nothing is left to pull; all answers."""
        before = len(self.replies)
        for _ in range(REQUESTS_MAX):
            known = self.epoch
            reply = self.exchange()
            settled = reply.get("epoch", known) == known and all(one.acknowledged >= one.end for one in self.streams)
            if settled and not any(part in reply for part in ("more", "entries", "follow")):
                return self.replies[before:]
        raise AssertionError(f"no rest after {REQUESTS_MAX} exchanges: {self.replies[-1]}")

    def exchange(self) -> dict[str, Any]:
        """One request and its answer, applied."""
        stream = self._next_stream()
        reply = self.send(self.frame(stream))
        self.apply(stream, reply)
        return reply

    def frame(self, stream: LocalStream | None = None) -> bytes:
        """The request that this device would send now."""
        stream = stream or self._next_stream()
        stream.seal()
        segments = stream.segments_from(stream.acknowledged)[: self.segments_max]
        header = SyncHeader(
            1,
            stream.stream,
            len(stream.events),
            [one for one, _ in segments],
            [[number, position] for number, position in sorted(self.cursors.items())],
            self.follow_version,
            max=self.pull_bytes_max,
            off=self.clock_offset_ms,
            app="1",
        )
        if self.epoch is not None:
            header.epoch = self.epoch
        return encode_frame(header, [body for _, body in segments], self.person_id)

    def send(self, frame: bytes, **headers: str) -> dict[str, Any]:
        """Any bytes to the endpoint, as this device."""
        answer = self.client.post(
            "/sync/1",
            content=frame,
            headers={"authorization": f"Bearer {self.token}", "content-type": "application/octet-stream", **headers},
        )
        if answer.status_code != 200:
            raise SyncRefused(answer.status_code, answer.json())
        reply: dict[str, Any] = answer.json()
        return reply

    def apply(self, stream: LocalStream, reply: dict[str, Any]) -> None:
        """Believe an answer."""
        self.replies.append(reply)
        epoch = reply.get("epoch", self.epoch)
        if self.epoch is not None and epoch != self.epoch:
            self._begin_epoch(epoch)
            return
        self.epoch = epoch
        if "next" in reply:
            stream.acknowledged = max(stream.acknowledged, reply["next"])
        refusal = next((ack for ack in reply.get("acks", []) if ack[0] not in ("ok", "dup", "aside")), None)
        if refusal and refusal[0] == "gap":
            stream.acknowledged = min(stream.acknowledged, refusal[1])
        if refusal and refusal[0] == "fork":
            self._begin_stream(stream, min(refusal[1], stream.acknowledged))
        if ["aside", "stream_of_another"] in reply.get("acks", []):
            self._begin_stream(stream, stream.acknowledged)
        self._apply_pull(stream, reply)

    def events(self, scope: str | None = None) -> list[PulledEvent]:
        """The events of a scope as this device sees them: what was pulled, and its own that were not yet."""
        scope = scope or self.own_scope
        found = {(event.stream, event.seq): event for event in self._own_events(scope)}
        for entry in self._entries_of(scope):
            if "f" in entry:
                for event in self._events_of(scope, entry):
                    found[event.stream, event.seq] = event
        return sorted(
            found.values(), key=lambda event: (event.position is None, event.position, event.stream, event.seq)
        )

    def rows(self, scope: str, kind: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
        """The newest body of each row of a scope, by (kind, key)."""
        newest: dict[tuple[str, str], dict[str, Any] | None] = {}
        for entry in self._entries_of(scope):
            if "k" in entry and kind in (None, entry["k"]):
                newest[entry["k"], entry["key"]] = entry.get("b")
        return {key: body for key, body in newest.items() if body is not None}

    def scopes(self) -> set[str]:
        """The scopes this device follows."""
        return {scope for scope, _ in self.follow.values()}

    def _entries_of(self, scope: str) -> list[dict[str, Any]]:
        return [entry for (number, _), entry in sorted(self.entries.items()) if self.follow[number][0] == scope]

    def _next_stream(self) -> LocalStream:
        return next((one for one in self.streams if one.acknowledged < one.end), self.stream)

    def _begin_epoch(self, epoch: str) -> None:
        self.epoch = epoch
        self.follow_version, self.follow = 0, {}
        self.cursors, self.entries = {}, {}
        for stream in self.streams:
            stream.acknowledged = 0

    def _begin_stream(self, stream: LocalStream, proven: int) -> None:
        """After a fork: keep the proven prefix under the old stream, emit the rest again in a new one."""
        rest = stream.events[proven : stream.end]
        kept = [one for one in stream.sealed if one[0].first + one[0].n <= proven]
        fresh = LocalStream()
        for index, (scope, event) in enumerate(rest):
            origin = event.origin or Origin(
                stream.stream, proven + index, event_hash(event.kind, event.ts, event.payload)
            )
            fresh.append(scope, Event(event.kind, event.ts, event.payload, origin))
        stream.sealed, stream.ends_at = kept, proven
        stream.acknowledged = min(stream.acknowledged, proven)
        position = self.streams.index(stream)
        self.streams.insert(position + 1, fresh)
        if position + 2 < len(self.streams):
            fresh.ends_at = len(fresh.events)

    def _apply_pull(self, stream: LocalStream, reply: dict[str, Any]) -> None:
        if "follow" in reply:
            self.follow_version, listed = reply["follow"]
            self.follow = {number: (scope, role) for number, scope, role in listed}
            self.cursors = {number: at for number, at in self.cursors.items() if number in self.follow}
            self.entries = {place: entry for place, entry in self.entries.items() if place[0] in self.follow}
        for entry in reply.get("entries", []):
            own = {"s": stream.stream, "by": self.person_id} if "f" in entry else {}
            self.entries[entry["r"], entry["p"]] = {**own, **entry}
            self.cursors[entry["r"]] = max(self.cursors.get(entry["r"], 0), entry["p"])

    def _own_events(self, scope: str) -> list[PulledEvent]:
        return [
            PulledEvent(scope, one.stream, seq, event.kind, event.ts, event.payload, event.origin, self.person_id)
            for one in self.streams
            for seq, (to, event) in enumerate(one.events[: one.end])
            if to == scope
        ]

    def _events_of(self, scope: str, entry: dict[str, Any]) -> list[PulledEvent]:
        if "d" in entry:
            decoded: list[Event | None] = read_columns(_json(entry["d"]))
        else:
            own = next(one for one in self.streams if one.stream == entry["s"])
            decoded = [event for _, event in own.events[entry["f"] : entry["f"] + entry["n"]]]
        return [
            PulledEvent(
                scope,
                entry["s"],
                entry["f"] + index,
                event.kind,
                event.ts,
                event.payload,
                event.origin,
                entry["by"],
                entry.get("role", self.follow[entry["r"]][1]),
                entry.get("after", False),
                entry["p"],
            )
            for index, event in enumerate(decoded)
            if event is not None and entry["f"] + index not in entry.get("x", [])
        ]

    def _post_json(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        if answer.status_code != 200:
            raise SyncRefused(answer.status_code, answer.json())
        found: dict[str, Any] = answer.json()
        return found


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False).encode()
