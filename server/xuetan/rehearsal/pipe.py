"""Frames between this process and the Node process that drives the phones: two lengths, a header in JSON, a body.

Node asks, this side answers, one at a time: for the phones a server takes no time, so that nothing but the seed decides
what happens in which order.
"""

import struct
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

_LENGTHS = struct.Struct("<II")


class Frame(NamedTuple):
    header: dict[str, Any]
    body: bytes


class NodeEndedError(RuntimeError):
    """Node went away without having said that it was done."""


class NodePipe:
    """A Node process and the two pipes to it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own program with our own arguments)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(environment)
        )

    def read(self) -> Frame:
        """The next question. NodeEndedError when there is none."""
        header_bytes, body_bytes = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
        header = msgspec.json.decode(self._exactly(header_bytes), type=dict[str, Any])
        return Frame(header, self._exactly(body_bytes))

    def write(self, header: object, body: bytes = b"") -> None:
        assert self._process.stdin is not None
        text = msgspec.json.encode(header)
        self._process.stdin.write(b"".join((_LENGTHS.pack(len(text), len(body)), text, body)))
        self._process.stdin.flush()

    def close(self) -> int:
        """End the process; its exit status."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            return self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _exactly(self, count: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(count)
        if len(data) < count:
            raise NodeEndedError(f"node ended with status {self._process.wait()}")
        return data
