"""One process of the simulation: a Node process that owns seeds and schedule, and this side that answers it.

    python -m xuetan.rehearsal.runner --first 0 --count 100

Prints one line of JSON for each world, and ends with status 1 when one of them broke a promise.
"""

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from xuetan.app import build_services
from xuetan.kernel.garbage import seldom_collected
from xuetan.rehearsal.estate import Estate
from xuetan.rehearsal.host import START_MS, Host, seeded_secrets
from xuetan.rehearsal.mishaps import overheard
from xuetan.rehearsal.phones_program import Phones, find_phones
from xuetan.rehearsal.pipe import NodePipe
from xuetan.rehearsal.root import Clock
from xuetan.rehearsal.storage import FolderStorage, Storage, settings_in

MEMORY_DISK = Path("/dev/shm")  # noqa: S108  (a disk in memory; nothing in it is trusted)
MEMORY_FREE_BYTES_MIN = 256 * 1024 * 1024
# What lies in memory is memory that a server beside it may want.
MEMORY_SHARE_MAX = 0.25
# The folder that worlds are copied from, the root's, its backup, and what is written meanwhile.
COPIES = 4


class Founded(NamedTuple):
    """A folder that worlds are copied from, and who lives in it."""

    folder: Path
    estate: Estate


class NoRoomError(RuntimeError):
    """There is no place for the copies: `needed` bytes, in a folder with `free` bytes left."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(f"{folder}: {needed} bytes needed, {free} free")
        self.folder, self.needed, self.free = folder, needed, free


@contextmanager
def scratch_folder(database_bytes: int = 0) -> Iterator[Path]:
    """A folder for copies of a database of this size: in memory where there is room, so that flushing costs nothing. NoRoomError."""
    needed = COPIES * database_bytes
    base = MEMORY_DISK if _has_room(MEMORY_DISK, needed) else Path(tempfile.gettempdir())
    free = shutil.disk_usage(base).free
    if needed > free:
        raise NoRoomError(base, needed, free)
    folder = Path(tempfile.mkdtemp(prefix="xuetan-simulation-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def found(folder: Path, database_url: str = "") -> Founded:
    """An installation with everybody in it, at rest."""
    with seeded_secrets("founding"):
        services = build_services(settings_in(folder, database_url), Clock(START_MS))
        services.database.create_all()
        services.jobs.migrate()
        estate = Estate()
        with services.database.transaction() as session:
            estate.found(session, services)
        services.log.start(project=False)
        services.log.stop()
        services.database.close()
    return Founded(folder, estate)


def run_worlds(
    founded: Founded,
    scratch: Path,
    arguments: list[str],
    phones: Phones | None = None,
    tell: Callable[[dict[str, Any]], None] = lambda _: None,
    storage: Storage | None = None,
) -> Iterator[dict[str, Any]]:
    """What Node tells of each world, as it happens; to `tell` how far one is, where `--progress` asks for it. `storage`: where
    its database lies, if not in a file in `scratch`."""
    # Node reads the sources once for all processes that start from this folder.
    environment = {**os.environ, "NODE_COMPILE_CACHE": str(founded.folder.with_name("node"))}
    pipe = NodePipe([*(phones or find_phones()).command, *arguments], environment)
    host = Host(storage or FolderStorage(scratch), founded.folder, founded.estate)
    try:
        with overheard(host.mishaps), seldom_collected():
            while True:
                header, body = pipe.read()
                match header["op"]:
                    case "world":
                        yield header
                        pipe.write({})
                    case "progress":
                        tell(header)
                        pipe.write({})
                    case "end":
                        return
                    case _:
                        pipe.write(*_answered(host, header, body))
    finally:
        host.close()
        pipe.close()


def _answered(host: Host, question: dict[str, Any], body: bytes) -> tuple[object, bytes]:
    """An error of this side is told, and ends the world that met it."""
    try:
        return host.answer(question, body)
    except Exception:
        return {"failed": traceback.format_exc()}, b""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    arguments, others = parser.parse_known_args()
    # Whoever ends it gets the memory back that its worlds lie in.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(1))
    # Crashes and new epochs are the world's doing.
    logging.disable(logging.CRITICAL)
    failed = False
    with scratch_folder() as folder:
        founded = found(folder / "founded")
        told = ["--first", str(arguments.first), "--count", str(arguments.count), *others]
        for world in run_worlds(founded, folder / "world", told):
            failed = failed or bool(world["found"])
            sys.stdout.write(msgspec.json.encode(world).decode() + "\n")
            sys.stdout.flush()
    sys.exit(1 if failed else 0)


def _has_room(folder: Path, needed: int) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    free = shutil.disk_usage(folder).free
    return free > MEMORY_FREE_BYTES_MIN and needed <= MEMORY_SHARE_MAX * free


if __name__ == "__main__":
    main()
