"""What `xuetan rehearse` runs where only the package is installed: the phones in one file, built from the same sources."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from xuetan.rehearsal import phones_program
from xuetan.rehearsal.phones_program import SHIPPED, Phones, find_phones
from xuetan.rehearsal.runner import found, run_worlds, scratch_folder


def fingerprints(phones: Phones, scratch: Path) -> list[str]:
    logging.disable(logging.CRITICAL)
    try:
        return [
            world["fingerprint"]
            for world in run_worlds(found(scratch / "founded"), scratch / "world", ["--first", "4"], phones)
        ]
    finally:
        logging.disable(logging.NOTSET)


def test_without_the_sources_the_shipped_phones_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones_program, "SOURCES", tmp_path / "start.mjs")
    assert find_phones().program == SHIPPED


def test_the_shipped_phones_play_a_world_as_the_sources_do() -> None:
    """Each has a school founded for itself: keys differ and never appear, everything else is seeded."""
    with scratch_folder() as here, scratch_folder() as there:
        sources = find_phones()
        assert fingerprints(Phones(sources.node, SHIPPED), here) == fingerprints(sources, there)
