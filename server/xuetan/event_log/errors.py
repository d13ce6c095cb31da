"""Errors of the event log."""

from xuetan.kernel.errors import AppError


class QuarantineFullError(AppError):
    """A device had so much set aside that no more is taken; what it holds stays on it until somebody has looked."""

    code = "quarantine_full"


class NothingToReleaseError(AppError):
    """Nothing of what was set aside may come in: it cannot be read, or its writer still may not write it there."""

    code = "nothing_to_release"
