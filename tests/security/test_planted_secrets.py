"""A word planted in one scope of every kind, and those who must not hear it: a stranger of another county, a teacher of another school,
a mentor whose pair ended, a phone that was revoked, somebody with no token at all.

What is searched are the bytes of every answer they can get: pulls with true and with made-up cursors, the endpoints of phones, packs,
notifications, and the console's pages. `test_scopes` looks at the rules one by one; here nothing may come through between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.county import County
from tests.security.browser import Browser
from tests.security.estate import PASSWORD
from tests.security.inventory import ANYBODY, DEVICE, STAFF, TABLE
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import message_sent
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import SyncHeader
from xuetan.event_log import entries
from xuetan.kernel.ids import new_id, new_thing_id
from xuetan.mentoring import service as mentoring
from xuetan.programmes import service as programmes
from xuetan.sync.frames import encode_frame

SECRETS = {letter: f"SECRET-{letter}-7f3a9c" for letter in ("u", "p", "c", "g", "o", "pub")}
# Who may hear what; everything else must not arrive. `pub` is everybody's who is signed in.
HEARS = {
    "owner": {"u", "p", "c", "g", "o", "pub"},
    "paired mentor": {"u", "pub"},
    "mentor from the pairing on": {"pub"},
    "classmate of another school": {"c", "g", "pub"},
    "dropped mentor": {"pub"},
    "another school": {"pub"},
    "another county": {"pub"},
    "revoked device": set(),
    "nobody": set(),
}


@dataclass
class Ears:
    """Keeps the bytes of every answer to one caller."""

    client: Any
    heard: bytes = b""

    def request(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, **more)
        self.heard += answer.content + repr(answer.headers).encode()
        return answer

    def post(self, path: str, **more: Any) -> Any:
        return self.request("POST", path, **more)

    def letters(self) -> set[str]:
        return {letter for letter, secret in SECRETS.items() if secret.encode() in self.heard}


@pytest.fixture
def callers(county: County) -> dict[str, DeviceSimulator]:
    """Each signed in before anything is planted, as they were when they still were allowed."""
    county.add("neighbour", "east-school-2", "teacher")
    county.add("old mentor", "east", "mentor")
    county.add("late mentor", "east", "mentor")
    county.pair("mentor", "teacher")
    ended = county.pair("old mentor", "teacher")
    phones = {
        "owner": county.device_of("teacher"),
        "paired mentor": county.device_of("mentor"),
        "mentor from the pairing on": county.device_of("late mentor"),
        "classmate of another school": county.device_of("colleague"),
        "dropped mentor": county.device_of("old mentor"),
        "another school": county.device_of("neighbour"),
        "another county": county.device_of("west-mentor"),
        "revoked device": county.device_of("teacher"),
    }
    phones["nobody"] = DeviceSimulator(county.client, county.id_of("teacher"), "A" * 43)
    for name, phone in phones.items():
        if name != "nobody":
            phone.sync()
    county.write(lambda session: mentoring.end_pair(session, OPERATOR, ended.id, now_ms=county.now_ms))
    lost = phones["revoked device"].device_id
    county.write(lambda session: accounts.revoke_device(session, lost, OPERATOR, services=county.services))
    plant(county, phones["owner"])
    county.pair("late mentor", "teacher", reads_all=False)
    return phones


def planted_scopes(county: County, teacher_id: str) -> dict[str, str]:
    """One scope of every kind, as the teacher reads them."""
    programme = county.read(lambda session: programmes.list_programmes(session, OPERATOR)[0].id)
    return {
        "u": f"u:{teacher_id}",
        "p": f"p:{teacher_id}",
        "c": f"c:{county.cohort_id}",
        "g": f"g:{programme}",
        "o": f"o:{county.places['east-school-1']}",
        "pub": "pub",
    }


def plant(county: County, teacher: DeviceSimulator) -> None:
    """Rows of the server everywhere but in `u`, where the teacher's own words stand."""
    for letter, scope in planted_scopes(county, teacher.person_id).items():
        if letter != "u":
            county.write(lambda session, letter=letter, scope=scope: _plant_row(session, scope, SECRETS[letter]))
    entry = {"entry": new_thing_id(), "ver": new_id(), "parents": [], "text": SECRETS["u"]}
    teacher.record("journal_saved/1", entry)
    teacher.record("message_sent/1", message_sent(SECRETS["u"]))
    teacher.sync()
    county.services.log.project_now()


