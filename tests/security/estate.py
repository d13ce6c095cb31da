"""A county with everything in it that a stranger could want: staff who can sign in, a published pack, phones, a journal, pairs.

`east` holds what is guarded. Strangers are the trainer of `west` and the head of one school of `east`, who sees no other school.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from starlette.testclient import TestClient

from tests.county import County
from tests.files.uploader import Uploader, jpeg
from tests.security.browser import Browser
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import journal_saved
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.limits import EVENT_PAYLOAD_BYTES_MAX
from xuetan.event_log import service as event_log
from xuetan.event_log.service import StrangerKey
from xuetan.hubs import service as hubs
from xuetan.kernel.ids import new_id, new_thing_id
from xuetan.kernel.signing import SigningKey
from xuetan.packs import service as packs
from xuetan.sync.service import take_transfers

SMALL_PACK = Path(__file__).parent.parent / "data" / "small-pack"
PASSWORD = "雪中送炭又一年 2026"
# Words that stand in guarded records and nowhere else.
GUARDED_NAME = "林晚秋"
PRIVATE_TEXT = "小军今天又没来上学，我很担心。"
COURSE_TEXT = "第一课我用了火炉边的办法。"
MESSAGE_TEXT = "老师，我该怎么跟他奶奶说？"
ASIDE_TEXT = "这句话先走错了门。"
STRANGER_TEXT = "这句话是一部谁也不认识的手机写的。"
PACK = "small-pack"


@dataclass
class Estate:
    """`course_entry` answers a lesson, `private_entry` does not."""

    county: County
    staff: dict[str, Browser] = field(default_factory=dict)
    phones: dict[str, DeviceSimulator] = field(default_factory=dict)
    course_entry: str = field(default_factory=new_thing_id)
    private_entry: str = field(default_factory=new_thing_id)
    photo: str = ""
    pair_id: str = ""
    build_id: str = ""
    checked_id: str = ""
    _made: int = 0

    @classmethod
    def found(cls, county: County) -> Estate:
        estate = cls(county)
        county.add(GUARDED_NAME, "east-school-2", "teacher")
        county.enrol(GUARDED_NAME)
        estate.pair_id = county.pair("mentor", GUARDED_NAME).id
        county.publish(SMALL_PACK)
        estate.build_id = county.read(lambda session: packs.list_builds(session, OPERATOR)[0].build_id)
        estate.checked_id = estate._propose()
        estate._write_journal()
        for name in ("mayor", "head", "trainer", "west-trainer"):
            estate.give_password(name)
        return estate

    def _propose(self) -> str:
        """A pack that was checked and waits for the trainer's word."""
        services = self.county.services
        source = packs.read_source(SMALL_PACK, services)
        return str(self.county.write(lambda session: packs.propose_build(session, services, OPERATOR, source)))

    @property
    def client(self) -> TestClient:
        client: TestClient = self.county.client
        return client

    @property
    def guarded_id(self) -> str:
        return self.county.id_of(GUARDED_NAME)

    def give_password(self, name: str) -> None:
        self.county.write(
            lambda session: accounts.set_password(
                session, self.county.id_of(name), name, PASSWORD, actor=OPERATOR, services=self.county.services
            )
        )

    def browser(self, name: str = "") -> Browser:
        """A member of the staff at the console, or a visitor whom nobody knows. Each is signed in once."""
        if not name:
            return Browser(self.client)
        if name not in self.staff:
            self.staff[name] = self.signed_in(name)
        return self.staff[name]

    def signed_in(self, name: str) -> Browser:
        """Another browser of this member of the staff."""
        browser = Browser(self.client)
        assert browser.sign_in(name, PASSWORD).status_code == 303
        return browser

    def member(self) -> str:
        """A new person in the guarded class."""
        person_id = self.someone()
        self.county.enrol(f"{GUARDED_NAME} {self._made}")
        return person_id

    def phone(self, name: str) -> DeviceSimulator:
        """A phone of this person, signed in once."""
        if name not in self.phones:
            self.phones[name] = self.county.device_of(name)
        return self.phones[name]

    def someone(self, *roles: str) -> str:
        """A new person at the guarded school, for a form that changes them."""
        self._made += 1
        name = f"{GUARDED_NAME} {self._made}"
        return self.county.add(name, "east-school-2", *(roles or ("teacher",))).id

    def phone_of_someone(self) -> tuple[str, DeviceSimulator]:
        """A new person and their phone."""
        person_id = self.someone()
        return person_id, self.county.device_of(f"{GUARDED_NAME} {self._made}")

    def who_wrote(self) -> str:
        """A new person with an entry."""
        person_id, phone = self.phone_of_someone()
        phone.record("journal_saved/1", journal_saved())
        phone.sync()
        return person_id

    def aside_of_someone(self) -> str:
        """Something set aside that may be released now, by the operator's word alone: a text that is too long."""
        self._made += 1
        name = f"{GUARDED_NAME} {self._made}"
        person_id = self.county.add(name, "east-school-2", "mentor").id
        self.county.pair(name, GUARDED_NAME)
        phone = self.county.device_of(name)
        text = ASIDE_TEXT + "长" * EVENT_PAYLOAD_BYTES_MAX
        phone.record("message_sent/1", {"message": new_thing_id(), "text": text}, scope=f"u:{self.guarded_id}")
        phone.sync()
        (item,) = self.county.read(
            lambda session: [
                one
                for one in event_log.list_aside_items(session, only_open=True, limit=1000)
                if one.key.person_id == person_id
            ]
        )
        return str(item.key)

    def stranger_of_someone(self) -> str:
        """Records that a phone which nobody knows signed in the name of somebody of the guarded school."""
        key, person_id = SigningKey.generate(), self.someone()
        phone = DeviceSimulator(self.client, person_id, "", new_id(), now_ms=lambda: self.county.now_ms, key=key)
        phone.record("journal_saved/1", journal_saved(STRANGER_TEXT))
        carried = give(phone)
        for one in carried:
            one.transfer.by = key.spki
        take_transfers(self.county.services, carried)
        return str(StrangerKey(person_id, phone.device_id, key.key_id))

    def hub_of_someone(self) -> str:
        """A new hub of the guarded school."""
        self._made += 1
        made = self.county.write(
            lambda session: hubs.make_hub(
                session,
                self.county.places["east-school-2"],
                f"{GUARDED_NAME} {self._made}",
                actor=OPERATOR,
                services=self.county.services,
            )
        )
        return made.hub_id

    def pair_of_someone(self) -> str:
        self.someone()
        return self.county.pair("mentor", f"{GUARDED_NAME} {self._made}").id

    def grant_of_someone(self) -> str:
        person_id = self.someone()
        grants = self.county.read(lambda session: accounts.list_grants(session, OPERATOR, person_id))
        return f"{person_id}/{grants[0].id}"

    def _write_journal(self) -> None:
        phone = self.county.device_of(GUARDED_NAME)
        upload = Uploader(phone, jpeg(width=333))
        self.photo = upload.sha256
        photo = {"sha256": self.photo, "bytes": len(upload.data), "type": "image/jpeg", "kind": "photo"}
        for entry, text, more in (
            (self.private_entry, PRIVATE_TEXT, {"blobs": [photo]}),
            (self.course_entry, COURSE_TEXT, {"pack": PACK, "lesson": "01-stove", "blobs": [photo]}),
        ):
            phone.record("journal_saved/1", {"entry": entry, "ver": new_id(), "parents": [], "text": text, **more})
        phone.record("message_sent/1", {"message": new_thing_id(), "text": MESSAGE_TEXT})
        phone.sync()
        assert upload.whole().status_code == 204
        self.county.services.log.project_now()
