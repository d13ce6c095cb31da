"""Events as columns: the text of a body, read and written. Pure: no clock, no chance, no store.

docs/sync-protocol.md ("Columns") is exact about every byte; contracts/golden/ holds examples that the phone's code
reproduces. What was accepted once must stay readable for ever, so reading takes whatever `examine` lets in: a value
that no decoder takes stands as null, for its event is set aside.
"""

import itertools
import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import rfc8785

from xuetan.event_log.layouts import (
    ID_CHARACTERS,
    NUMBER,
    Layout,
    UnreadableError,
    lay_out,
    layout_of,
    shape_as_written,
)

COLUMNS_VERSION = 1
# Numbers beyond this are not whole in JavaScript.
WHOLE_NUMBER_MAX = (1 << 53) - 1
# Times are written in the largest of these that divides them all.
UNITS_MS = (1000, 100, 10, 1)
_IDS = {form: re.compile(rf'"[A-Za-z0-9_-]{{{length}}}"\Z') for form, length in ID_CHARACTERS.items()}
_LONG_NUMBER = re.compile(rb"[0-9]{16}")


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
    """A text as it is written, values still undecoded: times, shapes, the shape of each event, the numeric part of each
    column, the different values of those that are not numbers."""

    v: int
    t: list[int]
    s: msgspec.Raw
    i: list[int | None]
    d: msgspec.Raw
    x: msgspec.Raw
    u: int = 1
    o: list[tuple[int, str, int, str]] = []


class _LooseColumns(msgspec.Struct):
    """The same, of values that are decoded already: the way in for text that only Python's own decoder takes."""

    v: int
    t: list[int]
    s: list[Any]
    i: list[int | None]
    d: list[list[Any]]
    x: list[list[Any] | str]
    u: int = 1
    o: list[tuple[int, str, int, str]] = []


_COLUMNS = msgspec.json.Decoder(Columns)
_VALUES = msgspec.json.Decoder(list[Any])
_RAW_VALUES = msgspec.json.Decoder(list[msgspec.Raw])
_PICKS = msgspec.json.Decoder(list[int])


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
        loose.d = [[_mended(value) for value in column] for column in loose.d]
        loose.x = [x if isinstance(x, str) else [_mended(value) for value in x] for x in loose.x]
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


def layout_for(columns: Columns) -> Layout:
    """What the columns of a segment are. UnreadableError when a number stands for nothing."""
    return layout_of(bytes(columns.s))


class Column(NamedTuple):
    """One column, undecoded: `numeric` has its values, or says which of the `different` ones each event has."""

    form: str
    numeric: msgspec.Raw
    different: msgspec.Raw | None


def columns_of(columns: Columns, layout: Layout) -> list[Column]:
    """Each column that the layout asks for. UnreadableError when they are more or fewer."""
    numeric, different = split(columns.d), split(columns.x)
    if len(numeric) != len(layout.forms) or len(different) != len(layout.forms) - layout.forms.count(NUMBER):
        raise UnreadableError
    rest = iter(different)
    return [
        Column(form, raw, None if form == NUMBER else next(rest))
        for form, raw in zip(layout.forms, numeric, strict=True)
    ]


