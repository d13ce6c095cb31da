"""What was ever on the wire is read for ever, and every version has its line in contracts/sync_versions.yaml."""

from __future__ import annotations

import base64
import datetime
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
import yaml

from xuetan.contracts import segment_coding, segment_dictionary
from xuetan.contracts.sync import FileHeader, Statement, SyncHeader, SyncReply, TransfersHeader
from xuetan.event_log import service as event_log
from xuetan.event_log.columns import COLUMNS_VERSION
from xuetan.event_log.segments import (
    CODED,
    HASH_CONTEXT,
    Event,
    Origin,
    deflate,
    event_hash,
    inflate,
    read_columns,
    segment_hash,
)
from xuetan.kernel.sealing import open_sealed
from xuetan.kernel.signing import SigningKey
from xuetan.sync.files import MAGIC, read_file
from xuetan.sync.frames import decode_frame, decode_transfers

ROOT = Path(__file__).resolve().parents[2]
WIRE = ROOT / "contracts" / "golden" / "wire"
VERSIONS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (ROOT / "contracts" / "sync_versions.yaml").read_text("utf-8")
)
KEPT = sorted(folder.name for folder in WIRE.iterdir())
every_version = pytest.mark.parametrize("version", KEPT)


def kept(version: str, name: str) -> Any:
    return json.loads((WIRE / version / f"{name}.json").read_text("utf-8"))


def event_of(found: dict[str, Any]) -> Event:
    origin = found.get("origin")
    return Event(found["kind"], found["ts"], found["payload"], Origin(*origin) if origin else None)


def test_the_wire_of_every_frame_is_kept() -> None:
    assert [f"v{one['version']}" for one in VERSIONS["frame"]] == KEPT


@every_version
def test_requests_are_read_as_they_were_meant(version: str) -> None:
    for request in kept(version, "requests")["frames"]:
        header, bodies = decode_frame(base64.b64decode(request["frame"]), request["person"])
        assert msgspec.to_builtins(header).items() >= request["says"].items()
        assert [base64.b64encode(body).decode() for body in bodies] == request["bodies"]


@every_version
def test_segments_hold_the_events_that_were_sealed(version: str) -> None:
    for chain in kept(version, "segments")["chains"]:
        prev = ""
        for one in chain["segments"]:
            body = base64.b64decode(one["body"])
            assert inflate(body).decode() == one["columns"]
            assert read_columns(inflate(body)) == [event_of(event) for event in one["events"]]
            assert segment_hash(chain["stream"], one["scope"], one["first"], one["n"], prev, body) == one["hash"]
            prev = one["hash"]
    for one in kept(version, "events"):
        events = read_columns(inflate(base64.b64decode(one["body"])))
        assert [event_hash(event.kind, event.ts, event.payload) for event in events if event] == one["hashes"]


@every_version
def test_answers_are_still_answers(version: str) -> None:
    for one in kept(version, "answers"):
        reply = msgspec.convert(one["answer"], SyncReply)
        assert msgspec.to_builtins(reply) == one["answer"]


@every_version
def test_transfers_and_files_are_believed_and_opened(version: str) -> None:
    golden = kept(version, "transfers")
    carried = decode_transfers(base64.b64decode(golden["frame"]))
    assert [msgspec.to_builtins(one.transfer) for one in carried] == golden["transfers"]
    assert all(event_log.is_signed(one.transfer, golden["device_key"]) for one in carried)
    for statement in golden["statements"]:
        assert event_log.is_stated(msgspec.convert(statement, Statement), golden["root_key"])


@every_version
def test_a_file_is_opened_with_the_key_of_its_day(version: str, tmp_path: Path) -> None:
    golden = kept(version, "files")
    file = read_file(base64.b64decode(golden["from_phone"]))
    assert file.is_signed_by(golden["device_key"])
    key = tmp_path / "key.pem"
    lines = ("-----BEGIN PRIVATE KEY-----", golden["root_files_private"], "-----END PRIVATE KEY-----", "")
    key.write_text("\n".join(lines))
    key.chmod(0o600)
    plain = open_sealed(SigningKey.load(key), file.sealed, file.open_part)
    assert plain == base64.b64decode(golden["plain_of_phone"])


@every_version
def test_no_number_of_a_segment_ever_means_something_else(version: str) -> None:
    numbers = kept(version, "numbers")
    fields = [list(one) for one in segment_dictionary.FIELDS]
    kinds = [[kind, list(of)] for kind, of in segment_dictionary.KINDS]
    assert fields[: len(numbers["fields"])] == numbers["fields"]
    assert kinds[: len(numbers["kinds"])] == numbers["kinds"]
    assert segment_coding.DICTIONARY.decode() == numbers["dictionary"]
    assert base64.b64encode(segment_coding.PRELUDE).decode() == numbers["prelude"]


def test_what_is_kept_is_never_written_again() -> None:
    result = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "freeze_wire.py"), "1"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "never written again" in result.stderr


def test_every_version_has_its_day_and_its_reason() -> None:
    for lines in VERSIONS.values():
        assert all(isinstance(one["since"], datetime.date) and one["why"] for one in lines)
        days = [one["since"] for one in lines]
        numbers = [one["version"] for one in lines]
        assert days == sorted(days)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def newest(name: str) -> int:
    version = VERSIONS[name][-1]["version"]
    assert isinstance(version, int)
    return version


def test_what_is_written_today_is_the_newest_version() -> None:
    for struct in (SyncHeader, TransfersHeader):
        assert get_args(get_type_hints(struct)["v"]) == (newest("frame"),)
    assert newest("columns") == COLUMNS_VERSION
    assert f"xuetan-segment/{newest('segment_hash')}\0".encode() == HASH_CONTEXT
    assert f"xuetan-file/{newest('file')}\n".encode() == MAGIC
    assert get_args(get_type_hints(FileHeader)["v"]) == (newest("file"),)
    assert deflate(b"{}")[0] >> 7 == VERSIONS["body"][0]["version"]
    assert newest("body") == CODED >> 23


DATABASES = {
    "person": ("person-schema.ts", "PERSON_MIGRATIONS"),
    "device": ("device-schema.ts", "DEVICE_MIGRATIONS"),
    "hubs": ("hubs.ts", "HUBS_MIGRATIONS"),
    "carried": ("carried.ts", "CARRIED_MIGRATIONS"),
}


@pytest.mark.parametrize("database", DATABASES)
def test_every_migration_of_a_phones_databases_has_its_line_and_its_dump(database: str) -> None:
    module, migrations = DATABASES[database]
    source = (ROOT / "pwa" / "src" / "db" / module).read_text("utf-8")
    told = re.findall(r'^    name: "([^"]+)"', source[source.index(f"export const {migrations}") :], re.MULTILINE)
    assert told == [one["why"] for one in VERSIONS[f"{database}_database"]]
    dumps = ROOT / "pwa" / "src" / "testing" / "years" / "dumps"
    assert all((dumps / f"{database}-v{version}.json").is_file() for version in range(1, len(told) + 1))
