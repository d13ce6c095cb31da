"""One simulated root: the real application on a data folder of its own, which can be asked, crashed, restarted, backed up
and put back.

Owns the folder and the faults. A crash is injected where the log stores: at the COMMIT of a push, before it or after; those of
sessions are of crashes.py. What follows is a new application on what the old one left behind, as after a power cut.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache
from sqlmodel import Session

from xuetan.app import build_services, create_app
from xuetan.event_log.service import EventLog
from xuetan.kernel.database import Database
from xuetan.kernel.services import Services
from xuetan.rehearsal.crashes import Crashed, Crashes
from xuetan.rehearsal.storage import Storage

_LOOP = asyncio.new_event_loop()
STATEMENTS_MAX = 1_000


def run_here(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end, in the one loop of the simulation."""
    return _LOOP.run_until_complete(work)


class Compiled:
    """What SQLAlchemy made of the statements that roots before this one executed. A new application on the same kind of
    database would compile the same again, which takes longer than most of what a world asks."""

    def __init__(self) -> None:
        self._dialect: Any = None
        self._statements = LRUCache[Any, Any](STATEMENTS_MAX)

    def serve(self, engines: Iterable[Engine]) -> None:
        for engine in engines:
            # Compiled statements belong to a dialect, which knows no connection and no database.
            self._dialect = self._dialect or engine.dialect
            engine.dialect = self._dialect
            engine.update_execution_options(compiled_cache=self._statements)


_COMPILED = Compiled()


def share_statements(database: Database) -> None:
    # Another back end's dialect says how its readers and writers are isolated, and cannot be shared.
    if not database.allows_many_processes:
        _COMPILED.serve(database.engines)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Clock:
    """The root's clock: what the world says."""

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms


class CrashingConnection:
    """The connection that writes pushes; its next COMMIT may be the one that the power cut meets."""

    def __init__(self, connection: Any, root: "Root") -> None:
        self._connection = connection
        self._root = root
        self._stored = False

    def execute(self, sql: str, *parameters: Any) -> Any:
        # A note that a device spoke is written at leisure; only what stores a push counts.
        if sql != "COMMIT":
            self._stored = self._stored or "INTO log_stream" in sql
            return self._connection.execute(sql, *parameters)
        stored, self._stored = self._stored, False
        if not stored or self._root.crash is None:
            return self._connection.execute(sql, *parameters)
        if self._root.crash == "after":
            self._connection.execute(sql)
        self._root.crashed = True
        raise Crashed

    def executemany(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> object:
        self._stored = self._stored or "INTO log_stream" in sql
        return self._connection.executemany(sql, rows)

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    def close(self) -> None:
        self._connection.close()


class Root:
    def __init__(self, storage: Storage, clock: Clock, crashes: Crashes) -> None:
        self._storage = storage
        self._crashes = crashes
        self.settings = storage.settings
        self.clock = clock
        self.crash: str | None = None
        self.crashed = False
        self._start()

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    @property
    def log(self) -> EventLog:
        log = self.services.log
        assert isinstance(log, EventLog)
        return log

    def stop(self) -> None:
        self.log.stop()
        self.services.database.close()

    def restart(self) -> None:
        self.stop()
        self._start()

    def back_up(self) -> None:
        if self._storage.copies_while_serving:
            self._storage.back_up()
            return
        self.stop()
        self._storage.back_up()
        self._start()

    def put_back(self) -> None:
        """Restore as the operator does: stop, put the database back, begin a new epoch, start."""
        self.stop()
        self._storage.put_back()
        services = build_services(self.settings, self.clock)
        assert isinstance(services.log, EventLog)
        services.log.begin_new_epoch()
        services.log.stop()
        services.database.close()
        self._start()

    def post(self, path: str, body: bytes, headers: dict[str, str], *, crash: str | None = None) -> Answer:
        """One request through the whole application. After a crash the root has started again; status 0 when
        it could not answer any more."""
        self.crash, self.crashed = crash, False
        answer = call(self.app, path, body, headers)
        self.crash = None
        if self.crashed:
            self.restart()
            # What was answered before the power went has reached the phone, and is a promise.
            return answer if answer.status == 200 else Answer(0, {}, b"")
        return answer

    def write(self, work: Callable[[Session], Any]) -> Any:
        with self.services.database.transaction() as session:
            return work(session)

    def _start(self) -> None:
        self.app: FastAPI = create_app(
            self.settings, clock=self.clock, run_jobs=False, run_projectors=False, prepare_schema=False
        )
        database = self.services.database
        share_statements(database)
        open_raw = database.open_raw

        def open_crashing(*, read_only: bool) -> Any:
            connection = open_raw(read_only=read_only)
            return connection if read_only else CrashingConnection(connection, self)

        database.open_raw = open_crashing  # type: ignore[method-assign]
        self._crashes.watch(database, self._die)
        self.log.start(project=False)

    def _die(self) -> None:
        self.crashed = True


def call(app: FastAPI, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One POST through a whole application."""
    return _Call(path, body, headers).run(app)


class _Call:
    """One ASGI request and what came back."""

    def __init__(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        self._body = body
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (name.encode(), value.encode())
                for name, value in {"host": "root", "content-length": str(len(body)), **headers}.items()
            ],
            "client": ("10.0.0.1", 1),
            "server": ("root", 80),
            "state": {},
        }
        self._status = 0
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []

    def run(self, app: FastAPI) -> Answer:
        """In the one event loop of this thread."""
        try:
            run_here(_as_coroutine(app, self))
        except Exception:
            # The outermost layer raises again what it has answered with 500.
            if self._status == 0:
                raise
        return Answer(self._status, self._headers, b"".join(self._parts))

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self._parts.append(message.get("body", b""))


async def _as_coroutine(app: FastAPI, call: _Call) -> None:
    await app(call.scope, call.receive, call.send)
