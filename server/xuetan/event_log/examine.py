"""What a segment says inside: is it readable, which events are malformed or too large, which kinds may its writer
append. Pure.

Rules come from the contracts, so no word of a domain stands here. A good segment costs
microseconds: whatever looks at single values runs only when something gave reason to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import rfc8785

from xuetan.contracts.limits import EVENT_PAYLOAD_BYTES_MAX, SEGMENT_BODY_BYTES_MAX, SEGMENT_EVENTS_MAX
from xuetan.event_log.kind_rules import DEPTH_MAX, RULES, Rules, is_keepable
from xuetan.event_log.members import ScopeRoles
from xuetan.event_log.scopes import first_role, letter_of
from xuetan.event_log.segments import (
    WHOLE_NUMBER_MAX,
    Columns,
    TooLargeError,
    UnreadableError,
    inflate,
    is_nested_too_deep,
    read_column,
    read_shape,
    split,
    times_of,
)
from xuetan.kernel.ids import is_id

MALFORMED = "malformed_event"
TOO_LARGE = "payload_too_large"
KIND_NOT_PERMITTED = "kind_not_permitted"


class Contents(NamedTuple):
    """A readable segment: which events have which kind, and which are set aside whoever wrote them (index to code)."""

    kinds: tuple[tuple[str, tuple[int, ...]], ...]
    aside: Mapping[int, str]


def examine(body: bytes, n: int, rules: Rules = RULES) -> Contents | str:
    """The contents of a segment whose hash is right, or the code under which all of it is set aside."""
    if len(body) > SEGMENT_BODY_BYTES_MAX or n > SEGMENT_EVENTS_MAX:
        return "segment_too_large"
    try:
        text = inflate(body)
        if is_nested_too_deep(text):
            return "unreadable_segment"
        columns = read_shape(text)
        indices = _indices_of_shapes(columns, n)
        aside: dict[int, str] = {}
        for names, raw, members in zip(columns.s, columns.d, indices, strict=True):
            aside.update((index, MALFORMED) for index in _malformed(names, raw, members, rules))
    except TooLargeError:
        return "segment_too_large"
    except UnreadableError:
        return "unreadable_segment"
    if b"\\u0000" in text:
        _mark(aside, columns, indices, is_not_keepable, MALFORMED)
    if len(text) > EVENT_PAYLOAD_BYTES_MAX:
        _mark(aside, columns, indices, is_payload_too_large, TOO_LARGE)
    kinds = tuple((shape[0], members) for shape, members in zip(columns.s, indices, strict=True) if members)
    return Contents(kinds, aside)


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
            aside.update((index, KIND_NOT_PERMITTED) for index in members if index not in aside)
    heaviest = max(weights.values())
    best = {role for role, weight in weights.items() if weight == heaviest}
    role = first_role(best & roles.current or best)
    return Permit(role, role not in roles.current, aside)


def _indices_of_shapes(columns: Columns, n: int) -> list[tuple[int, ...]]:
    """Which events have which shape. UnreadableError when the parts do not fit together."""
    fits = (
        columns.v == 1
        and len(columns.i) == len(columns.dt) == n
        and columns.dt[0] == 0
        and len(columns.s) == len(columns.d) <= n
        and all(columns.s)
        and all(abs(ts) <= WHOLE_NUMBER_MAX for ts in times_of(columns))
        and _are_origins(columns, n)
    )
    if not fits:
        raise UnreadableError
    indices: list[list[int]] = [[] for _ in columns.s]
    for index, shape in enumerate(columns.i):
        if shape is None or not 0 <= shape < len(indices):
            raise UnreadableError
        indices[shape].append(index)
    return [tuple(members) for members in indices]


def _are_origins(columns: Columns, n: int) -> bool:
    repeated = [index for index, _stream, _seq, _hash in columns.o]
    return len(set(repeated)) == len(repeated) and all(
        0 <= index < n and 0 <= seq <= WHOLE_NUMBER_MAX and is_id(stream) and is_id(hash_)
        for index, stream, seq, hash_ in columns.o
    )


def _malformed(names: Sequence[str], raw: msgspec.Raw, members: tuple[int, ...], rules: Rules) -> Iterator[int]:
    """The events of one shape that are not as their kind says."""
    rule = rules.shape_rule(tuple(names))
    if rule.takes_all(raw, len(members)):
        return
    if rule.is_malformed:
        yield from members
    columns = [split(column) for column in split(raw)]
    if len(columns) != len(rule.fields) or any(len(values) != len(members) for values in columns):
        raise UnreadableError
    for field, values in zip(rule.fields, columns, strict=True):
        yield from (index for index, value in zip(members, values, strict=True) if not field.is_good(value))


def _mark(
    aside: dict[int, str],
    columns: Columns,
    indices: Sequence[tuple[int, ...]],
    is_bad: Callable[[dict[str, Any]], bool],
    code: str,
) -> None:
    """Set aside every event whose payload is bad, unless it is set aside already."""
    for names, raw, members in zip(columns.s, columns.d, indices, strict=True):
        values = split(raw)
        rows = zip(*(read_column(column) for column in values), strict=True) if values else ((),) * len(members)
        for index, row in zip(members, rows, strict=True):
            if index not in aside and is_bad(dict(zip(names[1:], row, strict=True))):
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