def split(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The parts of an array, undecoded."""
    try:
        return _RAW_VALUES.decode(raw)
    except msgspec.DecodeError as error:
        raise UnreadableError from error


def read_picks(raw: msgspec.Raw, values: int, n: int) -> list[int]:
    """Which of its different values each of the `n` events of a column has; empty when there is one for each, or one for
    all. UnreadableError unless each value is picked."""
    try:
        picks = _PICKS.decode(raw)
    except msgspec.DecodeError as error:
        raise UnreadableError from error
    if not are_picks(picks, values, n):
        raise UnreadableError
    return picks


def are_picks(picks: list[int], values: int, n: int) -> bool:
    """True when these pick each of the different values of `n` events, or none where they need not be picked."""
    if not picks:
        return values in (1, n)
    found = set(picks)
    return len(picks) == n and len(found) == values and min(found) == 0 and max(found) == values - 1


def joined_ids(raw: msgspec.Raw, form: str) -> list[str] | None:
    """The ids that are written as one text; None when they are written one by one. UnreadableError when they are not
    ids."""
    text = bytes(raw)
    if not text.startswith(b'"'):
        return None
    ids = ids_in(text[1:-1].decode(), form)
    if ids is None or b"\\" in text:
        raise UnreadableError
    return ids


def ids_in(text: str, form: str) -> list[str] | None:
    """The ids that stand in one text; None when they do not fill it, or the form is none of ids."""
    length = ID_CHARACTERS.get(form)
    if length is None or not text or len(text) % length:
        return None
    return [text[start : start + length] for start in range(0, len(text), length)]


def read_column(raw: msgspec.Raw) -> list[Any]:
    """The values in an array; null for a value that cannot be decoded. Numbers are those that a phone reads."""
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
    times = list(itertools.accumulate(columns.t))
    return times if columns.u == 1 else [time * columns.u for time in times]


def counts_of(columns: Columns, layout: Layout) -> list[int]:
    """How many values each column has."""
    counts = [0] * len(layout.forms)
    for number, shape in enumerate(layout.shapes):
        members = columns.i.count(number)
        for column in shape.columns:
            counts[column] += members
    return counts


def values_of(columns: Columns, layout: Layout) -> list[Iterator[Any]]:
    """The values of each column, one for each field that lies in it, in the order of the events."""
    found: list[Iterator[Any]] = []
    for column, count in zip(columns_of(columns, layout), counts_of(columns, layout), strict=True):
        if column.different is None:
            found.append(iter(read_column(column.numeric)))
            continue
        each = joined_ids(column.different, column.form) or read_column(column.different)
        picks = read_picks(column.numeric, len(each), count)
        if picks:
            found.append(map(each.__getitem__, picks))
        else:
            found.append(iter(each) if len(each) == count else itertools.repeat(each[0], count))
    return found


def read_columns(text: bytes) -> list[Event | None]:
    """The events of an accepted body's text (or of columns that came down); None where one is blank. Values that several
    events share are the same object."""
    return events_of(read_shape(text))


def events_of(columns: Columns) -> list[Event | None]:
    """The events in columns whose values are still undecoded."""
    layout = layout_for(columns)
    values = values_of(columns, layout)
    origins = {index: Origin(stream, seq, hash_) for index, stream, seq, hash_ in columns.o}
    events: list[Event | None] = []
    for index, (number, ts) in enumerate(zip(columns.i, times_of(columns), strict=True)):
        if number is None:
            events.append(None)
            continue
        (kind, *fields), places = layout.shapes[number]
        payload = {field: next(values[place]) for field, place in zip(fields, places, strict=True)}
        events.append(Event(kind, ts, payload, origins.get(index)))
    return events


def blank_columns(text: bytes, blanks: Collection[int]) -> bytes:
    """The same columns with the events at these indices blank: null in `i`, and nothing else of them anywhere but their
    times."""
    columns = read_shape(text)
    events = [None if index in blanks else event for index, event in enumerate(events_of(columns))]
    return _write(events, times_of(columns))


def erase_columns(text: bytes, erased: Collection[int]) -> bytes:
    """The same columns without the events at these indices, and without their times: each has that of the nearest one that stays
    before it, else of the next, else 0. Those that were blank before are as they were erased now."""
    columns = read_shape(text)
    events = [None if index in erased else event for index, event in enumerate(events_of(columns))]
    times = times_of(columns)
    kept = [index for index, event in enumerate(events) if event is not None]
    places = [
        max((one for one in kept if one <= index), default=kept[0] if kept else -1) for index in range(len(events))
    ]
    return _write(events, [times[place] if place >= 0 else 0 for place in places])


def write_columns(events: Sequence[Event]) -> bytes:
    """The text of a body, byte for byte as the phone writes it."""
    return _write(events, [event.ts for event in events])


def _write(events: Sequence[Event | None], times: Sequence[int]) -> bytes:
    shapes: dict[tuple[str, ...], int] = {}
    which: list[int | None] = []
    for event in events:
        if event is None:
            which.append(None)
        else:
            which.append(shapes.setdefault((event.kind, *event.payload), len(shapes)))
    written = [shape_as_written(names) for names in shapes]
    layout = lay_out(written)
    columns: list[list[str]] = [[] for _ in layout.forms]
    for event, number in zip(events, which, strict=True):
        if event is not None and number is not None:
            for place, value in zip(layout.shapes[number].columns, event.payload.values(), strict=True):
                columns[place].append(ecmascript_json(value))
    unit = next(unit for unit in UNITS_MS if not any(ts % unit for ts in times))
    steps = [times[0] // unit, *((after - before) // unit for before, after in itertools.pairwise(times))]
    numeric, different = _written_columns(columns, layout.forms)
    parts = [
        f'"v":{COLUMNS_VERSION}',
        *([f'"u":{unit}'] if unit != 1 else []),
        f'"t":{ecmascript_json(steps)}',
        f'"s":{ecmascript_json(written)}',
        f'"i":{ecmascript_json(which)}',
        f'"d":{_array(numeric)}',
        f'"x":{_array(different)}',
    ]
    origins = [[index, *msgspec.structs.astuple(e.origin)] for index, e in enumerate(events) if e and e.origin]
    if origins:
        parts.append(f'"o":{ecmascript_json(origins)}')
    return ("{" + ",".join(parts) + "}").encode()


def _written_columns(columns: list[list[str]], forms: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Spelled values as `d` and `x` hold them."""
    numeric: list[str] = []
    different: list[str] = []
    for values, form in zip(columns, forms, strict=True):
        if form == NUMBER:
            numeric.append(_array(values))
            continue
        places: dict[str, int] = {}
        picks = [places.setdefault(value, len(places)) for value in values]
        numeric.append("[]" if len(places) in (1, len(values)) else ecmascript_json(picks))
        ids = _IDS.get(form)
        if ids is not None and all(ids.match(value) for value in places):
            different.append('"' + "".join(value[1:-1] for value in places) + '"')
        else:
            different.append(_array(places))
    return numeric, different


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
