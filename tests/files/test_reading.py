"""Who reads a file, and how it goes out: whole or a range, as a download that can do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.county import County
from tests.files.uploader import Uploader, jpeg, sha256_of
from tests.learning_log.payloads import journal
from tests.simulation.device import DeviceSimulator
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import ForbiddenError
from xuetan.kernel.ids import new_thing_id
from xuetan.learning_log import service as learning_log
from xuetan.mentoring import service as mentoring

PHOTO = jpeg()
NOWHERE = {"code": "not_found"}


@pytest.fixture
def upload(teacher: DeviceSimulator) -> Uploader:
    upload = Uploader(teacher, PHOTO)
    upload.whole()
    return upload


def as_seen_by(phone: DeviceSimulator, upload: Uploader) -> Uploader:
    return Uploader(phone, upload.data, scope=upload.scope)


def test_a_mentor_reads_while_paired_and_not_a_moment_longer(county: County, upload: Uploader) -> None:
    theirs = as_seen_by(county.device_of("mentor"), upload)
    assert theirs.read().status_code == 404
    pair = county.pair("mentor", "teacher")
    assert theirs.read().content == PHOTO
    county.write(lambda session: mentoring.end_pair(session, OPERATOR, pair.id, now_ms=county.now_ms))
    assert theirs.read().status_code == 404
    assert theirs.stands().status_code == 404


def test_a_mentor_from_the_pairing_on_has_a_photo_of_before_only_where_a_newer_version_names_it(
    county: County, clock: FixedClock, teacher: DeviceSimulator, upload: Uploader
) -> None:
    blob = {"sha256": sha256_of(PHOTO), "bytes": len(PHOTO), "type": "image/jpeg", "kind": "photo"}
    entry = new_thing_id()
    teacher.record("journal_saved/1", journal("以前", entry, blobs=[blob]))
    teacher.sync()
    clock.advance_ms(60_000)
    theirs = as_seen_by(county.device_of("mentor"), upload)
    county.pair("mentor", "teacher", reads_all=False)
    assert theirs.read().status_code == 404
    teacher.record("journal_saved/1", journal("改过了", entry, "A" * 22))
    teacher.sync()
    assert theirs.read().status_code == 404
    clock.advance_ms(60_000)
    teacher.record("journal_saved/1", journal("又贴上了", entry, "A" * 22, blobs=[blob]))
    teacher.sync()
    assert theirs.read().content == PHOTO


@pytest.mark.parametrize("who", ["colleague", "west-teacher", "west-mentor", "trainer", "mayor"])
def test_a_stranger_learns_nothing_of_a_file_and_brings_none(county: County, upload: Uploader, who: str) -> None:
    """Not even that it is there: the answers are those for a file that never was."""
    theirs = as_seen_by(county.device_of(who), upload)
    missing = Uploader(theirs.phone, b"never sent", scope=upload.scope)
    for method, headers in (
        ("GET", {}),
        ("HEAD", {}),
        ("HEAD", {"tus_resumable": "1.0.0"}),
        ("POST", {"upload_length": str(len(PHOTO))}),
        ("PATCH", {"upload_offset": "0", "content_type": "application/offset+octet-stream"}),
    ):
        answers = [one.ask(method, **headers) for one in (theirs, missing)]
        assert [answer.status_code for answer in answers] == [404, 404], method
        assert told(answers[0]) == told(answers[1])


def told(answer: Any) -> Any:
    if not answer.content:
        return {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_that_a_file_is_there_is_told_inside_its_scope_only(county: County, upload: Uploader) -> None:
    """The same bytes under one's own scope have to be sent: nobody learns by a hash what another has."""
    own = Uploader(county.device_of("colleague"), PHOTO)
    assert own.read().status_code == 404
    assert own.begin().headers["upload-offset"] == "0"


