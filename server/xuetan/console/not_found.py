"""Every other address below /console: a page that says so, instead of JSON."""

from starlette.responses import Response

from xuetan.console.visit import console_router
from xuetan.kernel.errors import NotFoundError

router = console_router("/console")


@router.get("/{path:path}")
def show_not_found(path: str) -> Response:
    raise NotFoundError(details={"path": path})
