"""The line from a hub to its root, against a server that breaks off: what came is kept, and what is no answer is none."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from xuetan.relay.line import FILE_PIECE_BYTES, AlteredError, HttpLine, NoLineError, TooLargeError

BODY = bytes(range(256)) * 400


@pytest.fixture
def answer_with() -> Iterator[Callable[[bytes], HttpLine]]:
    """A line to a server that says these bytes to whoever asks, and hangs up."""
    listeners: list[socket.socket] = []

    def serve(said: bytes) -> HttpLine:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)

        Thread(target=answer, daemon=True).start()
        return HttpLine(f"http://127.0.0.1:{listener.getsockname()[1]}")

    yield serve
    for listener in listeners:
        listener.close()


def part(first: int, body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return (
        f"HTTP/1.1 206 Partial Content\r\ncontent-range: bytes {first}-{first + size - 1}/999999\r\n"
        f"content-length: {size}\r\n\r\n"
    ).encode() + body


@pytest.mark.parametrize("came", [700, 5_000, 60_000, 100_000])
def test_what_came_before_the_line_died_is_kept(answer_with: Callable[[bytes], HttpLine], came: int) -> None:
    kept = bytearray()
    with pytest.raises(NoLineError):
        answer_with(part(7, BODY[:came], 200_000)).fetch("/file", 7, 200_000, kept.extend)
    assert came - FILE_PIECE_BYTES < len(kept) <= came
    assert BODY.startswith(bytes(kept))


@pytest.mark.parametrize("changed", [False, True])
def test_an_answer_that_was_changed_on_its_way_is_none(answer_with: Callable[[bytes], HttpLine], changed: bool) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    body = bytes([BODY[0] ^ changed]) + BODY[1:]
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(BODY)}\r\nxuetan-sha256: {digest}\r\n\r\n".encode()
    line = answer_with(head + body)
    if changed:
        with pytest.raises(AlteredError):
            line.post("/hubs/1/sync", b"", {})
    else:
        assert line.post("/hubs/1/sync", b"", {}) == (200, BODY)


def test_no_more_is_taken_than_was_asked_for(answer_with: Callable[[bytes], HttpLine]) -> None:
    kept = bytearray()
    assert answer_with(part(0, BODY)).fetch("/file", 0, 1_500, kept.extend) == 206
    assert bytes(kept) == BODY[:1_500]


@pytest.mark.parametrize(
    "said",
    [
        part(8, BODY),
        b"HTTP/1.1 206 Partial Content\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello",
    ],
)
def test_another_part_or_another_answer_gives_nothing(answer_with: Callable[[bytes], HttpLine], said: bytes) -> None:
    kept = bytearray()
    assert answer_with(said).fetch("/file", 7, 1_000, kept.extend) != 206
    assert not kept


def test_a_small_file_that_is_none_is_told_apart_from_a_dead_line(answer_with: Callable[[bytes], HttpLine]) -> None:
    said = b"HTTP/1.1 200 OK\r\ncontent-length: 102400\r\n\r\n" + BODY
    assert answer_with(said).get("/file", len(BODY)) == (200, BODY)
    with pytest.raises(TooLargeError):
        answer_with(said).get("/file", len(BODY) - 1)
    with pytest.raises(NoLineError):
        answer_with(said[:-1]).get("/file", len(BODY))


def test_why_there_is_no_line_is_said_in_one_plain_line(answer_with: Callable[[bytes], HttpLine]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for line, words in ((HttpLine(f"http://127.0.0.1:{port}"), "no connection"), (answer_with(b""), "no connection")):
        with pytest.raises(NoLineError) as told:
            line.post("/hubs/1/sync", b"", {})
        assert str(told.value) == words
    with pytest.raises(NoLineError) as told:
        answer_with(part(0, BODY[:700], 5_000)).post("/hubs/1/sync", b"", {})
    assert str(told.value) == "the answer broke off"
