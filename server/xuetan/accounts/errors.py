"""Errors of accounts. Each says no more than the person who meets it may know."""

from xuetan.kernel.errors import AppError


class WrongCodeError(AppError):
    code = "wrong_code"


class CodeRevokedError(AppError):
    code = "code_revoked"


class DeviceRevokedError(AppError):
    code = "device_revoked"


class WrongPasswordError(AppError):
    """The name or the password; which of them is not told."""

    code = "wrong_password"


class NotForYourselfError(AppError):
    """A role or a pair that would let its giver read what others wrote."""

    code = "not_for_yourself"


class TooManyDevicesError(AppError):
    code = "too_many_devices"


class CsrfFailedError(AppError):
    code = "csrf_failed"
