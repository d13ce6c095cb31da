"""Positions and server rows. Owns the counter of a scope: nothing else gives out a position.

Works over anything that runs SQL inside an open write transaction, so that a domain's session and the measured path
append alike.
"""

from typing import Any

import msgspec

from xuetan.contracts.row_kinds import ROW_KINDS
from xuetan.event_log.scopes import is_scope, letter_of
from xuetan.kernel.sql import Run, enter_log, run_in

TAKE_POSITION = """
INSERT INTO log_scope (scope, head) VALUES (?, 1)
ON CONFLICT (scope) DO UPDATE SET head = log_scope.head + 1 RETURNING head
"""
_INSERT_ROW = """
INSERT INTO log_entry (scope, position, received_ms, row_kind, row_key, row_body, after) VALUES (?, ?, ?, ?, ?, ?, FALSE)
"""


def take_position(run: Run, scope: str) -> int:
    """The scope's next position, which nobody else gets and nobody sees before this transaction is durable."""
    enter_log(run)
    row = run(TAKE_POSITION, (scope,)).fetchone()
    return int(row[0])


def insert_row(run: Run, scope: str, kind: str, key: str, body: dict[str, Any] | None, *, now_ms: int) -> int:
    """Append a row at the scope's next position. A body that breaks its contract is a programming error and raises."""
    row_kind = ROW_KINDS[kind]
    if not is_scope(scope) or letter_of(scope) not in row_kind.scopes:
        raise ValueError(f"rows of kind {kind} do not belong in {scope}")
    encoded: str | None = None
    if body is not None:
        msgspec.convert(body, row_kind.body)
        encoded = msgspec.json.encode(body).decode()
    position = take_position(run, scope)
    run(_INSERT_ROW, (scope, position, now_ms, kind, key, encoded))
    return position


__all__ = ["Run", "insert_row", "run_in", "take_position"]
