"""What anybody may send a hub, how much of it, and which addresses it has."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.security.routes import EVERYTHING_ELSE, routes_of
from xuetan.contracts.limits import HUB_QUESTION_BYTES_MAX
from xuetan.contracts.sync import HubQuestion
from xuetan.kernel.ids import new_id
from xuetan.kernel.sql import run_in
from xuetan.relay import holding
from xuetan.relay.mirroring import drop
from xuetan.relay.models import RelayTransfer
from xuetan.relay.state import get_state
from xuetan.sync.hub_papers import encode_question


def test_any_bytes_are_refused_in_words_and_change_nothing(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("whole")
    good = teacher.question(site)
    bad = [
        b"",
        b"x",
        b"xuetan-file/1\n",
        b"xuetan-file/9\n" + good[14:],
        good[:-1],
        good + b"x",
        good[: len(good) // 2],
    ]
    bad += [good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :] for index in range(0, len(good), 97)]
    question = HubQuestion(1, "no nonce", 0, [], [])
    bad += [
        teacher.seal(site, b""),
        teacher.seal(site, b"\xff\xff\xff\xff{}"),
        teacher.seal(site, encode_question(question, [])),
        teacher.seal(site, encode_question(msgspec.structs.replace(question, nonce=new_id(), cur=[[1]]), [])),
        teacher.seal(site, encode_question(msgspec.structs.replace(question, nonce=new_id()), []), kind="transfers"),
        teacher.seal(site, encode_question(msgspec.structs.replace(question, nonce=new_id()), []), reply="no key"),
    ]
    for data in bad:
        response = site.client.post("/hub/1", content=data)
        assert 400 <= response.status_code < 500, (response.status_code, data[:40])
    response = site.client.post("/hub/1", content=b"x" * (HUB_QUESTION_BYTES_MAX + 1))
    assert (response.status_code, response.json()["code"]) == (413, "request_too_large")
    with site.services.database.reading() as session:
        assert session.get(RelayTransfer, 1) is None


def test_bodies_that_are_not_what_their_hashes_say_are_not_held(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("whole")
    (carried,) = teacher._give(teacher.device.stream)
    damaged = carried._replace(bodies=[body[:-1] + b"x" for body in carried.bodies])
    answer = teacher.ask(site, carried=[damaged])
    assert (answer.held, answer.refused) == ([], "malformed_frame")
    assert teacher.ask(site).held


def test_strangers_together_and_each_device_have_their_measure(
    county: County, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher, stranger = HubPhone.of(county, "teacher"), HubPhone.of(county, "west-teacher")
    site.talk()
    monkeypatch.setattr(holding, "STRANGERS_BYTES_MAX", 450)
    stranger.write("one")
    assert stranger.ask(site).held
    stranger.write("two")
    answer = stranger.ask(site)
    assert answer.held == []
    monkeypatch.setattr(holding, "DEVICE_BYTES_MAX", 450)
    teacher.write("one")
    assert teacher.ask(site).held
    teacher.write("two")
    full = teacher.ask(site)
    assert (full.held, full.refused) == ([], "hub_full")
    # Room comes back with the line: what the root is safe with is let go, and nothing was lost meanwhile.
    monkeypatch.setattr(holding, "DEVICE_BYTES_MAX", 70_000)
    assert teacher.ask(site).held
    site.talk()
    assert stored_lessons(county, "teacher") == ["one", "two"]


def test_questions_of_one_address_have_a_limit(site: Site) -> None:
    codes = {site.client.post("/hub/1", content=b"x").status_code for _ in range(600)}
    assert codes == {400}
    assert site.client.post("/hub/1", content=b"x").status_code == 429


def test_a_hub_is_no_root_and_no_console(site: Site) -> None:
    for method, path in (("POST", "/sync/1"), ("POST", "/api/1/enrol"), ("GET", "/console"), ("GET", "/packs")):
        assert site.client.request(method, path).status_code == 404
    for method, path in (("POST", "/hubs/1/enrol"), ("POST", "/hubs/1/sync"), ("GET", "/index.html")):
        assert site.client.request(method, path).status_code == 404


def test_every_address_of_a_hub_is_one_of_these(site: Site) -> None:
    """Open to anybody in the house: each of them tells names of hubs, numbers and times, or what only the asker can read."""
    assert routes_of(site.app) == {
        EVERYTHING_ELSE,
        ("GET", "/"),
        ("GET", "/api/openapi.json"),
        ("GET", "/healthz"),
        ("GET", "/hub/1/about"),
        ("GET", "/lite"),
        ("GET", "/metrics"),
        ("GET", "/packs/keyring"),
        ("GET", "/packs/s/{manifest}"),
        ("GET", "/people"),
        ("GET", "/people/out/{first}"),
        ("MOUNTED", "/packs/b"),
        ("OPTIONS", "/hub/1"),
        ("OPTIONS", "/hub/1/about"),
        ("OPTIONS", "/packs/keyring"),
        ("OPTIONS", "/packs/s/{manifest}"),
        ("POST", "/hub/1"),
        ("POST", "/lite"),
    }


def test_every_page_may_ask_a_hub_and_is_told_so_before(site: Site) -> None:
    for path in ("/hub/1", "/hub/1/about"):
        asked = site.client.options(
            path,
            headers={
                "origin": "https://root.example",
                "access-control-request-method": "POST",
                "access-control-request-private-network": "true",
            },
        )
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "*"
        assert asked.headers["access-control-allow-private-network"] == "true"
        assert "access-control-allow-credentials" not in asked.headers
    about = site.client.get("/hub/1/about", headers={"origin": "https://root.example"})
    assert about.headers["access-control-allow-origin"] == "*"


def test_before_it_has_joined_a_hub_takes_nothing(county: County, site: Site, make_site: Callable[[str], Site]) -> None:
    teacher = HubPhone.of(county, "teacher")
    response = make_site("new").client.post("/hub/1", content=teacher.question(site))
    assert (response.status_code, response.json()["code"]) == (503, "hub_not_ready")


def test_a_mirror_that_does_not_fit_is_made_anew_and_keeps_what_is_held(county: County, site: Site) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    site.talk()
    teacher.write("held")
    teacher.ask(site)
    with site.services.database.transaction() as session:
        run_in(session)("UPDATE log_scope SET head = head - 1 WHERE scope = ?", (teacher.device.own_scope,))
    site.talk()
    mentor.ask(site)
    assert mentor.lessons(teacher.device.own_scope) == ["held"]
    with site.services.database.transaction() as session:
        drop(session, get_state(session))
    site.talk()
    assert stored_lessons(county, "teacher") == ["held"]
