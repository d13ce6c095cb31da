"""Fuzzing of what decodes phones' bytes, guided by coverage: a bounded run from the golden examples. `make fuzz` goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import zlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.security import fuzzing
from xuetan.event_log import examine
from xuetan.sync import files, hub_papers

ROOT = Path(__file__).resolve().parents[2]
RUNS = 10_000


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_no_bytes_break_the_decoders(tmp_path: Path, target: str) -> None:
    """In a process of its own, whose memory is bounded: a gigabyte would end it."""
    command = [sys.executable, "-m", "tests.security.fuzzing", target, "--runs", str(RUNS), "--findings", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, (result.stdout + result.stderr)[-4000:]
    assert f"{target}: " in result.stdout


@pytest.mark.parametrize(
    ("target", "module", "name", "broken"),
    [
        ("segment", examine, "_malformed", lambda *_: {}),
        ("body", examine, "inflate", lambda body: zlib.decompress(body, 31)),
        ("hub_sync", hub_papers, "_is_cursor", lambda _: True),
        ("file", files, "XTSYNC_NAME_CHARACTERS_MAX", None),
    ],
)
def test_the_fuzzer_finds_a_check_that_was_taken_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, module: ModuleType, name: str, broken: object
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises((AssertionError, ValueError, TypeError, fuzzing.segments.UnreadableError, zlib.error)):
        fuzzing.run_by_chance(target, RUNS, 0, fuzzing.SEED, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_examples_are_changed_as_json_and_stay_json_as_a_rule() -> None:
    """Else the fuzzer would only ever try the decoder's first line."""
    chance = random.Random(1)
    read = 0
    for _ in range(300):
        data = chance.choice(fuzzing.golden_segments())
        changed = fuzzing.change_segment(data, chance)
        assert changed[:2] == data[:2]
        read += not isinstance(examine.examine(fuzzing.segments.deflate(changed[2:]), data[0]), str)
    assert read >= 20
