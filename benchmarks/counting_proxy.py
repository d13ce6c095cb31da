"""A TCP relay on the loopback that counts what crosses it: a service worker's own requests included."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

REQUEST_LINE = re.compile(rb"(?:^|\r\n\r\n)(GET|POST|PUT|DELETE|HEAD|OPTIONS) (\S+) HTTP/1\.1\r\n")


@dataclass
class Count:
    """Bytes of everything that crossed, headers included, and the requests in order."""

    bytes_up: int = 0
    bytes_down: int = 0
    requests: list[str] = field(default_factory=list)

    @property
    def bytes_all(self) -> int:
        return self.bytes_up + self.bytes_down


class CountingProxy:
    """Relays 127.0.0.1:<port> to the target port in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self.target_port, self.port, self.count = target_port, 0, Count()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> CountingProxy:
        self.thread.start()
        self.server = self.run(asyncio.start_server(self.relay, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=5)
        self.loop.close()

    async def close(self) -> None:
        self.server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=5)

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            return
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self.pump(reader, up_writer, up=True), self.pump(up_reader, writer, up=False))

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        try:
            while chunk := await reader.read(65536):
                if up:
                    self.count.bytes_up += len(chunk)
                    self.count.requests += [f"{m[1].decode()} {m[2].decode()}" for m in REQUEST_LINE.finditer(chunk)]
                else:
                    self.count.bytes_down += len(chunk)
                writer.write(chunk)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
