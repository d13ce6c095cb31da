"""Hostile folders and documents: nothing outside the folder is read, and no small file costs much."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xuetan.packs import limits
from xuetan.packs.documents import Document, parse_toml, parse_yaml
from xuetan.packs.findings import FINDINGS_MAX, Findings
from xuetan.packs.source_files import read_folder


def codes_of(findings: Findings) -> list[str]:
    return [one.code for one in findings.in_reading_order()]


def test_a_symbolic_link_is_not_followed_to_a_file_or_a_folder(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.pem").write_text("private", encoding="utf-8")
    (folder / "media" / "key.svg").symlink_to(secret / "key.pem")
    (folder / "lessons" / "more").symlink_to(secret)
    (folder / "media" / "gone.svg").symlink_to(tmp_path / "nowhere")
    findings = Findings()
    files = read_folder(folder, findings)
    assert codes_of(findings) == ["symbolic_link"] * 3
    assert all(b"private" not in data for data in files.values())


def test_a_link_that_takes_a_files_place_after_the_walk_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between listing and opening, somebody swaps a file for a link."""
    secret = tmp_path / "secret.txt"
    secret.write_text("private", encoding="utf-8")
    real_open = os.open

    def swap_then_open(path: Path, flags: int, *rest: int) -> int:
        if Path(path).name == "stove.toml" and not Path(path).is_symlink():
            Path(path).unlink()
            Path(path).symlink_to(secret)
        return real_open(path, flags, *rest)

    monkeypatch.setattr(os, "open", swap_then_open)
    findings = Findings()
    files = read_folder(folder, findings)
    assert "media/stove.toml" not in files
    assert codes_of(findings) == ["file_unreadable"]


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "media" / "pipe.svg")
    findings = Findings()
    read_folder(folder, findings)
    assert codes_of(findings) == ["not_a_regular_file"]


def test_counts_sizes_and_depth_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOURCE_FILE_BYTES_MAX", 5_000)
    (folder / "media" / "big.png").write_bytes(b"x" * 5_001)
    (folder / "lessons" / "a" / "b").mkdir(parents=True)
    findings = Findings()
    files = read_folder(folder, findings)
    assert codes_of(findings) == ["folder_too_deep", "file_too_large"]
    assert "media/big.png" not in files
    monkeypatch.setattr(limits, "SOURCE_FILES_MAX", 3)
    assert len(read_folder(folder, Findings())) == 3
    monkeypatch.setattr(limits, "SOURCE_TOTAL_BYTES_MAX", 1_000)
    findings = Findings()
    read_folder(folder, findings)
    assert "source_too_large" in codes_of(findings)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    findings = Findings()
    assert read_folder(tmp_path / "nowhere", findings) == {}
    assert codes_of(findings) == ["folder_missing"]


BILLION_LAUGHS = 'a: &a ["x","x"]\n' + "".join(
    f"{name}: &{name} [*{before},*{before}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BILLION_LAUGHS, "yaml_alias"),
        ("a: &a [*a]", "yaml_alias"),
        ("a: 1\n<<: {b: 2}", "key_not_text"),
        ("a: !!python/object/apply:os.system ['true']", "yaml_tag"),
        ("a: !!binary aGk=", "yaml_tag"),
        ("!!set {a, b}", "yaml_tag"),
        ("[" * 100_000, "document_too_deep"),
        ("- " * 100_000, "document_too_deep"),
        ("- a\n" * 30_000, "document_too_deep"),
        ("a: 1\na: 2", "key_twice"),
        ("? [a]\n: b", "key_not_text"),
        ("a: 1\n---\nb: 2", "yaml_malformed"),
        ("a: 2026-99-99", "yaml_malformed"),
        ("a: " + "9" * 10_000, "yaml_malformed"),
        ("a: [", "yaml_malformed"),
        ("\t- a", "yaml_malformed"),
    ],
)
def test_yaml_that_is_not_plain_data_is_refused(text: str, code: str) -> None:
    findings = Findings()
    assert parse_yaml(text, "x.yaml", findings) is None
    assert codes_of(findings) == [code]


def test_lines_of_yaml_count_from_the_top_of_the_file() -> None:
    document = parse_yaml('a: 1\nb:\n  - c: "x"\n    d: 2\n', "x.md", Findings(), first_line=2)
    assert isinstance(document, Document)
    assert document.value == {"a": 1, "b": [{"c": "x", "d": 2}]}
    assert [document.line_of(path) for path in (("a",), ("b",), ("b", 0, "d"), ("b", 0, "missing"), ())] == [
        2,
        3,
        5,
        4,
        2,
    ]


def test_toml_with_a_fault_names_its_line() -> None:
    findings = Findings()
    assert parse_toml('a = 1\nb = "x\n', "pack.toml", findings) is None
    assert [(one.code, one.line) for one in findings.in_reading_order()] == [("toml_malformed", 2)]


def test_nobody_has_to_read_more_findings_than_they_can() -> None:
    findings = Findings()
    for number in range(10_000):
        findings.error("field_missing", "x", number)
    assert len(findings.in_reading_order()) == FINDINGS_MAX
