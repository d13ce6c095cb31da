"""Syncs per second and core, bytes on the wire: a real server process on SQLite and one on PostgreSQL, beside the
figures of the design.

Teachers with four scopes each push segments prepared beforehand over kept connections; the server tells its own CPU
time, and that of PostgreSQL's processes is added, so the figures per core hold on a busy machine. Everything waits for
the disk. Projections, which follow behind, are off. Half load is half the requests a second that the full load reached,
each sent when its time has come, and waited for from that moment on. Prints a table for each; takes about four minutes,
most of them for making the requests.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.ports import free_port
from tests.postgres import PostgresServer
from tests.simulation.device import DeviceSimulator
from tests.simulation.teacher_model import teacher_events
from xuetan.accounts import service as accounts
from xuetan.app import build_services
from xuetan.kernel.signing import SigningKey
from xuetan.settings import Settings

TEACHERS = 64
# What they write. Packing an evening takes Python a tenth of a second, so several teachers tell the same story.
STORIES = 8
CONNECTIONS = 16
SERVER = """
import sys, time, uvicorn
from pathlib import Path
from xuetan.app import create_app
from xuetan.kernel.garbage import seldom_collected
from xuetan.serving import BoundedHttp
from xuetan.settings import Settings
settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), database_url=sys.argv[4])
app = create_app(settings, run_jobs=False, run_projectors=sys.argv[3] == "project", prepare_schema=False)
app.add_api_route("/measured/cpu", lambda: time.process_time())
with seldom_collected():
    uvicorn.run(app, port=int(sys.argv[2]), http=BoundedHttp, log_level="warning", access_log=False)
"""


@dataclass
class Load:
    """What a run did: exchanges and events, wall seconds, CPU seconds of the server, each latency in seconds."""

    exchanges: int = 0
    events: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3


class Teacher:
    """One phone, whose requests are made before they are needed."""

    def __init__(self, device: DeviceSimulator, seed: int) -> None:
        self.device = device
        self.events = teacher_events(seed)
        self.requests: list[bytes] = []

    def prepare(self, count: int, events_per_push: int) -> None:
        own = next((number for number, (scope, _) in self.device.follow.items() if scope == self.device.own_scope))
        self.requests = []
        for _ in range(count):
            for event in itertools.islice(self.events, events_per_push):
                self.device.stream.append(self.device.own_scope, event)
            frame = self.device.frame()
            stream = self.device.stream
            self.device.cursors[own] += len(stream.segments_from(stream.acknowledged))
            stream.acknowledged = stream.end
            self.requests.append(_http(self.device.token, frame))


def _http(token: str, frame: bytes) -> bytes:
    head = (
        "POST /sync/1 HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {token}",
        "content-type: application/octet-stream",
        "accept-encoding: gzip",
        f"content-length: {len(frame)}",
    )
    return "\r\n".join((*head, "", "")).encode() + frame


def make_installation(folder: Path, database_url: str) -> list[tuple[str, str, str]]:
    """An office with teachers who each enrolled one phone: (person, device, token)."""
    services = build_services(Settings(_env_file=None, data_dir=folder, database_url=database_url))
    services.database.create_all()
    services.jobs.migrate()
    phones = []
    with services.database.transaction() as session:
        office = accounts.create_organisation(
            session, None, "county", "测试县", actor=accounts.OPERATOR, now_ms=services.clock.now_ms()
        )
    for number in range(TEACHERS):
        with services.database.transaction() as session:
            person = accounts.create_person(
                session, office.id, f"老师{number}", "zh-Hans", ["teacher"], actor=accounts.OPERATOR, services=services
            )
            code = accounts.issue_sign_in_code(session, person.id, accounts.OPERATOR, services=services)
            enrolment = accounts.enrol_device(
                session,
                code=code,
                public_key=SigningKey.generate().spki,
                device_name="phone",
                address=f"10.0.{number}.1",
                services=services,
            )
            phones.append((person.id, enrolment.device.id, enrolment.token.token))
    services.database.close()
    return phones


async def run_load(
    port: int, teachers: list[Teacher], events_per_push: int, postgres: PostgresServer | None, rate: float | None = None
) -> Load:
    """Send every prepared request, each teacher's in order, and wait for each answer; at once, or so many a second."""
    load = Load()
    before, started = cpu_seconds_of(port, postgres), time.perf_counter()
    groups = [teachers[start::CONNECTIONS] for start in range(CONNECTIONS)]
    seconds = CONNECTIONS / rate if rate else 0.0
    await asyncio.gather(
        *(
            _send_all(port, group, load, started + seconds * number / CONNECTIONS, seconds)
            for number, group in enumerate(groups)
        )
    )
    load.wall = time.perf_counter() - started
    load.cpu = cpu_seconds_of(port, postgres) - before
    load.events = load.exchanges * events_per_push
    return load


def cpu_seconds_of(port: int, postgres: PostgresServer | None) -> float:
    """CPU time the server has used so far, all its threads, as it says itself, and its database's."""
    own = float(httpx.get(f"http://127.0.0.1:{port}/measured/cpu").text)
    return own + (postgres.cpu_seconds() if postgres is not None else 0.0)


