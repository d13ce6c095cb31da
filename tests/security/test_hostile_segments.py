"""Whatever a segment holds whose hash is right: it is kept, it stops neither its own stream nor any reader nor a projector.

Who seals a segment may be a phone of ours with a changed program, so nothing inside is believed.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.security.estate import Estate
from tests.security.hostile import (
    FEW,
    HUGE,
    NOTHING_TO_PULL,
    ODD_TEXTS,
    anything,
    check_nobody_is_stuck,
    columns,
    push,
    push_text,
)
from tests.simulation.events import lesson_opened
from xuetan.contracts.event_kinds import EVENT_KINDS
from xuetan.contracts.limits import (
    EVENT_PAYLOAD_BYTES_MAX,
    SEGMENT_EVENTS_MAX,
)
from xuetan.contracts.segment_dictionary import FIELDS, KINDS
from xuetan.contracts.sync import SegmentHeader, SyncHeader
from xuetan.event_log.segments import deflate, segment_hash
from xuetan.kernel.ids import new_id
from xuetan.sync.frames import encode_frame

ODD_VALUES = (
    *(json.dumps(text) for text in ODD_TEXTS),
    *(str(number) for number in HUGE),
    "1e999",
    "-1e999",
    "-0.0",
    "1E400",
    "9" * 5000,
    '{"__proto__":{},"constructor":1}',
    '{"a":1,"a":2}',
    '{"\\u0000":1}',
    '{"\\ud800":1}',
    '"' + "x" * 40_000 + '"',
    *(("[" * depth + "]" * depth) for depth in (31, 33, 59, 61, 200, 940, 957, 5_000, 100_000)),
    *(('{"a":' * depth + "1" + "}" * depth) for depth in (31, 33, 61, 957, 20_000)),
    "null",
    "true",
    "[]",
    "{}",
)


@pytest.mark.parametrize("kind", ["message_sent/1", "journal_saved/1", "question_answered/1", "of_next_year/1"])
def test_odd_values_in_an_event_stop_nothing(estate: Estate, kind: str) -> None:
    phone = estate.phone("colleague")
    for value in ODD_VALUES:
        stream, header, ack = push_text(phone, columns(value, kind=kind), 1)
        assert ack[0] in ("ok", "aside"), (value[:80], ack)
        check_nobody_is_stuck(estate, phone, stream, header)


def test_odd_texts_in_every_field_of_every_kind_stop_nothing(estate: Estate) -> None:
    phone = estate.phone("colleague")
    good = {
        "text": '"x"',
        "version": "1",
        "tier": '"text"',
        "parents": "[]",
        "answer": '"a"',
        "score": "1",
        "duration_ms": "1",
    }
    for kind, rule in EVENT_KINDS.items():
        fields = rule.payload.__struct_fields__
        for odd in fields:
            for value in ('"\\u0000"', '"\\ud800"', "-1", "1e400", "[[[]]]", str(2**70)):
                parts = [f"[{value if field == odd else good.get(field, json.dumps('M' * 16))}]" for field in fields]
                names = json.dumps([kind, *fields])
                picks = ",".join("[]" for _ in fields)
                named = f'{{"v":1,"t":[1],"s":[{names}],"i":[0],"d":[{picks}],"x":[{",".join(parts)}]}}'
                numbered = _numbered(kind, dict(zip(fields, parts, strict=True)))
                for text in (named, numbered):
                    assert push_text(phone, text.encode(), 1)[2][0] in ("ok", "aside"), (kind, odd, value)
    stream, header, _ = push_text(phone, columns('"the last"'), 1)
    check_nobody_is_stuck(estate, phone, stream, header)


def _numbered(kind: str, columns_of: dict[str, str]) -> str:
    """One event of a kind's usual fields, written with the numbers of the dictionary; columns as JSON."""
    number = next(number for number, (name, _fields) in enumerate(KINDS) if name == kind)
    forms = [(columns_of[FIELDS[field][0]], FIELDS[field][1]) for field in KINDS[number][1]]
    numeric = ",".join(column if form == "number" else "[]" for column, form in forms)
    different = ",".join(column for column, form in forms if form != "number")
    return f'{{"v":1,"t":[1],"s":[{number}],"i":[0],"d":[{numeric}],"x":[{different}]}}'


def test_what_one_thread_takes_another_can_read(estate: Estate) -> None:
    """Much to inflate is looked at in a thread, where the stack is shallow; it is read in others. A value at the edge of what
    a decoder follows must not be taken in one and stick in the other."""
    phone = estate.phone("colleague")
    ballast = [columns(json.dumps(secrets.token_hex(14_000)), kind="of_next_year/1") for _ in range(6)]
    for depth in (60, 64, 65, 900, 950, 957, 960, 970, 985):
        stream, prev, first, headers, bodies = new_id(), "", 0, [], []
        for text in [columns("[" * depth + "]" * depth), *ballast]:
            body = deflate(text)
            hash_ = segment_hash(stream, phone.own_scope, first, 1, prev, body)
            headers.append(SegmentHeader(phone.own_scope, first, 1, prev, hash_, len(body)))
            bodies.append(body)
            prev, first = hash_, first + 1
        assert sum(map(len, bodies)) > 65_536
        answer = push(
            phone, encode_frame(SyncHeader(1, stream, first, headers, NOTHING_TO_PULL, 0), bodies, phone.person_id)
        )
        assert answer.status_code == 200
        assert {ack[0] for ack in answer.json()["acks"]} <= {"ok", "aside"}
        check_nobody_is_stuck(estate, phone, stream, headers[-1])


