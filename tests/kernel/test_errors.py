"""Every failure that a client can meet has one shape, and nothing of what went wrong inside it."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from xuetan.contracts.error_codes import ERROR_CODES
from xuetan.kernel.errors import AppError, NotFoundError, TooManyAttemptsError, install_error_handlers
from xuetan.kernel.http import EdgeMiddleware
from xuetan.kernel.text import t

FAILURES: dict[str, BaseException] = {
    "own": NotFoundError(details={"what": "x"}),
    "limited": TooManyAttemptsError(details={"wait_ms": 5}),
    "plain": RuntimeError("a secret path /etc/shadow"),
    "locked": OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked")),
    "locked-bare": sqlite3.OperationalError("database is locked"),
    "broken": OperationalError("SELECT secret", None, sqlite3.OperationalError("no such table: secret")),
    "teapot": HTTPException(418),
    "gateway": HTTPException(502),
    "unauthorised": HTTPException(401, headers={"www-authenticate": "Bearer"}),
}


class Body(BaseModel):
    number: int


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install_error_handlers(app)
    app.add_middleware(EdgeMiddleware)

    @app.get("/fail/{name}")
    def fail(name: str) -> None:
        raise FAILURES[name]

    @app.post("/body")
    def body(body: Body) -> int:
        return body.number

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("own", "not_found"),
        ("limited", "too_many_attempts"),
        ("plain", "internal_error"),
        ("locked", "busy"),
        ("locked-bare", "busy"),
        ("broken", "internal_error"),
        ("teapot", "invalid_request"),
        ("gateway", "internal_error"),
        ("unauthorised", "sign_in_required"),
    ],
)
def test_every_failure_has_the_one_shape(client: TestClient, name: str, code: str) -> None:
    answer = client.get(f"/fail/{name}")
    body = answer.json()
    assert set(body) == {"code", "message", "retry", "details", "request_id"}
    assert (body["code"], answer.status_code, body["retry"]) == (code, *ERROR_CODES[code])
    assert body["message"] == t("zh-Hans", f"error.{code}")
    assert answer.headers["x-request-id"] == body["request_id"] or code == "internal_error"
    assert "secret" not in answer.text


def test_details_are_for_programs(client: TestClient) -> None:
    assert client.get("/fail/own").json()["details"] == {"what": "x"}
    assert client.get("/fail/unauthorised").headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("en", "en"), ("en-GB,zh;q=0.5", "en"), ("fr, zh-CN;q=0.9, en", "zh-Hans"), ("fr", "zh-Hans"), ("", "zh-Hans")],
)
def test_an_error_speaks_the_language_that_was_asked_for(client: TestClient, accepted: str, language: str) -> None:
    answer = client.get("/fail/own", headers={"accept-language": accepted})
    assert answer.json()["message"] == t(language, "error.not_found")


def test_a_request_of_the_wrong_shape_names_the_places_and_repeats_nothing(client: TestClient) -> None:
    answer = client.post("/body", json={"number": "a private thing"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["details"]["fields"] == [{"place": ["body", "number"], "type": "int_parsing"}]
    assert "private" not in answer.text


def test_paths_and_methods_that_are_not_there(client: TestClient) -> None:
    assert client.get("/nowhere").json()["code"] == "not_found"
    assert client.get("/body").json()["code"] == "method_not_allowed"


def all_errors(base: type[AppError]) -> list[type[AppError]]:
    return [base, *(found for child in base.__subclasses__() for found in all_errors(child))]


def test_every_error_class_has_a_code_of_the_contracts_and_a_text() -> None:
    for error in all_errors(AppError):
        assert error.code in ERROR_CODES
        assert t("en", f"error.{error.code}", name="Li")
        assert error.__name__.endswith("Error")


def test_an_error_knows_its_status() -> None:
    found: Any = NotFoundError()
    assert found.status == 404
    assert str(found) == "not_found"