def _plant_row(session: Any, scope: str, secret: str) -> None:
    """A row of next year's kind: no kind of today is for a county or a school, and pulling asks for none."""
    run = entries.run_in(session)
    run(
        "INSERT INTO log_entry (scope, position, received_ms, after, row_kind, row_key, row_body) VALUES (?, ?, 0, ?, ?, ?, ?)",
        (scope, entries.take_position(run, scope), False, "planted", new_id(), json.dumps({"text": secret})),
    )


def requests_of(phone: DeviceSimulator) -> Iterator[bytes]:
    """What this phone would send, and what it would send if it made things up."""
    yield phone.frame()
    for cursors, follow in (
        ([[number, 0] for number in range(1, 60)], 0),
        ([[number, 0] for number in range(1, 12)], phone.follow_version),
        ([[1 << 40, 0], [0, 0], [-1, -1]], 1 << 50),
    ):
        header = SyncHeader(1, phone.stream.stream, 0, [], cursors, follow, max=1 << 20)
        yield encode_frame(header, [], phone.person_id)
        if phone.epoch is not None:
            header.epoch = phone.epoch
            yield encode_frame(header, [], phone.person_id)


def test_what_must_not_arrive_is_in_no_byte_of_any_pull(county: County, callers: dict[str, DeviceSimulator]) -> None:
    heard = {}
    for name, phone in callers.items():
        ears = Ears(county.client)
        for frame in requests_of(phone):
            ears.post("/sync/1", content=frame, headers={"authorization": f"Bearer {phone.token}"})
        heard[name] = ears.letters()
    assert heard == HEARS


@pytest.mark.parametrize("name", [name for name, hears in HEARS.items() if "u" not in hears])
def test_what_they_push_brings_nothing_back_and_reaches_nobody(
    county: County, callers: dict[str, DeviceSimulator], name: str
) -> None:
    """Neither does an answer to a push tell what stands in the scope it was pushed to, nor does its owner hear the forged word."""
    phone = callers[name]
    phone.client = ears = Ears(county.client)
    for letter, scope in planted_scopes(county, callers["owner"].person_id).items():
        phone.record("message_sent/1", message_sent(f"FORGED-{letter}."), scope=scope)
        entry = {"entry": new_thing_id(), "ver": new_id(), "parents": [], "text": "FORGED-ENTRY."}
        phone.record("journal_saved/1", entry, scope=scope)
    ears.post("/sync/1", content=phone.frame(), headers={"authorization": f"Bearer {phone.token}"})
    assert ears.letters() <= HEARS[name]
    county.services.log.project_now()
    for reader in ("owner", "paired mentor", "classmate of another school"):
        callers[reader].client = heard = Ears(county.client)
        callers[reader].sync()
        # Who is paired may write, from wherever on they read; who was may still answer what they had read. Nothing else gets in anywhere.
        answered = name in ("dropped mentor", "mentor from the pairing on") and reader != "classmate of another school"
        assert (b"FORGED-u." in heard.heard) == answered, reader
        assert heard.heard.count(b"FORGED-") == heard.heard.count(b"FORGED-u."), reader


def test_no_other_endpoint_of_phones_packs_or_notifications_says_it(
    county: County, callers: dict[str, DeviceSimulator]
) -> None:
    known = [county.cohort_id, callers["owner"].person_id, callers["owner"].device_id, *county.places.values()]
    for name, phone in callers.items():
        ears = Ears(county.client)
        asked = 0
        for (method, path), access in TABLE.items():
            if access.who in (ANYBODY, DEVICE) and path != "/sync/1":
                for one in known if "{" in path else [""]:
                    address = path.split("{", maxsplit=1)[0] + one
                    ears.request(method, address, headers={"authorization": f"Bearer {phone.token}"})
                    asked += 1
        assert asked > 5
        assert ears.letters() == set(), name


@pytest.mark.parametrize("name", ["west-trainer", "head"])
def test_no_page_of_the_console_says_it_to_staff_of_another_place(
    county: County, callers: dict[str, DeviceSimulator], name: str
) -> None:
    """Not even to the teacher's own head: what a teacher wrote is shown on the page of an entry alone, and there to whom the rule names."""
    county.write(
        lambda session: accounts.set_password(
            session, county.id_of(name), name, PASSWORD, actor=OPERATOR, services=county.services
        )
    )
    browser = Browser(county.client)
    assert browser.sign_in(name, PASSWORD).status_code == 303
    teacher = callers["owner"].person_id
    paths = [path for (method, path), access in TABLE.items() if method == "GET" and access.who == STAFF]
    paths = [path.replace("{person_id}", teacher).replace("{cohort_id}", county.cohort_id) for path in paths]
    assert len(paths) > 8
    heard = "".join(browser.get(path).text for path in paths if "{" not in path)
    assert not any(secret in heard for secret in SECRETS.values())
