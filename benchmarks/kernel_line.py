"""A backlog of 500 events and a photo over the kernel's own TCP, between network namespaces: lines that lose, delay, limit, die.

The phone (`pwa/tools/line-phone.ts`) lives in one namespace, the server in another; between them are two TUN devices and this
program, which does to each IP packet what `tc netem` does (loss, delay, rate, a bounded queue) where the kernel has no netem. Lines:

- `far`: 8 kbit/s, two seconds one way, every fifth packet lost. 300 KB alone take 300 s of it without a loss.
- `dying`: 50 kbit/s, 0.3 s one way; every ten seconds nothing passes for one second. TCP goes on where it was.
- `forgetful`: the same, and after each death the line knows none of its connections any more, as where a phone gets a new address: their
  packets vanish without an answer, which is the worst that a line can do to a request.

Needs Linux, `unshare` and `ip`, and /dev/net/tun; no root where namespaces are open to users. Prints progress in every life of the line
and the bytes on the wire. Takes as long as the lines are slow: `far` about half an hour. Names of lines as arguments run only these.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.county import County
from tests.lines.bad_line import SEED, Faults
from tests.lines.journey import PWA, Journey, camera_noise, command_of
from tests.security.real_server import RealServer, settings_of
from tests.security.test_real_server import http
from xuetan.app import build_services

LINES = {
    "far": (Faults(bytes_per_second=1_000, delay=2.0, loss=0.2), "teacher", 0),
    "dying": (Faults(bytes_per_second=6_250, delay=0.3, lives=10.0), "colleague", 100),
    "forgetful": (Faults(bytes_per_second=6_250, delay=0.3, lives=10.0), "mentor", 100),
}
FORGETS = {"forgetful"}
SECONDS_MAX = 3 * 3600
# netem's own bound of packets that wait.
QUEUE_MAX = 1_000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
TCP, SYN = 6, 0x02


def open_tun(address: str) -> int:
    """A TUN device in this namespace with `address`/30, up; its file descriptor hands out and takes IP packets."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    name = f"line{address.split('.')[2]}"
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    for command in (
        ["link", "set", "lo", "up"],
        ["addr", "add", f"{address}/30", "dev", name],
        ["link", "set", name, "up"],
    ):
        subprocess.run(["ip", *command], check=True)
    return tun


@dataclass
class Flow:
    """A connection of the phone: the bytes of it that reached the root's side, those sent again counted once."""

    first: int | None = None
    reached: int = 0


@dataclass
class KernelLine:
    """Carries packets between two TUN devices as badly as `faults` say, in a thread of its own."""

    faults: Faults
    forgets: bool
    village: int
    town: int
    bytes_up: int = 0
    bytes_down: int = 0
    packets_lost: int = 0
    deaths: list[float] = field(default_factory=list)
    flows: dict[int, Flow] = field(default_factory=dict)

    def start(self) -> None:
        self._chance = random.Random(SEED)
        self._loop = asyncio.new_event_loop()
        self._is_dead, self._life = False, 0
        self._forgotten: set[int] = set()
        self._free_at, self._waiting = {True: 0.0, False: 0.0}, {True: 0, False: 0}
        self._loop.add_reader(self.village, self._take, True)
        self._loop.add_reader(self.town, self._take, False)
        if self.faults.lives:
            self._loop.call_later(self.faults.lives, self._die)
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def _die(self) -> None:
        self.deaths.append(time.time())
        self._is_dead, self._life = True, self._life + 1
        self._free_at, self._waiting = {True: 0.0, False: 0.0}, {True: 0, False: 0}
        if self.forgets:
            self._forgotten |= set(self.flows)
        self._loop.call_later(self.faults.dead, self._revive)

    def _revive(self) -> None:
        self._is_dead = False
        self._loop.call_later(self.faults.lives or 0, self._die)

    def _take(self, up: bool) -> None:
        with contextlib.suppress(BlockingIOError):
            packet = os.read(self.village if up else self.town, 65_536)
            if packet[0] >> 4 == 4 and packet[9] == TCP:
                self._judge(packet, up)

    def _judge(self, packet: bytes, up: bool) -> None:
        header = (packet[0] & 15) * 4
        source, target = struct.unpack_from("!HH", packet, header)
        port = source if up else target
        if up and packet[header + 13] & SYN and port in self._forgotten:
            self._forgotten.discard(port)
        if self._is_dead or port in self._forgotten:
            return
        if up:
            self.bytes_up += len(packet)
        else:
            self.bytes_down += len(packet)
        if self._chance.random() < self.faults.loss or self._waiting[up] >= QUEUE_MAX:
            self.packets_lost += 1
            return
        now = self._loop.time()
        self._free_at[up] = max(now, self._free_at[up]) + len(packet) / self.faults.bytes_per_second
        self._waiting[up] += 1
        self._loop.call_at(self._free_at[up] + self.faults.delay, self._deliver, packet, up, self._life, port)

    def _deliver(self, packet: bytes, up: bool, life: int, port: int) -> None:
        if life != self._life:
            return
        self._waiting[up] -= 1
        if up:
            self._count(packet, port)
        with contextlib.suppress(BlockingIOError):
            os.write(self.town if up else self.village, packet)

    def _count(self, packet: bytes, port: int) -> None:
        header = (packet[0] & 15) * 4
        number = struct.unpack_from("!I", packet, header + 4)[0]
        payload = len(packet) - header - (packet[header + 12] >> 4) * 4
        if packet[header + 13] & SYN:
            self.flows[port] = Flow(first=number + 1)
            return
        flow = self.flows.get(port)
        if flow and flow.first is not None:
            flow.reached = max(flow.reached, (number + payload - flow.first) % 2**32)


