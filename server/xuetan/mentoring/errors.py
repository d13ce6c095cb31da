"""Errors of mentoring."""

from xuetan.kernel.errors import AppError


class AlreadyPairedError(AppError):
    """These two have a pair that has not ended."""

    code = "already_paired"
