"""A pack build killed in the middle of a write: no blob is ever half there, and the build ends as if nothing had happened.

Kills between the steps of the job have tests of their own in tests/packs; these die inside a step, between the flush of a file and its
name.
"""

from __future__ import annotations

import gzip
import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from tests.security.estate import SMALL_PACK
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.services import Services
from xuetan.packs import service as packs

ROOT = Path(__file__).parents[2]


OPENERS: dict[str, Callable[[bytes], bytes]] = {"": lambda data: data, ".gz": gzip.decompress, ".br": brotli.decompress}


def check_every_blob_is_whole(services: Services) -> int:
    """Blobs and their compressed copies; what else lies there are names that nobody asks for. How many there are."""
    whole = 0
    for file in (services.settings.data_dir / "blobs").rglob("*"):
        if file.is_file() and len(file.stem) == 64:
            assert hashlib.sha256(OPENERS[file.suffix](file.read_bytes())).hexdigest() == file.stem
            whole += 1
    return whole


@pytest.mark.parametrize("flushes", [5, 34])
def test_a_build_killed_in_the_middle_of_a_write_leaves_no_half_of_a_blob_and_ends_well(
    services: Services, flushes: int
) -> None:
    with services.database.transaction() as session:
        accounts.create_organisation(session, None, "county", "云岭县", actor=OPERATOR, now_ms=1)
    command = [
        sys.executable,
        "-m",
        "tests.security.dying_build",
        str(services.settings.data_dir),
        str(SMALL_PACK),
        str(flushes),
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    at_the_kill = check_every_blob_is_whole(services)
    with services.database.reading() as session:
        assert packs.list_packs(session, OPERATOR) == []
    services.jobs.poll_seconds = 0.02
    services.jobs.start()
    try:
        services.jobs.wait_idle(60)
        assert services.jobs.list_failed() == []
    finally:
        services.jobs.stop()
    assert check_every_blob_is_whole(services) >= at_the_kill > 0
    with services.database.reading() as session:
        (published,) = packs.list_packs(session, OPERATOR)
        manifest = packs.get_manifest(session, services.blobs, published.slug)
    assert manifest.blobs
    assert all(services.blobs.has(sha256) for sha256 in manifest.blobs)
