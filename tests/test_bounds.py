"""What a connection may hold: half-sent requests and unread answers end, and keep nobody else out."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from xuetan import serving
from xuetan.kernel.storage import BlobStore
from xuetan.packs.delivery import PackFiles

HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n{"
GET = b"GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PATIENCE = 10


async def swallow(_scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        continue
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def listening(app: ASGIApp, made: list[serving.BoundedHttp] | None = None) -> asyncio.Server:
    """Serves on a free port; connections are noted in `made`."""
    config = uvicorn.Config(app, log_level="critical", http=serving.BoundedHttp, ws="none", lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()

    def answer() -> serving.BoundedHttp:
        connection = serving.BoundedHttp(config, state, {})
        if made is not None:
            made.append(connection)
        return connection

    return await loop.create_server(answer, "127.0.0.1", 0)


async def connect(listener: asyncio.Server, sent: bytes, *, limit: int = 65_536) -> asyncio.StreamReader:
    port = listener.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    writer.write(sent)
    reader.writer = writer  # type: ignore[attr-defined]
    return reader


def test_a_body_that_stops_coming_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "BODY_SILENCE_SECONDS_MAX", 0.2)

    async def check() -> None:
        listener = await listening(swallow)
        reader = await connect(listener, HALF_A_BODY)
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        listener.close()

    asyncio.run(check())
    assert not serving.BoundedHttp._half_sent


def test_a_body_that_trickles_is_ended_and_a_slow_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "BODY_SILENCE_SECONDS_MAX", 0.2)
    monkeypatch.setattr(serving, "BODY_FREE_SECONDS", 0.2)

    async def trickle(reader: asyncio.StreamReader, piece: bytes) -> None:
        while not reader.at_eof():
            reader.writer.write(piece)  # type: ignore[attr-defined]
            await asyncio.sleep(0.05)

    async def check() -> None:
        listener = await listening(swallow)
        answers = []
        for piece in (b"x", b"x" * 40):
            reader = await connect(listener, HALF_A_BODY.replace(b"200", b"881"))
            sending = asyncio.ensure_future(trickle(reader, piece))
            answers.append(await asyncio.wait_for(reader.read(15), PATIENCE))
            sending.cancel()
        assert answers == [b"", b"HTTP/1.1 200 OK"]
        listener.close()

    asyncio.run(check())


def test_half_sent_requests_give_way_to_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HALF_SENT_MAX", 5)

    async def check() -> None:
        listener = await listening(swallow)
        held = [await connect(listener, HALF_A_BODY) for _ in range(12)]
        for reader in held[:7]:
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        teacher = await connect(listener, GET % b"")
        assert (await asyncio.wait_for(teacher.read(), PATIENCE)).startswith(b"HTTP/1.1 200")
        listener.close()

    asyncio.run(check())


def test_stalled_downloads_hold_no_thread_and_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serving, "STALLED_SECONDS_MAX", 1.0)
    blobs = BlobStore(tmp_path)
    large, small = blobs.put(os.urandom(16_000_000)), blobs.put(b"x" * 1000)
    app = Starlette(routes=[Mount("/b", PackFiles(blobs, lambda _sha: "application/octet-stream"))])

    async def check() -> None:
        made: list[serving.BoundedHttp] = []
        listener = await listening(app, made)
        held = [await connect(listener, GET % f"b/{large}".encode(), limit=1024) for _ in range(20)]
        for reader in held:
            await asyncio.wait_for(reader.readexactly(15), PATIENCE)
        teacher = await connect(listener, GET % f"b/{small}".encode())
        assert (await asyncio.wait_for(teacher.read(), PATIENCE)).endswith(b"x" * 1000)
        got = b""
        async with asyncio.timeout(PATIENCE):
            while not all(connection.transport.is_closing() for connection in made):
                await asyncio.sleep(0.01)
        with pytest.raises(ConnectionResetError):
            while piece := await asyncio.wait_for(held[0].read(1_000_000), PATIENCE):
                got += piece
            assert len(got) < 16_000_000
            raise ConnectionResetError
        listener.close()

    asyncio.run(check())
