"""Errors of the gateway: requests that are no frame of this protocol. What a good frame carries never raises."""

from xuetan.kernel.errors import AppError


class MalformedFrameError(AppError):
    code = "malformed_frame"


class UnsupportedVersionError(AppError):
    code = "unsupported_version"


class DeviceUnknownError(AppError):
    """Nobody here knows the device that gave it: a restore may have forgotten it. Its carrier keeps it."""

    code = "device_unknown"


class SignatureWrongError(AppError):
    code = "signature_wrong"
