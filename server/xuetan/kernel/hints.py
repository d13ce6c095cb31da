"""Hints between the processes of one installation: "these scopes have grown", "somebody's access changed".

A port with two adapters: within this process, and over PostgreSQL's LISTEN and NOTIFY. A hint may be lost, come twice or
late, so nothing may rest on one: who listens would find out by itself, only later. After a connection was lost, every
listener is told UNKNOWN, which stands for all that it may have missed.
"""

import logging
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

import psycopg

UNKNOWN = ""
# What PostgreSQL carries is a little more.
HINT_BYTES_MAX = 7_000
RECONNECT_SECONDS = 1.0
LISTEN_SECONDS = 5.0
_CHANNEL = "xuetan_hint"
logger = logging.getLogger("xuetan.hints")

Listener = Callable[[str], None]


class HintBus(Protocol):
    def subscribe(self, topic: str, listener: Listener) -> None:
        """Have `listener(text)` called with every hint of a topic, in any thread, soon or never."""

    def send(self, topic: str, text: str = UNKNOWN) -> None:
        """Tell the listeners of this process before returning, and those of others. Never raises for a lost one."""

    def start(self) -> None:
        """Begin to hear what others send. Twice is once."""

    def close(self) -> None: ...


class LocalHints:
    """Hints of one process to itself."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._listeners[topic].append(listener)

    def send(self, topic: str, text: str = UNKNOWN) -> None:
        for listener in self._listeners.get(topic, ()):
            try:
                listener(text)
            except Exception:
                logger.exception("a listener of %s failed", topic)

    def send_all_unknown(self) -> None:
        for topic in list(self._listeners):
            self.send(topic)

    def start(self) -> None: ...

    def close(self) -> None: ...


class PostgresHints:
    """The same between all processes that are connected to one database."""

    def __init__(self, connect: Callable[[], "psycopg.Connection[Any]"]) -> None:
        self._connect = connect
        self._local = LocalHints()
        self._me = secrets.token_hex(8)
        self._sending = threading.Lock()
        self._sender: psycopg.Connection[Any] | None = None
        self._stopping = threading.Event()
        self._listening = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._local.subscribe(topic, listener)

    def send(self, topic: str, text: str = UNKNOWN) -> None:
        self._local.send(topic, text)
        if len(text.encode()) > HINT_BYTES_MAX:
            text = UNKNOWN
        try:
            with self._sending:
                if self._sender is None or self._sender.closed:
                    self._sender = self._connect()
                self._sender.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, f"{self._me} {topic} {text}"))
        except psycopg.Error as error:
            logger.warning("a hint was not sent: %s", error)

    def start(self) -> None:
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._listen, name="hints", daemon=True)
            self._thread.start()

    def wait_listening(self, timeout_seconds: float) -> bool:
        """True as soon as hints of others are heard."""
        return self._listening.wait(timeout_seconds)

    def close(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self.send("hints-closing")
            self._thread.join()
            self._thread = None
        with self._sending:
            if self._sender is not None:
                self._sender.close()
                self._sender = None

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    self._listening.set()
                    # Nobody knows what was said before we listened.
                    self._local.send_all_unknown()
                    self._hear(connection)
            except psycopg.Error as error:
                logger.warning("hints of other processes are not heard for a moment: %s", error)
                self._stopping.wait(RECONNECT_SECONDS)
            finally:
                self._listening.clear()

    def _hear(self, connection: "psycopg.Connection[Any]") -> None:
        while not self._stopping.is_set():
            for notice in connection.notifies(timeout=LISTEN_SECONDS):
                sender, _, rest = notice.payload.partition(" ")
                topic, _, text = rest.partition(" ")
                if sender != self._me:
                    self._local.send(topic, text)
                if self._stopping.is_set():
                    return
            # A server that vanished is noticed here.
            connection.execute("SELECT 1")
