"""Keeps what is on the wire today, for ever: `python scripts/freeze_wire.py 1` writes contracts/golden/wire/v1/.

What stands there was, or may have been, sealed, sent, carried or stored by somebody who cannot be reached. Both sides
read it in their tests, whatever they write themselves by then. So nothing there is ever written again, and this script
refuses to.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT)]

from tests.simulation.packing import pack  # noqa: E402
from xuetan.contracts import segment_coding, segment_dictionary  # noqa: E402
from xuetan.event_log.segments import event_hash, inflate, read_columns  # noqa: E402

GOLDEN = ROOT / "contracts" / "golden"
# Kept as they stand in contracts/golden, which goes on with what is written today.
COPIED = {"segments": "segments.json", "requests": "sync_frames.json", "transfers": "transfers.json", "files": "files.json"}  # fmt: skip


def make_numbers() -> dict[str, Any]:
    """What numbers, code lengths and texts mean in bodies."""
    return {
        "fields": [list(one) for one in segment_dictionary.FIELDS],
        "kinds": [[kind, list(fields)] for kind, fields in segment_dictionary.KINDS],
        "dictionary": segment_coding.DICTIONARY.decode(),
        "prelude": base64.b64encode(segment_coding.PRELUDE).decode(),
    }


def make_answers(segments: dict[str, Any]) -> list[dict[str, Any]]:
    """Answers as a root gives them, and the epoch that each request had named."""
    chain = segments["chains"][0]
    (segment,) = chain["segments"]
    stream, epoch, person = chain["stream"], "JrGFMM-rxqQsuKTXMeB1QQ", segment["scope"][2:]
    t = 1_770_000_000_000
    written = {"s": stream, "f": 0, "n": 1, "by": person, "role": "owner", "at": t, "off": -1200}
    pulled = {"r": 1, "p": 1, **written, "d": json.loads(segment["columns"])}
    row = {"r": 2, "p": 1, "k": "device", "key": "a", "b": {"name": "phone", "enrolled_ms": 1, "revoked": False}}
    follow = [2, [[1, f"u:{person}", "owner"], [2, f"p:{person}", "owner"]]]
    asides = [
        ["ok"],
        ["dup"],
        ["ok", [[1, "malformed_event"]]],
        ["aside", "unreadable_segment"],
        ["damaged"],
        ["gap", 2],
    ]
    return [
        {"asked": None, "answer": {"t": t, "epoch": epoch, "follow": follow, "entries": [pulled, row]}},
        {"asked": epoch, "answer": {"t": t}},
        {
            "asked": epoch,
            "answer": {"t": t, "acks": [["ok"]], "next": 1, "entries": [{"r": 1, "p": 1, "f": 0, "n": 1}]},
        },
        {"asked": epoch, "answer": {"t": t, "acks": asides, "next": 4, "safe": 1, "more": True, "entries": [row]}},
        {"asked": epoch, "answer": {"t": t, "acks": [["fork", 3]]}},
        {"asked": epoch, "answer": {"t": t, "epoch": "B" * 21 + "A"}},
        {"asked": epoch, "answer": {"t": t, "entries": [{"r": 2, "p": 2, "k": "device", "key": "a"}]}},
    ]


def make_events(segments: dict[str, Any]) -> list[dict[str, Any]]:
    """One text in both makes of body, and the events in it with their hashes."""
    text = segments["chains"][1]["segments"][0]["columns"].encode()
    coded = pack(text)
    assert inflate(coded) == text
    return [
        {
            "body": base64.b64encode(coded).decode(),
            "hashes": [event_hash(one.kind, one.ts, one.payload) for one in read_columns(text) if one is not None],
        }
    ]


def main() -> None:
    folder = GOLDEN / "wire" / f"v{int(sys.argv[1])}"
    if folder.exists():
        sys.exit(f"{folder.relative_to(ROOT)} stands, and what is kept is never written again")
    kept: dict[str, Any] = {
        name: json.loads((GOLDEN / file).read_text("utf-8")) for name, file in COPIED.items()
    }  # fmt: skip
    kept["numbers"] = make_numbers()
    kept["answers"] = make_answers(kept["segments"])
    kept["events"] = make_events(kept["segments"])
    folder.mkdir(parents=True)
    for name, content in kept.items():
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
