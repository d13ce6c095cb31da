"""What a segment says inside: is it readable, which events are malformed or too large, which kinds may its writer
append. Pure.

Rules come from the contracts, so no word of a domain stands here. A good segment costs
microseconds: whatever looks at single values runs only when something gave reason to.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import rfc8785

from xuetan.contracts.limits import (
    EVENT_PAYLOAD_BYTES_MAX,
    SEGMENT_BODY_BYTES_MAX,
    SEGMENT_EVENTS_MAX,
    SEGMENT_INFLATED_BYTES_MAX,
)
from xuetan.event_log.columns import (
    COLUMNS_VERSION,
    UNITS_MS,
    WHOLE_NUMBER_MAX,
    Column,
    Columns,
    are_picks,
    columns_of,
    counts_of,
    events_of,
    ids_in,
    joined_ids,
    layout_for,
    read_picks,
    read_shape,
    split,
    times_of,
)
from xuetan.event_log.kind_rules import DEPTH_MAX, NOT_DECODED, RULES, FieldRule, LayoutRules, Rules, is_keepable
from xuetan.event_log.layouts import NUMBER, Layout, UnreadableError
from xuetan.event_log.members import ScopeRoles
from xuetan.event_log.scopes import first_role, letter_of
from xuetan.event_log.segments import TooLargeError, inflate, is_nested_too_deep
from xuetan.kernel.ids import is_id

MALFORMED = "malformed_event"
TOO_LARGE = "payload_too_large"
KIND_NOT_PERMITTED = "kind_not_permitted"


class Contents(NamedTuple):
    """A readable segment: which events have which kind, and which are set aside whoever wrote them (index to code). `origins`: what
    those were called first that were emitted again, as (stream, seq)."""

    kinds: tuple[tuple[str, tuple[int, ...]], ...]
    aside: Mapping[int, str]
    origins: tuple[tuple[str, int], ...] = ()


def examine(body: bytes, n: int, rules: Rules = RULES, *, may_be_blank: bool = False) -> Contents | str:
    """The contents of a segment whose hash is right, or the code under which all of it is set aside. `may_be_blank`: it is what
    remains of one of which something was erased."""
    if len(body) > SEGMENT_BODY_BYTES_MAX or n > SEGMENT_EVENTS_MAX:
        return "segment_too_large"
    try:
        text = inflate(body)
        if is_nested_too_deep(text):
            return "unreadable_segment"
        columns = read_shape(text)
        layout = layout_for(columns)
        indices = _indices_of_shapes(columns, len(layout.shapes), n, may_be_blank)
        counts = counts_of(columns, layout)
        if _unpacks_too_large(text, columns, layout, counts):
            return "segment_too_large"
        layout_rules = rules.layout_rules(layout)
        aside = {}
        if not are_all_good(columns, layout, counts, layout_rules):
            aside = _malformed(columns, layout, counts, layout_rules)
    except TooLargeError:
        return "segment_too_large"
    except UnreadableError:
        return "unreadable_segment"
    if b"\\u0000" in text:
        _mark(aside, columns, is_not_keepable, MALFORMED)
    if len(text) + layout.names_length > EVENT_PAYLOAD_BYTES_MAX:
        _mark(aside, columns, is_payload_too_large, TOO_LARGE)
    kinds = tuple((shape.names[0], members) for shape, members in zip(layout.shapes, indices, strict=True))
    return Contents(kinds, aside, tuple((stream, seq) for _index, stream, seq, _hash in columns.o))


class Permit(NamedTuple):
    """As whom a segment is stored, and which of its events are set aside."""

    role: str
    after: bool
    aside: Mapping[int, str]


def permit(contents: Contents, scope: str, roles: ScopeRoles, rules: Rules = RULES) -> Permit | None:
    """Judge what the writer may append; None for who never had a role that writes in such a scope. Readers of a class
    or of the whole installation thus send nothing to its other readers, not even a kind that nobody knows yet.

    A kind is taken when any role the writer has or had may write it. The segment is stored under the role that may
    write most of it, a current one before one that ended; `after` says that this role had ended."""
    letter = letter_of(scope)
    if not roles.ever & rules.writers.get(letter, frozenset()):
        return None
    aside = dict(contents.aside)
    weights = dict.fromkeys(sorted(roles.ever), 0)
    for kind, members in contents.kinds:
        rule = rules.kinds.get(kind)
        if rule is None:
            continue
        may_write = rule.by & roles.ever if rule.scope_letter == letter else frozenset[str]()
        for role in may_write:
            weights[role] += len(members)
        if not may_write:
            # An operator's word lets in what is too long, never what its writer may not say.
            aside.update((index, KIND_NOT_PERMITTED) for index in members if aside.get(index) in (None, TOO_LARGE))
    heaviest = max(weights.values())
    best = {role for role, weight in weights.items() if weight == heaviest}
    role = first_role(best & roles.current or best)
    return Permit(role, role not in roles.current, aside)


def _indices_of_shapes(columns: Columns, shapes: int, n: int, may_be_blank: bool) -> list[tuple[int, ...]]:
    """Which events have which shape; each shape has some. UnreadableError when the parts do not fit together."""
    fits = (
        columns.v == COLUMNS_VERSION
        and columns.u in UNITS_MS
        and len(columns.i) == len(columns.t) == n
        and max(times := times_of(columns)) <= WHOLE_NUMBER_MAX
        and min(times) >= -WHOLE_NUMBER_MAX
        and _are_origins(columns, n)
    )
    if not fits:
        raise UnreadableError
    indices: list[list[int]] = [[] for _ in range(shapes)]
    for index, shape in enumerate(columns.i):
        if shape is None and may_be_blank:
            continue
        if shape is None or not 0 <= shape < shapes:
            raise UnreadableError
        indices[shape].append(index)
    if not all(indices):
        raise UnreadableError
    return [tuple(members) for members in indices]


def _are_origins(columns: Columns, n: int) -> bool:
    repeated = [index for index, _stream, _seq, _hash in columns.o]
    return len(set(repeated)) == len(repeated) and all(
        0 <= index < n and 0 <= seq <= WHOLE_NUMBER_MAX and is_id(stream) and is_id(hash_)
        for index, stream, seq, hash_ in columns.o
    )


def _unpacks_too_large(text: bytes, columns: Columns, layout: Layout, counts: Sequence[int]) -> bool:
    """True when the values that events share, written out for each of them, are more than a segment may hold."""
    if (len(text) + layout.names_length) * len(columns.i) <= SEGMENT_INFLATED_BYTES_MAX:
        return False
    size = len(text) + layout.names_length * len(columns.i)
    for column, count in zip(columns_of(columns, layout), counts, strict=True):
        if column.different is not None:
            lengths = [len(value) for value in joined_ids(column.different, column.form) or split(column.different)]
            picks = read_picks(column.numeric, len(lengths), count)
            if picks:
                size += sum(lengths[pick] for pick in picks)
            elif len(lengths) == 1:
                size += lengths[0] * count
    return size > SEGMENT_INFLATED_BYTES_MAX


def are_all_good(columns: Columns, layout: Layout, counts: Sequence[int], rules: LayoutRules) -> bool:
    """True when every event is as its kind says: what is looked at first, and nearly always last."""
    if rules.malformed or rules.numeric is None or rules.different is None:
        return False
    try:
        numeric = rules.numeric.decode(columns.d)
        different = iter(rules.different.decode(columns.x))
    except NOT_DECODED:
        return False
    for numbers, form, count, field_rules in zip(numeric, layout.forms, counts, rules.columns, strict=True):
        if form == NUMBER:
            if len(numbers) != count:
                return False
            values = numbers
        else:
            values = next(different)
            if isinstance(values, str):
                joined = ids_in(values, form)
                if joined is None:
                    return False
                values = joined
            if not are_picks(numbers, len(values), count):
                return False
        if not all(rule.are_good(values) for rule in field_rules):
            return False
    return True


class _Suspect:
    """A column with something wrong in it, looked at value by value."""

    def __init__(self, values: Sequence[msgspec.Raw], picks: Sequence[int]) -> None:
        self._values = values
        self._picks = picks
        self._taken = 0
        self._known: dict[tuple[int, FieldRule], bool] = {}

    def is_next_good(self, rule: FieldRule) -> bool:
        """Whether the next event's value is as this rule says."""
        place = min(self._taken, len(self._values) - 1) if not self._picks else self._picks[self._taken]
        self._taken += 1
        if (place, rule) not in self._known:
            self._known[place, rule] = rule.is_good(self._values[place])
        return self._known[place, rule]


