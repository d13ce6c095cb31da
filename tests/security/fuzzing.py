"""Any bytes at the places where bytes of phones become something: the frame of a request, the columns of a segment, and what is
carried (files, frames of transfers, hubs' questions, what hubs bring).

    python -m tests.security.fuzzing frame segment --runs 20000
    python -m tests.security.fuzzing segment --seconds 3600        as long as wanted; a finding ends it and is written to a file

Starts from the golden examples. Guided by coverage where atheris is to be had (Linux on x86-64), by chance alone elsewhere; either way the
same seed draws the same examples. Half of them are changed as JSON, so that what is tried gets past the decoder.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:
    atheris = None

if atheris is not None and __name__ == "__main__":
    with atheris.instrument_imports(include=["xuetan.event_log", "xuetan.sync", "xuetan.kernel.ids"]):
        from tests.security import fuzzing_carried
        from xuetan.event_log import examine, segments
        from xuetan.sync import frames
else:
    from tests.security import fuzzing_carried
    from xuetan.event_log import examine, segments
    from xuetan.sync import frames

from xuetan.contracts.limits import SEGMENT_EVENTS_MAX, SYNC_SEGMENTS_MAX
from xuetan.event_log.scopes import letter_of
from xuetan.kernel.errors import AppError

GOLDEN = Path(__file__).resolve().parents[2] / "contracts" / "golden"
BYTES_MAX = 8_192
PERSON = "p" * 22
SEED = 20261127
CODES = {"segment_too_large", "unreadable_segment"}
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1 << 31,
    1 << 53,
    1 << 64,
    10**40,
    1e308,
    "",
    "\x00",
    "\ud800",
    "字" * 20,
    "lesson_opened/1",
    "A" * 22,
    [],
    {},
    [[]],
    [[[]]],
    {"__proto__": 1},
]


# ------------------------------------------------------------ what must hold, whatever comes


def try_frame(data: bytes) -> None:
    """Refused in our own words, or a header that fits together with as many bodies as it names."""
    try:
        header, bodies = frames.decode_frame(data, PERSON)
    except AppError as error:
        assert 400 <= error.status < 500, error
        return
    assert len(bodies) == len(header.segs) <= SYNC_SEGMENTS_MAX
    assert sum(map(len, bodies)) <= len(data)
    for segment, body in zip(header.segs, bodies, strict=True):
        letter_of(segment.scope)
        try:
            segments.segment_hash(header.stream, segment.scope, segment.first, segment.n, segment.prev, body)
        except ValueError:
            continue


def try_segment(data: bytes) -> None:
    """Two bytes of how many events it says it has, then the text that is compressed. What is let in can be read, blanked and
    hashed, for ever."""
    if len(data) < 2:
        return
    n, text = int.from_bytes(data[:2], "little") % (SEGMENT_EVENTS_MAX + 2), data[2:]
    contents = examine.examine(segments.deflate(text), n)
    if isinstance(contents, str):
        assert contents in CODES
        return
    members = sorted(index for _, indices in contents.kinds for index in indices)
    assert members == list(range(n))
    assert all(0 <= index < n for index in contents.aside)
    assert len(segments.read_columns(text)) == n
    shown = segments.read_columns(segments.blank_columns(text, set(contents.aside)))
    assert [index for index, event in enumerate(shown) if event is None] == sorted(contents.aside)
    for event in shown:
        if event is not None:
            segments.event_hash(event.kind, event.ts, event.payload)
            json.dumps(event.payload, ensure_ascii=False, allow_nan=False).encode()


def try_body(data: bytes) -> None:
    """The compressed bytes themselves."""
    contents = examine.examine(data, 1)
    assert isinstance(contents, examine.Contents) or contents in CODES
    segments.claimed_bytes(data)


# ------------------------------------------------------------ examples and their changes


def golden_frames() -> list[bytes]:
    examples = json.loads((GOLDEN / "sync_frames.json").read_text("utf-8"))["frames"]
    return [base64.b64decode(one["frame"]) for one in examples]


def golden_segments() -> list[bytes]:
    return [one["n"].to_bytes(2, "little") + one["columns"].encode() for one in _golden_segments()]


def golden_bodies() -> list[bytes]:
    return [base64.b64decode(one["body"]) for one in _golden_segments()]


def _golden_segments() -> list[dict[str, Any]]:
    chains = json.loads((GOLDEN / "segments.json").read_text("utf-8"))["chains"]
    return [segment for chain in chains for segment in chain["segments"] if len(segment["columns"]) < BYTES_MAX - 2]


def change_frame(data: bytes, chance: random.Random) -> bytes:
    (length,) = struct.unpack_from("<I", data.ljust(4, b"\0"))
    text, rest = data[4 : 4 + length], data[4 + length :]
    changed = change_json(text, chance)
    return struct.pack("<I", len(changed)) + changed + rest


def change_segment(data: bytes, chance: random.Random) -> bytes:
    return data[:2] + change_json(data[2:], chance)


def change_body(data: bytes, chance: random.Random) -> bytes:
    try:
        text = segments.inflate(data, BYTES_MAX)
    except (segments.UnreadableError, segments.TooLargeError):
        return change_bytes(data, chance)
    return segments.deflate(change_json(text, chance))


def change_file(data: bytes, chance: random.Random) -> bytes:
    """The header of a file as JSON; what is sealed and the signature stay."""
    start = data.find(b"\n") + 1
    return data[:start] + change_frame(data[start:], chance)


def change_json(text: bytes, chance: random.Random) -> bytes:
    """One value of it replaced, dropped, doubled or swapped for another of its own; bytes when it is no JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return change_bytes(text, chance)
    places = list(_places(value))
    if not places:
        return json.dumps(chance.choice(ODD)).encode()
    for _ in range(chance.randrange(1, 4)):
        inside, key = chance.choice(places)
        _change_at(inside, key, chance, places)
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=chance.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )
    except (ValueError, RecursionError):
        return text


