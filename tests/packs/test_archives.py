"""A source that comes as a ZIP: the same pack as the folder, and nothing that an archive may try."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.packs.conftest import SMALL_PACK
from xuetan.packs import limits
from xuetan.packs.archives import read_archive
from xuetan.packs.findings import Findings
from xuetan.packs.source_files import SourceFiles, read_folder


def zipped(entries: dict[str, bytes], *, mode: int = 0o100644) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            opened.writestr(info, data)
    archive.seek(0)
    return archive


def read(archive: io.BytesIO) -> tuple[SourceFiles, list[str]]:
    findings = Findings()
    files = read_archive(archive, findings)
    return files, [one.code for one in findings.in_reading_order()]


@pytest.mark.parametrize("wrapper", ["", "small-pack/"])
def test_an_archive_of_the_folder_or_of_what_is_in_it_is_the_same_source(wrapper: str) -> None:
    folder = read_folder(SMALL_PACK, Findings())
    left_behind = {f"{wrapper}.DS_Store": b"", "__MACOSX/._pack.toml": b""}
    entries = {wrapper + path: data for path, data in folder.items()} | left_behind
    assert read(zipped(entries)) == (folder, [])


@pytest.mark.parametrize("path", ["../pack.toml", "a/../../x", "/etc/passwd", "C:/x", "a\\..\\x", "a//b", "./x"])
def test_a_path_that_leads_elsewhere_is_refused(path: str, tmp_path: Path) -> None:
    files, codes = read(zipped({path: b"x", "pack.toml": b""}))
    assert codes == ["archive_path"]
    assert set(files) == {"pack.toml"}


def test_links_and_special_files_are_refused() -> None:
    assert read(zipped({"pack.toml": b"/etc/passwd"}, mode=0o120777)) == ({}, ["symbolic_link"])
    assert read(zipped({"pack.toml": b""}, mode=0o010644)) == ({}, ["not_a_regular_file"])


def test_sizes_and_counts_are_bounded_by_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOURCE_FILE_BYTES_MAX", 1_000)
    assert read(zipped({"pack.toml": b"\0" * 1_001}))[1] == ["file_too_large"]
    monkeypatch.setattr(limits, "SOURCE_TOTAL_BYTES_MAX", 1_500)
    assert "source_too_large" in read(zipped({f"{number}.md": b"\0" * 900 for number in range(3)}))[1]
    monkeypatch.setattr(limits, "SOURCE_FILES_MAX", 2)
    assert "too_many_files" in read(zipped({f"{number}.md": b"" for number in range(3)}))[1]


def test_what_is_no_archive_is_said_so() -> None:
    cut = zipped({"pack.toml": b"x" * 1000}).getvalue()
    for data in (b"", b"no archive", cut[:-30], cut[:10]):
        assert read(io.BytesIO(data)) == ({}, ["archive_unreadable"])
