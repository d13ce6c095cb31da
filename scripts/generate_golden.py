"""Writes the golden examples of the sync protocol: segments, frames, transfers, event hashes, versions, feedback.

These files of contracts/golden (their names stand in `main`) are written by the Python side and must be
reproduced by the TypeScript side byte for byte. Compressed bodies are opaque inputs: one that already stands in the
file and still holds the right text is kept, because compressors differ. Run with --check to fail when a file is not in
step.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT)]

import msgspec  # noqa: E402

from scripts import golden_carried  # noqa: E402
from tests.simulation.packing import pack  # noqa: E402
from xuetan.accounts.pin_resets import reset_code  # noqa: E402
from xuetan.contracts.sync import SegmentHeader, SyncHeader  # noqa: E402
from xuetan.event_log.segments import (  # noqa: E402
    Event,
    Origin,
    UnreadableError,
    deflate,
    event_hash,
    inflate,
    segment_hash,
    write_columns,
)
from xuetan.kernel.ids import b64url_encode, h16  # noqa: E402
from xuetan.kernel.signing import canonical_json  # noqa: E402
from xuetan.learning_log.feedback_chains import chains_of  # noqa: E402
from xuetan.learning_log.journal_graph import find_heads  # noqa: E402
from xuetan.learning_log.models import Feedback  # noqa: E402
from xuetan.sync.frames import encode_frame  # noqa: E402

GOLDEN = ROOT / "contracts" / "golden"
T0 = 1_770_000_000_000


def some_id(name: str) -> str:
    """An id that looks random and is the same each time."""
    return h16(b"golden id " + name.encode())


def some_thing(name: str) -> str:
    return some_id(name)[:16]


PERSON, OTHER, STREAM, OLD_STREAM = (some_id(name) for name in ("person", "other", "stream", "old stream"))
PHOTO = {"sha256": "0f" * 32, "bytes": 212_034, "type": "image/webp", "kind": "photo", "width": 1280, "height": 960}
PLACE = {"pack": "village-reading-ten-books", "version": 3, "lesson": "01-ten-books"}


def answered(number: int, answer: Any, score: float | None, **more: Any) -> dict[str, Any]:
    return {
        **PLACE,
        "attempt": some_thing("attempt"),
        "question": f"q{number}",
        "kind": "single",
        **more,
        "answer": answer,
        "score": score,
        "duration_ms": 4_000 + number,
    }


def journal(text: str, **more: Any) -> dict[str, Any]:
    payload = {"entry": some_thing("entry"), "parents": [], "text": text, **more}
    return {**payload, "ver": journal_version(payload)}


def journal_version(payload: dict[str, Any]) -> str:
    """H16 over the canonical form of a journal payload without `ver`."""
    return h16(canonical_json({key: value for key, value in payload.items() if key != "ver"}))


STUDY = [
    Event("lesson_opened/1", T0, dict(PLACE)),
    Event("question_answered/1", T0 + 61_000, answered(1, "a", 1)),
    Event("question_answered/1", T0 + 75_500, answered(2, ["b", "d"], 0.5)),
    Event("question_answered/1", T0 + 75_500, answered(3, True, 0, language="zh-Hans")),
    Event("question_answered/1", T0 + 74_000, answered(4, "让孩子先猜一猜。", None)),
    Event("lesson_finished/1", T0 + 90_000, {**PLACE, "language": "zh-Hans"}),
]
WRITING = [
    Event("journal_saved/1", T0 + 100_000, journal('今天两个年级一起上课。\n"安静"的十分钟 — 成了！😀 \u2028 \\ /')),
    Event("journal_saved/1", T0 + 100_001, journal("Ünïcödé, 中文, ئۇيغۇر, བོད་", prompt="p1", pack="p", lesson="l")),
    Event("journal_saved/1", T0 - 5_000, journal("", parents=[some_id("v1"), some_id("v2")])),
]
NUMBERS = [
    Event("tool_used/2", T0, {"n": 0, "half": 0.5, "third": 1 / 3, "tiny": 1e-7, "huge": 1e21, "minus": -2.5e-10}),
    Event(
        "tool_used/2", T0, {"n": 9007199254740991, "half": 100.0, "third": -1, "tiny": 5e-324, "huge": 1e20, "minus": 0}
    ),
    Event("tool_used/2", T0, {"half": 1, "n": 2}),
    Event("tool_used/2", T0, {}),
    Event("thing_nested/1", T0, {"tree": {"b": [1, {"z": None, "a": [[], {}]}], "a": "x"}, "flag": False}),
]
REPEATED = [
    Event("lesson_opened/1", T0, dict(PLACE), Origin(OLD_STREAM, 7, event_hash("lesson_opened/1", T0, PLACE))),
    Event("lesson_opened/1", T0 + 1, {**PLACE, "lesson": "02-reading-aloud"}),
    Event("message_sent/1", T0 + 2, {"message": some_thing("m"), "text": "您好"}, Origin(OLD_STREAM, 9, some_id("h"))),
]


class Bodies:
    """Compressed bodies by the text they hold, as they stand in the file."""

    def __init__(self, path: Path) -> None:
        self._known: dict[bytes, bytes] = {}
        if path.exists():
            for chain in json.loads(path.read_text("utf-8")).get("chains", []):
                for segment in chain["segments"]:
                    body = base64.b64decode(segment["body"])
                    if body[0] < 128:
                        self._keep(body)

    def _keep(self, body: bytes) -> None:
        try:
            self._known[inflate(body)] = body
        except UnreadableError:
            return

    def body_of(self, text: bytes) -> bytes:
        return self._known.get(text, None) or deflate(text)


def event_json(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": event.kind, "ts": event.ts, "payload": event.payload}
    if event.origin:
        found["origin"] = [event.origin.stream, event.origin.seq, event.origin.hash]
    return found


def chain(
    name: str, stream: str, parts: Sequence[tuple[str, Sequence[Event]]], body_of: Callable[[bytes], bytes]
) -> dict[str, Any]:
    """A stream cut into segments, each chained to the one before."""
    segments = []
    first, prev = 0, ""
    for scope, events in parts:
        columns = write_columns(events)
        body = body_of(columns)
        hash_ = segment_hash(stream, scope, first, len(events), prev, body)
        segments.append(
            {
                "scope": scope,
                "first": first,
                "n": len(events),
                "prev": prev,
                "events": [event_json(event) for event in events],
                "columns": columns.decode(),
                "body": base64.b64encode(body).decode(),
                "hash": hash_,
            }
        )
        first, prev = first + len(events), hash_
    return {"name": name, "stream": stream, "segments": segments}


def make_segments(bodies: Bodies) -> dict[str, Any]:
    return {
        "format": "xuetan-golden-segments/1",
        "chains": [
            chain("one event", some_id("short"), [(f"u:{PERSON}", STUDY[:1])], bodies.body_of),
            chain(
                "a morning's work: shapes, missing fields, clocks that go back, two scopes",
                STREAM,
                [(f"u:{PERSON}", STUDY), (f"u:{PERSON}", WRITING), (f"u:{OTHER}", STUDY[:2]), ("pub", NUMBERS)],
                bodies.body_of,
            ),
            chain("emitted again after a fork", some_id("fresh"), [(f"u:{PERSON}", REPEATED)], bodies.body_of),
            chain(
                "coded as both sides know",
                some_id("coded"),
                [(f"u:{PERSON}", STUDY), (f"u:{PERSON}", WRITING[:2]), (f"u:{PERSON}", REPEATED), ("pub", NUMBERS)],
                pack,
            ),
        ],
    }


def frame(name: str, header: SyncHeader, bodies: Sequence[bytes]) -> dict[str, Any]:
    encoded = encode_frame(header, bodies, PERSON)
    header_bytes = int.from_bytes(encoded[:4], "little")
    return {
        "name": name,
        "person": PERSON,
        "says": msgspec.to_builtins(header),
        "header": encoded[4 : 4 + header_bytes].decode(),
        "bodies": [base64.b64encode(body).decode() for body in bodies],
        "frame": base64.b64encode(encoded).decode(),
    }


def make_frames(segments: dict[str, Any]) -> dict[str, Any]:
    long_chain = segments["chains"][1]
    bodies = [base64.b64decode(one["body"]) for one in long_chain["segments"]]
    headers = [
        SegmentHeader(one["scope"], one["first"], one["n"], one["prev"], one["hash"], len(body))
        for one, body in zip(long_chain["segments"], bodies, strict=True)
    ]
    epoch = some_id("epoch")
    return {
        "format": "xuetan-golden-frames/1",
        "frames": [
            frame("the first request of a new phone", SyncHeader(1, STREAM, 0, [], [], 0), []),
            frame(
                "nothing new",
                SyncHeader(1, STREAM, 16, [], [[1, 4], [2, 9]], 3, epoch, 8192, -1200, "1.0.0"),
                [],
            ),
            frame(
                "segments of two scopes and of the open catalogue",
                SyncHeader(1, STREAM, 20, headers, [[1, 4]], 3, epoch, 65_536, 0, "1.0.0"),
                bodies,
            ),
            frame(
                "the rest of a stream",
                SyncHeader(1, STREAM, 20, headers[2:], [[1, 4]], 3, epoch, 8192),
                bodies[2:],
            ),
        ],
    }


def make_event_hashes() -> dict[str, Any]:
    events = [*STUDY, *WRITING, *NUMBERS]
    return {
        "format": "xuetan-golden-event-hashes/1",
        "events": [{**event_json(event), "hash": event_hash(event.kind, event.ts, event.payload)} for event in events],
    }


def make_journal_versions() -> dict[str, Any]:
    payloads = [
        {"entry": some_thing("entry"), "parents": [], "text": "第一稿"},
        {"text": "第一稿", "parents": [], "entry": some_thing("entry")},
        {"entry": some_thing("entry"), "parents": sorted([some_id("v1"), some_id("v2")]), "text": "合在一起\n第二行"},
        {
            "entry": some_thing("other"),
            "parents": [some_id("v1")],
            "text": 'With "quotes", \\ and\ttabs, é, 😀',
            "prompt": "01",
            "pack": PLACE["pack"],
            "lesson": PLACE["lesson"],
        },
        {"entry": some_thing("other"), "parents": [], "text": "", "field_of_later": {"b": 1, "a": [True, None, 0.1]}},
        {
            "entry": some_thing("entry"),
            "parents": [],
            "text": "孩子们围着火炉读书",
            "blobs": [{**PHOTO, "caption": "火炉边", "faces": "blurred"}],
        },
    ]
    return {
        "format": "xuetan-golden-journal-versions/1",
        "versions": [{"payload": payload, "ver": journal_version(payload)} for payload in payloads],
        "graphs": [{"versions": graph, "heads": sorted(find_heads(graph))} for graph in GRAPHS],
    }


# Versions with their parents: one line, two heads, a merge, a merge that another device made otherwise, a parent that
# has not arrived.
GRAPHS: list[dict[str, list[str]]] = [
    {"a": [], "b": ["a"]},
    {"a": [], "b": ["a"], "c": ["a"]},
    {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]},
    {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": ["b", "c"]},
    {"a": [], "b": ["a"], "c": ["a"], "d": ["a"], "e": ["b", "c"]},
    {"b": ["not here yet"], "c": ["not here yet"]},
    {},
]


# Feedback as [writer, name, what it replaces], then what was withdrawn as [writer, name].
FEEDBACK: list[tuple[list[list[str | None]], list[list[str]]]] = [
    ([["m", "a", None]], []),
    ([["m", "a", None], ["m", "b", "a"]], []),
    ([["m", "b", "a"], ["m", "a", None]], []),
    ([["m", "a", None], ["m", "b", "a"], ["m", "c", "b"]], []),
    ([["m", "a", None], ["m", "b", "a"], ["m", "c", "a"]], []),
    ([["m", "a", None], ["n", "b", "a"]], []),
    ([["m", "b", "not here yet"]], []),
    ([["m", "a", None]], [["m", "a"]]),
    ([["m", "a", None]], [["n", "a"]]),
    ([["m", "a", None], ["m", "b", "a"]], [["m", "a"]]),
    ([["m", "a", None], ["m", "b", "a"]], [["m", "b"]]),
    ([["m", "a", None], ["m", "b", "a"], ["m", "c", "b"]], [["m", "b"]]),
    ([["m", "a", "a"]], []),
    ([["m", "a", "b"], ["m", "b", "a"]], []),
    ([["m", "a", "c"], ["m", "b", "a"], ["m", "c", "b"], ["m", "d", "b"]], []),
    ([], [["m", "a"]]),
]


def make_feedback_chains() -> dict[str, Any]:
    return {
        "format": "xuetan-golden-feedback-chains/1",
        "cases": [
            {
                "given": given,
                "withdrawn": withdrawn,
                "chains": sorted(
                    [chain.shown.by_person_id, *chain.names, chain.is_withdrawn]
                    for chain in chains_of(
                        [feedback_of(*one) for one in given], [("t", by, name) for by, name in withdrawn]
                    )
                ),
            }
            for given, withdrawn in FEEDBACK
        ],
    }


def feedback_of(by: Any, name: Any, replaces: str | None) -> Feedback:
    return Feedback(
        person_id="t",
        event_key=f"{by} {name}",
        organisation_id="",
        position=0,
        seq=0,
        at_ms=0,
        by_person_id=by,
        after=False,
        feedback=name,
        entry="e",
        ver="v",
        verdict="comment",
        text="",
        replaces=replaces,
    )


def make_pin_resets() -> dict[str, Any]:
    secrets = [bytes(range(32)), bytes(32)]
    return {
        "format": "xuetan-golden-pin-resets/1",
        "codes": [
            {
                "secret": b64url_encode(secret),
                "person": PERSON,
                "number": number,
                "code": reset_code(secret, PERSON, number),
            }
            for secret in secrets
            for number in (1, 2, 31, 32, 33, 1000)
        ],
    }


def main() -> None:
    segments = make_segments(Bodies(GOLDEN / "segments.json"))
    files = {
        "segments.json": segments,
        "sync_frames.json": make_frames(segments),
        "transfers.json": (transfers := golden_carried.make_transfers(segments, PERSON)),
        "files.json": golden_carried.make_files(transfers, GOLDEN / "files.json", T0),
        "hubs.json": golden_carried.make_hubs(transfers, GOLDEN / "hubs.json", T0),
        "event_hashes.json": make_event_hashes(),
        "journal_versions.json": make_journal_versions(),
        "feedback_chains.json": make_feedback_chains(),
        "pin_resets.json": make_pin_resets(),
    }
    stale = []
    for name, content in files.items():
        path = GOLDEN / name
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, "utf-8")
    if "--check" in sys.argv and stale:
        sys.exit(f"not in step with scripts/generate_golden.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
