"""Bodies with the preset coding, as the phone makes them (pwa/src/domain/pack-text.ts). Pure.

The best way through a text under code lengths that are known beforehand: each place is reached from an earlier one by
a byte or by a repetition, whichever makes it cheapest.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from xuetan.contracts.segment_coding import DICTIONARY, DISTANCE_LENGTHS, LITERAL_LENGTHS
from xuetan.event_log.segments import CODED, deflate

# RFC 1951, 3.2.5.
LENGTH_BITS = (*(0 if symbol < 8 else (symbol - 4) >> 2 for symbol in range(28)), 0)
LENGTH_BASES = (*(3 + sum(1 << bits for bits in LENGTH_BITS[:symbol]) for symbol in range(28)), 258)
DISTANCE_BITS = tuple(0 if symbol < 4 else (symbol - 2) >> 1 for symbol in range(30))
DISTANCE_BASES = tuple(1 + sum(1 << bits for bits in DISTANCE_BITS[:symbol]) for symbol in range(30))
END, FIRST_LENGTH = 256, 257
LENGTH_MAX, WINDOW, CHAIN = 258, 32_768, 32
_IDS = re.compile(rb'"([A-Za-z0-9_-]{16,})"')

# A step through a text: how many bytes, and from how far back; (1, 0) is the byte itself.
Step = tuple[int, int]


# Enough for every body of a benchmark, in which many phones tell the same story.
@lru_cache(maxsize=4_096)
def pack(text: bytes) -> bytes:
    """The smaller of the two bodies for this text."""
    plain = deflate(text)
    holed, ids = cut_ids(text)
    if b"\x01" in text or len(DICTIONARY) + len(holed) > WINDOW:
        return plain
    bits = write_steps(holed, find_steps(DICTIONARY, holed, LITERAL_LENGTHS, DISTANCE_LENGTHS))
    coded = (len(text) | CODED).to_bytes(3) + bits + ids
    return min(plain, coded, key=len)


def cut_ids(text: bytes) -> tuple[bytes, bytes]:
    """The text with a hole for each run of ids, and the ids at six bits a character."""
    found: list[bytes] = []

    def hole(match: re.Match[bytes]) -> bytes:
        ids = match[1]
        if (len(ids) % 16 and len(ids) % 22) or ids.lower() == ids:
            return match[0]
        found.append(ids)
        return b'"\x01%d"' % len(ids)

    holed = _IDS.sub(hole, text)
    characters = b"".join(found)
    raw = base64.urlsafe_b64decode(characters + b"A" * (-len(characters) % 4))
    return holed, raw[: (len(characters) * 3 + 3) // 4]


def find_steps(
    dictionary: bytes, text: bytes, literal_lengths: Sequence[int], distance_lengths: Sequence[int]
) -> list[Step]:
    data, start = dictionary + text, len(dictionary)
    end = len(data)
    costs = [1 << 60] * (end + 1)
    costs[start] = 0
    steps: list[Step] = [(1, 0)] * (end + 1)
    places: dict[bytes, list[int]] = {}
    for at in range(end):
        key = data[at : at + 3]
        if at >= start:
            cost = costs[at]
            if cost + literal_lengths[data[at]] < costs[at + 1]:
                costs[at + 1], steps[at + 1] = cost + literal_lengths[data[at]], (1, 0)
            longest, room = 2, min(LENGTH_MAX, end - at)
            for before in reversed(places.get(key, [])[-CHAIN:]):
                length = longest
                if data[before : before + length + 1] != data[at : at + length + 1]:
                    continue
                while length < room and data[before + length] == data[at + length]:
                    length += 1
                symbol = bisect_right(DISTANCE_BASES, at - before) - 1
                far = cost + distance_lengths[symbol] + DISTANCE_BITS[symbol]
                for reach in range(longest + 1, length + 1):
                    symbol = bisect_right(LENGTH_BASES, reach) - 1
                    reached = far + literal_lengths[FIRST_LENGTH + symbol] + LENGTH_BITS[symbol]
                    if reached < costs[at + reach]:
                        costs[at + reach], steps[at + reach] = reached, (reach, at - before)
                longest = max(longest, length)
        if len(key) == 3:
            places.setdefault(key, []).append(at)
    found: list[Step] = []
    at = end
    while at > start:
        found.append(steps[at])
        at -= steps[at][0]
    return found[::-1]


def write_steps(text: bytes, steps: Sequence[Step]) -> bytes:
    literals, distances = codes_of(LITERAL_LENGTHS), codes_of(DISTANCE_LENGTHS)
    out = bytearray()
    bits, count, at = 0, 0, 0

    def put(value: int, length: int) -> None:
        nonlocal bits, count
        bits |= value << count
        count += length
        while count >= 8:
            out.append(bits & 255)
            bits, count = bits >> 8, count - 8

    for length, distance in steps:
        if distance:
            symbol = bisect_right(LENGTH_BASES, length) - 1
            put(*literals[FIRST_LENGTH + symbol])
            put(length - LENGTH_BASES[symbol], LENGTH_BITS[symbol])
            symbol = bisect_right(DISTANCE_BASES, distance) - 1
            put(*distances[symbol])
            put(distance - DISTANCE_BASES[symbol], DISTANCE_BITS[symbol])
        else:
            put(*literals[text[at]])
        at += length
    put(*literals[END])
    put(0, 7)
    return bytes(out)


def codes_of(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """The canonical codes of these lengths (RFC 1951, 3.2.2), each turned round as it is written, with its length."""
    codes = [(0, 0)] * len(lengths)
    code = 0
    for length in range(1, 16):
        code <<= 1
        for symbol, own in enumerate(lengths):
            if own == length:
                codes[symbol] = (int(f"{code:0{length}b}"[::-1], 2), length)
                code += 1
    return codes
