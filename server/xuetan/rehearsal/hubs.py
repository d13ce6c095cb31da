"""Hubs beside a simulated root: the same application in its other role, each on a data folder and a clock of its own, joined
to the root by a line that breaks where the world says so.

Owns hubs from their enrolment to the day their disk is thrown away. A hub's keys cannot be seeded: they are made with its folder,
and nothing that is signed or sealed by them may enter a fingerprint (see pwa/simulation/hub-line.ts).
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services, create_app
from xuetan.hubs import service as hubs
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.services import Services
from xuetan.kernel.sql import run_in
from xuetan.rehearsal.audit import events_of
from xuetan.rehearsal.crashes import Crashed, Crashes
from xuetan.rehearsal.root import Answer, Clock, Root, call, share_statements
from xuetan.rehearsal.storage import copy_database, settings_in
from xuetan.relay.service import NoLineError, RefusedError, Upstream

Question = dict[str, Any]
HUB_PATH = "/hub/1"
BINARY = {"content-type": "application/octet-stream"}
_KEPT = """
SELECT t.person_id, t.device_id, t.state, s.body FROM relay_segment s JOIN relay_transfer t ON t.number = s.transfer
ORDER BY t.number, s.first
"""


class OffsetClock:
    """A clock that goes as the root's does, and is wrong by as much as it always was."""

    def __init__(self, base: Clock, offset_ms: int) -> None:
        self._base = base
        self._offset_ms = offset_ms

    def now_ms(self) -> int:
        return self._base.ms + self._offset_ms


class BreakingLine:
    """A hub's line to the root, which breaks at one of its requests: on the way up, or when the answer comes down."""

    def __init__(self, root: Callable[[], Root]) -> None:
        self._root = root
        self._left = -1
        self._loses_answer = False

    def break_after(self, requests: int, *, loses_answer: bool) -> None:
        """So many requests are answered, the next is not. Negative: all are."""
        self._left, self._loses_answer = requests, loses_answer

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        breaks = self._left == 0
        self._left -= 1
        if breaks and not self._loses_answer:
            raise NoLineError("lost on its way up")
        answer = self._root().post(path, body, headers)
        if answer.status == 0:
            raise NoLineError("the root had no power")
        if breaks:
            raise NoLineError("lost on its way down")
        return answer.status, answer.body

    def get(self, path: str, bytes_max: int) -> tuple[int, bytes]:
        """There are no packs in these worlds."""
        raise NoLineError(f"{path}, at most {bytes_max} bytes")

    def fetch(self, path: str, first: int, count: int, keep: Callable[[bytes], object]) -> int:
        keep(b"")
        raise NoLineError(f"{path} from {first}, at most {count} bytes")


class Hub:
    def __init__(self, folder: Path, address: str, clock: OffsetClock, line: BreakingLine, crashes: Crashes) -> None:
        told = {"upstream": "http://root", "public_url": address}
        self.settings = settings_in(folder).model_copy(update=told)
        self.folder = folder
        self.line = line
        self.id = ""
        self._clock = clock
        self._crashes = crashes
        self._crashed = False
        self._start("")

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def ask(self, question: bytes) -> Answer:
        """Status 0 when the power went before it could answer; it has started again."""
        answer = call(self.app, HUB_PATH, question, BINARY)
        if self._crashed:
            self.restart()
            return Answer(0, {}, b"")
        return answer

    def restart(self, code: str = "") -> None:
        """As after a power cut; with `code` it may join again a root that does not know it any more."""
        self.stop()
        self._start(code)

    def stop(self) -> None:
        self.app.state.relay.duty.stop()
        self.services.database.close()

    def _start(self, code: str) -> None:
        # Its duty is not started: the world says when it speaks with the root.
        self.app = create_app(
            self.settings, clock=self._clock, run_jobs=False, run_projectors=False, prepare_schema=False
        )
        share_statements(self.services.database)
        self._crashed = False
        self._crashes.watch(self.services.database, self._die)
        self.upstream = Upstream(self.services, self.line, code)

    def _die(self) -> None:
        self._crashed = True


