"""Errors of uploads. None of them means that a phone may forget its own copy."""

from xuetan.kernel.errors import AppError


class UploadConflictError(AppError):
    """The upload stands at another place than the request says; `details` has where."""

    code = "upload_conflict"


class FileDamagedError(AppError):
    """All bytes came, and they are not those that the address names. They are forgotten; the upload begins anew."""

    code = "file_damaged"


class FileTypeRefusedError(AppError):
    code = "file_type_refused"


class FileTooLargeError(AppError):
    code = "file_too_large"


class FileSpaceFullError(AppError):
    """The person has brought as much as one person may, today or in all."""

    code = "file_space_full"
