"""Errors of mentoring."""

from xuetan.kernel.errors import AppError


class AlreadyPairedError(AppError):
    """These two have a pair that has not ended."""

    code = "already_paired"


class OwnPairError(AppError):
    """Nobody lets themselves, or has somebody let them, read by a pair they make."""

    code = "not_for_yourself"
