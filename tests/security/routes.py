"""The addresses that an application really has, read from the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

Route = tuple[str, str]
MOUNTED = "MOUNTED"
EVERYTHING_ELSE: Route = ("ANY", "everything else")


def routes_of(app: FastAPI) -> set[Route]:
    """(method, path) of every route; (MOUNTED, path) of what answers below a path on its own; and what answers when none matches."""
    return {*_routes(app.routes), EVERYTHING_ELSE}


def _routes(routes: Any) -> Iterator[Route]:
    for route in iter_route_contexts(routes):
        if isinstance(route.original_route, Mount):
            yield MOUNTED, route.path or "/"
            continue
        # GET and HEAD are one handler where both are there.
        methods = set(route.methods or ())
        for method in methods - {"HEAD"} or methods:
            yield method, route.path or "/"
