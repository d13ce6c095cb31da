"""The list of erasures where it is written twice at once, and where its end is torn: no restore is refused for that."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.back_ends import backend
from tests.backups.test_erasures import Story, empty, restore, told
from tests.county_fixtures import county, founded, settings, stocked
from xuetan.backups import erasures
from xuetan.backups.erasures import LIST
from xuetan.event_log.service import erasing
from xuetan.learning_log import service as learning_log
from xuetan.settings import Settings

__all__ = ["backend", "county", "empty", "founded", "settings", "stocked", "told"]


def ids_of(told: Story) -> list[str]:
    return told.county.read(erasing.list_ids)


def erase_other(told: Story) -> None:
    actor, who = told.county.staff("mayor"), told.county.id_of("teacher")
    told.county.write(
        lambda s: learning_log.erase_thing(s, actor, who, "O" * 16, "家长要求", now_ms=told.county.now_ms)
    )


def test_two_who_write_it_at_once_leave_whole_lines(
    told: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is held up before it writes; the second comes meanwhile, with one erasure more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    told.erase()
    holds, came, goes_on = threading.Event(), threading.Event(), threading.Event()
    seek, lock = erasures.os.lseek, erasures.fcntl.flock

    def seek_slowly(opened: int, to: int, how: int) -> int:
        if threading.current_thread().name == "first":
            holds.set()
            assert goes_on.wait(20)
        return seek(opened, to, how)

    def lock_told(opened: int, how: int) -> None:
        if threading.current_thread().name == "second":
            came.set()
        lock(opened, how)

    monkeypatch.setattr(erasures.os, "lseek", seek_slowly)
    monkeypatch.setattr(erasures.fcntl, "flock", lock_told)
    database = told.county.services.database
    first, second = (
        threading.Thread(name=name, target=erasures.add_to_list, args=(database, folder))
        for name in ("first", "second")
    )
    first.start()
    assert holds.wait(20)
    erase_other(told)
    second.start()
    assert came.wait(20)
    goes_on.set()
    first.join()
    second.join()
    read = erasures.read_all([folder / LIST])
    assert sorted(line.erasure.erasure_id for line in read.lines) == sorted(ids_of(told))
    assert (len(read.lines), read.torn) == (2, [])


@pytest.mark.parametrize("torn", [b"garbage\n", b'{"v":1,"era', b"\0" * 40], ids=["no line", "cut short", "zeros"])
def test_a_torn_end_refuses_no_restore_and_is_told(told: Story, empty: Settings, torn: bytes) -> None:
    told.erase()
    whole = (told.folder / LIST).read_bytes()
    (told.folder / LIST).write_bytes(whole + torn)
    done = restore(empty, told.backup)
    assert (done.erased, done.torn) == (1, (told.folder / LIST,))
    assert [key for key, _values in done.tell_of_erasures()] == ["cli.restore_erased", "cli.erasures_torn"]


def test_a_torn_end_is_mended_by_whoever_writes_next(told: Story) -> None:
    told.erase()
    whole = (told.folder / LIST).read_bytes()
    (told.folder / LIST).write_bytes(whole + b"garbage\n")
    erasures.add_to_list(told.county.services.database, told.folder)
    assert (told.folder / LIST).read_bytes() == whole
