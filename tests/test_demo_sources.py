"""A pack of the demo that changed is built again at the next start; one whose version was not raised stays as it was published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.county_pack import SLUG, write_pack
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services
from xuetan.demo import facts, sources
from xuetan.packs import service as packs
from xuetan.settings import Settings


class Told(list[str]):
    """What was said while the packs were looked at."""

    def __call__(self, key: str, /, **params: object) -> None:
        self.append(key)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sources, "PLACES", (tmp_path / "sources",))
    monkeypatch.setattr(sources, "SLUGS", (SLUG,))
    return tmp_path / "sources" / SLUG


def start(settings: Settings) -> Told:
    told = Told()
    sources.refresh(settings, told)
    return told


def published(settings: Settings) -> list[int]:
    services = build_services(settings)
    with services.database.reading() as session:
        versions = [view.version for view in packs.list_packs(session, OPERATOR)]
    services.database.close()
    return versions


def test_what_changed_is_published_when_its_version_was_raised_and_said_when_not(
    settings: Settings, place: Path
) -> None:
    services = build_services(settings)
    with services.database.transaction() as session:
        accounts.create_organisation(session, None, "county", "云溪县", actor=OPERATOR, now_ms=1)
    services.database.close()
    facts.write_kept(
        settings.data_dir, {"console": {"sign_in": "", "password": ""}, "people": [], "packs": [SLUG], "sources": {}}
    )

    write_pack(place)
    assert start(settings) == ["demo.building_pack"]
    assert (start(settings), published(settings)) == ([], [1])

    (place / "lessons" / "01-first.md").write_text(
        (place / "lessons" / "01-first.md").read_text(encoding="utf-8").replace("黑板的两边", "黑板两边"),
        encoding="utf-8",
    )
    for _ in range(2):
        assert start(settings) == ["demo.building_pack", "demo.pack_unchanged_version"]
    assert published(settings) == [1]

    toml = place / "pack.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("version = 1", "version = 2"), encoding="utf-8")
    assert start(settings) == ["demo.building_pack"]
    assert (start(settings), published(settings)) == ([], [2, 1])

    toml.write_text("slug = ", encoding="utf-8")
    assert start(settings) == ["demo.building_pack", "cli.pack_not_published"]
    assert published(settings) == [2, 1]


def test_without_any_sources_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PLACES", (tmp_path / "nothing",))
    with pytest.raises(sources.NoSourcesError):
        sources.find_sources()
