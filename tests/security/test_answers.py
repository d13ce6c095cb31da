"""What every answer carries and what none may: headers, cookies, caching, other folders, our insides, secrets."""

from __future__ import annotations

import logging
import stat
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.county import County
from tests.security.asgi import ask
from tests.security.browser import Browser
from tests.security.estate import COURSE_TEXT, MESSAGE_TEXT, PACK, PASSWORD, PRIVATE_TEXT, Estate
from tests.security.inventory import ANY_STAFF, ANYBODY, DEVICE, GUARDED_WORDS, STAFF, TABLE
from tests.security.routes import EVERYTHING_ELSE, MOUNTED
from tests.simulation.events import lesson_opened
from xuetan.accounts import service as accounts
from xuetan.accounts.models import Organisation
from xuetan.app import create_app
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.signing import SigningKey
from xuetan.packs import service as packs
from xuetan.settings import Settings
from xuetan.sync.service import SyncGateway

PHONE_PAGES = ("/", "/learn", "/journal/some-entry", "/teachers/someone")


def open_addresses(estate: Estate) -> list[tuple[str, str]]:
    """(method, address) of everything that anybody may ask for."""
    card = estate.county.read(_card)
    places = {"manifest": card["manifest"], "path:path": "no-such-page"}
    found = [("GET", page) for page in PHONE_PAGES]
    for (method, path), access in TABLE.items():
        if access.who != ANYBODY or (method, path) == EVERYTHING_ELSE:
            continue
        for name, value in places.items():
            path = path.replace(f"{{{name}}}", value)  # noqa: PLW2901
        if method == MOUNTED:
            path, method = f"{path}/{card['manifest'] if path == '/packs/b' else 'console.css'}", "GET"  # noqa: PLW2901
        found.append((method, path))
    return found


def _card(session: Any) -> dict[str, Any]:
    return packs.get_pack_card(session, PACK)


def test_what_anybody_may_ask_for_names_nobody(estate: Estate) -> None:
    for method, path in open_addresses(estate):
        answer = estate.client.request(method, path, follow_redirects=False)
        assert answer.status_code < 500 or path in PHONE_PAGES, path
        for word in (*GUARDED_WORDS, PRIVATE_TEXT, COURSE_TEXT, MESSAGE_TEXT, "mayor", "trainer"):
            assert word not in answer.text or path == "/api/openapi.json", (path, word)


def pages(estate: Estate) -> list[Any]:
    """An answer of every kind of page: the phone's, the console's, its errors, its refusals, the preview."""
    mayor, trainer, visitor = estate.browser("mayor"), estate.browser("trainer"), estate.browser()
    answers = [estate.client.get(path) for path in PHONE_PAGES]
    answers += [
        visitor.get("/console/sign-in"),
        visitor.get("/console/no-such-page"),
        visitor.post("/console/sign-in", csrf="x"),
    ]
    answers += [visitor.sign_in("mayor", "not the password")]
    for (method, _), access in TABLE.items():
        if method == "GET" and access.who in (STAFF, ANY_STAFF):
            assert access.path is not None
            answers += [(trainer if access.owner == "trainer" else mayor).get(access.path(estate))]
    answers += [estate.browser("west-trainer").get(f"/console/people/{estate.guarded_id}")]
    return [answer for answer in answers if answer.headers.get("content-type", "").startswith("text/html")]


def policy_of(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";") if part.strip()]
    return {part[0]: part[1:] for part in parts}


def test_every_page_says_what_it_may_load_and_who_may_frame_it(estate: Estate) -> None:
    answers = pages(estate)
    assert len(answers) > 15
    for answer in answers:
        policy = policy_of(answer)
        assert policy["default-src"] == ["'none'"], answer.url
        assert policy["base-uri"] == ["'none'"]
        assert policy["frame-ancestors"] in (["'none'"], ["'self'"])
        assert policy.get("script-src", []) in ([], ["'self'"])
        for kind, sources in policy.items():
            # A hub stands wherever its school put it, so the phone's page may ask any address (decision 0106); nothing else may.
            if kind == "connect-src" and "/console" not in str(answer.url):
                continue
            assert not {"*", "http:", "https:", "'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'"} & set(sources)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "charset=utf-8" in answer.headers["content-type"].replace('"', "")


def test_only_the_preview_may_be_framed_and_only_by_us(estate: Estate) -> None:
    for answer in pages(estate):
        expected = ["'self'"] if "/preview/" in str(answer.url) else ["'none'"]
        assert policy_of(answer)["frame-ancestors"] == expected, answer.url


def test_no_page_holds_a_script_or_a_style_that_its_policy_forbids(estate: Estate) -> None:
    for answer in pages(estate):
        if str(answer.url).startswith("http://testserver/console"):
            for forbidden in (" style=", " onclick=", " onload=", "javascript:", "<style>"):
                assert forbidden not in answer.text, answer.url


def test_every_answer_of_any_address_forbids_sniffing(estate: Estate) -> None:
    for method, path in [*open_addresses(estate), ("GET", "/api/none"), ("PUT", "/sync/1"), ("GET", "/packs/b/none")]:
        answer = estate.client.request(method, path, follow_redirects=False)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert len(answer.headers.get_list("cache-control")) == 1, path
        assert "server" not in answer.headers


