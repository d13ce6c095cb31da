"""Errors of notifications."""

from xuetan.kernel.errors import AppError


class PushEndpointRefusedError(AppError):
    """The address is not one of a known push service, or its keys are none. `details.reason` says which, for
    programs."""

    code = "push_endpoint_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(details={"reason": reason})
