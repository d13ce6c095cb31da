"""The contracts' event kinds made ready for checking: one decoder per field, one set of roles per kind. Pure.

Columns are checked whole; only a column that fails is looked at value by value. Fields that a contract does not name,
and kinds that the contracts do not know, are taken as they are, as long as they are not nested deeper than readers
can follow.
"""

import re
import sys
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec

from xuetan.contracts.event_kinds import EVENT_KINDS, EventKind
from xuetan.event_log.columns import WHOLE_NUMBER_MAX
from xuetan.event_log.layouts import ID_CHARACTERS, NUMBER, Layout

DEPTH_MAX = 32
# Of one event. A decoder is made for each shape, so a shape has its limit.
FIELDS_MAX = 100
LAYOUTS_REMEMBERED_MAX = 500
NAMES_REMEMBERED_MAX = 2_000
_KIND_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}/[1-9][0-9]{0,3}\Z")
NOT_DECODED = (msgspec.DecodeError, RecursionError)


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
        # What a value is decoded as; texts are looked at afterwards.
        self.type: Any = str if base is str else type_
        column: Any = list.__class_getitem__(self.type)
        self._column: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(column)
        self._is_good: Callable[[Any], object] | None = None
        if base is str:
            self._is_good = _text_rule(constraints)
        elif type_ is Any:
            self._is_good = is_keepable

    def are_good(self, values: list[Any]) -> bool:
        """True when all of these, decoded as `type`, are as the contract says."""
        return self._is_good is None or all(map(self._is_good, values))

    def takes_all(self, raw: msgspec.Raw) -> bool:
        """True when each value in an array is as the contract says."""
        try:
            values = self._column.decode(raw)
        except NOT_DECODED:
            return False
        return self.are_good(values)

    def is_good(self, raw: msgspec.Raw) -> bool:
        try:
            value = self._value.decode(raw)
        except NOT_DECODED:
            return False
        return self._is_good is None or bool(self._is_good(value))


class KindRule:
    """What the contracts say of one kind."""

    def __init__(self, kind: EventKind, rule_of: Callable[[Any], FieldRule]) -> None:
        self.scope_letter = kind.scope
        self.by = kind.by
        fields = msgspec.structs.fields(kind.payload)
        self.required = frozenset(field.encode_name for field in fields if field.required)
        self.fields = {field.encode_name: rule_of(_without_unset(field.type)) for field in fields}


class LayoutRules(NamedTuple):
    """What the contracts say of the columns of a segment. `fields`: per shape, the rule of each field; `columns`: per
    column, the rules that lie in it; `malformed`: the shapes that no good event has. `numeric` and `different` decode
    what good columns are, where that can be said at once."""

    fields: tuple[tuple[FieldRule, ...], ...]
    columns: tuple[tuple[FieldRule, ...], ...]
    malformed: frozenset[int]
    numeric: msgspec.json.Decoder[tuple[Any, ...]] | None
    different: msgspec.json.Decoder[tuple[Any, ...]] | None


class Rules:
    """The contracts' event kinds, made ready for checking."""

    def __init__(self, kinds: Mapping[str, EventKind]) -> None:
        self._fields: dict[Any, FieldRule] = {}
        self.kinds = {name: KindRule(kind, self._field_rule) for name, kind in kinds.items()}
        self._layouts: dict[Layout, LayoutRules] = {}
        # Per letter, the roles that any kind may be written by: whoever has none of them only reads such a scope.
        self.writers: dict[str, frozenset[str]] = {}
        for kind in kinds.values():
            self.writers[kind.scope] = self.writers.get(kind.scope, frozenset()) | kind.by

    def layout_rules(self, layout: Layout) -> LayoutRules:
        """The rules of a layout. Phones write the same few; what a stranger invents is forgotten again."""
        found = self._layouts.get(layout)
        if found is None:
            found = self._make_layout_rules(layout)
            if len(self._layouts) >= LAYOUTS_REMEMBERED_MAX:
                self._layouts = {}
            if sum(len(name) for shape in layout.shapes for name in shape.names) <= NAMES_REMEMBERED_MAX:
                self._layouts[layout] = found
        return found

    def _make_layout_rules(self, layout: Layout) -> LayoutRules:
        columns: list[dict[FieldRule, None]] = [{} for _ in layout.forms]
        fields = []
        for shape in layout.shapes:
            kind = self.kinds.get(shape.names[0])
            rules = tuple(kind.fields.get(name, ANYTHING) if kind else ANYTHING for name in shape.names[1:])
            for column, rule in zip(shape.columns, rules, strict=True):
                columns[column][rule] = None
            fields.append(rules)
        malformed = frozenset(
            number for number, shape in enumerate(layout.shapes) if _is_malformed(shape.names, self.kinds)
        )
        rules_of = tuple(tuple(rules) for rules in columns)
        return LayoutRules(tuple(fields), rules_of, malformed, *_decoders(layout.forms, rules_of))

    def _field_rule(self, type_: Any) -> FieldRule:
        """One rule for each type, so that kinds that share a column mostly share its rule."""
        key = repr(type_)
        if key not in self._fields:
            self._fields[key] = FieldRule(type_)
        return self._fields[key]


def _decoders(
    forms: tuple[str, ...], columns: tuple[tuple[FieldRule, ...], ...]
) -> tuple[msgspec.json.Decoder[tuple[Any, ...]] | None, msgspec.json.Decoder[tuple[Any, ...]] | None]:
    """What decodes all good columns of a segment at once; none when rules that share a column ask for different
    things."""
    numeric: list[Any] = []
    different: list[Any] = []
    for form, rules in zip(forms, columns, strict=True):
        types = {repr(rule.type): rule.type for rule in rules}
        if len(types) > 1 or (form in ID_CHARACTERS and str not in types.values()):
            return None, None
        (value,) = types.values()
        values: Any = list.__class_getitem__(value)
        numeric.append(values if form == NUMBER else list[int])
        if form != NUMBER:
            different.append(str | list[str] if form in ID_CHARACTERS else values)
    return _decoder_of(numeric), _decoder_of(different)


def _decoder_of(columns: list[Any]) -> msgspec.json.Decoder[tuple[Any, ...]]:
    types: Any = tuple.__class_getitem__(tuple(columns))
    return msgspec.json.Decoder(types)


def _is_malformed(names: tuple[str, ...], kinds: Mapping[str, KindRule]) -> bool:
    """True for a kind with names of fields that no good event has."""
    fields = names[1:]
    kind = kinds.get(names[0])
    return (
        len(fields) > FIELDS_MAX
        or not _KIND_NAME.match(names[0])
        or len(set(fields)) != len(fields)
        or any("\0" in field for field in fields)
        or (kind is not None and not kind.required <= set(fields))
    )


ANYTHING = FieldRule(Any)
RULES = Rules(EVENT_KINDS)
