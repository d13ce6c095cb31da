"""The answering side: what the phones' world asks of its root, one question after the other.

Owns the folder of the world, which is copied from a folder that was founded once, and the seeding of everything random on
this side. Every question is answered before the next is read, so the order is the schedule's.
"""

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.event_log.errors import NothingToReleaseError
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.signing import SigningKey
from xuetan.mentoring import service as mentoring
from xuetan.rehearsal.audit import disorder, heads_followed, holdings, stream_states
from xuetan.rehearsal.crashes import Crashes
from xuetan.rehearsal.estate import Estate, Phone
from xuetan.rehearsal.hubs import Hubs
from xuetan.rehearsal.mishaps import Mishaps
from xuetan.rehearsal.root import Answer, Clock, Root
from xuetan.rehearsal.storage import Storage

START_MS = 1_770_000_000_000
ASIDE_ITEMS_MAX = 1_000
JSON = {"content-type": "application/json"}
Question = dict[str, Any]


@contextmanager
def seeded_secrets(seed: str) -> Iterator[None]:
    """Everything that this process draws from `secrets` follows from the seed: ids of streams' epochs, devices, tokens."""
    chance, real = random.Random(seed), secrets.token_bytes
    secrets.token_bytes = lambda nbytes=None: chance.randbytes(nbytes or 32)
    try:
        yield
    finally:
        secrets.token_bytes = real


