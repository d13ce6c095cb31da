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


class FileMalformedError(AppError):
    code = "file_malformed"


class FileAlteredError(AppError):
    """Not what its device made. `name`: whose it says it is."""

    code = "file_altered"

    def __init__(self, name: str, device: str) -> None:
        super().__init__({"name": name}, {"name": name, "device": device})


class FileForAnotherError(AppError):
    """Sealed to a key that this installation never had."""

    code = "file_for_another"

    def __init__(self, name: str, device: str) -> None:
        super().__init__({"name": name}, {"name": name, "device": device})
