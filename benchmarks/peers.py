"""Xuetan beside two others that sync what people do offline: Anki's sync server and PouchDB's CouchDB server, measured in
one run by one procedure.

One phone syncs again and again through a proxy that counts: with nothing new, with 20 events, with 100. An event is one
of our teacher model's; to PouchDB the same as a document; to Anki a review, which is what its people do. Bytes are all that
crossed, headers of HTTP included. CPU is that of the server's processes. At half load the phone rests as long as a
sync took; the latency there is the client's whole sync, its own work included, which each system spends differently
(ours comes sealed beforehand, so for it this is the server's answer alone).

Installs the others from the registries into `.peers/` at the first run. Takes about three minutes.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import psutil

from benchmarks import sync_server
from benchmarks.counting_proxy import CountingProxy
from tests.ports import free_port
from tests.simulation.device import DeviceSimulator
from tests.simulation.teacher_model import teacher_events
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ROOT / ".peers"
CLIENTS = Path(__file__).resolve().parent / "peer_clients"
ANKI = "anki==26.9.3"
POUCHDB = ("pouchdb@9.0.0", "express-pouchdb@4.2.0", "express@4.22.1")
FEW, MANY = 20, 100
# CPU time is told in hundredths of a second only, so what costs little is done often.
ROUNDS = {0: 300, FEW: 100, MANY: 60}
HALF_LOAD_ROUNDS = 100
WARM_UP = 3
START_SECONDS_MAX = 60.0


class Phone(Protocol):
    """One phone of a system."""

    def sync(self, events: int) -> float:
        """Do so many things and sync them; how long the sync took, seconds."""


@dataclass
class Measured:
    """Per sync: bytes with headers, seconds that the client waited, its requests. `cpu`: seconds of the server for all of
    them, which is told in hundredths only."""

    bytes_: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def cpu_us(self) -> float:
        """CPU of one sync, microseconds."""
        return self.cpu / len(self.seconds) * 1e6


def cpu_seconds(pid: int) -> float:
    """What a process and those it started have used."""
    first = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (first, *first.children(recursive=True)))


def answers(address: str) -> bool:
    """Whether something answers there, whatever it says."""
    try:
        httpx.get(address, timeout=2)
    except httpx.TransportError:
        return False
    return True


def wait_for(address: str) -> None:
    wait_until(lambda: answers(address), START_SECONDS_MAX, what=f"nothing answers at {address}")


@contextmanager
def running(*command: str, speaks: bool = False, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process, which is ended afterwards. One that speaks does so through pipes; what others say is not kept."""
    pipe = subprocess.PIPE if speaks else subprocess.DEVNULL
    settings = {**os.environ, **environment}
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=settings)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class SpokenPhone:
    """A client in a process of its own, which takes a line of JSON and answers with one."""

    def __init__(self, process: subprocess.Popen[str], words: Iterator[dict[str, Any]]) -> None:
        self._process = process
        self._words = words

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        heard: dict[str, Any] = json.loads(self._process.stdout.readline())
        return heard

    def sync(self, events: int) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._word(events)) + "\n")
        self._process.stdin.flush()
        return float(self.hear()["seconds"])

    def _word(self, events: int) -> dict[str, Any]:
        return {"events": list(itertools.islice(self._words, events)), "reviews": events}


class OurPhone:
    def __init__(self, device: DeviceSimulator) -> None:
        self._device = device
        self._events = teacher_events(1)

    def sync(self, events: int) -> float:
        for event in itertools.islice(self._events, events):
            self._device.stream.append(self._device.own_scope, event)
        frame = self._device.frame()
        began = time.perf_counter()
        reply = self._device.send(frame)
        seconds = time.perf_counter() - began
        self._device.apply(self._device.stream, reply)
        return seconds


def documents() -> Iterator[dict[str, Any]]:
    """Our events as PouchDB's documents, each under the id that its stream and place would give."""
    for number, event in enumerate(teacher_events(1)):
        yield {"_id": f"2vYp3kQmT0aXr5ZsWcLb1A:{number:08}", "k": event.kind, "ts": event.ts, "p": event.payload}


@contextmanager
def ours(folder: Path) -> Iterator[tuple[Phone, int, CountingProxy]]:
    [(person, device_id, token), *_] = sync_server.make_installation(folder, "")
    process, port = sync_server.start_server(folder, "log", "")
    try:
        with CountingProxy(port) as proxy, httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}") as client:
            device = DeviceSimulator(client, person, token, device_id)
            device.sync()
            yield OurPhone(device), process.pid, proxy
    finally:
        process.terminate()
        process.wait()


