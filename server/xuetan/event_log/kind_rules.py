"""The contracts' event kinds made ready for checking: one decoder per field, one set of roles per kind. Pure.

Columns are checked whole; only a column that fails is looked at value by value. Fields that a contract does not name,
and kinds that the contracts do not know, are taken as they are, as long as they are not nested deeper than readers
can follow.
"""

import re
import sys
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from xuetan.contracts.event_kinds import EVENT_KINDS, EventKind
from xuetan.event_log.segments import WHOLE_NUMBER_MAX

DEPTH_MAX = 32
# Of one event. A decoder is made for each shape, so a shape has its limit.
FIELDS_MAX = 100
SHAPES_REMEMBERED_MAX = 500
NAMES_REMEMBERED_MAX = 2_000
_KIND_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}/[1-9][0-9]{0,3}\Z")
_NOT_DECODED = (msgspec.DecodeError, RecursionError)


def is_keepable(value: Any, depth: int = DEPTH_MAX) -> bool:
    """True for what readers of any language can follow and keep: nothing nested too deep, no number that is infinite to
    JavaScript, no NUL."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int):
        return abs(value) <= sys.float_info.max
    if isinstance(value, dict):
        return depth > 0 and all(is_keepable(key) and is_keepable(item, depth - 1) for key, item in value.items())
    if isinstance(value, list):
        return depth > 0 and all(is_keepable(item, depth - 1) for item in value)
    return True


def _parts_of(type_: Any) -> tuple[Any, ...]:
    return get_args(type_) if get_origin(type_) in (Union, UnionType) else (type_,)


def _without_unset(type_: Any) -> Any:
    """The type of a field's value where it is given."""
    return Union[tuple(part for part in _parts_of(type_) if part is not msgspec.UnsetType)]  # noqa: UP007


def _base_of(type_: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    """A type without its constraints, and these."""
    if get_origin(type_) is not Annotated:
        return type_, ()
    base, *metas = get_args(type_)
    return base, tuple(meta for meta in metas if isinstance(meta, msgspec.Meta))


def _bounded(constraints: tuple[msgspec.Meta, ...]) -> Any:
    """A whole number within its constraints and within what JavaScript holds exactly."""
    least = max((int(meta.ge) for meta in constraints if meta.ge is not None), default=-WHOLE_NUMBER_MAX)
    most = min((int(meta.le) for meta in constraints if meta.le is not None), default=WHOLE_NUMBER_MAX)
    return Annotated[int, msgspec.Meta(ge=least, le=most)]


def _text_rule(constraints: tuple[msgspec.Meta, ...]) -> Callable[[str], object] | None:
    """Patterns and lengths of a text. A pattern's `$` means the very end, as in the other language."""
    patterns = [re.compile(meta.pattern.removesuffix("$") + r"\Z") for meta in constraints if meta.pattern]
    longest = min((meta.max_length for meta in constraints if meta.max_length is not None), default=None)
    if not patterns and longest is None:
        return None
    if longest is None and len(patterns) == 1:
        return patterns[0].search

    def is_good(text: str) -> bool:
        return (longest is None or len(text) <= longest) and all(pattern.search(text) for pattern in patterns)

    return is_good


class FieldRule:
    """Checks the values of one field, a whole column at a time."""

    def __init__(self, type_: Any) -> None:
        base, constraints = _base_of(type_)
        if base is int:
            type_ = _bounded(constraints)
        self._value: msgspec.json.Decoder[Any] = msgspec.json.Decoder(type_)
        self.column_type: Any = list[str] if base is str else list[type_]
        self._is_good: Callable[[Any], object] | None = None
        if base is str:
            self._is_good = _text_rule(constraints)
        elif type_ is Any:
            self._is_good = is_keepable
        self._is_text = base is str

    def takes_all(self, values: list[Any]) -> bool:
        """True when every value of a column that was decoded as `column_type` is as the contract says."""
        if self._is_good is None:
            return True
        # The same few words come again and again; each is looked at once.
        return all(map(self._is_good, set(values) if self._is_text else values))

    def is_good(self, raw: msgspec.Raw) -> bool:
        try:
            value = self._value.decode(raw)
        except _NOT_DECODED:
            return False
        return self._is_good is None or bool(self._is_good(value))


class KindRule:
    """What the contracts say of one kind."""

    def __init__(self, kind: EventKind) -> None:
        self.scope_letter = kind.scope
        self.by = kind.by
        fields = msgspec.structs.fields(kind.payload)
        self.required = frozenset(field.encode_name for field in fields if field.required)
        self.fields = {field.encode_name: FieldRule(_without_unset(field.type)) for field in fields}


class ShapeRule:
    """What the contracts say of one shape: a kind with the names of its fields, in their order."""

    def __init__(self, names: tuple[str, ...], kind: KindRule | None) -> None:
        fields = names[1:]
        self.is_malformed = (
            len(fields) > FIELDS_MAX
            or not _KIND_NAME.match(names[0])
            or len(set(fields)) != len(fields)
            or any("\0" in field for field in fields)
            or (kind is not None and not kind.required <= set(fields))
        )
        self.fields = [kind.fields.get(field, ANYTHING) if kind else ANYTHING for field in fields]
        if not self.is_malformed:
            all_columns: Any = tuple.__class_getitem__(tuple(field.column_type for field in self.fields))
            self._columns: msgspec.json.Decoder[tuple[list[Any], ...]] = msgspec.json.Decoder(all_columns)

    def takes_all(self, raw: msgspec.Raw, n: int) -> bool:
        """True when these are good columns of `n` good events."""
        if self.is_malformed:
            return False
        try:
            columns = self._columns.decode(raw)
        except _NOT_DECODED:
            return False
        return all(
            len(values) == n and field.takes_all(values) for field, values in zip(self.fields, columns, strict=True)
        )


class Rules:
    """The contracts' event kinds, made ready for checking."""

    def __init__(self, kinds: Mapping[str, EventKind]) -> None:
        self.kinds = {name: KindRule(kind) for name, kind in kinds.items()}
        self._shapes: dict[tuple[str, ...], ShapeRule] = {}
        # Per letter, the roles that any kind may be written by: whoever has none of them only reads such a scope.
        self.writers: dict[str, frozenset[str]] = {}
        for kind in kinds.values():
            self.writers[kind.scope] = self.writers.get(kind.scope, frozenset()) | kind.by

    def shape_rule(self, names: tuple[str, ...]) -> ShapeRule:
        """The rule of a shape. Phones write the same few; what a stranger invents is forgotten again."""
        found = self._shapes.get(names)
        if found is None:
            found = ShapeRule(names, self.kinds.get(names[0]))
            if len(self._shapes) >= SHAPES_REMEMBERED_MAX:
                self._shapes = {}
            if not found.is_malformed and sum(map(len, names)) <= NAMES_REMEMBERED_MAX:
                self._shapes[names] = found
        return found


ANYTHING = FieldRule(Any)
RULES = Rules(EVENT_KINDS)