class Host:
    """Answers for one world after the other. `founded`: a data folder with an estate in it, which is left as it is."""

    def __init__(self, storage: Storage, founded: Path, estate: Estate) -> None:
        self._storage = storage
        self._founded = founded
        self._estate = estate
        self._clock = Clock(START_MS)
        self._root: Root | None = None
        self.mishaps = Mishaps()
        self._phones: dict[str, Phone] = {}
        # How far each stream is in a backup of this history.
        self._safe: dict[str, int] = {}
        self._crashes = Crashes()
        self._hubs = Hubs(founded.with_name("hubs"), self._clock, lambda: self.root, self._crashes)
        self._answers: dict[str, Callable[[Question, bytes], tuple[object, bytes]]] = {
            "begin": self._begin,
            "post": self._post,
            "renew": self._renew,
            "enrol": self._enrol,
            "revoke": self._revoke,
            "pair": self._pair,
            "row": self._row,
            "release": self._release,
            "project": self._project,
            "back_up": self._back_up,
            "put_back": self._put_back,
            "restart": self._restart,
            "streams": self._streams,
            "holdings": self._holdings,
            "disorder": self._disorder,
            "secrets": self._secrets,
            **self._hubs.answers,
        }

    def answer(self, question: Question, body: bytes) -> tuple[object, bytes]:
        """The header and body of the answer to one question."""
        self._clock.ms = max(self._clock.ms, int(question.get("now", 0)))
        return self._answers[question["op"]](question, body)

    def close(self) -> None:
        self._hubs.clear()
        if self._root is not None:
            self._root.stop()
            self._root = None

    @property
    def root(self) -> Root:
        assert self._root is not None
        return self._root

    def _begin(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """A fresh copy of the founded folder under a root that has just started."""
        self.close()
        self.mishaps.take()
        self._storage.begin(self._founded)
        self._clock.ms = START_MS
        random_seed = str(question["seed"])
        chance = random.Random(random_seed)
        secrets.token_bytes = lambda nbytes=None: chance.randbytes(nbytes or 32)
        self._root = Root(self._storage, self._clock, self._crashes)
        self.root.back_up()
        self._safe = {}
        people = self._estate.people.values()
        self._phones = {phone.device_id: phone for person in people for phone in person.phones}
        told = [
            {
                "name": person.name,
                "person": person.person_id,
                "phones": [{"device": phone.device_id, "token": phone.token} for phone in person.phones],
            }
            for person in people
        ]
        return {"people": told, "cohort": self._estate.cohort_id, "epoch": self.root.log.epoch, "now": START_MS}, b""

    def _post(self, question: Question, body: bytes) -> tuple[object, bytes]:
        headers = {"content-type": "application/octet-stream", "authorization": f"Bearer {question['token']}"}
        answer = self.root.post("/sync/1", body, headers, crash=question.get("crash"))
        return {"status": answer.status, "retry_after": answer.headers.get("retry-after")}, answer.body

    def _renew(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """As the phone renews: a nonce, signed with its key."""
        phone = self._phones[question["device"]]
        nonce = self._post_json("/api/1/session/nonce", {"device": phone.device_id})
        if nonce.status != 200:
            return _refusal(nonce), b""
        challenge = msgspec.json.decode(nonce.body)["nonce"]
        signature = phone.key.sign(b"xuetan-session/1\n" + challenge.encode())
        renewed = self._post_json(
            "/api/1/session", {"device": phone.device_id, "nonce": challenge, "signature": signature}
        )
        if renewed.status != 200:
            return _refusal(renewed), b""
        return {"status": 200, "token": msgspec.json.decode(renewed.body)["token"]}, b""

    def _enrol(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """Sign in with the printed code: with the key of this device, or with a new one."""
        person = self._estate.people[question["name"]]
        known = self._phones.get(question.get("device", ""))
        key = known.key if known else SigningKey.generate()
        request = {"code": person.code, "public_key": key.spki, "device_name": "phone"}
        answer = self._post_json("/api/1/enrol", request)
        if answer.status != 200:
            return _refusal(answer), b""
        told = msgspec.json.decode(answer.body)
        self._phones[told["device"]] = Phone(told["device"], told["token"], key)
        return {"status": 200, "device": told["device"], "token": told["token"]}, b""

    def _revoke(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """Shut a device out, if this history knows it."""
        services = self.root.services
        try:
            self.root.write(
                lambda session: accounts.revoke_device(session, question["device"], OPERATOR, services=services)
            )
        except NotFoundError:
            return {"revoked": False}, b""
        return {"revoked": True}, b""

    def _pair(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """Begin or end the pair of these two, whichever it is time for."""
        mentor = self._estate.people[question["mentor"]].person_id
        teacher = self._estate.people[question["teacher"]].person_id

        def turn(session: Any) -> bool:
            active = [
                pair
                for pair in mentoring.list_pairs(session, OPERATOR, mentor_id=mentor, active_only=True)
                if pair.teacher.id == teacher
            ]
            for pair in active:
                mentoring.end_pair(session, OPERATOR, pair.id, now_ms=self._clock.ms)
            if not active:
                mentoring.create_pair(session, OPERATOR, mentor, teacher, "", now_ms=self._clock.ms)
            return not active

        return {"active": self.root.write(turn)}, b""

    def _row(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        position = self.root.write(
            lambda session: event_log.append_row(
                session,
                question["scope"],
                question["kind"],
                question["key"],
                question["body"],
                now_ms=self._clock.ms,
            )
        )
        return {"position": position}, b""

    def _release(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """As an operator does: let in the first thing that may come in of all that was set aside."""

        def let_in(session: Any) -> int:
            items = event_log.list_aside_items(session, only_open=True, limit=ASIDE_ITEMS_MAX)
            start = question["pick"] % max(1, len(items))
            for item in [*items[start:], *items[:start]]:
                with suppress(NothingToReleaseError):
                    return event_log.release_aside(session, item.key, by="", now_ms=self._clock.ms)
            return 0

        return {"released": self.root.write(let_in)}, b""

    def _project(self, _question: Question, _body: bytes) -> tuple[object, bytes]:
        self.root.log.project_now()
        return {}, b""

    def _back_up(self, _question: Question, _body: bytes) -> tuple[object, bytes]:
        """Copy the database and, as a proven backup does, tell phones how far their streams are in it."""
        self.root.back_up()
        self._safe = self._storage.backed_up_ends()
        self.root.write(lambda session: event_log.mark_safe(session, list(self._safe.items())))
        return {}, b""

    def _put_back(self, _question: Question, _body: bytes) -> tuple[object, bytes]:
        self.root.put_back()
        self._safe = {}
        return {"epoch": self.root.log.epoch}, b""

    def _restart(self, _question: Question, _body: bytes) -> tuple[object, bytes]:
        self.root.restart()
        return {}, b""

    def _streams(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        states = stream_states(self.root.services, question["streams"])
        told = {"epoch": self.root.log.epoch, "streams": states, "safe": self._safe}
        if "person" in question:
            told["heads"] = heads_followed(self.root.services, question["person"])
        return told, b""

    def _holdings(self, _question: Question, _body: bytes) -> tuple[object, bytes]:
        return holdings(self.root.services, self._person_ids), b""

    def _disorder(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        if question["rebuild"]:
            self.root.log.project_now()
        found = disorder(self.root.services, self._person_ids, rebuild=question["rebuild"])
        return {"found": [*found, *self.mishaps.take()]}, b""

    def _secrets(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """What phones need for hubs beside what `begin` told: their devices' keys, the root's, and the place of it all. Never
        in a fingerprint."""
        keys = {device: self._phones[device].key.private_pem.decode() for device in question["devices"]}
        return {"keys": keys, "root_key": self.root.services.keys.root.spki, "place": self._estate.school_id}, b""

    @property
    def _person_ids(self) -> list[str]:
        return [person.person_id for person in self._estate.people.values()]

    def _post_json(self, path: str, body: Question) -> Answer:
        return self.root.post(path, msgspec.json.encode(body), JSON)


def _refusal(answer: Answer) -> Question:
    try:
        code = msgspec.json.decode(answer.body)["code"]
    except (msgspec.DecodeError, KeyError, TypeError):
        code = ""
    return {"status": answer.status, "code": code}
