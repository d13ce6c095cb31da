"""Segments as bytes: the hash, the columns of a body, bounded inflation. Pure: no clock, no chance, no store.

docs/sync-protocol.md is exact about every byte; contracts/golden/ holds examples that the phone's code reproduces.
What was accepted once must stay readable for ever, so reading takes whatever `examine` lets in: a value that no
decoder takes stands as null, for its event is set aside. The gzip bytes of a body are opaque: the hash covers them as
they came.
"""

import gzip
import hashlib
import itertools
import json
import re
import struct
import sys
import zlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
import rfc8785

from xuetan.contracts.limits import SEGMENT_INFLATED_BYTES_MAX, SYNC_SEGMENTS_MAX
from xuetan.kernel.ids import b64url_decode, b64url_encode, h16

HASH_CONTEXT = b"xuetan-segment/1\x00"
COLUMNS_VERSION = 1
NESTING_MAX = 64
_GZIP = 31
_ONE_KIND_OF_BRACKET = bytes.maketrans(b"{}", b"[]")
_TOO_DEEP = b"[" * (NESTING_MAX + 1)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NO_PREV = bytes(16)
# Numbers beyond this are not whole in JavaScript.
WHOLE_NUMBER_MAX = (1 << 53) - 1
_LONG_NUMBER = re.compile(rb"[0-9]{16}")


class UnreadableError(Exception):
    """These bytes are no columns."""


class TooLargeError(Exception):
    """These bytes inflate beyond what is allowed."""


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """What an event that was emitted again repeats."""

    stream: str
    seq: int
    hash: str


class Event(msgspec.Struct, frozen=True):
    kind: str
    ts: int
    payload: dict[str, Any]
    origin: Origin | None = None


class Columns(msgspec.Struct):
    """A body as it is written: shapes, the shape of each event, and per shape and field the values in order."""

    v: int
    t0: int
    dt: list[int]
    s: list[list[str]]
    i: list[int | None]
    d: list[msgspec.Raw]
    o: list[tuple[int, str, int, str]] = []


class _LooseColumns(msgspec.Struct):
    """The same, of values that are decoded already: the way in for text that only Python's own decoder takes."""

    v: int
    t0: int
    dt: list[int]
    s: list[list[str]]
    i: list[int | None]
    d: list[list[list[Any]]]
    o: list[tuple[int, str, int, str]] = []


_COLUMNS = msgspec.json.Decoder(Columns)
_VALUES = msgspec.json.Decoder(list[Any])
_RAW_VALUES = msgspec.json.Decoder(list[msgspec.Raw])


def segment_hash(stream: str, scope: str, first: int, n: int, prev: str, body: bytes) -> str:
    """The hash that seals a segment and chains it to the one before. ValueError when a part cannot be written into
    it."""
    name = scope.encode()
    previous = b64url_decode(prev) if prev else _NO_PREV
    stream_bytes = b64url_decode(stream)
    if len(previous) != 16 or len(stream_bytes) != 16 or len(name) > 255 or max(first, n) >= 1 << 32:
        raise ValueError("not the parts of a segment")
    digest = hashlib.sha256(HASH_CONTEXT)
    digest.update(stream_bytes)
    digest.update(struct.pack("B", len(name)) + name)
    digest.update(struct.pack(">II", first, n))
    digest.update(previous)
    digest.update(hashlib.sha256(body).digest())
    return b64url_encode(digest.digest()[:16])


def event_hash(kind: str, ts: int, payload: dict[str, Any]) -> str:
    """The hash of one event, by which a repeated one is known."""
    return h16(rfc8785.dumps([kind, ts, payload]))


def inflate(body: bytes, bytes_max: int = SEGMENT_INFLATED_BYTES_MAX) -> bytes:
    """The text of a body, never more than `bytes_max` of it in memory."""
    machine = zlib.decompressobj(_GZIP)
    try:
        text = machine.decompress(body, bytes_max + 1)
    except zlib.error as error:
        raise UnreadableError from error
    if len(text) > bytes_max:
        raise TooLargeError
    if not machine.eof or machine.unused_data:
        raise UnreadableError
    return text


def claimed_bytes(body: bytes) -> int:
    """How much text there will be to look at, by what a body says of itself (the last field of gzip). One that holds
    another length is unreadable, and one that is too long is set aside unread: both cost the inflating alone."""
    claimed = int.from_bytes(body[-4:], "little")
    return claimed if claimed <= SEGMENT_INFLATED_BYTES_MAX else SEGMENT_INFLATED_BYTES_MAX // SYNC_SEGMENTS_MAX


