"""A hub with no line at all: what it holds goes to the root on a memory card, and the root's word comes back the same way."""

from __future__ import annotations

import re

import msgspec
import pytest

from tests.back_ends import backend
from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from xuetan.contracts.sync import FileHeader, Receipts
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey, key_id_of
from xuetan.relay import taking_out
from xuetan.sync.couriers import TakenFile, take_file
from xuetan.sync.files import make_file, read_file

__all__ = ["backend"]


def page(site: Site) -> str:
    answer = site.client.get("/people", auth=("operator", site.password), headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.text


def take_out(site: Site) -> list[bytes]:
    """Every file that the operator's page offers."""
    addresses = re.findall(r'href="(/people/out/\d+)"', page(site))
    answers = [site.client.get(one, auth=("operator", site.password)) for one in addresses]
    assert all(one.status_code == 200 for one in answers)
    return [one.content for one in answers]


def bring(county: County, files: list[bytes]) -> list[TakenFile]:
    return [take_file(county.services, data) for data in files]


def hand_in(site: Site, data: bytes) -> str:
    answer = site.client.post("/lite", files={"file": ("receipts.xtsync", data)}, headers={"accept-language": "en"})
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def phones(county: County, site: Site) -> list[HubPhone]:
    """Two phones that gave the hub what they wrote since its line was cut."""
    phones = [HubPhone.of(county, who) for who in ("teacher", "colleague")]
    site.talk()
    site.line.is_cut = True
    for phone in phones:
        phone.write("one", "two")
        phone.ask(site)
    return phones


def test_what_waits_goes_to_the_root_by_hand_and_the_phones_hear_of_it(
    county: County, site: Site, phones: list[HubPhone]
) -> None:
    (data,) = take_out(site)
    assert b"one" not in data and phones[0].device.person_id.encode() not in data
    (taken,) = bring(county, [data])
    assert (taken.taken, taken.is_done, taken.device) == (4, True, None)
    assert stored_lessons(county, "teacher") == stored_lessons(county, "colleague") == ["one", "two"]
    assert taken.receipt is not None
    assert "2 batches are at the root" in hand_in(site, taken.receipt)
    assert "/people/out/" not in page(site)
    for phone in phones:
        phone.ask(site)
        assert phone.device.waiting == 0
    # Twice is once, and with a line there is nothing left to bring.
    assert "0 batches" in hand_in(site, taken.receipt)
    assert bring(county, [data])[0].known == 4
    site.line.is_cut = False
    site.talk()
    assert stored_lessons(county, "teacher") == ["one", "two"]


def test_a_phone_carries_it_as_it_does_any_file(county: County, site: Site, phones: list[HubPhone]) -> None:
    carrier = county.device_of("mentor")
    (data,) = take_out(site)
    answer = carrier.client.post(
        "/sync/1/files", content=data, headers={"authorization": f"Bearer {carrier.token}"}
    ).json()
    assert (answer["taken"], answer["done"]) == (4, True)
    assert "receipt" in answer and answer["device"] == site.certificate.hub
    assert phones[0].device.waiting == 2


def test_more_than_one_file_holds_is_in_several(
    county: County, site: Site, phones: list[HubPhone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_out, "TRANSFERS_MAX", 1)
    files = take_out(site)
    assert len(files) == 2
    for taken in bring(county, list(reversed(files))):
        assert taken.receipt is not None
        assert "1 batch is at the root" in hand_in(site, taken.receipt)
    assert take_out(site) == []


def test_without_the_password_nothing_goes_out(site: Site, phones: list[HubPhone]) -> None:
    for auth in (None, ("operator", "wrong")):
        assert site.client.get("/people/out/1", auth=auth).status_code == 401
    assert site.client.get("/people/out/999", auth=("operator", site.password)).status_code == 404


def test_only_the_roots_word_of_this_history_counts(county: County, site: Site, phones: list[HubPhone]) -> None:
    (taken,) = bring(county, take_out(site))
    assert taken.receipt is not None
    true = read_file(taken.receipt)
    hub, root = site.services.keys.files, county.services.keys.root
    forger = SigningKey.generate()
    told = Receipts(1, new_id(), 7, [])
    statuses = []
    for signer, reader in ((forger, hub), (root, forger), (root, hub)):
        header = FileHeader(1, "receipts", key_id_of(reader.spki), true.header.device, "hub", 7, signer.spki)
        data = make_file(header, msgspec.json.encode(told), reader.spki, signer)
        statuses.append(site.client.post("/lite", files={"file": ("receipts.xtsync", data)}).status_code)
    assert statuses == [422, 422, 200]
    assert len(take_out(site)) == 1


def test_a_hub_that_has_not_heard_to_whom_it_is_sealed_offers_nothing(site: Site, phones: list[HubPhone]) -> None:
    with site.services.database.transaction() as session:
        state = taking_out.get_state(session)
        state.files_key = None
        session.add(state)
    assert take_out(site) == []
    site.line.is_cut = False
    site.upstream.exchange()
    with site.services.database.reading() as session:
        assert taking_out.get_state(session).files_key is not None
