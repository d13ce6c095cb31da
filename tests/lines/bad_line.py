"""A line as bad as in the mountains: a relay on the loopback that is slow, far away, loses packets, and dies again and again.

It does to a stream of bytes what `tc netem` and TCP's repeating together do to it, and needs neither a kernel with netem nor any right:
a lost packet shows as the wait until it is sent again, a dead line as connections that break. Losses are drawn from a seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

PACKET_BYTES = 1_400
HEADER_BYTES = 40
SEED = 20261127


@dataclass(frozen=True)
class Faults:
    """`delay` one way in seconds; `loss` of packets; after `lives` seconds the line is dead for `dead` seconds."""

    bytes_per_second: float
    delay: float
    loss: float = 0.0
    lives: float | None = None
    dead: float = 1.0


@dataclass
class Line:
    """Relays 127.0.0.1:<port> to the target port, in a thread of its own. `deaths`: when it died, in seconds since the epoch."""

    target_port: int
    faults: Faults
    port: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    packets_lost: int = 0
    deaths: list[float] = field(default_factory=list)

    def __enter__(self) -> Line:
        self._loop = asyncio.new_event_loop()
        self._chance = random.Random(SEED)
        self._writers: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[Any]] = set()
        self._is_dead = False
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    async def _open(self) -> None:
        # One radio for all connections: bytes of two share what there is.
        self._up, self._down = asyncio.Lock(), asyncio.Lock()
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._dying = asyncio.create_task(self._die()) if self.faults.lives else None

    async def _close(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _die(self) -> None:
        while True:
            await asyncio.sleep(self.faults.lives or 0)
            self._is_dead = True
            self.deaths.append(time.time())
            for writer in self._writers:
                writer.transport.abort()
            # What waited to be sent is not sent any more: it would take the next life's time on the radio.
            for relay in self._relays:
                relay.cancel()
            await asyncio.sleep(self.faults.dead)
            self._is_dead = False

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_dead:
            writer.transport.abort()
            return
        relay = asyncio.current_task()
        assert relay is not None
        self._relays.add(relay)
        self._writers.add(writer)
        try:
            # Greeting each other takes a way there and back, before the first byte.
            await asyncio.sleep(2 * self.faults.delay)
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._writers.add(up_writer)
            await asyncio.gather(self._pump(reader, up_writer, up=True), self._pump(up_reader, writer, up=False))
        except OSError:
            writer.transport.abort()
        except asyncio.CancelledError:
            # Only by the line's death, which has broken the connection already.
            return
        finally:
            self._relays.discard(relay)
            self._writers.discard(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        """Packets leave one after the other and arrive in order, each a delay after it left for the last time."""
        arrivals: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deliver(arrivals, writer))
            with contextlib.suppress(OSError):
                while packet := await reader.read(PACKET_BYTES):
                    async with self._up if up else self._down:
                        await asyncio.sleep((len(packet) + HEADER_BYTES) / self.faults.bytes_per_second)
                    if up:
                        self.bytes_up += len(packet)
                    else:
                        self.bytes_down += len(packet)
                    arrivals.put_nowait((time.monotonic() + self.faults.delay + self._repeating(), packet))
            arrivals.put_nowait((0.0, b""))

    async def _deliver(self, arrivals: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while (arrival := await arrivals.get())[1]:
            await asyncio.sleep(max(0.0, arrival[0] - time.monotonic()))
            writer.write(arrival[1])
        writer.close()

    def _repeating(self) -> float:
        """How long it takes until a packet gets through, beyond the delay: each loss waits twice as long as the one before."""
        waited, wait = 0.0, max(0.2, 2 * self.faults.delay)
        while self._chance.random() < self.faults.loss:
            self.packets_lost += 1
            waited, wait = waited + wait, 2 * wait
        return waited
