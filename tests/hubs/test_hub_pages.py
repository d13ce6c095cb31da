"""A hub's own pages: what everybody in the house may see, what the operator may, and files handed in by hand."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.simulation.carrying import give
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.duties import Alone
from xuetan.relay.duty import UpstreamDuty
from xuetan.relay.upstream import RefusedError
from xuetan.sync.files import make_file, read_file
from xuetan.sync.frames import encode_transfers

HOUR_MS = 3_600_000


def words(answer: Any) -> str:
    body = re.sub(r"<style>.*?</style>", " ", answer.text, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def hand_in(site: Site, data: bytes) -> Any:
    return site.client.post("/lite", files={"file": ("records.xtsync", data, "application/octet-stream")})


def test_the_page_says_what_is_kept_what_waits_and_how_old_it_is_and_names_nobody(
    county: County, site: Site, clock: FixedClock
) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    site.line.is_cut = True
    teacher.write("one", "two")
    teacher.ask(site)
    clock.advance_ms(3 * HOUR_MS)
    for language, said in (("zh", "3 小时前"), ("en", "3 hours ago")):
        page = site.client.get("/", headers={"accept-language": language})
        assert page.status_code == 200
        text = words(page)
        assert text.count(said) == 2
        assert "hub of east" in text and "http://10.0.0.7:8000" in text
        assert re.search(r"(还没送到总站|Not yet at the root) 2 ", text)
        assert not any(name in text for name in ("teacher ", "mentor", "colleague")), text
        assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("code", ["hub_revoked", "sign_in_required"])
def test_a_hub_that_its_root_refuses_says_so_and_what_helps(site: Site, code: str) -> None:
    site.talk()

    def refused() -> bool:
        raise RefusedError(401, code)

    duty = UpstreamDuty(refused, Alone())
    site.client.app.state.relay.duty = duty
    assert "hub-refused" not in site.client.get("/").text
    duty._turn()
    said = words(site.client.get("/", headers={"accept-language": "zh"}))
    assert "都还在" in said and "接入码" in said
    duty._exchange = lambda: False
    duty._turn()
    assert "hub-refused" not in site.client.get("/").text


def test_what_its_qr_holds_opens_the_app_of_the_root_with_the_hubs_address(site: Site) -> None:
    """Before and after it has joined: what is read from paper must not change."""
    link = "/me/sync?hub=http%3A%2F%2F10.0.0.7%3A8000"
    root = site.services.settings.upstream
    before = site.client.get("/").text
    assert f'href="{root}{link}"' in before and "<svg" in before
    site.talk()
    assert f'href="{root}{link}"' in site.client.get("/").text


def test_for_whom_something_is_kept_is_told_after_the_operators_password_alone(county: County, site: Site) -> None:
    teacher, stranger = HubPhone.of(county, "teacher"), HubPhone.of(county, "west-teacher")
    site.talk()
    for phone in (teacher, stranger):
        phone.write("kept-secret")
        phone.ask(site)
    shut = site.client.get("/people")
    assert (shut.status_code, "密码" in shut.text) == (401, True)
    assert site.client.get("/people", headers={"authorization": "Basic !"}).status_code == 401
    assert site.client.get("/people", auth=("operator", "wrong")).status_code == 401
    page = site.client.get("/people", auth=("operator", site.password), headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "teacher 1 1 just now" in words(page)
    assert "A phone that is not known yet 1 1 just now" in words(page)
    assert "kept-secret" not in page.text and "west-teacher" not in page.text
    for _ in range(20):
        site.client.get("/people", auth=("operator", "wrong"))
    assert site.client.get("/people", auth=("operator", site.password)).status_code == 429


def test_a_question_by_hand_is_answered_by_a_file(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    assert 'enctype="multipart/form-data"' in site.client.get("/lite").text
    teacher.write("by-hand")
    answer = hand_in(site, teacher.question(site))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [one.next for one in teacher.believe(site, answer.content).held] == [1]
    site.talk()
    assert stored_lessons(county, "teacher") == ["by-hand"]


def test_a_file_for_the_root_is_carried_unread_and_its_receipt_comes_back(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    teacher.write("carried")
    assert teacher.device.key is not None
    reader = county.services.keys.files
    header = FileHeader(
        1,
        "transfers",
        reader.key_id,
        teacher.device.device_id,
        "王老师",
        7,
        teacher.device.key.spki,
        teacher.file_key.spki,
    )
    data = make_file(header, encode_transfers(give(teacher.device)), reader.spki, teacher.device.key)
    site.line.is_cut = True
    for _ in range(2):
        kept = hand_in(site, data)
        assert "王老师的文件已存下" in words(kept)
        assert "base64," not in kept.text
    site.line.is_cut = False
    site.talk()
    assert stored_lessons(county, "teacher") == ["carried"]
    brought = hand_in(site, data)
    assert "王老师的文件已送到总站" in words(brought)
    (receipt,) = re.findall(r"base64,([A-Za-z0-9+/=]+)", brought.text)

    file = read_file(base64.b64decode(receipt))
    assert (file.header.kind, file.header.device) == ("receipts", teacher.device.device_id)
    assert file.is_signed_by(county.services.keys.root.spki)


def test_what_is_no_file_is_refused_in_words_and_kept_nowhere(county: County, site: Site) -> None:
    assert hand_in(site, b"no file").status_code == 400
    altered = bytearray(HubPhone.of(county, "teacher").question(site))
    altered[-1] ^= 1
    assert hand_in(site, bytes(altered)).status_code in (400, 422)
    assert site.client.post("/lite", data={"file": "text"}).status_code == 422
    assert site.client.post("/lite", content=b"x").status_code == 422
    assert hand_in(site, b"x" * 9_000_000).status_code == 413
    assert "0.0 MB" in words(site.client.get("/"))


def test_before_it_has_joined_the_page_says_so(county: County, make_site: Any) -> None:
    page = make_site("new").client.get("/", headers={"accept-language": "en"})
    assert "has not joined its root yet" in words(page)
