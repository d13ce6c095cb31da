"""What preflight has to say about a source: where, what, and what to do.

Owns the shape of a finding and its collection. The words live in the message catalogue under `preflight.<code>`; a
finding carries only the code and its parameters, so that each person reads it in their own language. Errors stop a
build, warnings are listed beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning"]
# A broken file can fail at every line; nobody reads more than this.
FINDINGS_MAX = 200


class Finding(NamedTuple):
    """`file` is a path inside the pack ("" for the pack as a whole), `line` counts from 1 (0 when unknown), `field`
    is a dotted name inside the file ("" when none is meant)."""

    severity: Severity
    code: str
    file: str
    line: int
    field: str
    params: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return self._asdict()

    @property
    def place(self) -> str:
        """`lessons/01-bell.md:12`, for people and for editors that jump there."""
        return f"{self.file}:{self.line}" if self.line else self.file


def finding_from_json(value: dict[str, Any]) -> Finding:
    return Finding(
        value["severity"], value["code"], value["file"], value["line"], value["field"], dict(value["params"])
    )


class Findings:
    """Collects findings in the order they are met."""

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self._found = list(found)

    def error(self, code: str, file: str, line: int = 0, field: str = "", **params: object) -> None:
        self._add(Finding("error", code, file, line, field, _texts(params)))

    def add_error(self, code: str, file: str, line: int, params: Mapping[str, object]) -> None:
        """For those who carry a refusal's code and parameters in an exception."""
        self._add(Finding("error", code, file, line, "", _texts(params)))

    def warn(self, code: str, file: str, line: int = 0, field: str = "", **params: object) -> None:
        self._add(Finding("warning", code, file, line, field, _texts(params)))

    def extend(self, found: Iterable[Finding]) -> None:
        self._found.extend(found)

    def _add(self, finding: Finding) -> None:
        if len(self._found) < FINDINGS_MAX:
            self._found.append(finding)

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self._found)

    def in_reading_order(self) -> list[Finding]:
        """Errors first, then by file and line."""
        return sorted(self._found, key=lambda one: (one.severity != "error", one.file, one.line, one.field, one.code))


def _texts(params: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in params.items()}