class Hubs:
    """All hubs of a world. `root`: the one that there is now."""

    def __init__(self, folder: Path, clock: Clock, root: Callable[[], Root], crashes: Crashes) -> None:
        self._folder = folder
        self._clock = clock
        self._root = root
        self._crashes = crashes
        self._hubs: dict[int, Hub] = {}
        self._opened = 0
        self.answers: dict[str, Callable[[Question, bytes], tuple[object, bytes]]] = {
            "hub_open": self._open,
            "hub_post": self._post,
            "hub_talk": self._talk,
            "hub_code": self._renew_code,
            "hub_restart": self._restart,
            "hub_destroy": self._destroy,
            "hub_kept": self._kept,
        }

    def clear(self) -> None:
        for hub in self._hubs.values():
            hub.stop()
        self._hubs, self._opened, self._crashes.count = {}, 0, 0
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """A new hub of this place, which has joined."""
        number, self._opened = self._opened, self._opened + 1
        folder = self._folder / f"hub-{number}"
        folder.mkdir(parents=True)
        copy_database(self._empty_database(), folder / "xuetan.sqlite")
        address = f"http://hub-{number}"
        hub = Hub(
            folder, address, OffsetClock(self._clock, question["clock_off"]), BreakingLine(self._root), self._crashes
        )
        hub.id, code = self._make(question["place"], number)
        hub.upstream.enrol(code)
        self._hubs[number] = hub
        return {"hub": number, "address": address}, b""

    def _post(self, question: Question, body: bytes) -> tuple[object, bytes]:
        with self._crashes.coming(question.get("crash")):
            answer = self._hubs[question["hub"]].ask(body)
        return {"status": answer.status, **self._cuts(question)}, answer.body

    def _talk(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """Some exchanges with the root, at most until all is said."""
        hub = self._hubs[question["hub"]]
        hub.line.break_after(question.get("breaks", -1), loses_answer=question.get("loses_answer", False))
        more, said = True, 0
        told: dict[str, object] = {}
        try:
            with self._crashes.coming(question.get("crash")):
                while more and said < question["exchanges"]:
                    more = hub.upstream.exchange()
                    said += 1
            told["more"] = more
        except NoLineError:
            told["broke"] = True
        except Crashed:
            hub.restart()
            told["broke"] = True
        except RefusedError as error:
            told["refused"] = error.code
        return {"said": said, **told, **self._cuts(question)}, b""

    def _cuts(self, question: Question) -> dict[str, int]:
        """How many power cuts this world saw, where there may be any."""
        return {"cuts": self._crashes.count} if "crash" in question else {}

    def _renew_code(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """A root that was put back to a time before this hub does not know it: its operator gets another code."""
        hub = self._hubs[question["hub"]]
        hub.id, code = self._make(question["place"], question["hub"])
        hub.restart(code)
        return {}, b""

    def _restart(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        self._hubs[question["hub"]].restart()
        return {}, b""

    def _destroy(self, question: Question, _body: bytes) -> tuple[object, bytes]:
        """Its disk is gone; staff may say so at the root."""
        hub = self._hubs.pop(question["hub"])
        hub.stop()
        shutil.rmtree(hub.folder)
        if question["revoke"]:
            services = self._root().services
            # A root that was put back to a time before it knows no such hub.
            with suppress(NotFoundError):
                self._root().write(lambda session: hubs.revoke_hub(session, hub.id, OPERATOR, services=services))
        return {}, b""

    def _kept(self, _question: Question, _body: bytes) -> tuple[object, bytes]:
        """All that hubs keep of devices that the root knows, and would take from them."""
        parts = []
        for number, hub in self._hubs.items():
            with hub.services.database.reading() as session:
                rows = [tuple(row) for row in run_in(session)(_KEPT, ()).fetchall()]
                epoch = run_in(session)("SELECT epoch FROM relay_state", ()).fetchone()[0]
            with self._root().services.database.reading() as session:
                keys = accounts.find_device_keys(session, {device for _person, device, _state, _body in rows})
            for person, device, state, body in rows:
                if device in keys and keys[device].person_id == person:
                    kept = {"hub": number, "epoch": epoch, "by": person, "state": state, "events": events_of(body)}
                    parts.append(kept)
        return {"parts": parts}, b""

    def _make(self, place: str, number: int) -> tuple[str, str]:
        """Id and code of a hub that staff made at the root."""
        services = self._root().services
        made = self._root().write(
            lambda session: hubs.make_hub(session, place, f"hub {number}", actor=OPERATOR, services=services)
        )
        return made.hub_id, made.code

    def _empty_database(self) -> Path:
        """A schema without anybody in it, made once."""
        folder = self._folder.with_name("hub-schema")
        if not folder.exists():
            services = build_services(settings_in(folder), self._clock)
            services.database.create_all()
            services.database.close()
        return folder / "xuetan.sqlite"
