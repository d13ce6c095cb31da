"""What a hub refuses. What it says of single transfers stands in its sealed answer instead."""

from xuetan.kernel.errors import AppError


class HubNotReadyError(AppError):
    """It has not enrolled yet."""

    code = "hub_not_ready"


class HubFullError(AppError):
    code = "hub_full"