def _change_at(inside: Any, key: Any, chance: random.Random, places: list[tuple[Any, Any]]) -> None:
    if not _has(inside, key):
        return
    match chance.randrange(5):
        case 0:
            inside[key] = chance.choice(ODD)
        case 1 if isinstance(inside, list):
            inside.insert(key, json.loads(json.dumps(inside[key])))
        case 2:
            del inside[key]
            if isinstance(inside, dict):
                inside[chance.choice(["v", "t0", "dt", "s", "i", "d", "o", "x"])] = chance.choice(ODD)
        case 3:
            other, place = chance.choice(places)
            if _has(other, place):
                inside[key] = json.loads(json.dumps(other[place]))
        case _:
            old = inside[key]
            inside[key] = old + chance.choice([-1, 1, 1 << 32]) if isinstance(old, int) else [old]


def _has(inside: Any, key: Any) -> bool:
    """An earlier change may have taken it away."""
    return key in inside if isinstance(inside, dict) else key < len(inside)


def _places(value: Any) -> Any:
    """Every (container, key) in it."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def change_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(changed) + 1)
        changed[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(changed)


Change = Callable[[bytes, random.Random], bytes]
TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]], Change]] = {
    "frame": (try_frame, golden_frames, change_frame),
    "segment": (try_segment, golden_segments, change_segment),
    "body": (try_body, golden_bodies, change_body),
    "transfers": (fuzzing_carried.try_transfers, fuzzing_carried.golden_transfers, change_frame),
    "question": (fuzzing_carried.try_question, fuzzing_carried.golden_questions, change_frame),
    "hub_sync": (fuzzing_carried.try_hub_sync, fuzzing_carried.golden_hub_syncs, change_frame),
    "file": (fuzzing_carried.try_file, fuzzing_carried.golden_files, change_file),
}


# ------------------------------------------------------------ the runs


def run_by_chance(name: str, runs: int, seconds: float, seed: int, findings: Path) -> int:
    """Examples changed by chance alone; how many were tried."""
    target, corpus, change = TARGETS[name]
    chance, examples = random.Random(seed), corpus()
    ends = time.monotonic() + seconds if seconds else None
    done = 0
    while (done < runs or not runs) and (ends is None or time.monotonic() < ends):
        data = chance.choice(examples)
        for _ in range(chance.randrange(1, 4)):
            data = (change if chance.random() < 0.5 else change_bytes)(data, chance)[:BYTES_MAX]
        try:
            target(data)
        except Exception:
            (findings / f"finding-{name}").write_bytes(data)
            raise
        done += 1
    return done


def run_guided(name: str, arguments: list[str]) -> None:
    """Hands the process to atheris, which ends it: 0 when nothing was found."""
    target, _, change = TARGETS[name]

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        changed = change(data, chance) if chance.random() < 0.5 else atheris.Mutate(data, max_size)
        return bytes(changed[:max_size])

    atheris.Setup([sys.argv[0], *arguments], target, custom_mutator=mutate)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--runs", type=int, default=0, help="examples for each target; 0: without end")
    parser.add_argument("--seconds", type=float, default=0, help="seconds for each target; 0: without end")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--findings", type=Path, default=Path(), help="where the bytes of a finding are written")
    parser.add_argument("--corpus", help="for one target: the process that runs it calls itself so")
    given = parser.parse_args()
    names = given.targets or list(TARGETS)
    if given.corpus:
        limits = [f"-runs={given.runs or -1}", f"-max_total_time={int(given.seconds)}", f"-seed={given.seed}"]
        more = [
            f"-max_len={BYTES_MAX}",
            "-timeout=20",
            "-rss_limit_mb=1024",
            "-verbosity=0",
            f"-artifact_prefix={given.findings}/finding-{names[0]}-",
        ]
        return run_guided(names[0], [given.corpus, *limits, *more])
    for name in names:
        if atheris is None:
            done = run_by_chance(name, given.runs, given.seconds, given.seed, given.findings)
            print(f"{name}: {done} examples by chance alone; atheris has no build for this platform")
        else:
            run_apart(name, given)
    return None


def run_apart(name: str, given: argparse.Namespace) -> None:
    """A process of its own for this target, over a fresh folder of golden examples."""
    with tempfile.TemporaryDirectory(prefix="xuetan-fuzz-") as folder:
        for number, example in enumerate(TARGETS[name][1]()):
            (Path(folder) / f"golden-{number:03}").write_bytes(example)
        limits = ["--runs", str(given.runs), "--seconds", str(given.seconds), "--seed", str(given.seed)]
        limits += ["--findings", str(given.findings)]
        command = [sys.executable, "-m", "tests.security.fuzzing", name, "--corpus", folder, *limits]
        result = subprocess.run(command, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{name}: a finding; the bytes are in the file that is named above")
    print(f"{name}: nothing found, guided by coverage")


if __name__ == "__main__":
    main()
