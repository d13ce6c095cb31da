"""Errors of the event log."""

from xuetan.kernel.errors import AppError


class QuarantineFullError(AppError):
    """A device had so much set aside that no more is taken; what it holds stays on it until somebody has looked."""

    code = "quarantine_full"