async def _send_all(port: int, teachers: list[Teacher], load: Load, first: float, seconds: float) -> None:
    """One request every so many seconds, from `first` on; one after the other when `seconds` is 0."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = first
    for turn in itertools.zip_longest(*(teacher.requests for teacher in teachers)):
        for request in turn:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # From when it was due: a request that had to wait for the one before has waited.
            sent = due if seconds else time.perf_counter()
            due += seconds
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            load.latencies.append(time.perf_counter() - sent)
            load.exchanges += 1
    writer.close()


def measure_bytes(phone: DeviceSimulator, client: httpx.Client, seed: int) -> dict[str, int]:
    """Both bodies of an exchange with nothing new, of one of 20 events and of one of 100, as they cross the wire."""
    events = teacher_events(seed)
    found = {}
    for name, count in (("empty", 0), ("20 events", 20), ("100 events", 100)):
        for event in itertools.islice(events, count):
            phone.stream.append(phone.own_scope, event)
        frame = phone.frame()
        headers = {"authorization": f"Bearer {phone.token}", "accept-encoding": "gzip"}
        with client.stream("POST", "/sync/1", content=frame, headers=headers) as answer:
            raw = b"".join(answer.iter_raw())
            head_bytes = sum(len(key) + len(value) + 4 for key, value in answer.headers.raw)
        phone.sync()
        found[name] = len(frame) + len(raw)
        found[f"{name}: up"] = len(frame)
        found[f"{name}: answer's headers"] = head_bytes
    return found


def start_server(folder: Path, mode: str, database_url: str) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(folder), str(port), mode, database_url])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/sync/1")
            return process, port
        except httpx.ConnectError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


def print_row(name: str, value: str, reach: str, dream: str) -> None:
    print(f"{name:<48}{value:>14}{reach:>10}{dream:>10}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=40, help="pushes of each teacher and load")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    arguments = parser.parse_args()
    if arguments.database != "postgresql":
        print("SQLite")
        run_on(arguments.pushes, None)
    if arguments.database != "sqlite":
        print("PostgreSQL")
        postgres = PostgresServer(durable=True)
        try:
            run_on(arguments.pushes, postgres)
        finally:
            postgres.close()


def run_on(pushes: int, postgres: PostgresServer | None) -> None:
    with tempfile.TemporaryDirectory(prefix="xuetan-bench-") as name:
        folder = Path(name)
        url = postgres.url_of(postgres.create()) if postgres is not None else ""
        phones = make_installation(folder, url)
        process, port = start_server(folder, "log", url)
        try:
            measure(port, phones, pushes, folder, postgres)
        finally:
            process.terminate()
            process.wait()


def measure(
    port: int, phones: list[tuple[str, str, str]], pushes: int, folder: Path, postgres: PostgresServer | None
) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        teachers = []
        for number, (person, device_id, token) in enumerate(phones):
            device = DeviceSimulator(client, person, token, device_id)
            device.sync()
            teachers.append(Teacher(device, number % STORIES))
        sizes = [measure_bytes(teacher.device, client, 1_000 + number) for number, teacher in enumerate(teachers[:8])]
        mean = {key: sum(one[key] for one in sizes) / len(sizes) for key in sizes[0]}
        loads = {}
        for name, per_push in (("empty", 0), ("30", 30), ("100", 100)):
            for teacher in teachers:
                teacher.prepare(pushes, per_push)
            loads[name] = asyncio.run(run_load(port, teachers, per_push, postgres))
        for teacher in teachers:
            teacher.prepare(pushes, 30)
        rate = loads["30"].exchanges / loads["30"].wall / 2
        half = asyncio.run(run_load(port, teachers, 30, postgres, rate))
    print_row("", "measured", "reach", "dream")
    print_row("bytes of an empty sync, both bodies", f"{mean['empty']:.0f}", "400", "250")
    print_row("bytes of a sync of 20 events, both bodies", f"{mean['20 events']:.0f}", "800", "450")
    print_row("bytes per event, 100 at once, up", f"{mean['100 events: up'] / 100:.1f}", "13", "9")
    print_row(
        "syncs of 30 events per second and core",
        f"{loads['30'].exchanges / loads['30'].cpu:.0f}",
        *(("1500", "2000") if postgres is None else ("600", "1000")),
    )
    print_row("CPU per event at 100 per request, us", f"{loads['100'].cpu / loads['100'].events * 1e6:.1f}", "9", "6")
    print_row(
        f"p99 at half load ({rate:.0f} a second), ms",
        f"{half.percentile_ms(0.99):.1f}",
        *(("50", "25") if postgres is None else ("100", "50")),
    )
    for label, load in loads.items():
        text = f"{load.exchanges / load.wall:.0f}/s, {load.exchanges / load.cpu:.0f}/s/core"
        print(
            f"  {label:>5} events: {text}, p50 {load.percentile_ms(0.5):.1f} ms, p99 {load.percentile_ms(0.99):.1f} ms"
        )
    print("  headers of an answer:", json.dumps({key: round(value) for key, value in mean.items() if "headers" in key}))
    if postgres is None:
        database = (folder / "xuetan.sqlite").stat().st_size
        events = sum(load.events for load in [*loads.values(), half])
        print_row("storage per event, all tables and indexes, B", f"{database / events:.0f}", "30", "20")


if __name__ == "__main__":
    main()
