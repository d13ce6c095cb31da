"""The words of `test_planted_secrets`, planted at the root in one scope of every kind and one more at a hub that mirrors them, and those
who must not hear them there: over its network and by hand, with true positions and made-up ones, and on its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.county import County
from tests.hubs.conftest import make_site
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site
from tests.security.test_planted_secrets import SECRETS, callers
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import message_sent
from xuetan.kernel.ids import new_id
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.signing import SigningKey
from xuetan.sync.files import read_file

__all__ = ["callers", "make_site"]
AT_HUB = "SECRET-hub-7f3a9c"
WORDS = {**SECRETS, "hub": AT_HUB}
# As at the root; but of another county a hub knows nobody, and who wrote what a hub alone has knows it already.
HEARS = {
    "owner": {"u", "p", "c", "g", "o", "pub"},
    "paired mentor": {"u", "pub", "hub"},
    # What a hub alone has was written after the pairing.
    "mentor from the pairing on": {"pub", "hub"},
    "classmate of another school": {"c", "g", "pub"},
    "dropped mentor": {"pub"},
    "another school": {"pub"},
    "another county": set(),
    "revoked device": set(),
    "nobody": set(),
    "forger": set(),
}


@pytest.fixture
def phones(callers: dict[str, DeviceSimulator]) -> dict[str, HubPhone]:
    found = {name: HubPhone(device) for name, device in callers.items()}
    nobody, owner = found["nobody"].device, found["owner"].device
    nobody.key, nobody.device_id = SigningKey.generate(), new_id()
    forger = DeviceSimulator(owner.client, owner.person_id, "A" * 43)
    forger.key, forger.device_id = SigningKey.generate(), owner.device_id
    for phone in (nobody, forger):
        phone.epoch, phone.enrolment = owner.epoch, owner.enrolment
    return {**found, "forger": HubPhone(forger)}


@pytest.fixture
def site(county: County, make_site: Callable[[str], Site], phones: dict[str, HubPhone]) -> Site:
    """A hub that mirrors all of it, and holds a word that the root has not heard."""
    site = make_site("hub")
    site.join(county, "east")
    site.talk()
    owner = phones["owner"]
    owner.device.record("message_sent/1", message_sent(AT_HUB))
    assert owner.ask(site).held
    site.line.is_cut = True
    return site


def questions_of(phone: HubPhone) -> Iterator[dict[str, Any]]:
    """What this phone would ask, and what it would if it made things up."""
    yield {}
    for cur, follow in (
        ([[number, 0] for number in range(1, 60)], 0),
        ([[number, 0] for number in range(1, 12)], phone.device.follow_version),
        ([[1 << 40, 0], [0, 0]], 1 << 50),
    ):
        for epoch in (phone.device.epoch, new_id(), msgspec.UNSET):
            yield {"cur": cur, "follow": follow, "epoch": epoch, "max": 1 << 20}


def over_the_network(site: Site, question: bytes) -> Any:
    return site.client.post("/hub/1", content=question)


def by_hand(site: Site, question: bytes) -> Any:
    return site.client.post("/lite", files={"file": ("question.xtsync", question)})


@pytest.mark.parametrize("ask", [over_the_network, by_hand])
def test_what_must_not_arrive_is_in_no_answer_of_a_hub(
    site: Site, phones: dict[str, HubPhone], ask: Callable[[Site, bytes], Any]
) -> None:
    heard = {}
    for name, phone in phones.items():
        said = b""
        for more in questions_of(phone):
            answer = ask(site, phone.question(site, carried=[], **more))
            # Sealed or refused in words: neither may hold one, and what is inside is read as its phone reads it.
            said += answer.content + repr(answer.headers).encode()
            if answer.status_code == 200:
                said += msgspec.json.encode(phone.read(site, answer.content))
        heard[name] = {letter for letter, word in WORDS.items() if word.encode() in said}
    assert heard == HEARS


@pytest.mark.parametrize("name", [name for name, hears in HEARS.items() if "u" not in hears])
def test_an_answer_is_read_by_no_other_phone(site: Site, phones: dict[str, HubPhone], name: str) -> None:
    """Who repeats somebody's question, or hears the answer on the hub's network, has bytes that open with another key."""
    question = phones["owner"].question(site, cur=[], follow=0)
    answer = over_the_network(site, question)
    assert answer.status_code == 200
    assert not any(word.encode() in answer.content for word in WORDS.values())
    file = read_file(answer.content)
    with pytest.raises(CannotOpenError):
        open_sealed(phones[name].file_key, file.sealed, file.open_part)


@pytest.mark.parametrize("path", ["/", "/lite", "/people", "/hub/1/about", "/packs/keyring"])
def test_its_pages_say_none_of_it(site: Site, path: str) -> None:
    answers = [site.client.get(path), site.client.get(path, auth=("operator", site.password))]
    assert not any(word in answer.text for answer in answers for word in WORDS.values())
