"""Makes contracts/segment_coding.yaml, once: the texts that segments are full of, and how long the code of each byte is.

Trains code lengths on segments of the teacher model and of writing, in the sizes that phones send. What it wrote is
sealed into bodies for ever, so it refuses to write over it; a better coding is a coding of another number.
"""

from __future__ import annotations

import heapq
import itertools
import random
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT)]

from tests.simulation.packing import (  # noqa: E402
    DISTANCE_BASES,
    END,
    FIRST_LENGTH,
    LENGTH_BASES,
    cut_ids,
    find_steps,
)
from tests.simulation.teacher_model import teacher_events  # noqa: E402
from xuetan.event_log.segments import Event, write_columns  # noqa: E402
from xuetan.kernel.ids import new_id, new_thing_id  # noqa: E402

TARGET = ROOT / "contracts" / "segment_coding.yaml"
BITS_MAX = 15
ROUNDS = 3
# What segments say again and again, the most frequent at the end, where repetitions are cheapest. No word of any pack.
DICTIONARY = (
    '"faces":"blurred","caption":"","width":1280,"height":960,"bytes":"sha256":"type":"image/webp","kind":"photo"'
    '"kind":"voice","duration_ms":"audio/webm"[["feedback_given/1","message_sent/1","journal_saved/1","pack_installed/1",'
    '[11,10,9,8,7,6,5,[4,13,14,15,16,17,0,2],[4,13,14,15,0,2,17]],[[]],[["comment"],[true,false],["short"],["multiple"],'
    '["numeric"],["ordering"],["q7","q8","q9","q10"],["zh-Hans"],["single"],["a","b","c","d"],["b","a","c","d"],"'
    "01-02-03-04-05-06-07-08-09-10-[3,3,3,3,3,3,3,3,3,4,4,4,4,4,4,4,4,4,5,5,5,5,5,5,5,5,5],[0,1,2,3,4,5,6,7,8,9],"
    "[0,0,0,0,0,0,1,1,1,1,1,1,2,2,2,2,2,2],[0,0,0,0,1,1,1,1,0,1,1,0,1,1,1,0,1,1,1],[5,4,6],[6,6,6],"
    "[0,1,2,3,4,5,0,1,2,3,4,5,0,1,2,3],[],[],[],[0],[1,1,1,1,1,1,1,1],"
    '{"v":1,"u":1000,"t":[17","s":[0,1,2,3,4],"i":[0,1,2,2,2,2,2,2,3,0,1,2,2,2,2,2,2,3,0,1],"d":[[],[1,1,1],'
    '[["zh-Hans"],["q1","q2","q3","q4","q5","q6"],["single"],["a","b","c"]]}]],"x":[["\x01{"v":1,"u":1000,"t":[17'
)
SYLLABLES = (
    "孩子们今天读书学生课文老师家长作业黑板故事问题回答小组讨论一年级二年级语文数学练习认真安静声音图画时间不够明天再试"
)


def training_texts() -> Iterator[bytes]:
    for seed, count in itertools.product(range(40), (4, 12, 20, 20, 60)):
        events = list(itertools.islice(teacher_events(9_000_000 + seed * 7), count))
        yield write_columns([rounded(event) for event in events])
    chance = random.Random(1)
    for number in range(60):
        yield write_columns([rounded(event) for event in writing(chance, 1 + number % 3)])


def rounded(event: Event) -> Event:
    return Event(event.kind, event.ts // 1000 * 1000, event.payload)


def writing(chance: random.Random, count: int) -> Iterator[Event]:
    for _ in range(count):
        text = "".join(chance.choice(SYLLABLES) for _ in range(chance.randrange(10, 80)))
        match chance.randrange(3):
            case 0:
                yield Event("message_sent/1", 1_770_000_000_000, {"message": new_thing_id(), "text": text})
            case 1:
                given = {"feedback": new_thing_id(), "entry": new_thing_id(), "ver": new_id(), "verdict": "comment"}
                yield Event("feedback_given/1", 1_770_000_000_000, {**given, "text": text})
            case _:
                entry = {"entry": new_thing_id(), "parents": [new_id()], "text": text, "pack": "a-pack-of-some-name"}
                yield Event("journal_saved/1", 1_770_000_000_000, {**entry, "lesson": "01-lesson", "ver": new_id()})


def train() -> tuple[list[int], list[int]]:
    """Code lengths of literals and lengths, and of distances: those by which the training texts become smallest."""
    dictionary = DICTIONARY.encode()
    holed = [cut_ids(text)[0] for text in training_texts()]
    literals, distances = [8] * 286, [5] * 30
    for _ in range(ROUNDS):
        literal_counts, distance_counts = [1] * 286, [1] * 30
        for text in holed:
            at = 0
            for length, distance in find_steps(dictionary, text, literals, distances):
                if distance:
                    literal_counts[FIRST_LENGTH + bisect_right(LENGTH_BASES, length) - 1] += 8
                    distance_counts[bisect_right(DISTANCE_BASES, distance) - 1] += 8
                else:
                    literal_counts[text[at]] += 8
                at += length
            literal_counts[END] += 8
        literals, distances = code_lengths(literal_counts), code_lengths(distance_counts)
    return literals, distances


def code_lengths(counts: Sequence[int]) -> list[int]:
    """Huffman's, of at most BITS_MAX bits: counts are flattened until they fit."""
    counts = list(counts)
    while True:
        heap = [(count, symbol, (symbol,)) for symbol, count in enumerate(counts)]
        heapq.heapify(heap)
        lengths = [0] * len(counts)
        for number in range(len(counts), 2 * len(counts) - 1):
            low, high = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in low[2] + high[2]:
                lengths[symbol] += 1
            heapq.heappush(heap, (low[0] + high[0], number, low[2] + high[2]))
        if max(lengths) <= BITS_MAX:
            return lengths
        counts = [(count + 1) // 2 for count in counts]


def main() -> None:
    if TARGET.exists():
        sys.exit(f"{TARGET.name} stands and is never written again: bodies were sealed with it")
    literals, distances = train()
    quoted = DICTIONARY.replace("\\", "\\\\").replace('"', '\\"').replace("\x01", "\\x01")
    TARGET.write_text(
        "# How bodies of segments are coded (docs/sync-protocol.md, \"Segments\"). Never changed: bodies were sealed with it.\n"
        "# Made once by scripts/make_segment_coding.py.\n"
        "#\n"
        "# Text that stands before each text as if it had been sent already.\n"
        f'dictionary: "{quoted}"\n'
        "# Bits of the code of each byte, of the end, and of each length of RFC 1951, one hexadecimal digit each; then of distances.\n"
        f'literals: "{"".join(f"{length:x}" for length in literals)}"\n'
        f'distances: "{"".join(f"{length:x}" for length in distances)}"\n',
        "utf-8",
    )  # fmt: skip


if __name__ == "__main__":
    main()