def _look_at_column(column: Column, count: int, rules: Sequence[FieldRule]) -> _Suspect | None:
    """What a column holds when something in it is not good by each of its rules. UnreadableError when it has not
    `count` values."""
    if column.different is None:
        values = split(column.numeric)
        if len(values) != count:
            raise UnreadableError
        return None if _take_all(rules, column.numeric) else _Suspect(values, [])
    ids = joined_ids(column.different, column.form)
    written = column.different if ids is None else msgspec.Raw(msgspec.json.encode(ids))
    values = split(written)
    picks = read_picks(column.numeric, len(values), count)
    return None if _take_all(rules, written) else _Suspect(values, picks)


def _take_all(rules: Sequence[FieldRule], written: msgspec.Raw) -> bool:
    return all(rule.takes_all(written) for rule in rules)


def _malformed(columns: Columns, layout: Layout, counts: Sequence[int], rules: LayoutRules) -> dict[int, str]:
    """The events that are not as their kind says. UnreadableError when the columns are not as their shapes ask."""
    suspects: dict[int, _Suspect] = {}
    for place, (column, count) in enumerate(zip(columns_of(columns, layout), counts, strict=True)):
        suspect = _look_at_column(column, count, rules.columns[place])
        if suspect is not None:
            suspects[place] = suspect
    aside: dict[int, str] = {}
    for index, number in enumerate(columns.i):
        if number is None:
            continue
        if number in rules.malformed:
            aside[index] = MALFORMED
        elif not suspects:
            continue
        for place, rule in zip(layout.shapes[number].columns, rules.fields[number], strict=True):
            if place in suspects and not suspects[place].is_next_good(rule):
                aside[index] = MALFORMED
    return aside


def _mark(aside: dict[int, str], columns: Columns, is_bad: Callable[[dict[str, Any]], bool], code: str) -> None:
    """Set aside every event whose payload is bad, unless it is set aside already."""
    for index, event in enumerate(events_of(columns)):
        if index not in aside and event is not None and is_bad(event.payload):
            aside[index] = code


def is_not_keepable(payload: dict[str, Any]) -> bool:
    return not is_keepable(payload, DEPTH_MAX + 1)


def is_payload_too_large(payload: dict[str, Any]) -> bool:
    """True beyond the limit in canonical JSON, which takes long to write. It is never shorter than a quarter of a quicker
    spelling, and hardly ever longer, so it is written only where that does not tell."""
    quick = len(msgspec.json.encode(payload))
    if quick <= EVENT_PAYLOAD_BYTES_MAX or quick > 4 * EVENT_PAYLOAD_BYTES_MAX:
        return quick > EVENT_PAYLOAD_BYTES_MAX
    return len(rfc8785.dumps(payload)) > EVENT_PAYLOAD_BYTES_MAX
