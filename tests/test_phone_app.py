"""The phone application at `/`: the same page for every address of the app, caching that fits, policies that hold."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

import brotli
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from xuetan.kernel.errors import install_error_handlers
from xuetan.phone_app import SERVER_PATHS, PhoneApp

STYLE = "body { margin: 0 }"
INDEX = f"<!doctype html><title>雪炭</title><style>{STYLE}</style><script type=module src=/assets/main-abc.js></script>"
SCRIPT = "export const a = 1;\n" * 60


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "pwa_dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / "sw.js").write_text("self.addEventListener('install', () => {});")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "assets" / "main-abc.js").write_text(SCRIPT)
    (folder / "assets" / "main-abc.js.br").write_bytes(brotli.compress(SCRIPT.encode()))
    (folder / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return folder


def client_of(folder: Path) -> TestClient:
    app = FastAPI()

    @app.get("/api/1/thing")
    def thing() -> str:
        return "thing"

    app.router.default = PhoneApp(folder)
    install_error_handlers(app)
    return TestClient(app, base_url="http://testserver", follow_redirects=False)


@pytest.mark.parametrize("path", ["/", "/learn", "/learn/some-pack/01-first/quiz", "/journal/new", "/index.html"])
def test_every_address_of_the_app_is_the_same_page_and_is_asked_about_again(dist: Path, path: str) -> None:
    answer = client_of(dist).get(path)
    assert answer.status_code == 200
    assert answer.text == INDEX
    assert answer.headers["cache-control"] == "no-cache"
    assert client_of(dist).get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert client_of(dist).head(path).status_code == 200


def test_a_name_with_a_hash_is_kept_for_ever_and_comes_compressed(dist: Path) -> None:
    client = client_of(dist)
    answer = client.get("/assets/main-abc.js", headers={"accept-encoding": "identity"})
    assert answer.text == SCRIPT
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    for coding in ("br", "gzip"):
        compressed = client.get("/assets/main-abc.js", headers={"accept-encoding": coding})
        assert compressed.headers["content-encoding"] == coding
        assert compressed.text == SCRIPT


def test_the_worker_is_asked_about_again_and_has_the_policy(dist: Path) -> None:
    for path in ("/sw.js", "/manifest.webmanifest"):
        assert client_of(dist).get(path).headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in client_of(dist).get("/sw.js").headers["content-security-policy"]


def test_the_policy_allows_our_own_and_the_style_that_stands_in_the_page(dist: Path) -> None:
    policy = client_of(dist).get("/learn").headers["content-security-policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert parts["style-src"] == f"'self' 'sha256-{style}'"
    assert parts["script-src"] == "'self'"
    assert parts["connect-src"] == "'self' http: https:"
    assert parts["default-src"] == parts["object-src"] == parts["base-uri"] == parts["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", [*SERVER_PATHS, *(f"{one}/nothing" for one in SERVER_PATHS)])
def test_an_address_of_the_server_never_gets_the_page(dist: Path, path: str) -> None:
    answer = client_of(dist).get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/favicon.ico", "/assets/gone-123.js", "/assets/..%2f..%2fapp.py", "/sw.js.map"])
def test_a_file_that_is_not_there_is_not_the_page(dist: Path, path: str) -> None:
    assert client_of(dist).get(path).status_code == 404


def test_the_servers_own_addresses_go_first_and_keep_their_methods(dist: Path) -> None:
    client = client_of(dist)
    assert client.get("/api/1/thing").json() == "thing"
    assert client.delete("/api/1/thing").status_code == 405
    assert client.post("/learn").status_code == 405


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    answer = client_of(tmp_path / "nothing").get("/")
    assert answer.status_code == 503
    assert "make setup" in answer.text
