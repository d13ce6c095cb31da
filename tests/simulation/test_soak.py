"""`make soak` says how far it came, and ends at the first failure with its seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.simulation.server_bugs import ROOT


def soak(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "scripts/soak.py", "--workers", "1", *arguments]
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)


def test_a_clean_soak_says_how_far_it_came(tmp_path: Path) -> None:
    process = soak("--first", "3", "--seeds", "2", folder=tmp_path)
    told, _ = process.communicate()
    assert process.returncode == 0
    assert "2 seeds without a breach" in told
    assert "✓ seeds 3 to 4" in told


def test_a_soak_ends_at_the_first_failure_with_its_seed(tmp_path: Path) -> None:
    process = soak("--seeds", "500", "--bug", "gc_on_send", folder=tmp_path)
    told, _ = process.communicate()
    assert process.returncode == 1
    assert "✗ seed 0: ACKED" in told
    assert "--first 0 --count 1" in told