def test_a_scope_that_one_only_reads_takes_no_file(county: County) -> None:
    member = county.device_of("teacher")
    to_class = Uploader(member, PHOTO, scope=f"c:{county.cohort_id}")
    assert to_class.begin().status_code == 404
    assert Uploader(member, PHOTO, scope="pub").begin().status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/files/u:{person}/%2e%2e%2fkeys",
        "/files/u:{person}/" + "A" * 64,
        "/files/u:{person}/" + "a" * 63,
        "/files/u:{person}/" + "a" * 64 + "/",
        "/files/u:../" + "a" * 64,
        "/files/x:{person}/" + "a" * 64,
        "/files/u:{person}%00/" + "a" * 64,
        "/files/%2e%2e/" + "a" * 64,
        "/files",
        "/files/",
    ],
)
def test_an_address_that_is_none_leads_nowhere(teacher: DeviceSimulator, path: str) -> None:
    address = path.format(person=teacher.person_id)
    for method in ("GET", "POST"):
        headers = {"authorization": f"Bearer {teacher.token}", "upload-length": "10"}
        assert teacher.client.request(method, address, headers=headers).status_code in (404, 405)


def test_a_file_goes_out_as_a_download_that_can_do_nothing(upload: Uploader) -> None:
    headers = upload.read().headers
    assert headers["content-disposition"].startswith("attachment; filename=")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=10-", 206, (10, None)),
        ("bytes=-7", 206, (-7, None)),
        ("bytes=5-9999999", 206, (5, None)),
        ("bytes=9-5", 200, (0, None)),
        ("bytes=a-b", 200, (0, None)),
        ("bytes=0-1,4-5", 200, (0, None)),
    ],
)
def test_a_range_is_answered(upload: Uploader, asked: str, status: int, span: tuple[int, int | None]) -> None:
    answer = upload.read(range=asked)
    assert (answer.status_code, answer.content) == (status, PHOTO[span[0] : span[1]])


def test_a_range_beyond_the_file_is_refused(upload: Uploader) -> None:
    answer = upload.read(range=f"bytes={len(PHOTO)}-")
    assert (answer.status_code, answer.content) == (416, b"")


def test_an_entry_tells_what_it_names_and_what_has_arrived(county: County, teacher: DeviceSimulator) -> None:
    other = jpeg(width=320)
    blobs = [
        {"sha256": sha256_of(data), "bytes": len(data), "type": "image/jpeg", "kind": "photo", "faces": "nobody"}
        for data in (PHOTO, other)
    ]
    payload = journal("今天读了十本书。", new_thing_id(), pack="a-pack", blobs=blobs)
    teacher.record("journal_saved/1", payload)
    teacher.sync()
    Uploader(teacher, PHOTO).whole()
    county.services.log.project_now()
    entry = county.write(
        lambda session: learning_log.read_entry(
            session, county.on_phone("teacher"), teacher.person_id, payload["entry"], now_ms=county.now_ms
        )
    )
    (version,) = entry.versions
    assert [(blob.bytes, blob.kind, blob.is_here) for blob in version.blobs] == [
        (len(PHOTO), "photo", True),
        (len(other), "photo", False),
    ]
    with pytest.raises(ForbiddenError):
        county.write(
            lambda session: learning_log.read_entry(
                session, county.staff("head"), teacher.person_id, payload["entry"], now_ms=county.now_ms
            )
        )


def test_a_version_with_more_than_it_may_name_is_set_aside_and_blocks_nothing(teacher: DeviceSimulator) -> None:
    blob = {"sha256": sha256_of(PHOTO), "bytes": 5, "type": "image/jpeg", "kind": "photo"}
    for odd in ([blob] * 7, [{**blob, "sha256": "../x"}], [{**blob, "bytes": -1}], ["x"]):
        teacher.record("journal_saved/1", journal("好", new_thing_id(), blobs=odd))
    teacher.record("journal_saved/1", journal("好", new_thing_id(), blobs=[blob], later=1))
    replies = teacher.sync()
    aside = [pair for reply in replies for ack in reply.get("acks", []) for pair in (ack[1] if len(ack) > 1 else [])]
    assert [code for _, code in aside] == ["malformed_event"] * 4
    assert teacher.waiting == 0
