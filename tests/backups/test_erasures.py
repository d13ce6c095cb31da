"""What was erased after a backup was made does not come back with it: the list lies apart from backups, and a restore does it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.back_ends import backend
from tests.conftest import settings_in
from tests.county import County
from tests.county_fixtures import county, founded, settings, stocked
from tests.files.uploader import Uploader, jpeg
from tests.learning_log.payloads import journal
from xuetan.accounts.service import OPERATOR
from xuetan.app import create_app
from xuetan.backups import service as backups
from xuetan.backups.erasures import LIST
from xuetan.backups.errors import BackupError
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.learning_log import service as learning_log
from xuetan.settings import Settings
from xuetan.wiring import hear_of_erasures

__all__ = ["backend", "county", "founded", "settings", "stocked"]
SECRET, ENTRY, PHOTO = "张小明", "E" * 16, jpeg()


class Story:
    """A backup, then an erasure of one of two entries with its photo. `phone` has not heard of it."""

    def __init__(self, county: County, folder: Path) -> None:
        self.county, self.folder = county, folder
        self.phone = county.device_of("teacher")
        self.upload = Uploader(self.phone, PHOTO)
        blob = {"sha256": self.upload.sha256, "kind": "photo", "type": "image/jpeg", "bytes": len(PHOTO)}
        self.phone.record("journal_saved/1", journal(f"{SECRET}哭了", ENTRY, blobs=[blob]))
        self.phone.record("journal_saved/1", journal("备课", "O" * 16))
        self.phone.sync()
        self.upload.whole()
        county.services.log.project_now()
        self.backup = backups.make_backup(county.services, folder).path

    def erase(self) -> None:
        who = self.county.id_of("teacher")
        self.county.write(
            lambda s: learning_log.erase_thing(s, OPERATOR, who, ENTRY, "家长要求", now_ms=self.county.now_ms)
        )


@pytest.fixture
def told(county: County, tmp_path: Path) -> Story:
    return Story(county, tmp_path / "backups")


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path / "new machine")
    settings.data_dir.mkdir()
    return settings


def restore(settings: Settings, source: Path, **more: Any) -> backups.Restored:
    return backups.restore(settings, FixedClock(), source, prepare=hear_of_erasures, **more)


def with_server(settings: Settings, story: Story, check: Callable[[Services, TestClient], None]) -> None:
    app = create_app(settings, clock=story.county.services.clock, run_jobs=False)
    with TestClient(app, base_url="http://testserver") as client:
        app.state.services.log.project_now()
        check(app.state.services, client)


def said(services: Services, story: Story) -> str:
    with services.database.reading() as session:
        return str([one.payload for one in event_log.list_events(session, story.phone.own_scope)])


def test_the_list_lies_beside_the_backups_as_soon_as_something_is_erased(told: Story) -> None:
    assert not (told.folder / LIST).exists()
    told.erase()
    for folder in (told.folder, told.county.services.settings.data_dir):
        text = (folder / LIST).read_text()
        assert len(text.splitlines()) == 1
        assert (folder / LIST).stat().st_mode & 0o077 == 0


def test_a_restore_does_it_again_before_anything_is_served(told: Story, empty: Settings) -> None:
    told.erase()
    assert restore(empty, told.backup).erased == 1
    assert not list((empty.data_dir / "files" / "whole").rglob(told.upload.sha256))

    def check(services: Services, client: TestClient) -> None:
        assert SECRET not in said(services, told)
        told.phone.client = client
        told.phone.sync()
        assert told.phone.waiting == 0
        assert len(told.phone.rows(told.phone.own_scope, "erased")) == 1
        assert SECRET not in said(services, told)
        assert "备课" in said(services, told)
        entries = set()
        with services.database.reading() as session:
            assert not event_log.find_broken_streams(session)
            entries = {one.entry for one in learning_log.list_journal(session, OPERATOR, told.phone.person_id)}
        assert entries == {"O" * 16}

    with_server(empty, told, check)


def test_without_the_list_it_would_be_back(told: Story, empty: Settings) -> None:
    """That the test above looks at the right thing."""
    told.erase()
    (told.folder / LIST).unlink()
    assert restore(empty, told.backup).erased == 0
    with_server(empty, told, lambda services, _client: _assert_in(SECRET, said(services, told)))


def _assert_in(word: str, text: str) -> None:
    assert word in text


def test_the_list_in_the_data_folder_that_moves_aside_is_read_too(told: Story, empty: Settings) -> None:
    told.erase()
    (told.folder / LIST).rename(empty.data_dir / LIST)
    assert restore(empty, told.backup, move_aside=True).erased == 1
    assert (empty.data_dir / LIST).read_text().count("\n") == 1


def test_a_disk_that_was_not_there_hears_of_it_with_the_next_backup(told: Story, tmp_path: Path) -> None:
    told.folder.rename(tmp_path / "unplugged")
    told.erase()
    (tmp_path / "unplugged").rename(told.folder)
    backups.make_backup(told.county.services, told.folder)
    assert (told.folder / LIST).read_text().count("\n") == 1


def test_a_backup_that_was_made_after_it_needs_no_list(told: Story, empty: Settings) -> None:
    told.erase()
    made = backups.make_backup(told.county.services, told.folder)
    assert made.broken_streams == 0
    assert restore(empty, made.path).erased == 0
    with_server(empty, told, lambda services, _client: _assert_in("备课", said(services, told)))


def test_a_line_that_was_cut_short_is_written_again_and_a_spoilt_list_is_not_passed_over(
    told: Story, empty: Settings
) -> None:
    told.erase()
    whole = (told.folder / LIST).read_bytes()
    (told.folder / LIST).write_bytes(whole[:-20])
    backups.make_backup(told.county.services, told.folder)
    assert (told.folder / LIST).read_bytes() == whole
    (told.folder / LIST).write_bytes(b"{}\n" + whole)
    with pytest.raises(BackupError) as refused:
        restore(empty, told.backup)
    assert refused.value.key == "cli.erasures_unreadable"
    assert not (empty.data_dir / "xuetan.sqlite").exists()
