"""A hub beside a running root, joined by a line that can be cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import settings_in
from tests.county import County
from xuetan.accounts.service import OPERATOR
from xuetan.app import create_app
from xuetan.contracts.sync import HubCertificate
from xuetan.hubs import service as hubs
from xuetan.kernel.clock import Clock
from xuetan.kernel.services import Services
from xuetan.relay.line import NoLineError
from xuetan.relay.upstream import Upstream
from xuetan.settings import Settings

EXCHANGES_MAX = 200


class TestLine:
    """The line from a hub to its root. `is_cut`: there is none."""

    __test__ = False

    def __init__(self, root: Any) -> None:
        self.root = root
        self.is_cut = False
        # So many bytes of a file come before the line dies.
        self.dies_after: int | None = None
        # Whoever is in between changes what this file says.
        self.spoilt = ""
        self.asked: list[str] = []

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self.is_cut:
            raise NoLineError("cut")
        self.asked.append(path)
        answer = self.root.post(path, content=body, headers=headers)
        return answer.status_code, answer.content

    def get(self, path: str, bytes_max: int) -> tuple[int, bytes]:
        answer = self._ask(path, {})
        assert len(answer.content) <= bytes_max
        return answer.status_code, answer.content

    def fetch(self, path: str, first: int, count: int, keep: Callable[[bytes], object]) -> int:
        answer = self._ask(path, {"range": f"bytes={first}-{first + count - 1}", "accept-encoding": "identity"})
        if answer.status_code == 206:
            keep(answer.content[: self.dies_after])
            if self.dies_after is not None and len(answer.content) > self.dies_after:
                raise NoLineError("died")
        return int(answer.status_code)

    def _ask(self, path: str, headers: dict[str, str]) -> Any:
        if self.is_cut:
            raise NoLineError("cut")
        self.asked.append(path)
        answer = self.root.get(path, headers=headers)
        if self.spoilt and self.spoilt in path:
            answer._content = bytes([answer.content[0] ^ 1]) + answer.content[1:]
        return answer


def hub_settings(folder: Path, schema_file: Path, database_url: str = "") -> Settings:
    folder.mkdir(parents=True)
    if not database_url:
        (folder / "xuetan.sqlite").write_bytes(schema_file.read_bytes())
    told = settings_in(folder, database_url).model_dump()
    return Settings(_env_file=None, **{**told, "upstream": "http://root", "public_url": "http://10.0.0.7:8000"})


@dataclass
class Site:
    """A hub of one place of the county."""

    app: FastAPI
    client: TestClient
    line: TestLine
    upstream: Upstream
    password: str = ""

    @classmethod
    def make(cls, settings: Settings, clock: Clock, client: TestClient, app: FastAPI, root: Any) -> Site:
        line = TestLine(root)
        return cls(app, client, line, Upstream(app.state.services, line))

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    def join(self, county: County, place: str) -> str:
        """Enrol with a new code; the hub's id at the root."""
        made = county.write(
            lambda session: hubs.make_hub(
                session, county.places[place], f"hub of {place}", actor=OPERATOR, services=county.services
            )
        )
        self.password = self.upstream.enrol(made.code)
        return made.hub_id

    def talk(self) -> None:
        """Speak with the root until all is said."""
        for _ in range(EXCHANGES_MAX):
            if not self.upstream.exchange():
                return
        raise AssertionError("hub and root never come to rest")

    @property
    def certificate(self) -> HubCertificate:
        about = self.client.get("/hub/1/about").json()
        return msgspec.convert(about["certificate"], HubCertificate)


def hub_app(settings: Settings, clock: Clock) -> FastAPI:
    return create_app(settings, clock=clock, run_jobs=False, prepare_schema=False)
