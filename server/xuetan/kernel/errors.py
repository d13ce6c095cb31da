"""Errors as data: one base class, one JSON shape for every failure that a client can meet.

Codes, HTTP status and retry class come from contracts/errors.yaml; a class here or in a domain only names its code.
Whatever is not an `AppError` becomes `internal_error` and is logged with its request id; nothing of it reaches the
client.
"""

import logging
import sqlite3
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from xuetan.contracts.error_codes import ERROR_CODES
from xuetan.kernel.text import t

logger = logging.getLogger("xuetan.errors")

# PostgreSQL's classes of errors: connection, rollback (deadlock, serialization), an operator's intervention.
_STATES_THAT_PASS = ("08", "40", "57")
REQUEST_ID_HEADER = "x-request-id"
# Of every answer. They stand here because an answer to what nobody expected passes no middleware of ours.
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cache-control": "no-store",
}


class AppError(Exception):
    """A failure with a code of the contracts. `message_params` fill the text; `details` are for programs."""

    code: ClassVar[str] = "internal_error"

    def __init__(
        self, message_params: Mapping[str, object] | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(self.code)
        self.message_params = dict(message_params or {})
        self.details = dict(details or {})

    @property
    def status(self) -> int:
        return ERROR_CODES[self.code].status


class NotFoundError(AppError):
    code = "not_found"


class MethodNotAllowedError(AppError):
    code = "method_not_allowed"


class InvalidRequestError(AppError):
    code = "invalid_request"


class RequestTooLargeError(AppError):
    code = "request_too_large"


class ForbiddenError(AppError):
    code = "forbidden"


class SignInRequiredError(AppError):
    code = "sign_in_required"


class TooManyAttemptsError(AppError):
    code = "too_many_attempts"


class BusyError(AppError):
    code = "busy"


class InternalError(AppError):
    code = "internal_error"


_BY_STATUS: dict[int, type[AppError]] = {
    401: SignInRequiredError,
    403: ForbiddenError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    413: RequestTooLargeError,
    429: TooManyAttemptsError,
    503: BusyError,
}


def request_id_of(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


def language_of(request: Request) -> str:
    """The language to answer in: the first that `Accept-Language` names and the catalogue has, else the
    installation's."""
    services = getattr(request.app.state, "services", None)
    default = services.settings.default_language if services else "zh-Hans"
    wanted = request.headers.get("accept-language", "")
    for part in wanted.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-Hans"
        if tag.startswith("en"):
            return "en"
    return str(default)


def error_body(error: AppError, *, language: str, request_id: str) -> dict[str, Any]:
    """The one shape of an error."""
    return {
        "code": error.code,
        "message": t(language, f"error.{error.code}", **error.message_params),
        "retry": ERROR_CODES[error.code].retry,
        "details": error.details,
        "request_id": request_id,
    }


def error_response(request: Request, error: AppError) -> Response:
    request_id = request_id_of(request)
    content = msgspec.json.encode(error_body(error, language=language_of(request), request_id=request_id))
    headers = {**SECURITY_HEADERS, REQUEST_ID_HEADER: request_id}
    return Response(content, status_code=error.status, media_type="application/json", headers=headers)


def is_busy_database(error: BaseException) -> bool:
    """True when the database could not do it now and may soon: another writer held it for longer than we wait, or a
    server was out of reach, stopping, or had to end one of two that waited for each other."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.OperationalError):
        # Without a state the connection itself failed.
        state = cause.sqlstate or "08000"
        return state[:2] in _STATES_THAT_PASS or state in ("55P03", "53300")
    return isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)


def _on_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return error_response(request, error)


def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [{"place": [str(part) for part in fault["loc"]], "type": fault["type"]} for fault in error.errors()]
    return error_response(request, InvalidRequestError(details={"fields": fields}))


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    server_fault = error.status_code >= 500
    kind = _BY_STATUS.get(error.status_code, InternalError if server_fault else InvalidRequestError)
    response = error_response(request, kind())
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _on_anything_else(request: Request, error: Exception) -> Response:
    if is_busy_database(error):
        return error_response(request, BusyError())
    logger.error("request %s failed", request_id_of(request), exc_info=error)
    return error_response(request, InternalError())


def install_error_handlers(app: FastAPI) -> None:
    """Answer every failure of this application in the one shape."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(OperationalError, _on_anything_else)
    app.add_exception_handler(sqlite3.OperationalError, _on_anything_else)
    app.add_exception_handler(psycopg.OperationalError, _on_anything_else)
    app.add_exception_handler(Exception, _on_anything_else)
