"""docs/threat-model.md names, for each of its lines, tests that exist; and it quotes the rule of who reads journals as the code says it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from xuetan.learning_log.service import may_read_entry

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| record |", "| threat |"))
]
_PYTHON = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_PHONE = re.compile(r'`(pwa/[\w/.-]+\.test\.tsx?)` "([^"]+)"')


def names_a_python_test(file: str, name: str) -> bool:
    path = ROOT / file
    return path.is_file() and any(
        isinstance(node, ast.FunctionDef) and node.name == name for node in ast.parse(path.read_text("utf-8")).body
    )


def names_a_phone_test(file: str, title: str) -> bool:
    path = ROOT / file
    return path.is_file() and f'test("{title}"' in path.read_text("utf-8")


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:60] for row in ROWS])
def test_every_line_of_the_threat_model_names_tests_that_exist(row: list[str]) -> None:
    threat, answer, held_by = row
    assert threat
    assert answer
    python, phone = _PYTHON.findall(held_by), _PHONE.findall(held_by)
    assert python or phone, f"nothing holds: {threat}"
    missing = [one for one in python if not names_a_python_test(*one)] + [
        one for one in phone if not names_a_phone_test(*one)
    ]
    assert not missing, f"{threat}: there are no such tests: {missing}"


def test_the_threat_model_quotes_the_rule_of_who_reads_journals() -> None:
    quoted = next(line.removeprefix("> ") for line in TEXT.splitlines() if line.startswith("> "))
    assert quoted.split() == (may_read_entry.__doc__ or "").split()