def is_nested_too_deep(text: bytes) -> bool:
    """True for JSON that nests beyond NESTING_MAX. How deep a decoder goes depends on how deep the call stack is
    already: without a bound, what was taken in one thread could not be read in another. Brackets that do not pair up
    count as deep."""
    if text.count(b"[") + text.count(b"{") <= NESTING_MAX:
        return False
    outside_strings = b"".join(text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    brackets = outside_strings.translate(_ONE_KIND_OF_BRACKET, _NO_BRACKETS)
    for _ in range(NESTING_MAX):
        if not brackets or _TOO_DEEP in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def deflate(text: bytes) -> bytes:
    """A body for this text, the same one each time."""
    return gzip.compress(text, 9, mtime=0)


def read_shape(text: bytes) -> Columns:
    """The columns of a body's text, values still undecoded. UnreadableError when it is not such a text."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError from error
    try:
        return _COLUMNS.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _read_loosely(text)


def _read_loosely(text: bytes) -> Columns:
    """Python's decoder takes lone surrogates and numbers without end, so that one bad value costs one event, not the
    segment."""
    try:
        loose = msgspec.convert(json.loads(text, parse_constant=_refuse_constant), _LooseColumns)
        for shape in loose.d:
            shape[:] = [[_mended(value) for value in column] for column in shape]
        return _COLUMNS.decode(msgspec.json.encode(loose))
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise UnreadableError from error


def _refuse_constant(_name: str) -> Any:
    raise ValueError("not JSON")


def _mended(value: Any) -> Any:
    """The value, or in place of one that cannot be written as JSON something that no rule of any field lets pass."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return {"\0": None}
    return value


def split(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The parts of an array, undecoded."""
    try:
        return _RAW_VALUES.decode(raw)
    except msgspec.DecodeError as error:
        raise UnreadableError from error


def read_column(raw: msgspec.Raw) -> list[Any]:
    """The values of one column; null for a value that cannot be decoded. Numbers are those that a phone reads."""
    try:
        values = _VALUES.decode(raw)
    except msgspec.DecodeError:
        values = [_value_or_null(value) for value in split(raw)]
    return [_as_phones_read(value) for value in values] if _LONG_NUMBER.search(raw) else values


def _value_or_null(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


def _as_phones_read(value: Any) -> Any:
    """A whole number beyond 2^53 is a double to JavaScript, and must be one here: hashes are taken of what is read. Beyond
    all doubles it is none."""
    if isinstance(value, int) and abs(value) > WHOLE_NUMBER_MAX:
        return float(value) if abs(value) <= sys.float_info.max else None
    if isinstance(value, list):
        return [_as_phones_read(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_phones_read(item) for key, item in value.items()}
    return value


def times_of(columns: Columns) -> list[int]:
    """The phone's raw time of each event, ms."""
    return list(itertools.accumulate(columns.dt[1:], initial=columns.t0))


def read_columns(text: bytes) -> list[Event | None]:
    """The events of an accepted body's text (or of columns that came down); None where one is blank."""
    columns = read_shape(text)
    values = [[iter(read_column(column)) for column in split(shape)] for shape in columns.d]
    origins = {index: Origin(stream, seq, hash_) for index, stream, seq, hash_ in columns.o}
    events: list[Event | None] = []
    for index, (shape, ts) in enumerate(zip(columns.i, times_of(columns), strict=True)):
        if shape is None:
            events.append(None)
            continue
        kind, *fields = columns.s[shape]
        payload = {field: next(column) for field, column in zip(fields, values[shape], strict=True)}
        events.append(Event(kind, ts, payload, origins.get(index)))
    return events


def write_columns(events: Sequence[Event]) -> bytes:
    """The text of a body, byte for byte as the phone writes it. For tests, golden examples and the simulator."""
    shapes: list[list[str]] = []
    values: list[list[list[str]]] = []
    which: list[int] = []
    for event in events:
        shape = [event.kind, *event.payload]
        if shape not in shapes:
            shapes.append(shape)
            values.append([[] for _ in event.payload])
        which.append(shapes.index(shape))
        for column, value in zip(values[which[-1]], event.payload.values(), strict=True):
            column.append(ecmascript_json(value))
    deltas = [0, *(after.ts - before.ts for before, after in itertools.pairwise(events))]
    parts = [
        f'"v":{COLUMNS_VERSION}',
        f'"t0":{events[0].ts}',
        f'"dt":{ecmascript_json(deltas)}',
        f'"s":{ecmascript_json(shapes)}',
        f'"i":{ecmascript_json(which)}',
        f'"d":{_array(_array(_array(column) for column in shape) for shape in values)}',
    ]
    origins = [[index, *msgspec.structs.astuple(e.origin)] for index, e in enumerate(events) if e.origin]
    if origins:
        parts.append(f'"o":{ecmascript_json(origins)}')
    return ("{" + ",".join(parts) + "}").encode()


def _array(items: Iterable[str]) -> str:
    return "[" + ",".join(items) + "]"


def ecmascript_json(value: Any) -> str:
    """What JSON.stringify writes: no white space, keys in their order, numbers as ECMAScript spells them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{ecmascript_json(key)}:{ecmascript_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(ecmascript_json(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return rfc8785.dumps(value).decode()


def blank_columns(text: bytes, blanks: Collection[int]) -> bytes:
    """The same columns with the events at these indices blank: null in `i`, nothing in `d`, and no trace in `s` and
    `o`."""
    columns = read_shape(text)
    values = [[iter(read_column(column)) for column in split(shape)] for shape in columns.d]
    kept: list[list[list[Any]]] = [[[] for _ in shape] for shape in values]
    which: list[int | None] = []
    for index, shape in enumerate(columns.i):
        blank = shape is None or index in blanks
        which.append(None if blank else shape)
        if shape is not None:
            for source, target in zip(values[shape], kept[shape], strict=True):
                value = next(source)
                if not blank:
                    target.append(value)
    used = set(which)
    shapes = [names if number in used else [""] for number, names in enumerate(columns.s)]
    return msgspec.json.encode(
        {
            "v": columns.v,
            "t0": columns.t0,
            "dt": columns.dt,
            "s": shapes,
            "i": which,
            "d": [shape if number in used else [] for number, shape in enumerate(kept)],
            **({"o": origins} if (origins := [one for one in columns.o if which[one[0]] is not None]) else {}),
        }
    )
