"""The process that serves: one per SQLite database, ended cleanly by SIGTERM and harmlessly by SIGKILL.

Owns the lock on the data folder, the listening socket, the exit status, and the bounds on what a connection may hold
before the application is asked. Does not own the application (`xuetan.app`).
"""

import asyncio
import fcntl
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from xuetan.app import create_app
from xuetan.kernel.garbage import seldom_collected
from xuetan.settings import Settings

GRACE_SECONDS = 5
# Below the 1024 files that a system commonly allows one process, so that the database can always be opened.
CONNECTIONS_MAX = 800
HEAD_BYTES_MAX = 65_536
CHUNK_OVERHEAD_BYTES_MAX = 1024 * 1024
HEAD_SECONDS_MAX = 30.0
BODY_SILENCE_SECONDS_MAX = 30.0
# A body may come as slowly as the worst of lines, and not slower. The first minute is not counted.
BODY_FREE_SECONDS = 60.0
BODY_BYTES_PER_SECOND_MIN = 128
STALLED_SECONDS_MAX = 60.0
# Beyond this the request that began first gives way, so that half-sent ones never take all connections.
HALF_SENT_MAX = 400
LOCK_FILE = "serve.lock"


class FolderInUseError(RuntimeError):
    """Another process works on this data folder."""


class NotStartedError(RuntimeError):
    """The application could not start; the log says why."""


class CannotListenError(RuntimeError):
    """The address is taken or not ours."""


@contextmanager
def data_folder_locked(settings: Settings, *, alone: bool = True) -> Iterator[None]:
    """Holds the data folder for this process, or for processes that hold it together; the system frees it however they
    end."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(settings.data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(opened, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderInUseError(str(settings.data_dir)) from error
        yield
    finally:
        os.close(opened)


def end_quietly_on_sigterm() -> None:
    """From now on SIGTERM ends this process with status 0, wherever it is; what was open is rolled back."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol waits for requests and for readers of answers without end. This one ends: in bytes, in time
    (a head, a silent or trickling body, an answer that nobody reads), and in the number of half-sent requests."""

    _half_sent: ClassVar[dict["BoundedHttp", None]] = {}

    _fed = 0
    _of_body = 0
    _piece = 0
    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        self._forget_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._piece = len(data)
        super().data_received(data)
        self._fed += len(data)
        if self._fed - self._of_body > HEAD_BYTES_MAX + min(self._of_body, CHUNK_OVERHEAD_BYTES_MAX):
            self.send_400_response("Too much that is no body.")

    def on_message_begin(self) -> None:
        # The piece it begins in may hold the end of another request; it is not counted.
        self._fed, self._of_body = -self._piece, 0
        if self._deadline is None:
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._forget_deadline()
        super().on_headers_complete()
        self._await_body(0.0, 0)

    def on_body(self, body: bytes) -> None:
        self._of_body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._forget_deadline()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._forget_stall()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._end()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._end()

    def _end(self) -> None:
        """Close. What nobody reads is never flushed, and a connection that only closes would wait for it."""
        self._forget_deadline()
        self.transport.close()
        self.loop.call_later(STALLED_SECONDS_MAX, self.transport.abort)

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS_MAX, self._end)
        self._half_sent[self] = None
        if len(self._half_sent) > HALF_SENT_MAX:
            next(iter(self._half_sent))._end()

    def _await_body(self, seconds: float, bytes_before: int) -> None:
        """Look again after a while. A body that the application is slow to take is not the sender's fault."""
        self._half_sent[self] = None
        self._deadline = self.loop.call_later(BODY_SILENCE_SECONDS_MAX, self._check_body, seconds, bytes_before)

    def _check_body(self, seconds: float, bytes_before: int) -> None:
        if self.flow.read_paused:
            self._await_body(seconds, -1)
            return
        seconds += BODY_SILENCE_SECONDS_MAX
        is_silent = self._of_body == bytes_before
        if is_silent or self._of_body < (seconds - BODY_FREE_SECONDS) * BODY_BYTES_PER_SECOND_MIN:
            self._end()
        else:
            self._await_body(seconds, self._of_body)

    def _forget_deadline(self) -> None:
        self._half_sent.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _await_reader(self, waiting: int) -> None:
        self._stall = self.loop.call_later(STALLED_SECONDS_MAX, self._check_reader, waiting)

    def _check_reader(self, waiting_before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting >= waiting_before:
            self.transport.abort()
        else:
            self._await_reader(waiting)

    def _forget_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None


class Server(uvicorn.Server):
    """Tells when it listens, and from then on seldom looks for garbage."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._while_up = ExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._while_up.enter_context(seldom_collected())
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._while_up.close()
        await super().shutdown(sockets=sockets)


def serve(
    settings: Settings,
    *,
    prepare_schema: bool = True,
    on_ready: Callable[[], None] = lambda: None,
    listener: socket.socket | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT, at the address of the settings or on a socket that listens already. Returns the exit status of a
    clean end, 0. Raises NotStartedError and CannotListenError."""
    config = uvicorn.Config(
        create_app(settings, prepare_schema=prepare_schema),
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        http=BoundedHttp,
        ws="none",
        limit_concurrency=CONNECTIONS_MAX,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, on_ready)

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn takes the signal while it runs, and raises it again once it has shut down: a clean end is then a clean exit.
    signal.signal(signal.SIGTERM, end)
    try:
        server.run(sockets=[listener] if listener is not None else None)
    except KeyboardInterrupt:
        return 0
    except SystemExit as error:
        # So it ends by itself whatever kept it from starting.
        if server.lifespan.should_exit:
            raise NotStartedError from error
        raise CannotListenError(f"{settings.host}:{settings.port}") from error
    return 0
