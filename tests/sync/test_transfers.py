"""What is carried for others is believed by its device's signature alone, and none of it is dropped."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec import UNSET
from starlette.testclient import TestClient

from tests.county import County
from tests.simulation.carrying import give, sign
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import lesson_opened
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import Statement, TransferAnswer
from xuetan.event_log import ingest
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.ids import b64url_encode, new_id
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.sync.errors import MalformedFrameError, UnsupportedVersionError
from xuetan.sync.frames import decode_transfers, encode_transfers
from xuetan.sync.transfers import take_transfers

GOLDEN = Path(__file__).resolve().parents[2] / "contracts" / "golden" / "transfers.json"


@pytest.fixture
def county(client: TestClient, services: Services) -> County:
    return County.found(services, client)


def write(device: DeviceSimulator, count: int, *, sealed_each: bool = True) -> None:
    for number in range(count):
        device.record("lesson_opened/1", lesson_opened(lesson=f"lesson-{number}"))
        if sealed_each:
            device.stream.seal()


def take(county: County, carried: list[Carried]) -> list[TransferAnswer]:
    return take_transfers(county.services, carried).answers


def stored(county: County, device: DeviceSimulator) -> list[str]:
    return [
        event.payload["lesson"]
        for event in county.read(lambda session: event_log.list_events(session, device.own_scope))
        if event.kind == "lesson_opened/1"
    ]


def aside_codes(county: County, device: DeviceSimulator) -> list[tuple[int, str]]:
    kept = county.read(lambda session: event_log.list_set_aside(session, device.person_id))
    return sorted((one.seq, one.code) for one in kept)


def test_transfers_of_several_devices_go_the_way_of_a_push_and_are_answered_with_the_roots_word(county: County) -> None:
    phones = [county.device_of(name) for name in ("teacher", "mentor")]
    for phone in phones:
        write(phone, 3)
    answers = take(county, [carried for phone in phones for carried in give(phone)])
    for phone, answer in zip(phones, answers, strict=True):
        assert answer.acks == [["ok"], ["ok"], ["ok"]]
        assert stored(county, phone) == ["lesson-0", "lesson-1", "lesson-2"]
        assert answer.statement is not UNSET
        assert (answer.statement.next, answer.statement.chain) == (3, phone.stream.sealed[-1][0].hash)
        assert event_log.is_stated(answer.statement, phone.enrolment["root_key"])


def test_a_statement_that_was_altered_is_not_the_roots(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 1)
    (answer,) = take(county, give(phone))
    statement = answer.statement
    assert statement is not UNSET
    root_key = phone.enrolment["root_key"]
    for name, value in (("epoch", new_id()), ("stream", new_id()), ("next", 2), ("chain", new_id())):
        forged = msgspec.structs.replace(statement, **{name: value})
        assert not event_log.is_stated(forged, root_key), name
    assert not event_log.is_stated(statement, SigningKey.generate().spki)


def test_what_comes_twice_is_there_once_and_is_answered_alike(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 2)
    first, second = (take(county, give(phone))[0] for _ in range(2))
    assert second.acks == [["dup"], ["dup"]]
    assert first.statement is not UNSET and second.statement is not UNSET
    assert (first.statement.next, first.statement.chain) == (second.statement.next, second.statement.chain)
    assert stored(county, phone) == ["lesson-0", "lesson-1"]


def test_a_body_that_was_altered_is_damaged_and_the_rest_stays_good(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 3)
    (carried,) = give(phone)
    bodies = list(carried.bodies)
    bodies[1] = bodies[1][:-1] + b"\xff"
    (answer,) = take(county, [carried._replace(bodies=bodies)])
    assert answer.acks == [["ok"], ["damaged"], ["gap", 1]]
    assert answer.statement is not UNSET and answer.statement.next == 1
    assert aside_codes(county, phone) == [(2, "gap")]
    take(county, [carried])
    assert stored(county, phone) == ["lesson-0", "lesson-1", "lesson-2"]
    assert aside_codes(county, phone) == []


FORGERIES: dict[str, tuple[Callable[[Carried], Carried], str]] = {
    "signed by another key": (
        lambda one: one._replace(transfer=msgspec.structs.replace(one.transfer, sig=SigningKey.generate().sign(b"x"))),
        "signature_wrong",
    ),
    "no signature at all": (
        lambda one: one._replace(transfer=msgspec.structs.replace(one.transfer, sig="")),
        "signature_wrong",
    ),
    "given out as another person's": (
        lambda one: one._replace(transfer=msgspec.structs.replace(one.transfer, person=new_id())),
        "device_unknown",
    ),
    "of a device that nobody knows": (
        lambda one: one._replace(transfer=msgspec.structs.replace(one.transfer, device=new_id())),
        "device_unknown",
    ),
    "cut short at its end": (
        lambda one: Carried(msgspec.structs.replace(one.transfer, segs=one.transfer.segs[:-1]), one.bodies[:-1]),
        "malformed_frame",
    ),
    "with a hole": (
        lambda one: Carried(
            msgspec.structs.replace(one.transfer, segs=[one.transfer.segs[0], one.transfer.segs[2]]),
            [one.bodies[0], one.bodies[2]],
        ),
        "malformed_frame",
    ),
    "of no segments": (
        lambda one: Carried(msgspec.structs.replace(one.transfer, segs=[]), []),
        "malformed_frame",
    ),
    "of a stream that is no id": (
        lambda one: one._replace(transfer=msgspec.structs.replace(one.transfer, stream="\0")),
        "malformed_frame",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_the_device_did_not_sign_is_not_taken_and_touches_nothing_else(county: County, name: str) -> None:
    forge, code = FORGERIES[name]
    victim, other = county.device_of("teacher"), county.device_of("mentor")
    write(victim, 3)
    write(other, 1)
    answers = take(county, [forge(give(victim)[0]), *give(other)])
    assert (answers[0].error, answers[0].acks, answers[0].statement) == (code, UNSET, UNSET)
    assert answers[1].acks == [["ok"]]
    assert stored(county, victim) == [] and aside_codes(county, victim) == []


def test_what_lies_behind_a_gap_waits_and_goes_in_when_it_is_filled_by_a_carrier(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 4)
    late, early = (sign(phone, phone.stream, phone.stream.sealed[part]) for part in (slice(2, 4), slice(0, 2)))
    (answer,) = take(county, [late])
    assert (answer.acks, answer.statement) == ([["gap", 0], ["gap", 0]], UNSET)
    assert aside_codes(county, phone) == [(2, "gap"), (3, "gap")]
    take(county, [early])
    assert stored(county, phone) == [f"lesson-{number}" for number in range(4)]
    assert aside_codes(county, phone) == []


def test_what_lies_behind_a_gap_goes_in_when_the_phone_itself_fills_it(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 4)
    take(county, [sign(phone, phone.stream, phone.stream.sealed[2:])])
    phone.segments_max = 2
    first = phone.exchange()
    assert first["acks"] == [["ok"], ["ok"]]
    assert stored(county, phone) == [f"lesson-{number}" for number in range(4)]
    phone.sync()
    assert phone.waiting == 0
    assert aside_codes(county, phone) == []


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_lay_behind_a_gap_and_is_set_aside_in_its_place_is_told_and_leaves_no_hole(
    county: County, is_whole: bool
) -> None:
    """Brought by a carrier before its time, then sent by the phone itself together with what was missing."""
    phone = county.device_of("teacher")
    write(phone, 1)
    scope = f"u:{county.id_of('mentor')}" if is_whole else phone.own_scope
    phone.record("lesson_opened/1", lesson_opened(lesson="elsewhere") if is_whole else {"pack": 7}, scope=scope)
    phone.stream.seal()
    write(phone, 1)
    take(county, [sign(phone, phone.stream, phone.stream.sealed[1:])])
    assert aside_codes(county, phone) == [(1, "gap"), (2, "gap")]
    phone.sync()
    ((seq, code),) = aside_codes(county, phone)
    assert (seq, code) == (1, ingest.NOT_PERMITTED if is_whole else "malformed_event")
    assert phone.rows(f"p:{phone.person_id}", "set_aside").keys() == {("set_aside", f"{phone.stream.stream}:1")}
    assert county.read(event_log.find_broken_streams) == set()
    # Asked again, as by a phone that never heard the answer, the root still knows it.
    phone.stream.acknowledged = 0
    assert phone.exchange()["acks"] == [["dup"], ["dup", [[1, code]]], ["dup"]]


def test_a_carried_segment_that_is_set_aside_whole_is_told_of_with_all_its_events(county: County) -> None:
    phone = county.device_of("teacher")
    scope = f"u:{county.id_of('mentor')}"
    for lesson in ("first", "second", "third"):
        phone.record("lesson_opened/1", lesson_opened(lesson=lesson), scope=scope)
    (answer,) = take(county, give(phone))
    assert answer.acks == [["aside", ingest.NOT_PERMITTED]]
    phone.sync()
    (row,) = phone.rows(f"p:{phone.person_id}", "set_aside").values()
    assert (row["seq"], row["n"]) == (0, 3)


def test_what_the_phone_brought_itself_is_told_of_whole_when_only_the_roots_word_comes_back(county: County) -> None:
    """Its own answer was lost; then a hub brings the same segment and comes back with a statement, which names no codes."""
    phone = county.device_of("teacher")
    scope = f"u:{county.id_of('mentor')}"
    for lesson in ("first", "second", "third"):
        phone.record("lesson_opened/1", lesson_opened(lesson=lesson), scope=scope)
    given = give(phone)
    phone.exchange()
    (answer,) = take(county, given)
    assert answer.statement is not UNSET and answer.statement.next == 3
    phone.stream.acknowledged = 3
    phone.sync()
    (row,) = phone.rows(f"p:{phone.person_id}", "set_aside").values()
    assert (row["seq"], row["n"]) == (0, 3)


def test_a_fork_that_is_carried_is_kept_for_it_may_be_the_last_copy(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 1)
    copy = county.device_of("teacher", key=phone.key)
    copy.stream.stream = phone.stream.stream
    copy.record("lesson_opened/1", lesson_opened(lesson="of-the-copy"))
    take(county, give(phone))
    (answer,) = take(county, give(copy))
    assert (answer.acks, answer.statement) == ([["fork", 0]], UNSET)
    assert aside_codes(county, phone) == [(0, "forked")]
    take(county, give(copy))
    assert aside_codes(county, phone) == [(0, "forked")]
    rows = county.read(lambda session: event_log.list_events(session, f"p:{phone.person_id}"))
    assert rows == [], "a row would mean the good event in the same place"


def test_what_a_revoked_device_gave_is_kept_aside_and_proves_nothing(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 2)
    (before,) = give(phone)
    take(county, [before])
    write(phone, 1)
    county.write(lambda session: accounts.revoke_device(session, phone.device_id, OPERATOR, services=county.services))
    (answer,) = take(county, give(phone))
    assert answer.acks == [["dup"], ["dup"], ["aside", "device_revoked"]]
    assert answer.statement is not UNSET and answer.statement.next == 2
    assert aside_codes(county, phone) == [(2, "device_revoked")]


def test_a_late_carrier_takes_nothing_from_what_is_known_of_a_device(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 1)
    old = give(phone)
    write(phone, 4)
    phone.sync()
    take(county, old)
    (status,) = county.read(lambda session: event_log.stream_states(session, [phone.person_id]))
    assert (status.head, status.next) == (5, 5)


def test_a_head_that_nobody_signed_makes_no_phone_miss_anything(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 2)
    (one,) = give(phone)
    one.transfer.head = (1 << 53) - 1
    assert take(county, [one])[0].acks == [["ok"]] * 2
    phone.sync()
    (status,) = county.read(lambda session: event_log.stream_states(session, [phone.person_id]))
    assert (status.head, status.next, status.missing_since_ms) == (2, 2, None)


def test_a_full_quarantine_is_told_and_the_carrier_keeps_what_was_not_taken(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "QUARANTINE_SEGMENTS_MAX", 1)
    phone = county.device_of("teacher")
    write(phone, 3)
    late = sign(phone, phone.stream, phone.stream.sealed[1:])
    (answer,) = take(county, [late])
    assert (answer.acks, answer.error) == ([["gap", 0], ["full"]], "quarantine_full")
    take(county, give(phone))
    assert stored(county, phone) == ["lesson-0", "lesson-1", "lesson-2"]


def test_the_epoch_in_which_it_was_given_does_not_matter(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 1)
    phone.sync()
    carried = give(phone)
    log = county.services.log
    assert isinstance(log, event_log.EventLog)
    epoch = log.begin_new_epoch()
    (answer,) = take(county, carried)
    assert answer.statement is not UNSET and answer.statement.epoch == epoch


def test_a_frame_of_transfers_gives_back_what_went_in(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 130)
    carried = give(phone)
    assert [len(one.transfer.segs) for one in carried] == [64, 64, 2]
    assert decode_transfers(encode_transfers(carried)) == carried


EMPTY = b'{"person":"","device":"","stream":"","head":0,"next":1,"chain":"","sig":"","segs":[]}'


def with_length(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text


BROKEN: dict[str, tuple[bytes, type[Exception]]] = {
    "empty": (b"", MalformedFrameError),
    "no header": (b"\x05\0\0\0{}", MalformedFrameError),
    "no json": (b"\x02\0\0\0}}", MalformedFrameError),
    "a later version": (b'\x17\0\0\0{"v":2,"transfers":"x"}', UnsupportedVersionError),
    "deeply nested": (b"\x40\x0d\x03\0" + b"[" * 200_000, MalformedFrameError),
    "too many transfers": (
        with_length(b'{"v":1,"transfers":[' + b",".join([EMPTY] * 1025) + b"]}"),
        RequestTooLargeError,
    ),
    "a header without end": (b"\xff\xff\xff\xff", MalformedFrameError),
    "too large": (b"\0" * (8 * 1024 * 1024 + 1), RequestTooLargeError),
}


@pytest.mark.parametrize("name", BROKEN)
def test_bytes_that_are_no_frame_are_refused_by_name(name: str) -> None:
    frame, error = BROKEN[name]
    with pytest.raises(error):
        decode_transfers(frame)


def test_a_truncated_frame_loses_only_the_bodies_that_are_missing(county: County) -> None:
    phone = county.device_of("teacher")
    write(phone, 3)
    frame = encode_transfers(give(phone))
    (answer,) = take(county, decode_transfers(frame[: -len(phone.stream.sealed[-1][1])]))
    assert answer.acks == [["ok"], ["ok"], ["damaged"]]


def test_what_is_signed_is_spelled_so() -> None:
    stream, chain, epoch = (b64url_encode(bytes([number]) * 16) for number in range(3))
    assert event_log.transfer_message(stream, 7, chain) == f"xuetan-transfer/1\n{stream}\n7\n{chain}".encode()
    assert event_log.statement_message(epoch, stream, 7, chain).decode().split("\n")[1:] == [epoch, stream, "7", chain]


def test_the_golden_transfers_are_whole_and_signed_and_their_statements_are_the_roots() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    carried = decode_transfers(base64.b64decode(golden["frame"]))
    assert [msgspec.to_builtins(one.transfer) for one in carried] == golden["transfers"]
    for one in carried:
        assert event_log.is_whole(one.transfer)
        assert event_log.is_signed(one.transfer, golden["device_key"])
    for one, signature in zip(carried, golden["owned"], strict=True):
        one.transfer.sig2 = signature
        assert event_log.is_signed(one.transfer, golden["device_key"])
        one.transfer.person = one.transfer.device
        assert not event_log.is_signed(one.transfer, golden["device_key"])
    for statement in golden["statements"]:
        assert event_log.is_stated(msgspec.convert(statement, Statement), golden["root_key"])
