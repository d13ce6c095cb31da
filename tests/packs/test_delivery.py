"""Blobs over HTTP: ranges, codings, caching, and nothing but what is published."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import brotli
import msgspec
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.packs.conftest import SMALL_PACK
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import create_app
from xuetan.contracts import manifest as wire
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.packs import service as packs
from xuetan.packs.delivery import _accepted_codings
from xuetan.packs.keyring import open_keyring, verify_manifest


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, schema_file: Path) -> FastAPI:
    """One installation with the small pack published, for all that only reads."""
    settings = settings_in(tmp_path_factory.mktemp("installation"))
    shutil.copy(schema_file, settings.data_dir / "xuetan.sqlite")
    app = create_app(settings, clock=FixedClock(), run_jobs=False, prepare_schema=False)
    services: Services = app.state.services
    with services.database.transaction() as session:
        accounts.create_organisation(session, None, "county", "云岭县", actor=OPERATOR, now_ms=1)
    services.jobs.poll_seconds = 0.02
    services.jobs.start()
    try:
        source = packs.read_source(SMALL_PACK, services)
        with services.database.transaction() as session:
            packs.request_build(session, services, OPERATOR, source)
        services.jobs.wait_idle(30)
    finally:
        services.jobs.stop()
    return app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    """Nothing runs beside the requests, so the application need not be started."""
    return TestClient(app, base_url="http://testserver")


@pytest.fixture(scope="module")
def services(app: FastAPI) -> Services:
    found: Services = app.state.services
    return found


@pytest.fixture(scope="module")
def page(services: Services) -> str:
    """The SHA-256 of a published page that has compressed copies."""
    with services.database.reading() as session:
        manifest = packs.get_manifest(session, services.blobs, "small-pack")
    return manifest.lessons[0].editions["zh-Hans"].page


def test_a_blob_is_what_its_name_says_and_cached_for_a_year(client: TestClient, page: str) -> None:
    answer = client.get(f"/packs/b/{page}", headers={"Accept-Encoding": "identity"})
    assert hashlib.sha256(answer.content).hexdigest() == page
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["etag"] == f'"{page}"'
    directives = set(answer.headers["cache-control"].split(", "))
    assert directives == {"public", "immutable", "max-age=31536000"}


def test_a_client_gets_the_smallest_coding_it_takes(client: TestClient, page: str, services: Services) -> None:
    whole = services.blobs.get(page)
    for accepted, coding in (("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("", "")):
        with client.stream("GET", f"/packs/b/{page}", headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding", "") == coding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert len(raw) == int(answer.headers["content-length"])
        if coding == "br":
            assert brotli.decompress(raw) == whole
        elif not coding:
            assert raw == whole
    assert _accepted_codings("br;q=0.000, gzip;q=1") == {"gzip"}


def test_each_coding_has_its_own_tag_and_all_of_them_answer_304(client: TestClient, page: str) -> None:
    tags = {
        client.get(f"/packs/b/{page}", headers={"Accept-Encoding": one}).headers["etag"] for one in ("br", "gzip", "")
    }
    assert tags == {f'"{page}"', f'"{page}-br"', f'"{page}-gzip"'}
    for tag in (*tags, f'"other", W/"{page}-br"', "*"):
        again = client.get(f"/packs/b/{page}", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/packs/b/{page}", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=5-9", 5, 9), ("bytes=7-", 7, -1), ("bytes=-4", -4, -1), ("bytes=3-99999999", 3, -1)],
)
def test_a_range_is_of_the_blob_as_it_is_whatever_codings_are_taken(
    client: TestClient, page: str, services: Services, asked: str, first: int, last: int
) -> None:
    whole = services.blobs.get(page)
    answer = client.get(f"/packs/b/{page}", headers={"Range": asked, "Accept-Encoding": "br, gzip"})
    start, end = first % len(whole), last % len(whole)
    assert answer.status_code == 206
    assert answer.content == whole[start : end + 1]
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"
    assert "content-encoding" not in answer.headers


def test_a_download_cut_short_resumes_at_the_byte(client: TestClient, page: str, services: Services) -> None:
    whole = services.blobs.get(page)
    head = {"Range": f"bytes=10-{len(whole) - 1}", "If-Range": f'"{page}"'}
    assert whole[:10] + client.get(f"/packs/b/{page}", headers=head).content == whole
    other = client.get(f"/packs/b/{page}", headers=head | {"If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, whole)


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(client: TestClient, page: str, asked: str) -> None:
    answer = client.get(f"/packs/b/{page}", headers={"Range": asked})
    assert answer.status_code == 416
    assert re.fullmatch(r"bytes \*/\d+", answer.headers["content-range"])


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=" + "9" * 5000]
)
def test_a_range_that_makes_no_sense_gives_the_whole(
    client: TestClient, page: str, services: Services, asked: str
) -> None:
    answer = client.get(f"/packs/b/{page}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, services.blobs.get(page))


def test_a_head_request_tells_the_size_and_sends_nothing(client: TestClient, page: str) -> None:
    answer = client.head(f"/packs/b/{page}", headers={"Accept-Encoding": "identity"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_blob_of_the_store_that_no_pack_published_is_not_served(
    client: TestClient, page: str, services: Services
) -> None:
    private = services.blobs.put(b"a photograph from somebody's journal")
    assert client.get(f"/packs/b/{private}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/packs", "/packs/", "/packs/b", "/packs/b/", "/packs/s", "/packs/s/", "/packs/b/zz", "/packs/b/" + "0" * 64,
     "/packs/s/" + "0" * 64, "/packs/b/%2e%2e/%2e%2e/xuetan.sqlite", "/packs/b/..%2f..%2fkeys/root.pem"],
)  # fmt: skip
def test_nothing_is_listed_and_nothing_else_is_reached(client: TestClient, page: str, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_blobs_are_only_read(client: TestClient, page: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, f"/packs/b/{page}")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_no_other_site_reads_packs_and_an_opened_drawing_can_do_nothing(client: TestClient, page: str) -> None:
    answer = client.get(f"/packs/b/{page}", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-site"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "script-src" not in policy


def test_a_phone_can_verify_a_pack_from_what_the_server_says(client: TestClient, page: str, services: Services) -> None:
    with services.database.reading() as session:
        card = packs.get_pack_card(session, "small-pack")
    manifest = client.get(f"/packs/b/{card['manifest']}").content
    signature = msgspec.json.decode(client.get(f"/packs/s/{card['manifest']}").content, type=wire.Signature)
    signed = msgspec.json.decode(client.get("/packs/keyring").content, type=wire.SignedKeyring)
    keyring = open_keyring(signed, services.keys.root.spki)
    assert keyring is not None
    assert verify_manifest(keyring, manifest, signature)
    for bundle in json.loads(manifest)["bundles"]:
        assert len(client.get(f"/packs/b/{bundle['blob']}").content) == bundle["bytes"]


def test_signature_and_keyring_are_asked_about_again_and_cost_little(
    client: TestClient, page: str, services: Services
) -> None:
    with services.database.reading() as session:
        manifest = packs.get_pack_card(session, "small-pack")["manifest"]
    for address in ("/packs/keyring", f"/packs/s/{manifest}"):
        answer = client.get(address)
        assert answer.headers["cache-control"] == "no-cache"
        again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_blob_published_after_the_start_is_served_and_one_that_vanished_is_404(
    client: TestClient, page: str, services: Services
) -> None:
    address = f"/packs/b/{page}"
    assert client.get(address).status_code == 200
    path = services.blobs.path_of(page)
    copies = {one: one.read_bytes() for one in (path.with_name(page + ".br"), path.with_name(page + ".gz"))}
    path.with_name(page + ".br").unlink()
    answer = client.get(address, headers={"Accept-Encoding": "br"})
    assert (answer.status_code, answer.headers.get("content-encoding")) == (200, None)
    data = path.read_bytes()
    path.unlink()
    path.with_name(page + ".gz").unlink()
    missing = client.get(address)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    path.write_bytes(data)
    assert client.get(address).content == data
    for copy, packed in copies.items():
        copy.write_bytes(packed)
