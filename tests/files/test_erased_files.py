"""Bytes that an erasure leaves without an owner go; those that somebody was told are there stay."""

from __future__ import annotations

import threading

import pytest

from tests.county import County
from tests.files.uploader import Uploader, jpeg
from tests.learning_log import payloads
from tests.simulation.device import DeviceSimulator
from xuetan.accounts.service import OPERATOR
from xuetan.files import uploads as begun
from xuetan.kernel.storage import BlobStore
from xuetan.learning_log import service as learning_log

PHOTO = jpeg()
ENTRY = "E" * 16


def test_a_file_that_another_scope_brings_while_it_is_erased_stays_there(
    county: County, teacher: DeviceSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other has put the same bytes, and is not written down yet; the erasure finds no owner of them."""
    blob = {"kind": "photo", "type": "image/jpeg", "bytes": len(PHOTO)}
    mine = Uploader(teacher, PHOTO)
    teacher.record("journal_saved/1", payloads.journal("x", ENTRY, blobs=[{**blob, "sha256": mine.sha256}]))
    teacher.sync()
    mine.whole()
    county.add("other", "east-school-1", "teacher")
    theirs = Uploader(county.device_of("other"), PHOTO)
    has_put, asks, put, lock = threading.Event(), threading.Event(), BlobStore.put, begun.fcntl.flock

    def put_and_wait(store: BlobStore, data: bytes) -> str:
        sha256 = put(store, data)
        has_put.set()
        assert asks.wait(20)
        return sha256

    def lock_told(opened: int, how: int) -> None:
        if threading.current_thread().name == "eraser":
            asks.set()
        lock(opened, how)

    def erase() -> None:
        who = teacher.person_id
        county.write(lambda s: learning_log.erase_thing(s, OPERATOR, who, ENTRY, "家长要求", now_ms=county.now_ms))

    monkeypatch.setattr(BlobStore, "put", put_and_wait)
    monkeypatch.setattr(begun.fcntl, "flock", lock_told)
    other = threading.Thread(target=theirs.whole)
    other.start()
    assert has_put.wait(20)
    eraser = threading.Thread(name="eraser", target=erase)
    eraser.start()
    eraser.join()
    other.join()
    assert mine.read().status_code == 404
    assert theirs.read().content == PHOTO
