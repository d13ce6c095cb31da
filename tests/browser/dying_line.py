"""A line between a browser and a server that breaks every connection after some bytes have gone up."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class DyingLine:
    """Listens on a port of its own and carries to `port`. `up_bytes_max` None: it holds."""

    def __init__(self, port: int) -> None:
        self.up_bytes_max: int | None = None
        self.broken = 0
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                phone, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(phone,), daemon=True).start()

    def _carry(self, phone: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._port))
        except OSError:
            phone.close()
            return
        threading.Thread(target=self._pump, args=(server, phone, False), daemon=True).start()
        self._pump(phone, server, True)

    def _pump(self, source: socket.socket, target: socket.socket, is_up: bool) -> None:
        carried = 0
        with suppress(OSError):
            while piece := source.recv(8_192):
                carried += len(piece)
                target.sendall(piece)
                if is_up and self.up_bytes_max is not None and carried > self.up_bytes_max:
                    self.broken += 1
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
