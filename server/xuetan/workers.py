"""`xuetan serve --workers N`: several processes that serve one PostgreSQL database from one address.

Owns the listening socket that they share, their number, and how they end. A worker that was killed is started again; one
that ends by itself could not serve, and then all end, for its reason stands in the log and would be the next one's too.
Workers end with this process, however it ends. Does not own what a worker does (`xuetan.serving`).
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from xuetan.app import build_services, prepare
from xuetan.kernel.services import Services
from xuetan.serving import CannotListenError, NotStartedError, serve
from xuetan.settings import Settings

WORKERS_MAX = 64
BACKLOG = 2048
# Between two starts in the same place: a worker that dies at once must not keep the machine busy.
RESTART_SECONDS_MIN = 1.0
log = logging.getLogger("xuetan.workers")


class WorkersNeedPostgresError(RuntimeError):
    """SQLite is for one process."""


def serve_with_workers(settings: Settings, count: int, *, prepare_schema: bool, on_ready: Callable[[], None]) -> int:
    """Serve with `count` workers until SIGTERM or SIGINT; the exit status. Raises CannotListenError, NotStartedError and
    WorkersNeedPostgresError. `on_ready` is called when all of them serve."""
    services = build_services(settings)
    try:
        if not services.database.allows_many_processes:
            raise WorkersNeedPostgresError
        if prepare_schema:
            _prepare(services)
    finally:
        services.jobs.stop()
        services.database.close()
    with _listening(settings) as listener:
        return _Supervisor(listener, count, on_ready).run()


def _prepare(services: Services) -> None:
    try:
        prepare(services)
    except Exception as error:
        log.exception("the database could not be prepared")
        raise NotStartedError from error


def serve_as_worker(settings: Settings, listener_fd: int, ready_fd: int) -> int:
    """What each worker does. Its standard input is a pipe from the process that started it, which nobody writes to."""
    threading.Thread(target=_end_with_supervisor, name="supervisor", daemon=True).start()

    def say_ready() -> None:
        os.write(ready_fd, b"r")
        os.close(ready_fd)

    return serve(settings, prepare_schema=False, on_ready=say_ready, listener=socket.socket(fileno=listener_fd))


def _end_with_supervisor() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListenError(f"{settings.host}:{settings.port}") from error
    return listener


class _Supervisor:
    def __init__(self, listener: socket.socket, count: int, on_ready: Callable[[], None]) -> None:
        self._listener = listener
        self._count = count
        self._on_ready = on_ready
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._stopping = False
        self._ready_out, self._ready_in = os.pipe()

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        for _ in range(self._count):
            self._start_worker()
        threading.Thread(target=self._wait_ready, name="ready", daemon=True).start()
        status = 0
        while self._workers:
            started = time.monotonic()
            pid, ended = os.wait()
            worker = self._workers.pop(pid, None)
            if worker is None or self._stopping:
                continue
            if not os.WIFSIGNALED(ended):
                status = 1
                self._end()
                continue
            time.sleep(max(0.0, RESTART_SECONDS_MIN - (time.monotonic() - started)))
            if not self._stopping:
                self._start_worker()
        return status

    def _start_worker(self) -> None:
        fds = (self._listener.fileno(), self._ready_in)
        command = [sys.executable, "-m", "xuetan", "serve-worker", *(str(fd) for fd in fds)]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=fds)  # noqa: S603 (our own program)
        self._workers[worker.pid] = worker
        if self._stopping:
            worker.terminate()

    def _end(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self._stopping = True
        for worker in list(self._workers.values()):
            worker.send_signal(signal.SIGTERM)

    def _wait_ready(self) -> None:
        for _ in range(self._count):
            os.read(self._ready_out, 1)
        self._on_ready()
