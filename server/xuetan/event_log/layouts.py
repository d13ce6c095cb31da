"""Which columns a segment has, by its shapes: the numbers of the segment dictionary and the names of what has none. Pure.

A number of the dictionary is one column, whatever shapes it stands in; a name is a column of its shape alone. What a
number stands for is never changed (contracts/segment_dictionary.yaml).
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from xuetan.contracts.limits import SEGMENT_EVENTS_MAX
from xuetan.contracts.segment_dictionary import FIELDS, KINDS

LAYOUTS_REMEMBERED_MAX = 500
LAYOUT_BYTES_REMEMBERED_MAX = 4_000
NUMBER, TEXT = "number", "text"
ID_CHARACTERS = {"id16": 16, "id22": 22}
ShapeAsWritten = int | list[int | str]


class UnreadableError(Exception):
    """These bytes are no columns."""


class Shape(NamedTuple):
    """`names`: a kind, then the names of its fields in their order. `columns`: the column of each field."""

    names: tuple[str, ...]
    columns: tuple[int, ...]


class Layout(NamedTuple):
    """The shapes of a segment, the form of each of its columns, the characters that the names of one event take at
    most."""

    shapes: tuple[Shape, ...]
    forms: tuple[str, ...]
    names_length: int


_KIND_NUMBERS = {kind: number for number, (kind, _fields) in enumerate(KINDS)}
_FIELD_NUMBERS = {name: number for number, (name, _form) in reversed(list(enumerate(FIELDS)))}
# Per kind: the number of each name that a field of it may have.
_NUMBERS_OF = {kind: {**_FIELD_NUMBERS, **{FIELDS[number][0]: number for number in fields}} for kind, fields in KINDS}
_USUAL = {(kind, *(FIELDS[number][0] for number in fields)): number for number, (kind, fields) in enumerate(KINDS)}

_SHAPES = msgspec.json.Decoder(list[ShapeAsWritten])
_layouts: dict[bytes, Layout] = {}


def layout_of(shapes: bytes) -> Layout:
    """The columns that these shapes, as JSON, have. UnreadableError when a number stands for nothing."""
    layout = _layouts.get(shapes)
    if layout is None:
        try:
            written = _SHAPES.decode(shapes)
            if len(written) > SEGMENT_EVENTS_MAX:
                raise UnreadableError
            layout = lay_out(written)
        except (msgspec.DecodeError, IndexError) as error:
            raise UnreadableError from error
        if len(_layouts) >= LAYOUTS_REMEMBERED_MAX:
            _layouts.clear()
        if len(shapes) <= LAYOUT_BYTES_REMEMBERED_MAX:
            _layouts[shapes] = layout
    return layout


def lay_out(written: Iterable[ShapeAsWritten]) -> Layout:
    """The columns in the order of their first use. IndexError when a number stands for nothing."""
    shapes: list[Shape] = []
    forms: list[str] = []
    shared: dict[int, int] = {}
    for one in written:
        kind, *fields = _spelled(one)
        names = [KINDS[_index(kind)][0] if isinstance(kind, int) else kind]
        places = []
        for field in fields:
            if isinstance(field, int):
                name, form = FIELDS[_index(field)]
                place = shared.setdefault(field, len(forms))
            else:
                name, form, place = field, TEXT, len(forms)
            if place == len(forms):
                forms.append(form)
            names.append(name)
            places.append(place)
        shapes.append(Shape(tuple(names), tuple(places)))
    names_length = max((sum(map(len, shape.names)) for shape in shapes), default=0)
    return Layout(tuple(shapes), tuple(forms), names_length)


def _spelled(shape: ShapeAsWritten) -> list[int | str]:
    """A shape with its kind and each of its fields."""
    if isinstance(shape, list):
        return shape or [-1]
    return [shape, *KINDS[_index(shape)][1]]


def _index(number: int) -> int:
    if number < 0:
        raise IndexError
    return number


def shape_as_written(names: tuple[str, ...]) -> ShapeAsWritten:
    """The shortest spelling of a kind with the names of its fields."""
    usual = _USUAL.get(names)
    if usual is not None:
        return usual
    kind, *fields = names
    if kind not in _KIND_NUMBERS:
        return [*names]
    numbers = _NUMBERS_OF[kind]
    return [_KIND_NUMBERS[kind], *(numbers.get(field, field) for field in fields)]
