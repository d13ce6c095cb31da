"""A changed byte in a bundle, a manifest or a signature: refused in clear words; what was installed still works."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer


def flip_last_byte(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


def other_signature(body: bytes) -> bytes:
    signature = json.loads(body)
    swapped = signature["sig"][1:] + signature["sig"][0]
    return json.dumps({**signature, "sig": swapped}).encode()


def tamper(change: Callable[[bytes], bytes], wanted: Callable[[str], bool]) -> Callable[[Route], None]:
    """Stands between phone and server as a bad cache would."""

    def handle(route: Route) -> None:
        if not wanted(route.request.url):
            route.continue_()
            return
        answer = route.fetch(headers={**route.request.headers, "accept-encoding": "identity"})
        headers = {
            key: value for key, value in answer.headers.items() if key not in ("content-encoding", "content-length")
        }
        route.fulfill(status=answer.status, headers=headers, body=change(answer.body()))

    return handle


@pytest.mark.parametrize("what", ["manifest", "signature", "bundle"])
def test_a_changed_byte_is_refused_and_what_was_installed_still_works(
    demo: DemoServer, open_phone: OpenPhone, what: str
) -> None:
    kept, refused = demo.facts["packs"][0], demo.facts["packs"][1]
    phone = open_phone("teacher", demo.base_url, service_workers="allow")
    phone.sign_in(demo.person("teacher")["code"])
    phone.install(kept, tier="text")
    manifests: list[str] = []

    def is_target(url: str) -> bool:
        blob = url.rsplit("/", 1)[1]
        if what == "signature":
            return "/packs/s/" in url
        if "/packs/b/" not in url:
            return False
        if not manifests:
            manifests.append(blob)
        return (blob == manifests[0]) == (what == "manifest")

    change = other_signature if what == "signature" else flip_last_byte
    phone.context.route("**/packs/**", tamper(change, is_target))
    phone.at("nav-learn").click()
    card = phone.pack(refused)
    card.locator('[data-testid="tier-text"]').click()
    card.locator('[data-testid="pack-install"]').click()

    expect(card.locator('[data-testid="pack-refusal"]')).to_be_visible()
    expect(card).to_have_attribute("data-state", "available")
    phone.context.unroute("**/packs/**")
    phone.open_lesson(kept)
    expect(phone.at("lesson-body")).not_to_be_empty()
    phone.install(refused, tier="text")