def village(address: str, gate: socket.socket) -> None:
    """In the phone's namespace: hands its TUN device to the line, hears what to run, and becomes that."""
    socket.send_fds(gate, [b"tun"], [open_tun(address)])
    command = gate.recv(65_536).decode().split("\0")
    os.chdir(PWA)
    os.execv(command[0], command)


def set_out(name: str, number: int, county: County, server: RealServer, photo: Path) -> tuple[Journey, KernelLine]:
    faults, who, characters = LINES[name]
    town_tun = open_tun(f"10.77.{number}.2")
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [
            "unshare",
            "--net",
            sys.executable,
            "-m",
            "benchmarks.kernel_line",
            "--village",
            f"10.77.{number}.1",
            str(theirs.fileno()),
        ],
        pass_fds=[theirs.fileno()],
        stdout=subprocess.PIPE,
        text=True,
    )
    _, (village_tun, *_), _, _ = socket.recv_fds(ours, 16, 1)
    line = KernelLine(faults, name in FORGETS, village_tun, town_tun)
    line.start()
    phone = county.device_of(who)
    command = command_of(phone, f"http://10.77.{number}.2:{server.port}", characters, photo)
    ours.sendall("\0".join(command).encode())
    return Journey(name, phone.person_id, phone.token, process, photo.read_bytes()), line


def report(journey: Journey, line: KernelLine, county: County) -> None:
    print(
        f"\n{journey.report(county, line.bytes_up, line.bytes_down)} (packets with their headers), {line.packets_lost} packets lost"
    )
    reached = [flow.reached for flow in line.flows.values()]
    print(f"   {len(reached)} connections; of each the root's side got (bytes): {reached}")
    if line.deaths:
        lives = journey.progress_between(line.deaths)
        print(f"   {len(lives)} whole lives of the line, {sum(lives)} of them brought some of it home")
    journey.check_words(county)
    journey.check_photo(county)
    print("   every event once, the photo whole, words first", flush=True)


def town(names: list[str]) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        services = build_services(settings_of(data))
        services.database.create_all()
        services.jobs.migrate()
        server, county = RealServer(data, host="0.0.0.0"), County.found(services, None)
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(camera_noise())
        server.start()
        county.client = http(server)
        under_way = [set_out(name, number, county, server, photo) for number, name in enumerate(names, 1)]
        try:
            for journey, line in sorted(under_way, key=lambda one: one[0].name == "far"):
                journey.wait(SECONDS_MAX)
                report(journey, line, county)
        finally:
            for journey, _ in under_way:
                journey.process.send_signal(signal.SIGKILL)
            server.stop()
            services.database.close()


def main() -> None:
    if sys.argv[1:2] == ["--village"]:
        village(sys.argv[2], socket.socket(fileno=int(sys.argv[3])))
    elif sys.argv[1:2] == ["--town"]:
        town(sys.argv[2:] or list(LINES))
    else:
        command = [
            "unshare",
            "--user",
            "--map-root-user",
            "--net",
            sys.executable,
            "-m",
            "benchmarks.kernel_line",
            "--town",
        ]
        os.execvp(command[0], [*command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
