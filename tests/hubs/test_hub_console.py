"""The page "Hubs" of the root's console: a hub is made there, watched there and ended there."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.security.browser import Browser
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.relay.taking_out import list_parts, make_part, take_receipts
from xuetan.relay.upstream import RefusedError
from xuetan.sync.service import read_file

PASSWORD = "雪中送炭又一年 2026"
PATH = "/console/sync/hubs"
DAY_MS = 86_400_000


@pytest.fixture
def mayor(county: County) -> Browser:
    county.write(
        lambda session: accounts.set_password(
            session, county.id_of("mayor"), "mayor", PASSWORD, actor=OPERATOR, services=county.services
        )
    )
    return signed_in(county)


def signed_in(county: County) -> Browser:
    browser = Browser(county.client)
    browser.sign_in("mayor", PASSWORD)
    return browser


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_hub_is_made_joins_is_watched_and_ended(
    county: County, mayor: Browser, make_site: Callable[[str], Site], clock: FixedClock
) -> None:
    assert "还没有中转站" in mayor.get(PATH).text
    made = mayor.post(PATH, {"name": "河边小学的中转站", "organisation": county.places["east-school-1"]})
    (code,) = re.findall(r'data-testid="hub-code">([0-9A-Z-]+)<', made.text)
    assert f"--hub-code {code}" in made.text
    assert "XUETAN_HOST=0.0.0.0 XUETAN_PUBLIC_URL=http://&lt;" in made.text
    again = mayor.get(PATH).text
    assert code not in again and "还没有接入" in again

    site = make_site("school")
    site.upstream.enrol(code)
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("one", "two")
    teacher.ask(site)
    # What it brings with this request waited until now.
    site.upstream.exchange()
    page = words(mayor.get(PATH).text)
    assert re.search(r"河边小学的中转站 east-school-1 · http://10.0.0.7:8000 .* 2 2 ", page), page
    site.talk()
    assert re.search(r"http://10.0.0.7:8000 .* 2 0 ", words(mayor.get(PATH).text))
    clock.advance_ms(20 * DAY_MS)
    mayor = signed_in(county)
    assert "很久没有联系" in mayor.get(PATH).text

    (hub_id,) = re.findall(r'data-hub="([^"]+)"', again)
    ended = mayor.post(f"{PATH}/{hub_id}/revoke", {})
    assert ended.status_code == 303
    assert "已停用" in words(mayor.get(PATH).text)
    with pytest.raises(RefusedError):
        site.upstream.exchange()


def test_a_file_of_a_hub_is_taken_in_words_that_name_the_hub(
    county: County, mayor: Browser, make_site: Callable[[str], Site]
) -> None:
    site = make_site("hub")
    site.join(county, "east")
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    site.line.is_cut = True
    teacher.write("one", "two")
    teacher.ask(site)
    answer = mayor.post("/console/sync/file", files={"file": ("card.xtsync", make_first_part(site))})
    assert stored_lessons(county, "teacher") == ["one", "two"]
    told = words(answer.text)
    assert f"中转站“{site.certificate.name}”的文件已收下，里面有 2 条记录" in told
    assert "不认识" not in told and "在它的“用文件交记录”那一页" in told
    (receipt,) = re.findall(r'href="data:application/octet-stream;base64,([^"]+)"', answer.text)
    assert take_receipts(site.services, read_file(base64.b64decode(receipt))) == 1


def make_first_part(site: Site) -> bytes:
    with site.services.database.reading() as session:
        (part,) = list_parts(session)
    return make_part(site.services, part.first)


def test_a_hub_without_a_name_or_of_a_place_that_is_not_ours_is_not_made(county: County, mayor: Browser) -> None:
    assert mayor.post(PATH, {"name": " ", "organisation": county.places["east"]}).status_code == 422
    assert mayor.post(PATH, {"name": "x", "organisation": "nowhere"}).status_code == 422
    assert "还没有中转站" in mayor.get(PATH).text
