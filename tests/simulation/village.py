"""People with scopes and devices with tokens, made directly in the event log: for tests of the protocol that need no
sign-in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from tests.simulation.device import DeviceSimulator
from xuetan.event_log import service as event_log
from xuetan.kernel.errors import SignInRequiredError
from xuetan.kernel.ids import new_id
from xuetan.kernel.services import Services
from xuetan.sync.service import SyncGateway


@dataclass(frozen=True)
class TokenHolder:
    person_id: str
    device_id: str


@dataclass
class Village:
    """`client` talks to the application of `services`, whose gateway knows the tokens given out here."""

    services: Services
    client: Any
    holders: dict[str, TokenHolder] = field(default_factory=dict)

    def install(self, app: Any) -> None:
        """Have the application's gateway ask here who a token belongs to."""
        log = self.services.log
        assert isinstance(log, event_log.EventLog)
        app.state.sync_gateway = SyncGateway(self.services.database, self.services.clock, log, self.authenticate)

    def authenticate(self, _session: Session, token: str) -> TokenHolder:
        if token not in self.holders:
            raise SignInRequiredError
        return self.holders[token]

    def person(self) -> str:
        """A new person, owner of their two scopes."""
        person_id = new_id()
        self.give(f"u:{person_id}", person_id, "owner")
        self.give(f"p:{person_id}", person_id, "owner")
        return person_id

    def mentor_of(self, teacher_id: str) -> str:
        mentor_id = self.person()
        self.give(f"u:{teacher_id}", mentor_id, "mentor")
        return mentor_id

    def device(self, person_id: str, **more: Any) -> DeviceSimulator:
        """A new device of a person, with a token."""
        token, device_id = new_id(), new_id()
        self.holders[token] = TokenHolder(person_id, device_id)
        more.setdefault("now_ms", self.services.clock.now_ms)
        return DeviceSimulator(self.client, person_id, token, device_id, **more)

    def teacher_device(self, **more: Any) -> DeviceSimulator:
        """A device of a new person."""
        return self.device(self.person(), **more)

    def give(self, scope: str, person_id: str, role: str) -> None:
        with self.services.database.transaction() as session:
            event_log.add_member(session, scope, person_id, role, now_ms=self.services.clock.now_ms())

    def end(self, scope: str, person_id: str, role: str) -> None:
        with self.services.database.transaction() as session:
            event_log.end_member(session, scope, person_id, role, now_ms=self.services.clock.now_ms())

    def row(self, scope: str, kind: str, key: str, body: dict[str, Any] | None) -> int:
        with self.services.database.transaction() as session:
            return event_log.append_row(session, scope, kind, key, body, now_ms=self.services.clock.now_ms())

    def stored_events(self, scope: str) -> list[event_log.EventRecord]:
        """What the server has in a scope."""
        with self.services.database.reading() as session:
            return event_log.list_events(session, scope, limit=1_000_000)

    def set_aside(self, person_id: str) -> list[event_log.SetAsideRecord]:
        with self.services.database.reading() as session:
            return event_log.list_set_aside(session, person_id)
