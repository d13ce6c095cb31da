"""The description of the HTTP interface for programs, made true: every failure has the one shape of `kernel.errors`.

Owns what FastAPI cannot know: the error shape, and that `bearer` is the token of a device and `hub` that of a hub. Endpoints that need the
token say so with `openapi_extra=NEEDS_DEVICE`; whether they keep what they say is tested by calling them.
"""

from typing import Any

from xuetan.contracts.error_codes import ERROR_CODES

NEEDS_HUB: dict[str, Any] = {"security": [{"hub": []}]}
NEEDS_DEVICE: dict[str, Any] = {"security": [{"bearer": []}]}
_METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace"))
_FAILURE = {
    "description": "Any failure. Programs decide on `code` and `retry`, never on the message.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
}


def _failure_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "Failure",
        "required": ["code", "message", "retry", "details", "request_id"],
        "additionalProperties": False,
        "properties": {
            "code": {"type": "string", "enum": sorted(ERROR_CODES)},
            "message": text,
            "retry": {"type": "string", "enum": sorted({one.retry for one in ERROR_CODES.values()})},
            "details": {"type": "object"},
            "request_id": text,
        },
    }


def with_our_failures(description: dict[str, Any]) -> dict[str, Any]:
    """The same description, with our failures instead of FastAPI's."""
    components = description.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Failure"] = _failure_schema()
    for scheme in ("bearer", "hub"):
        components.setdefault("securitySchemes", {})[scheme] = {"type": "http", "scheme": "bearer"}
    for path in description["paths"].values():
        for method in _METHODS & path.keys():
            responses = path[method]["responses"]
            responses.pop("422", None)
            responses["default"] = _FAILURE
    return description