def test_answers_for_one_person_are_kept_in_no_cache(estate: Estate) -> None:
    phone, mayor = estate.phone("teacher"), estate.browser("mayor")
    bearer = {"authorization": f"Bearer {phone.token}"}
    code = estate.county.code_of("teacher")
    enrol = {"code": code, "public_key": phone.key.spki if phone.key else ""}
    nonce = estate.client.post("/api/1/session/nonce", json={"device": phone.device_id})
    answers = [
        estate.client.post("/api/1/enrol", json=enrol),
        nonce,
        estate.client.post("/api/1/session", json={"device": phone.device_id, "nonce": "x", "signature": "x"}),
        estate.client.post("/sync/1", content=phone.frame(), headers=bearer),
        estate.client.post("/sync/1", content=b"", headers=bearer),
        *(
            estate.client.request(method, path, headers=bearer)
            for (method, path), one in TABLE.items()
            if one.who == DEVICE
        ),
        mayor.get("/console/people"),
        mayor.get(f"/console/people/{estate.guarded_id}"),
        mayor.get("/console/classes/none"),
        mayor.post("/console/people/slips", {"person": estate.guarded_id}),
        mayor.post("/console/language", {"language": "zh-Hans"}),
        estate.browser().get("/console/people"),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", (answer.url, answer.headers)


def test_what_never_changes_may_be_kept_for_a_year_and_the_pages_of_the_phone_are_asked_about_again(
    estate: Estate,
) -> None:
    page = estate.browser().get("/console/sign-in").text
    stylesheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    card = estate.county.read(_card)
    for path in (stylesheet, f"/packs/b/{card['manifest']}"):
        assert "immutable" in estate.client.get(path).headers["cache-control"]
    for path in PHONE_PAGES:
        answer = estate.client.get(path)
        assert answer.headers["cache-control"] == ("no-cache" if answer.status_code == 200 else "no-store")


def test_no_other_site_may_read_anything(estate: Estate) -> None:
    phone = estate.phone("teacher")
    foreign = {"origin": "https://evil.example", "authorization": f"Bearer {phone.token}"}
    preflight = foreign | {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    for method, path in [
        *open_addresses(estate),
        ("POST", "/sync/1"),
        ("POST", "/api/1/enrol"),
        ("GET", "/api/1/push/key"),
    ]:
        for answer in (
            estate.client.request(method, path, headers=foreign, follow_redirects=False),
            estate.client.options(path, headers=preflight),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control-")], path


@pytest.fixture
def secure_visitor(settings: Settings, clock: FixedClock) -> Any:
    """A browser at an installation with the settings of an operator: cookies for https alone."""
    app = create_app(
        settings.model_copy(update={"secure_cookies": True}), clock=clock, run_jobs=False, prepare_schema=False
    )
    with TestClient(app, base_url="https://testserver") as client:
        county = County.found(app.state.services, client)
        county.write(
            lambda session: accounts.set_password(
                session, county.id_of("trainer"), "trainer", PASSWORD, actor=accounts.OPERATOR, services=county.services
            )
        )
        visitor = Browser(client)
        visitor._client.base_url = "https://testserver"
        yield visitor


def test_cookies_are_kept_from_scripts_from_other_hosts_and_from_plain_http(secure_visitor: Browser) -> None:
    seen: dict[str, set[str]] = {}

    def note(answer: Any) -> None:
        for cookie in answer.headers.get_list("set-cookie"):
            name, *attributes = (part.strip() for part in cookie.split(";"))
            seen[name.partition("=")[0]] = {attribute.lower().partition("=")[0] for attribute in attributes} | {
                attribute.lower() for attribute in attributes
            }

    note(secure_visitor.get("/console/sign-in"))
    note(secure_visitor.post("/console/language", {"language": "en"}))
    note(secure_visitor.sign_in("trainer", PASSWORD))
    note(secure_visitor.post("/console/sign-out"))
    assert set(seen) == {"__Host-xuetan_form", "__Host-xuetan_console", "xuetan_language", "xuetan_notice"}
    for name, attributes in seen.items():
        assert "secure" in attributes, name
        assert "samesite=lax" in attributes, name
        assert "domain" not in attributes, name
        assert ("path=/" if name.startswith("__Host-") else "path=/console") in attributes, name
    for name in ("__Host-xuetan_form", "__Host-xuetan_console", "xuetan_notice"):
        assert "httponly" in seen[name], name


OUTSIDE = (
    "/packs/b/../../xuetan.sqlite",
    "/packs/b/..%2f..%2fxuetan.sqlite",
    "/packs/b//etc/passwd",
    "/packs/b/",
    "/packs/b",
    "/packs/",
    "/packs/s/../../keys/root.pem",
    "/console/static/../visit.py",
    "/console/static/..\\visit.py",
    "/console/static/../templates/layout.html.j2",
    "/console/static//etc/passwd",
    "/console/static/",
    "/console/static",
    "/assets/",
    "/assets/../../settings.py",
    "/assets/..",
    "/../settings.py",
    "/..\\settings.py",
    "//etc/passwd",
    "/.env",
    "/.git/config",
    "/index.html/../../settings.py",
    "/\x00.html",
    "/assets/\x00",
    "/keys/root.pem",
    "/data/xuetan.sqlite",
    "/xuetan.sqlite",
    "/console/static/console.css\x00.py",
)


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_folder_is_listed_and_nothing_outside_is_reached(estate: Estate, method: str, path: str) -> None:
    answer = ask(estate.client, method, path)
    # An address of the phone's application, whatever it is called, is its one page.
    is_the_app = answer.status == 200 and answer.headers["content-type"].startswith("text/html")
    assert not is_the_app or method == "HEAD" or answer.body[:15].lower() == b"<!doctype html>"
    assert answer.status in (404, 405, 503) or is_the_app, answer
    for inside in (
        b"SQLite format",
        b"PRIVATE KEY",
        b"import ",
        b"root:x:",
        b"Index of",
        b"Directory listing",
        b"{% block",
    ):
        assert inside not in answer.body


def test_a_failure_of_ours_shows_nothing_of_us(
    settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_self: SyncGateway, _actor: object, _frame: bytes) -> bytes:
        raise RuntimeError("the secret is in /var/lib/xuetan/keys")

    monkeypatch.setattr(SyncGateway, "exchange", fail)
    app: FastAPI = create_app(settings, clock=clock, run_jobs=False, prepare_schema=False)
    with TestClient(app, base_url="http://testserver", raise_server_exceptions=False) as client:
        phone = County.found(app.state.services, client).device_of("teacher")
        answer = client.post("/sync/1", content=phone.frame(), headers={"authorization": f"Bearer {phone.token}"})
    assert answer.status_code == 500
    body = answer.json()
    assert set(body) == {"code", "message", "retry", "details", "request_id"}
    assert (body["code"], body["details"]) == ("internal_error", {})
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert body["request_id"]
    assert body["request_id"] in caplog.text
    assert phone.token not in caplog.text
    assert app.state.request_counts[5] == 1


def test_a_refusal_repeats_nothing_that_was_sent(estate: Estate) -> None:
    secrets = {
        "code": "ABCDE-FGHJK",
        "public_key": "c2VjcmV0LXB1YmxpYy1rZXk",
        "nonce": "c2VjcmV0LW5vbmNl",
        "signature": "c2VjcmV0LXNpZ25hdHVyZQ",
    }
    requests = [
        ("/api/1/enrol", {"code": secrets["code"], "public_key": secrets["public_key"]}),
        ("/api/1/enrol", {"code": secrets["code"], "public_key": SigningKey.generate().spki}),
        ("/api/1/enrol", {"code": [secrets["code"]], "public_key": {"x": secrets["public_key"]}}),
        ("/api/1/session", {"device": estate.phone("teacher").device_id, **secrets}),
        ("/api/1/session", {"device": "short", **secrets}),
        ("/api/1/session/nonce", {"device": secrets["nonce"]}),
    ]
    for path, body in requests:
        answer = estate.client.post(path, json=body)
        assert 400 <= answer.status_code < 500
        for secret in (*secrets.values(), "short"):
            assert secret not in answer.text, path
    refused = estate.browser().sign_in("mayor", "a wrong password that is long")
    assert "a wrong password" not in refused.text


def test_no_log_line_holds_a_token_a_code_or_a_password(county: County, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    estate = Estate.found(county)
    code = county.code_of("teacher")
    phone = estate.phone("teacher")
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    phone.renew_session()
    visitor = estate.browser()
    visitor.sign_in("mayor", "a wrong password")
    mayor = estate.signed_in("mayor")
    mayor.post("/console/people/slips", {"person": county.id_of("teacher")})
    county.client.post("/api/1/enrol", json={"code": "ABCDE-FGHJK", "public_key": SigningKey.generate().spki})
    county.client.post("/api/1/enrol", content=b'{"code": "ABCDE-FGHJK"')
    with pytest.raises(Exception, match=r"UNIQUE|IntegrityError"):
        county.write(lambda session: _write_twice(session, "语文课的秘密"))
    for secret in (
        code,
        code.replace("-", ""),
        phone.token,
        phone.enrolment["token"],
        PASSWORD,
        "a wrong password",
        "ABCDE-FGHJK",
        mayor.cookies["xuetan_console"],
        PRIVATE_TEXT,
        "语文课的秘密",
    ):
        assert secret not in caplog.text


def _write_twice(session: Any, text: str) -> None:
    """A statement that fails, with a text in its parameters."""
    for _ in range(2):
        session.add(Organisation(id="the same", parent_id=None, kind="school", name=text, created_ms=0))
        session.flush()
        session.expunge_all()


def test_keys_can_be_read_by_their_owner_alone(estate: Estate) -> None:
    folder: Path = estate.county.services.settings.data_dir / "keys"
    found = list(folder.iterdir())
    assert {"root.pem", "publisher.pem", "sign-in-codes.pem"} <= {file.name for file in found}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in found:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
