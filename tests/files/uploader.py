"""Uploads as a phone makes them, over any client that speaks HTTP; and small files of every kind that is taken."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from tests.simulation.device import DeviceSimulator

OFFSET_TYPE = "application/offset+octet-stream"


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def jpeg(width: int = 640, height: int = 480, padding: int = 2_000) -> bytes:
    """Enough of a JPEG for who reads its head; `padding` bytes that differ stand for the picture."""
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 11, 8, height, width, 1) + b"\x01\x11\x00"
    noise = b"".join(hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(padding // 32))
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + noise + b"\xff\xd9"


def webp(width: int = 640, height: int = 480, flags: int = 0) -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0])
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + b"ALPH" + bytes(20)
    return b"RIFF" + struct.pack("<I", len(body)) + body


VOICE = b"\x1a\x45\xdf\xa3" + zlib.compress(bytes(range(256)) * 20, 1)


@dataclass
class Uploader:
    """One file of one phone, to one scope."""

    phone: DeviceSimulator
    data: bytes
    scope: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        self.scope = self.scope or self.phone.own_scope
        self.sha256 = self.sha256 or sha256_of(self.data)

    @property
    def path(self) -> str:
        return f"/files/{self.scope}/{self.sha256}"

    def ask(self, method: str, *, content: bytes = b"", **headers: str) -> Any:
        sent = {
            "authorization": f"Bearer {self.phone.token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.phone.client.request(method, self.path, content=content, headers=sent)

    def begin(self, length: int | None = None) -> Any:
        return self.ask("POST", upload_length=str(len(self.data) if length is None else length), tus_resumable="1.0.0")

    def stands(self) -> Any:
        return self.ask("HEAD", tus_resumable="1.0.0")

    def send(self, offset: int, content: bytes) -> Any:
        return self.ask(
            "PATCH", content=content, upload_offset=str(offset), content_type=OFFSET_TYPE, tus_resumable="1.0.0"
        )

    def whole(self) -> Any:
        """Begin and send everything at once; the last answer."""
        begun = self.begin()
        assert begun.status_code == 201, begun.text
        return self.send(0, self.data)

    def read(self, **headers: str) -> Any:
        return self.ask("GET", **headers)
