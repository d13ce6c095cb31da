"""A photo arrives in any number of pieces, once, whole, and only as what its address says."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.county import County
from tests.files.uploader import OFFSET_TYPE, VOICE, Uploader, jpeg, sha256_of, webp
from tests.security.asgi import ask
from tests.simulation.device import DeviceSimulator
from xuetan.contracts.limits import FILE_BYTES_MAX, FILE_CHUNK_BYTES_MAX, FILE_UPLOADS_PERSON_MAX
from xuetan.files import store as files_store
from xuetan.files.uploads import Uploads
from xuetan.kernel.clock import FixedClock

PHOTO = jpeg()


def begun_files(county: County) -> list[Path]:
    return list((county.services.settings.data_dir / "files" / ".begun").glob("*/*"))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PHOTO, "image/jpeg"), (webp(), "image/webp"), (VOICE, "audio/webm"), (b"OggS" + bytes(50), "audio/ogg")],
)
def test_a_file_arrives_and_is_read_back_as_what_it_is(
    teacher: DeviceSimulator, county: County, data: bytes, media_type: str
) -> None:
    upload = Uploader(teacher, data)
    assert upload.stands().status_code == 404

    ended = upload.whole()

    assert (ended.status_code, ended.headers["upload-offset"]) == (204, str(len(data)))
    read = upload.read()
    assert (read.status_code, read.content) == (200, data)
    assert read.headers["content-type"] == media_type
    assert begun_files(county) == []


def test_an_upload_goes_on_where_it_stands(teacher: DeviceSimulator) -> None:
    upload = Uploader(teacher, PHOTO)
    begun = upload.begin()
    assert (begun.status_code, begun.headers["upload-offset"], begun.headers["location"]) == (201, "0", upload.path)

    assert upload.send(0, PHOTO[:700]).headers["upload-offset"] == "700"
    stands = upload.stands()
    assert (stands.headers["upload-offset"], stands.headers["upload-length"]) == ("700", str(len(PHOTO)))
    assert upload.begin().headers["upload-offset"] == "700", "beginning again loses nothing"
    assert upload.read().status_code == 404, "half a file is no file"
    upload.send(700, PHOTO[700:])

    assert upload.read().content == PHOTO


def test_what_came_before_a_line_broke_is_kept(teacher: DeviceSimulator, client: TestClient) -> None:
    upload = Uploader(teacher, PHOTO)
    upload.begin()
    headers = [
        (b"authorization", f"Bearer {teacher.token}".encode()),
        (b"content-type", OFFSET_TYPE.encode()),
        (b"upload-offset", b"0"),
    ]

    def breaking() -> Iterator[bytes]:
        yield PHOTO[:400]
        yield PHOTO[400:900]

    assert ask(client, "PATCH", upload.path, headers=headers, pieces=breaking()).status == 204
    assert upload.stands().headers["upload-offset"] == "900"


def test_a_file_that_is_there_is_not_sent_again(teacher: DeviceSimulator) -> None:
    upload = Uploader(teacher, PHOTO)
    upload.whole()

    again = upload.begin()

    assert (again.status_code, again.headers["upload-offset"]) == (201, str(len(PHOTO)))
    assert upload.send(0, PHOTO[:10]).headers["upload-offset"] == str(len(PHOTO))


def test_two_phones_of_one_person_that_send_the_same_photo_make_one_file(county: County) -> None:
    phones = [county.device_of("teacher"), county.device_of("teacher")]
    for phone in phones:
        upload = Uploader(phone, PHOTO)
        stands = int(upload.begin().headers["upload-offset"])
        upload.send(stands, PHOTO[stands : stands + 1000])
    assert Uploader(phones[0], PHOTO).send(2000, PHOTO[2000:]).status_code == 204
    assert Uploader(phones[1], PHOTO).read().content == PHOTO


def test_bytes_that_are_not_those_of_the_address_are_forgotten_and_may_come_again(teacher: DeviceSimulator) -> None:
    upload = Uploader(teacher, PHOTO)
    upload.begin()

    refused = upload.send(0, PHOTO[:-1] + b"\x00")

    assert (refused.status_code, refused.json()["code"], refused.json()["retry"]) == (422, "file_damaged", "later")
    assert upload.stands().status_code == 404
    assert upload.read().status_code == 404
    upload.whole()
    assert upload.read().content == PHOTO


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"GIF89a" + bytes(60),
        b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
        jpeg(width=60_000, height=60_000),
        jpeg(width=0),
        webp(width=16_383, height=16_383),
        webp(flags=0x02),
        b"PK\x03\x04" + bytes(60),
        b"\x7fELF" + bytes(60),
    ],
    ids=lambda data: str(data[:12]),
)
def test_what_is_no_photo_and_no_recording_is_refused(teacher: DeviceSimulator, data: bytes) -> None:
    upload = Uploader(teacher, data)

    refused = upload.whole()

    assert (refused.status_code, refused.json()["code"], refused.json()["retry"]) == (415, "file_type_refused", "never")
    assert upload.read().status_code == 404


@pytest.mark.parametrize(
    ("length", "code"),
    [
        (FILE_BYTES_MAX + 1, "file_too_large"),
        (10**14, "file_too_large"),
        (0, "invalid_request"),
        (-5, "invalid_request"),
        (10**30, "invalid_request"),
    ],
)
def test_a_length_that_is_no_files_is_refused_before_a_byte(
    teacher: DeviceSimulator, county: County, length: int, code: str
) -> None:
    assert Uploader(teacher, PHOTO).begin(length).json()["code"] == code
    assert begun_files(county) == []


@pytest.mark.parametrize("offset", ["-1", "1", "99999", "", "x", "1e3", "0x0"])
def test_bytes_at_another_place_are_not_taken(teacher: DeviceSimulator, offset: str) -> None:
    upload = Uploader(teacher, PHOTO)
    upload.begin()
    headers = {"upload_offset": offset, "content_type": OFFSET_TYPE}
    refused = upload.ask("PATCH", content=PHOTO[:50], **headers)
    assert refused.status_code in (409, 422), refused.text
    assert upload.stands().headers["upload-offset"] == "0"


def test_more_bytes_than_the_file_has_are_not_taken(teacher: DeviceSimulator) -> None:
    upload = Uploader(teacher, PHOTO)
    upload.begin()
    assert upload.send(0, PHOTO + b"more").json()["code"] == "upload_conflict"
    assert upload.stands().headers["upload-offset"] == "0"


def test_a_piece_that_is_too_large_is_cut_and_what_fitted_is_kept(teacher: DeviceSimulator, client: TestClient) -> None:
    data = jpeg(padding=2 * FILE_CHUNK_BYTES_MAX)
    upload = Uploader(teacher, data)
    upload.begin()
    assert upload.send(0, data).status_code == 413
    headers = [
        (b"authorization", f"Bearer {teacher.token}".encode()),
        (b"content-type", OFFSET_TYPE.encode()),
        (b"upload-offset", b"0"),
    ]
    pieces = (data[at : at + 50_000] for at in range(0, len(data), 50_000))
    answered = ask(client, "PATCH", upload.path, headers=headers, pieces=pieces)
    assert answered.status == 413
    stands = int(upload.stands().headers["upload-offset"])
    assert FILE_CHUNK_BYTES_MAX - 50_000 < stands <= FILE_CHUNK_BYTES_MAX
    assert answered.pieces_read <= FILE_CHUNK_BYTES_MAX // 50_000 + 1


def test_pieces_that_come_at_once_are_taken_once(teacher: DeviceSimulator) -> None:
    """Twelve connections send the same first piece, as after many broken tries: one is taken, the file stays right."""
    upload = Uploader(teacher, PHOTO)
    upload.begin()
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(upload.send(0, PHOTO[:1000]).status_code)) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(set(statuses)) == [204, 409]
    assert statuses.count(204) == 1
    upload.send(1000, PHOTO[1000:])
    assert upload.read().content == PHOTO


@hypothesis_settings(max_examples=25)
@given(cuts=st.lists(st.integers(1, len(PHOTO) - 1), max_size=6, unique=True), seed=st.integers(0, 10**9))
def test_however_a_file_is_cut_it_arrives(cuts: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = PHOTO + seed.to_bytes(8, "big")
    uploads = Uploads(tmp_path_factory.mktemp("begun"))
    upload = uploads.begin("p", "u:x", sha256_of(data), len(data))
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
        upload = files_store.append(upload, start, data[start:end])
    assert upload.is_complete
    assert upload.path.read_bytes() == data


def test_a_day_has_its_limit_and_the_next_day_goes_on(
    teacher: DeviceSimulator, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_store, "FILE_BYTES_DAY_MAX", len(PHOTO) + 100)
    Uploader(teacher, PHOTO).whole()
    other = Uploader(teacher, jpeg(width=320))

    refused = other.begin()

    assert (refused.status_code, refused.json()["code"], refused.json()["retry"]) == (429, "file_space_full", "later")
    clock.advance_ms(files_store.DAY_MS + 1)
    teacher.renew_session()
    assert other.whole().status_code == 204


def test_a_person_has_a_limit_in_all(teacher: DeviceSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_store, "FILE_BYTES_PERSON_MAX", len(PHOTO))
    Uploader(teacher, PHOTO).whole()
    assert Uploader(teacher, VOICE).begin().json()["code"] == "file_space_full"


def test_of_too_many_begun_uploads_the_oldest_gives_way(teacher: DeviceSimulator, county: County) -> None:
    first = Uploader(teacher, jpeg(width=1))
    first.begin()
    first.send(0, first.data[:10])
    os.utime(begun_files(county)[0], (1, 1))
    for width in range(2, FILE_UPLOADS_PERSON_MAX + 2):
        Uploader(teacher, jpeg(width=width)).begin()
    assert len(begun_files(county)) == FILE_UPLOADS_PERSON_MAX
    assert first.stands().status_code == 404
    first.whole()
    assert first.read().content == first.data


def test_what_was_begun_and_left_is_forgotten_after_weeks(
    teacher: DeviceSimulator, county: County, clock: FixedClock
) -> None:
    left, fresh = Uploader(teacher, PHOTO), Uploader(teacher, VOICE)
    left.begin()
    now = clock.now_ms() / 1000
    os.utime(begun_files(county)[0], (now - 29 * 86_400, now - 29 * 86_400))
    clock.advance_ms(files_store.SWEEP_EVERY_MS + 1)
    fresh.begin()
    assert left.stands().status_code == 404
    assert fresh.stands().status_code == 200


def test_a_restored_database_without_the_bytes_asks_for_them_again(teacher: DeviceSimulator, county: County) -> None:
    upload = Uploader(teacher, PHOTO)
    upload.whole()
    for path in (county.services.settings.data_dir / "files" / "whole").glob("*/*"):
        path.unlink()
    assert upload.read().status_code == 404
    assert upload.begin().headers["upload-offset"] == "0"
    upload.send(0, PHOTO)
    assert upload.read().content == PHOTO
