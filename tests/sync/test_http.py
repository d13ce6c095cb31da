"""The endpoint as strangers, damaged lines and old phones meet it: an error of the one shape, bounded memory, never a 500."""

from __future__ import annotations

import asyncio
import gzip
import os
import struct
import tracemalloc
import zlib
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from tests.simulation.device import DeviceSimulator, SyncRefused
from tests.simulation.events import lesson_opened
from tests.simulation.village import Village
from xuetan.contracts.limits import SYNC_REQUEST_BYTES_MAX
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import REQUEST_ID_HEADER, SECURITY_HEADERS
from xuetan.kernel.services import Services
from xuetan.sync.service import SyncGateway, deflate_reply

ERROR_FIELDS = {"code", "message", "retry", "details", "request_id"}


def refused(phone: DeviceSimulator, body: bytes, **headers: str) -> tuple[int, str]:
    with pytest.raises(SyncRefused) as caught:
        phone.send(body, **headers)
    assert caught.value.body.keys() == ERROR_FIELDS
    return caught.value.status, str(caught.value.code)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer unknown", "unknown"])
def test_a_stranger_is_asked_to_sign_in_before_anything_is_read(client: TestClient, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = client.post("/sync/1", content=b"x" * 10, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_required"
    assert answer.json()["retry"] == "after_sign_in"


def test_other_methods_are_refused(client: TestClient) -> None:
    answer = client.get("/sync/1")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_a_sync_passes_the_edge_alone(app: FastAPI, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    async def other_layers(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError

    phone = village.teacher_device()
    phone.sync()
    monkeypatch.setattr(app, "middleware_stack", other_layers)
    counted = app.state.request_counts[2]
    headers = {"authorization": f"Bearer {phone.token}"}
    answer = village.client.post("/sync/1", content=phone.frame(), headers=headers)
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert answer.headers[REQUEST_ID_HEADER]
    assert app.state.request_counts[2] == counted + 1
    for method, path in (("GET", "/sync/1"), ("POST", "/sync/1/files")):
        with pytest.raises(LookupError):
            village.client.request(method, path, headers=headers)


def test_the_exchange_is_in_the_description_of_the_interface(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()["paths"]["/sync/1"]["post"]
    assert "application/octet-stream" in described["requestBody"]["content"]


def test_damaged_and_old_requests_are_told_so(village: Village) -> None:
    phone = village.teacher_device()
    assert refused(phone, b"") == (400, "malformed_frame")
    assert refused(phone, b"garbage") == (400, "malformed_frame")
    newer = b"[2]"
    assert refused(phone, struct.pack("<I", len(newer)) + newer) == (400, "unsupported_version")
    assert refused(phone, phone.frame(), **{"content-encoding": "br"}) == (400, "malformed_frame")
    assert refused(phone, b"no gzip", **{"content-encoding": "gzip"}) == (400, "malformed_frame")
    assert refused(phone, gzip.compress(phone.frame())[:-9], **{"content-encoding": "gzip"}) == (400, "malformed_frame")


def test_a_request_may_come_in_gzip(village: Village) -> None:
    phone = village.teacher_device()
    phone.record("lesson_opened/1", lesson_opened())
    reply = phone.send(gzip.compress(phone.frame()), **{"content-encoding": "gzip"})
    assert reply["acks"] == [["ok"]]


def test_a_request_that_is_too_large_is_asked_for_in_parts(village: Village) -> None:
    phone = village.teacher_device()
    assert refused(phone, bytes(SYNC_REQUEST_BYTES_MAX + 1)) == (413, "request_too_large")
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    assert refused(phone, bomb, **{"content-encoding": "gzip"}) == (413, "request_too_large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_request_full_of_bombs_is_taken_with_little_memory(village: Village) -> None:
    phone = village.teacher_device()
    body = gzip.compress(bytes(60_000_000), 9)
    assert len(body) < 65_536
    for _ in range(15):
        from tests.sync.test_exchange import reseal

        reseal(phone.stream, body, 1, phone.own_scope)
    tracemalloc.start()
    reply = phone.exchange()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reply["acks"] == [["aside", "segment_too_large"]] * 15
    assert peak < 16_000_000


def test_an_answer_comes_in_gzip_when_that_is_smaller_and_asked_for(village: Village) -> None:
    phone = village.teacher_device()
    for number in range(30):
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
    phone.sync()
    reader = village.device(phone.person_id)
    headers = {"authorization": f"Bearer {reader.token}"}
    packed = village.client.post("/sync/1", content=reader.frame(), headers=headers | {"accept-encoding": "gzip"})
    plain = village.client.post("/sync/1", content=reader.frame(), headers=headers | {"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert packed.headers["cache-control"] == "no-store"


def test_gzip_is_only_used_where_it_saves() -> None:
    assert deflate_reply(b"x" * 149) is None
    assert deflate_reply(os.urandom(400)) is None
    for size in (400, 40_000):
        packed = deflate_reply(b"x" * size)
        assert packed is not None
        assert zlib.decompress(packed, 31) == b"x" * size


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_frame_with_any_bytes_changed_is_never_a_server_error(village: Village, data: st.DataObject) -> None:
    phone = village.teacher_device()
    for number in range(3):
        phone.record("lesson_opened/1", lesson_opened(f"l-{number}"))
        phone.stream.seal()
    frame = bytearray(phone.frame())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(frame) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert"])):
            case "flip":
                frame[place] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del frame[place : place + data.draw(st.integers(1, 30))]
            case "insert":
                frame[place:place] = data.draw(st.binary(min_size=1, max_size=5))
        if not frame:
            break
    try:
        phone.send(bytes(frame))
    except SyncRefused as refusal:
        assert refusal.status in (400, 413)
    before = len(phone.streams)
    phone.sync()
    assert len(phone.streams) == before, "a damaged line is never taken for a fork"
    lessons = [event.payload["lesson"] for event in village.stored_events(phone.own_scope)]
    assert lessons == ["l-0", "l-1", "l-2"]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.sampled_from(["identity", "gzip", "GZIP", "deflate", ""]))
def test_any_bytes_at_all_are_never_a_server_error(village: Village, body: bytes, coding: str) -> None:
    phone = village.teacher_device()
    try:
        phone.send(body, **{"content-encoding": coding})
    except SyncRefused as refusal:
        assert refusal.status in (400, 413)


def test_a_phone_that_hangs_up_in_the_middle_stores_nothing(app: FastAPI, village: Village) -> None:
    phone = village.teacher_device()
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/sync/1", "raw_path": b"/sync/1", "query_string": b"", "scheme": "http",
        "headers": [(b"authorization", f"Bearer {phone.token}".encode())], "root_path": "", "http_version": "1.1",
        "server": ("testserver", 80), "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


def test_who_lost_access_is_refused_at_the_next_request(village: Village, app: FastAPI) -> None:
    phone = village.teacher_device()
    phone.sync()
    del village.holders[phone.token]
    app.state.sync_gateway.forget_actors()
    with pytest.raises(SyncRefused) as caught:
        phone.sync()
    assert caught.value.code == "sign_in_required"


def test_an_actor_is_remembered_for_a_while_and_not_longer(
    village: Village, services: Services, clock: FixedClock
) -> None:
    asked: list[str] = []

    def authenticate(session: Any, token: str) -> Any:
        asked.append(token)
        return village.authenticate(session, token)

    gateway = SyncGateway(services.database, clock, services.log, authenticate)  # type: ignore[arg-type]
    token = village.teacher_device().token
    assert gateway.authenticate(token) == gateway.authenticate(token)
    assert len(asked) == 1
    clock.advance_ms(30_000)
    gateway.authenticate(token)
    assert len(asked) == 2
    clock.advance_ms(-60_000)
    gateway.authenticate(token)
    assert len(asked) == 3, "a clock that went back is no reason to trust"


def test_what_was_read_before_access_changed_is_not_remembered(
    village: Village, services: Services, clock: FixedClock
) -> None:
    def authenticate(session: Any, token: str) -> Any:
        found = village.authenticate(session, token)
        gateway.forget_actors()
        return found

    gateway = SyncGateway(services.database, clock, services.log, authenticate)  # type: ignore[arg-type]
    gateway.authenticate(village.teacher_device().token)
    assert gateway._actors == {}


def test_actors_are_remembered_within_bounds(
    village: Village, services: Services, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuetan.sync.service.ACTORS_REMEMBERED_MAX", 2)
    gateway = SyncGateway(services.database, clock, services.log, village.authenticate)  # type: ignore[arg-type]
    for _ in range(5):
        gateway.authenticate(village.teacher_device().token)
    assert len(gateway._actors) <= 2
