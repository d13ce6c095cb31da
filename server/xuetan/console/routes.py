"""The console's addresses in one list, in the order in which they are looked up, and its static files."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from whitenoise import WhiteNoise

from xuetan.console import (
    aside,
    aside_list,
    build,
    class_board,
    classes,
    entry,
    erase,
    hubs,
    not_found,
    pack,
    packs,
    pairs,
    people,
    person,
    preview,
    sign_in,
    slips,
    strangers,
    sync_health,
    sync_person,
    take_file,
)
from xuetan.console.pages import STATIC_FOLDER, STATIC_PATH
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.files import send_file

# `build` before `pack`, `slips` and `people` before `person`: /packs/build is no slug and /people/new is no person.
SCREENS = (
    sign_in,
    classes,
    class_board,
    packs,
    build,
    preview,
    pack,
    people,
    slips,
    entry,
    erase,
    person,
    pairs,
    aside_list,
    aside,
    strangers,
    sync_health,
    sync_person,
    take_file,
    hubs,
    not_found,
)


def include(app: FastAPI) -> None:
    """Put the console into an application."""
    app.mount(STATIC_PATH, _static_files())
    for screen in SCREENS:
        app.include_router(screen.router)


def _static_files() -> ASGIApp:
    """Every address carries the hash of its file, so each may be kept for ever."""
    known = WhiteNoise(
        None,
        root=STATIC_FOLDER,
        max_age=None,
        allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True,
    ).files

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        found = known.get(scope["path"].removeprefix(scope.get("root_path", "")))
        if found is None:
            raise NotFoundError
        await send_file(found.get_response, scope, receive, send)

    return answer