@contextmanager
def anki(folder: Path) -> Iterator[tuple[Phone, int, CountingProxy]]:
    python = str(INSTALLED / "anki" / "bin" / "python")
    port = free_port()
    settings = {
        "SYNC_USER1": "teacher:secret",
        "SYNC_BASE": str(folder),
        "SYNC_HOST": "127.0.0.1",
        "SYNC_PORT": str(port),
    }
    with ExitStack() as stack:
        server = stack.enter_context(running(python, "-m", "anki.syncserver", **settings))
        wait_for(f"http://127.0.0.1:{port}/health")
        proxy = stack.enter_context(CountingProxy(port))
        script = str(CLIENTS / "anki_reviews.py")
        client = running(python, script, f"http://127.0.0.1:{proxy.port}/", "teacher", "secret", speaks=True)
        phone = SpokenPhone(stack.enter_context(client), itertools.repeat({}))
        phone.hear()
        yield phone, server.pid, proxy


@contextmanager
def pouchdb(folder: Path) -> Iterator[tuple[Phone, int, CountingProxy]]:
    port = free_port()
    modules = str(INSTALLED / "pouchdb")
    for name in ("root", "device"):
        (folder / name).mkdir()
    with ExitStack() as stack:
        command = ("node", str(CLIENTS / "pouchdb_server.mjs"), modules, str(folder / "root"), str(port))
        server = stack.enter_context(running(*command))
        wait_for(f"http://127.0.0.1:{port}/")
        proxy = stack.enter_context(CountingProxy(port))
        remote = f"http://127.0.0.1:{proxy.port}/log"
        client = running(
            "node", str(CLIENTS / "pouchdb_events.mjs"), modules, str(folder / "device"), remote, speaks=True
        )
        phone = SpokenPhone(stack.enter_context(client), documents())
        phone.hear()
        yield phone, server.pid, proxy


SYSTEMS = {"Xuetan": ours, f"Anki {ANKI.partition('==')[2]}": anki, f"PouchDB {POUCHDB[0].partition('@')[2]}": pouchdb}


def measure(phone: Phone, pid: int, proxy: CountingProxy, events: int, rounds: int, *, rest: bool = False) -> Measured:
    """So many syncs of so many events each, after some that are not counted."""
    for _ in range(WARM_UP):
        phone.sync(events)
    measured = Measured()
    cpu = cpu_seconds(pid)
    for _ in range(rounds):
        size, requests = proxy.count.bytes_all, len(proxy.count.requests)
        seconds = phone.sync(events)
        if rest:
            # Half load is made of this: as long at rest as at work.
            time.sleep(seconds)
        measured.bytes_.append(proxy.count.bytes_all - size)
        measured.requests.append(len(proxy.count.requests) - requests)
        measured.seconds.append(seconds)
    measured.cpu = cpu_seconds(pid) - cpu
    return measured


def install() -> None:
    """The others, where they are not there yet."""
    INSTALLED.mkdir(exist_ok=True)
    if not (INSTALLED / "anki" / ".done").exists():
        print(f"· installing {ANKI}", flush=True)
        shutil.rmtree(INSTALLED / "anki", ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(INSTALLED / "anki")], check=True)
        subprocess.run([str(INSTALLED / "anki" / "bin" / "pip"), "install", "-q", ANKI], check=True)
        (INSTALLED / "anki" / ".done").touch()
    if not (INSTALLED / "pouchdb" / ".done").exists():
        print(f"· installing {' '.join(POUCHDB)}", flush=True)
        (INSTALLED / "pouchdb").mkdir(exist_ok=True)
        command = [
            "npm",
            "--prefix",
            str(INSTALLED / "pouchdb"),
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            *POUCHDB,
        ]
        subprocess.run(command, check=True)
        (INSTALLED / "pouchdb" / ".done").touch()


def rows_of(empty: Measured, few: Measured, many: Measured, half: Measured) -> list[tuple[str, float]]:
    return [
        ("bytes of an empty sync, headers included", statistics.median(empty.bytes_)),
        ("requests of an empty sync", statistics.median(empty.requests)),
        ("bytes of a sync of 20 events", statistics.median(few.bytes_)),
        ("bytes per event, 100 at once", statistics.median(many.bytes_) / MANY),
        ("server's CPU of an empty sync, us", empty.cpu_us),
        ("server's CPU per event, 100 at once, us", many.cpu_us / MANY),
        ("median of a sync of 20 at half load, ms", statistics.median(half.seconds) * 1e3),
        ("p99 of a sync of 20 at half load, ms", statistics.quantiles(half.seconds, n=100)[98] * 1e3),
    ]


def main() -> None:
    install()
    table: dict[str, list[tuple[str, float]]] = {}
    for name, system in SYSTEMS.items():
        with tempfile.TemporaryDirectory(prefix="xuetan-peers-") as folder, system(Path(folder)) as (phone, pid, proxy):
            loads = [measure(phone, pid, proxy, events, rounds) for events, rounds in ROUNDS.items()]
            half = measure(phone, pid, proxy, FEW, HALF_LOAD_ROUNDS, rest=True)
            table[name] = rows_of(*loads, half)
    print(f"{'':<46}" + "".join(f"{name:>16}" for name in table))
    for row in zip(*table.values(), strict=True):
        print(f"{row[0][0]:<46}" + "".join(f"{value:>16,.1f}" for _, value in row))


if __name__ == "__main__":
    main()
