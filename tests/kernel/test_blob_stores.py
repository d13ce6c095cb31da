"""Every blob store keeps the same promises: one suite for the folder and for object stores, and what only the latter must do."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from obstore.store import LocalStore, MemoryStore

from xuetan.kernel.errors import BusyError, NotFoundError
from xuetan.kernel.object_storage import ObjectBlobStore, open_blobs, open_object_store
from xuetan.kernel.storage import BlobStore
from xuetan.settings import Settings

CACHE_BYTES_MAX = 1_000_000
Open = Callable[[str], BlobStore]


@pytest.fixture(params=["folder", "memory", "local"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the store of this test again and again, each time as another machine with a name of its own would."""
    if request.param == "folder":
        return lambda _machine: BlobStore(tmp_path / "blobs")
    (tmp_path / "objects").mkdir()
    store: Any = MemoryStore() if request.param == "memory" else LocalStore(tmp_path / "objects")
    return lambda machine: ObjectBlobStore(store, "packs", tmp_path / machine, CACHE_BYTES_MAX)


def test_a_blob_is_found_by_its_hash_from_every_machine(opened: Open) -> None:
    here, there = opened("here"), opened("there")
    sha = here.put(b"content")
    assert sha == here.put(b"content") == hashlib.sha256(b"content").hexdigest()
    for blobs in (here, there, opened("here")):
        assert blobs.has(sha)
        assert blobs.get(sha) == blobs.path_of(sha).read_bytes() == b"content"


def test_what_was_never_put_is_not_there(opened: Open) -> None:
    blobs = opened("here")
    assert not blobs.has("0" * 64)
    assert not blobs.path_of("0" * 64).exists()
    with pytest.raises(NotFoundError):
        blobs.get("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" * 64])
def test_no_name_leads_out_of_the_store(opened: Open, name: str) -> None:
    blobs = opened("here")
    for ask in (blobs.path_of, blobs.get, blobs.has):
        with pytest.raises(NotFoundError):
            ask(name)


def test_copies_stand_beside_their_blob_on_every_machine(opened: Open) -> None:
    here, there = opened("here"), opened("there")
    sha = here.put(b"a page")
    assert not here.has_copy(sha, ".br")
    here.put_copy(sha, ".br", b"packed")
    assert here.has_copy(sha, ".br") and there.has_copy(sha, ".br") and not there.has_copy(sha, ".gz")
    path = there.path_of(sha)
    assert path.with_name(path.name + ".br").read_bytes() == b"packed"


def test_an_empty_blob_and_a_large_one_are_blobs(opened: Open) -> None:
    for data in (b"", os.urandom(300_000)):
        sha = opened("here").put(data)
        assert opened("there").get(sha) == data


class Store:
    """An object store in memory that can be away, give back something else, and that counts what it is asked."""

    def __init__(self) -> None:
        self.real: Any = MemoryStore()
        self.is_away = False
        self.puts = self.gets = 0

    def put(self, name: str, data: bytes) -> Any:
        self._ask()
        self.puts += 1
        return self.real.put(name, data)

    def get(self, name: str) -> Any:
        self._ask()
        self.gets += 1
        return self.real.get(name)

    def head(self, name: str) -> Any:
        self._ask()
        return self.real.head(name)

    def _ask(self) -> None:
        if self.is_away:
            raise ConnectionError("nobody answers")


@pytest.fixture
def store() -> Store:
    return Store()


def over(store: Store, folder: Path, kind: str = "packs", bytes_max: int = CACHE_BYTES_MAX) -> ObjectBlobStore:
    return ObjectBlobStore(store, kind, folder, bytes_max)


def test_packs_and_private_files_lie_apart_in_one_store(store: Store, tmp_path: Path) -> None:
    packs, files = over(store, tmp_path / "packs"), over(store, tmp_path / "files", "files")
    sha = files.put(b"a photo of somebody")
    assert not packs.has(sha)
    with pytest.raises(NotFoundError):
        packs.get(sha)


def test_a_blob_is_sent_once_and_fetched_once(store: Store, tmp_path: Path) -> None:
    here, there = over(store, tmp_path / "here"), over(store, tmp_path / "there")
    sha = here.put(b"content")
    assert there.put(b"content") == sha
    assert store.puts == 1
    far = over(store, tmp_path / "far")
    assert far.get(sha) == far.get(sha) == b"content"
    assert store.gets == 3, "the blob and its two possible copies"


def test_a_store_that_is_away_is_told_as_busy_and_never_as_a_blob_that_is_not_there(
    store: Store, tmp_path: Path
) -> None:
    here = over(store, tmp_path / "here")
    sha = here.put(b"content")
    store.is_away = True
    assert here.get(sha) == b"content", "what is here is served meanwhile"
    far = over(store, tmp_path / "far")
    for ask in (far.get, far.has, far.path_of):
        with pytest.raises(BusyError):
            ask(sha)
    with pytest.raises(BusyError):
        far.put(b"more")
    assert list((tmp_path / "far").glob("??/*")) == [], "nobody hears of a blob that is not stored"
    store.is_away = False
    assert far.get(sha) == b"content"


def test_bytes_that_are_not_what_their_name_says_are_never_handed_out(store: Store, tmp_path: Path) -> None:
    sha = over(store, tmp_path / "here").put(b"content")
    store.put(f"packs/{sha[:2]}/{sha}", b"something else")
    far = over(store, tmp_path / "far")
    with pytest.raises(BusyError):
        far.path_of(sha)
    assert list((tmp_path / "far").glob("??/*")) == []


def test_the_local_folder_stays_within_its_bound_and_loses_nothing(store: Store, tmp_path: Path) -> None:
    blobs = over(store, tmp_path / "here", bytes_max=50_000)
    shas = [blobs.put(bytes([number]) * 10_000) for number in range(20)]
    assert sum(one.stat().st_size for one in (tmp_path / "here").glob("??/*")) <= 50_000
    assert [blobs.get(sha)[0] for sha in shas] == list(range(20))
    again = over(store, tmp_path / "here", bytes_max=50_000)
    again.put(b"x" * 10_000)
    assert sum(one.stat().st_size for one in (tmp_path / "here").glob("??/*")) <= 50_000


def test_the_settings_say_where_blobs_are(tmp_path: Path) -> None:
    plain = Settings(_env_file=None, data_dir=tmp_path, blob_url="")
    assert type(open_blobs(plain, "packs", tmp_path / "blobs")) is BlobStore
    far = Settings(_env_file=None, data_dir=tmp_path, blob_url="memory:///")
    blobs = open_blobs(far, "packs", tmp_path / "blobs")
    assert isinstance(blobs, ObjectBlobStore) and blobs.get(blobs.put(b"content")) == b"content"
    assert list((tmp_path / ".blobs" / "packs").glob("??/*"))


@pytest.mark.parametrize("url", ["nonsense", "ftp://host/folder"])
def test_an_address_that_names_no_store_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="XUETAN_BLOB_URL"):
        open_object_store(url)


def test_nobody_at_the_address_of_an_s3_store_is_told_as_busy(tmp_path: Path) -> None:
    store = open_object_store(
        "s3://bucket/prefix",
        endpoint="http://127.0.0.1:9",
        region="any",
        access_key_id="any",
        secret_access_key="any",
        client_options={"allow_http": True, "timeout": "5s"},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(BusyError):
        ObjectBlobStore(store, "packs", tmp_path, CACHE_BYTES_MAX).put(b"content")
