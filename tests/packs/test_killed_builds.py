"""A build whose process is killed goes on where it was, loses nothing and publishes once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from xuetan.accounts.service import OPERATOR
from xuetan.kernel.services import Services
from xuetan.packs import service as packs
from xuetan.packs.builds import Build, build_in_one_go
from xuetan.packs.events import PackPublished
from xuetan.packs.findings import Findings
from xuetan.packs.source_files import read_folder

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("check", "medium", "lesson", "assemble", "compress", "publish")

# (stage, call, moment) of the kill -> how often each stage runs afterwards
KILLS = {
    "right after the request": (("_get", 99, "before"), (1, 1, 2, 1, 1, 1)),
    "between a lesson's work and its record": (("lesson", 2, "after"), (0, 0, 1, 1, 1, 1)),
    "between publishing and its record": (("publish", 1, "after"), (0, 0, 0, 0, 0, 1)),
}


@pytest.mark.parametrize("case", KILLS)
def test_a_killed_build_resumes_and_publishes_the_same_bytes_once(
    case: str, services: Services, county: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stage, calls, moment), expected = KILLS[case]
    kill_a_build(services.settings.data_dir, folder, stage, calls, moment)
    (folder / "pack.toml").unlink()
    counted, told = count_stages(monkeypatch), listen(services)
    take_up(services)
    assert tuple(counted[one] for one in STAGES) == expected
    with services.database.reading() as session:
        (view,) = packs.list_builds(session, OPERATOR)
        (published,) = packs.list_packs(session, OPERATOR)
    assert (view.state, view.manifest) == ("published", published.card["manifest"])
    assert view.manifest == manifest_of_an_undisturbed_build(services)
    assert len(told) == (0 if stage == "publish" else 1)


def kill_a_build(data_dir: Path, folder: Path, stage: str, calls: int, moment: str) -> None:
    command = [sys.executable, "-m", "tests.packs.dying_build", str(data_dir), str(folder), stage, str(calls), moment]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def count_stages(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    for name in STAGES:
        real = getattr(Build, name)

        def counting(self: Build, *args: Any, _name: str = name, _real: Any = real) -> Any:
            counted[_name] += 1
            return _real(self, *args)

        monkeypatch.setattr(Build, name, counting)
    return counted


def listen(services: Services) -> list[PackPublished]:
    told: list[PackPublished] = []
    services.database.handlers.register(PackPublished, lambda _session, event: told.append(event))
    return told


def take_up(services: Services) -> None:
    services.jobs.poll_seconds = 0.02
    services.jobs.start()
    try:
        services.jobs.wait_idle(30)
        assert services.jobs.list_failed() == []
    finally:
        services.jobs.stop()


def manifest_of_an_undisturbed_build(services: Services) -> str:
    findings = Findings()
    files = read_folder(ROOT / "tests" / "data" / "small-pack", findings)
    built = build_in_one_go(files, services.keys.publisher.key_id, services.blobs, findings)
    assert built is not None
    return built.manifest
