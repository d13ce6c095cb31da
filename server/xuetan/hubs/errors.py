"""Errors that hubs and their makers meet at the root."""

from xuetan.kernel.errors import AppError


class HubRevokedError(AppError):
    code = "hub_revoked"


class WrongHubCodeError(AppError):
    code = "wrong_code"
