"""Files over ASGI: WhiteNoise decides status, headers and range; the bytes go out as fast as the other end takes them.

Owns the threads that look up and read files. A thread is held for one look-up or one piece, never while a phone
reads: any number of stalled downloads hold no thread. Ending a stalled connection is `serving.BoundedHttp`'s.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from whitenoise.responders import Response

PIECE_BYTES = 65_536
READERS = 8
_READING = ThreadPoolExecutor(READERS, thread_name_prefix="files")

Environ = dict[str, Any]


async def send_file(find: Callable[[str, Environ], Response], scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with what `find(method, headers as WSGI names them)` gives. It runs in a thread; what it raises
    is raised before anything was sent."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_READING, find, scope["method"], _environ_of(scope))
    gone = asyncio.ensure_future(_wait_until_gone(receive))
    try:
        headers = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in found.headers]
        await send({"type": "http.response.start", "status": int(found.status), "headers": headers})
        while found.file is not None and not gone.done():
            piece = await loop.run_in_executor(_READING, found.file.read, PIECE_BYTES)
            if not piece:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        if found.file is not None:
            found.file.close()


async def _wait_until_gone(receive: Receive) -> None:
    """Ends, too, when the request turns out to hold a body without end."""
    with suppress(HTTPException):
        while (await receive())["type"] != "http.disconnect":
            continue


def _environ_of(scope: Scope) -> Environ:
    """The headers of a request under their names in WSGI. Repeated ones are one list."""
    environ: Environ = {}
    for name, value in scope["headers"]:
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