column_values = st.one_of(
    st.sampled_from(ODD_VALUES[:20]),
    anything.map(lambda value: json.dumps(value, ensure_ascii=True)),
    st.text(max_size=12),
)


@FEW
@given(
    parts=st.fixed_dictionaries(
        {
            "v": st.sampled_from(["1", "1", "1", "2", "null"]),
            "u": st.sampled_from(["1", "1", "1000", "7", "0", "-10", "null"]),
            "t": st.sampled_from(["[1,1]", "[1770000000000,0]", "[0]", "[-1,1]", "[]", f"[0,{2**62}]", "[1.5,1]"]),
            "s": st.sampled_from(
                [
                    '[["message_sent/1","message","text"]]',
                    '[["x"]]',
                    "[[]]",
                    '[["a/1","f","f"]]',
                    '[["a/1"],["b/1","f"]]',
                    "[8]",
                    "[[8,21,15]]",
                    "[[8,1,8,13]]",
                    '[["a/1",0],["b/1",0,4]]',
                    "[1000]",
                    "[[8,-1]]",
                    "[[-1]]",
                ]
            ),
            "i": st.sampled_from(["[0,0]", "[0]", "[0,1]", "[null,0]", "[-1,0]", "[]"]),
            "d": st.lists(
                st.sampled_from(["[]", "[]", "[0,0]", "[0,1]", "[1,1]", "[0,2]", '["x","y"]', "[5,6]"]), max_size=3
            )
            .map(",".join)
            .map("[{}]".format),
            "x": st.lists(
                st.one_of(
                    st.lists(column_values, max_size=3).map(",".join).map("[{}]".format),
                    st.sampled_from([16, 22, 32, 5, 0]).map(lambda length: '"' + "i" * length + '"'),
                ),
                max_size=3,
            )
            .map(",".join)
            .map("[{}]".format),
            "o": st.sampled_from(["[]", '[[0,"x",1,"y"]]', f'[[0,"{"A" * 22}",5,"{"A" * 22}"]]', "[[9,1]]", "null"]),
        }
    ),
    n=st.integers(1, 3),
)
def test_any_columns_are_kept_and_stop_nothing(estate: Estate, parts: dict[str, str], n: int) -> None:
    phone = estate.phone("colleague")
    text = "{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}"
    stream, header, ack = push_text(phone, text.encode("utf-8", "surrogatepass"), n)
    assert ack[0] in ("ok", "aside")
    if ack[0] == "aside":
        assert ack[1] in ("unreadable_segment", "segment_too_large")
    check_nobody_is_stuck(estate, phone, stream, header)


def test_a_segment_that_explodes_is_set_aside_and_the_next_one_goes_through(estate: Estate) -> None:
    phone = estate.phone("colleague")
    for text, n in (
        (b'{"v":1' + b" " * 5_000_000 + b"}", 1),
        (columns('"x"'), SEGMENT_EVENTS_MAX + 1),
        (b"\x00" * 1_100_000, 1),
    ):
        stream, header, ack = push_text(phone, text, n)
        assert ack == ["aside", "segment_too_large"]
        check_nobody_is_stuck(estate, phone, stream, header)
    for text, n in (_shared_by_many(json.dumps("字" * 4_000)), _shared_by_many('"x"', name="f" * 4_000)):
        started = time.process_time()
        stream, header, ack = push_text(phone, text, n)
        assert ack == ["aside", "segment_too_large"]
        assert time.process_time() - started < 1
        check_nobody_is_stuck(estate, phone, stream, header)
    assert push_text(phone, columns(json.dumps("字" * EVENT_PAYLOAD_BYTES_MAX)), 1)[2] == [
        "ok",
        [[0, "payload_too_large"]],
    ]


def _shared_by_many(value: str, *, name: str = "text") -> tuple[bytes, int]:
    """As many events as a segment may have, all with one value of a few kilobytes: small itself, and large when it is
    written out."""
    n = SEGMENT_EVENTS_MAX
    parts = {"v": 1, "t": [1] * n, "s": [["of_next_year/1", name]], "i": [0] * n, "d": [[]]}
    return (json.dumps(parts)[:-1] + f',"x":[[{value}]]}}').encode(), n


def test_after_all_this_no_projector_has_stumbled_and_a_phone_still_syncs(estate: Estate) -> None:
    def failures(session: Any) -> list[Any]:
        sql = "SELECT projector, scope, position, seq, error FROM log_projection_failure"
        return list(session.connection().exec_driver_sql(sql))

    estate.county.services.log.project_now()
    assert estate.county.read(failures) == []
    phone = estate.county.device_of("west-teacher")
    phone.record("lesson_opened/1", lesson_opened())
    phone.sync()
    assert phone.waiting == 0
