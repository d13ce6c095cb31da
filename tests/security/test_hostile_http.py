"""Whatever comes to the other addresses: odd JSON, headers, addresses, queries, forms and cookies are answered in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.security.asgi import Answered, ask
from tests.security.estate import PASSWORD, Estate
from tests.security.hostile import (
    FEW,
    anything,
    check_refused,
)
from tests.security.inventory import TABLE
from tests.security.routes import EVERYTHING_ELSE, MOUNTED
from xuetan.kernel.ids import b64url_encode

JSON_PATHS = ("/api/1/enrol", "/api/1/session/nonce", "/api/1/session", "/api/1/push/subscription")
JSON_BODIES = (
    b"",
    b"\x00",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"1e999999",
    b"9" * 5_000,
    b'"\\ud800"',
    b'{"code":"\\ud800","public_key":"\\u0000","device":"\\udfff"}',
    b'{"code":1e400,"device":-1,"nonce":[],"endpoint":null,"keys":"x"}',
    json.dumps({"code": "\x00", "public_key": "\x00", "device_name": "\x00"}).encode(),
    json.dumps({"code": "A" * 64, "public_key": "x" * 399, "device_name": "\ud800"}).encode(),
    json.dumps({"device": "A" * 22, "nonce": "\ud800", "signature": "\x00"}).encode(),
    json.dumps({"device": "A" * 22 + "\n", "nonce": "x", "signature": "x"}).encode(),
    json.dumps({"endpoint": "https://\x00", "keys": {"p256dh": "\x00", "auth": "é"}}).encode(),
    json.dumps({"endpoint": "https://[", "keys": {"p256dh": "A", "auth": "A"}}).encode(),
    json.dumps({"endpoint": "https://a:99999999/", "keys": {"p256dh": "A", "auth": "A"}}).encode(),
)


@pytest.mark.parametrize("path", JSON_PATHS)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_odd_bodies_are_refused_in_words(estate: Estate, path: str, content_type: str) -> None:
    headers = {"authorization": f"Bearer {estate.phone('teacher').token}", "content-type": content_type}
    for body in JSON_BODIES:
        estate.county.services.rate_limiter.forget("wrong-code:testclient")
        check_refused(estate.client.post(path, content=body, headers=headers), 400, 401, 403, 413, 422)


@FEW
@given(path=st.sampled_from(JSON_PATHS), body=anything)
def test_any_json_is_refused_in_words(estate: Estate, path: str, body: object) -> None:
    headers = {"authorization": f"Bearer {estate.phone('teacher').token}", "content-type": "application/json"}
    answer = estate.client.post(path, content=json.dumps(body).encode(), headers=headers)
    check_refused(answer, 400, 401, 403, 422, 429)


ODD_HEADERS = [
    (b"authorization", value)
    for value in (
        b"",
        b"Bearer",
        b"Bearer \x00",
        b"Bearer \xff\xfe",
        b"bearer\tx",
        b"Bearer " + b"x" * 60_000,
        b"\x01\x02",
    )
]
ODD_HEADERS += [
    (b"accept-language", value) for value in (b"\xff", b"en;q=\x00", b"," * 5000, b"zh" * 5000, b"*;q=x", b";;;")
]
ODD_HEADERS += [
    (b"content-type", value) for value in (b"\xff\x00", b"multipart/form-data", b"multipart/form-data; boundary=", b";")
]
ODD_HEADERS += [(b"content-length", value) for value in (b"-1", b"x", b"1e9", b"\xb2", b"")]
ODD_HEADERS += [
    (b"range", b"bytes=-"),
    (b"if-none-match", b"\xff" * 100),
    (b"origin", b"\xff"),
    (b"cookie", b"\xff=\xfe; ;;="),
]
ODD_HEADERS += [
    (b"host", b""),
    (b"host", b"\xff\x00"),
    (b"host", b"a:b:c"),
    (b"content-encoding", b"\xff"),
    (b"hx-request", b"\xff"),
]


def test_odd_headers_of_http_are_answered_at_every_address(estate: Estate) -> None:
    for method, path in sorted(TABLE):
        if method in (MOUNTED, EVERYTHING_ELSE[0]):
            method, path = "GET", "/" if method != MOUNTED else f"{path}/{'a' * 64}"  # noqa: PLW2901
        for header in ODD_HEADERS:
            answer = ask(estate.client, method, path, headers=(header,))
            assert answer.status < 500 or path == "/", (method, path, header)


ODD_SEGMENTS = ("\x00", "..", "%00", "\ufffd", "a" * 5000, "-1", "🜁", "'", "{{7*7}}", "\n", " ", "a/b", "\\")
ODD_QUERIES = (b"page=-1", b"page=0", b"page=" + b"9" * 5000, b"page=1e9", b"page=%00", b"page=\xff", b"page=&page=2")
ODD_QUERIES += (
    b"q=%00&role=%ff",
    b"q=%ED%A0%80",
    b"next=//evil.example",
    b"next=%5c%5cevil",
    b"lesson=%00&language=%00",
    b"%",
    b"=" * 999,
)


def test_odd_addresses_are_answered(estate: Estate) -> None:
    cookie = ((b"cookie", f"xuetan_console={estate.browser('mayor').cookies['xuetan_console']}".encode()),)
    for method, path in sorted(TABLE):
        if method not in ("GET", "DELETE"):
            continue
        for odd in ODD_SEGMENTS if "{" in path else ():
            name = path[path.index("{") : path.index("}") + 1]
            real = path.replace(name, odd).replace("{", "").replace("}", "")
            answer = ask(estate.client, method, real, headers=cookie)
            assert answer.status < 500, (path, odd)
        for query in ODD_QUERIES:
            answer = ask(estate.client, method, path.replace("{", "").replace("}", ""), headers=cookie, query=query)
            assert answer.status < 500, (path, query)
            assert "evil" not in answer.headers.get("location", "")


ODD_FORMS = (
    b"",
    b"%",
    b"=&=&&",
    b"person=%00&cohort=%00&role=%00&name=%00&organisation=%ff&goals=%ED%A0%80",
    b"due_day=9999-99-99&cohort=x&note=" + b"x" * 9000,
    b"due_day=-1&person=:&person=a:b:c&role=member",
    b"name=" + b"%F0%9F%9C%81" * 500 + b"&programme=new&programme_name=x&organisation=x",
    b"&".join(b"f%d=x" % number for number in range(2000)),
    b"csrf=second&password=" + b"x" * 5000 + b"&sign_in_name=%00",
)


def test_odd_forms_are_answered(estate: Estate) -> None:
    mayor = estate.browser("mayor")
    cookie = (b"cookie", f"xuetan_console={mayor.cookies['xuetan_console']}".encode())
    for method, path in sorted(TABLE):
        if method != "POST" or not path.startswith("/console") or path.endswith("/sign-out"):
            continue
        real = path.replace("{", "").replace("}", "")
        for form in ODD_FORMS:
            body = f"csrf={mayor.csrf()}&".encode() + form
            headers = (cookie, (b"content-type", b"application/x-www-form-urlencoded"))
            answer = ask(estate.client, method, real, headers=headers, pieces=[body])
            assert answer.status < 500, (path, form[:80])


ODD_PARTS = (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--", b"\x00" * 500, b"--x" * 9000)


@pytest.mark.parametrize("path", ["/console/packs/build", "/console/people/new", "/console/sign-in"])
def test_forms_that_are_none_are_answered(estate: Estate, path: str) -> None:
    cookie = (b"cookie", f"xuetan_console={estate.browser('mayor').cookies['xuetan_console']}".encode())
    for kind in (b"multipart/form-data", b"multipart/form-data; boundary=x", b"application/json", b"text/plain"):
        for body in ODD_PARTS:
            answer = ask(estate.client, "POST", path, headers=(cookie, (b"content-type", kind)), pieces=[body])
            assert 400 <= answer.status < 500, (kind, body[:40])


ODD_NOTICES = (
    "[" * 3000,
    '["done","signed_out",{"x":"\\ud800"}]',
    '["done","member_removed",{"name":"\\ud800"}]',
    "[1,2]",
    "{}",
)
ODD_NOTICES += (
    '["done",1,{}]',
    '["done","signed_out",[1]]',
    '["done","signed_out",{"key":1,"language":2}]',
    "null",
    '["\\ud800","a",{}]',
)
ODD_NOTICES += (
    '["done","member_removed",{"name":"<script>alert(1)</script>"}]',
    '["done","members_added",{"count":' + "9" * 3000 + "}]",
)


def test_a_notice_that_is_not_ours_is_dropped_or_shown_as_text(estate: Estate) -> None:
    for notice in (*ODD_NOTICES, None):
        value = "\xff\xfe" if notice is None else b64url_encode(notice.encode())
        headers = ((b"cookie", b"xuetan_notice=" + value.encode("latin-1")),)
        answer: Answered = ask(estate.client, "GET", "/console/sign-in", headers=headers)
        assert answer.status == 200, (notice or "")[:80]
        assert b"<script>alert" not in answer.body


def test_a_name_that_is_markup_is_shown_as_text(estate: Estate) -> None:
    name = "<script>alert(1)</script>'\"&"
    person = estate.county.add(name, "east-school-1", "teacher")
    mayor = estate.browser("mayor")
    for path in (
        "/console/people",
        f"/console/people/{person.id}",
        "/console/people?q=%3Cscript%3Ealert(1)",
        "/console/pairs",
    ):
        page = mayor.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    answer = estate.browser().sign_in("<script>alert(1)</script>", PASSWORD)
    assert "<script>alert" not in answer.text
