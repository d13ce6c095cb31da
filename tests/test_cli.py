"""The command line: an operator can begin without the demo, and is told in words what was not done."""

from __future__ import annotations

import errno
import importlib
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.county_pack import SLUG, write_pack
from xuetan import cli
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services
from xuetan.backups import making
from xuetan.hubs import service as hubs
from xuetan.kernel.services import Services
from xuetan.kernel.signing import SigningKey
from xuetan.serving import data_folder_locked
from xuetan.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own, whatever the environment says."""
    for name in list(Settings.model_fields):
        monkeypatch.delenv(f"XUETAN_{name.upper()}", raising=False)
    monkeypatch.setenv("XUETAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XUETAN_PUBLIC_URL", "https://xuetan.example/")
    monkeypatch.setattr(cli, "LANGUAGE", "zh-Hans")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def services_of(folder: Path) -> Services:
    return build_services(Settings(_env_file=None, data_dir=folder / "data"))


def test_an_operator_begins_with_an_empty_folder_and_ends_with_people_who_can_sign_in(folder: Path) -> None:
    assert run("migrate").exit_code == 0
    assert run("organisation", "add", "county", "云溪县").exit_code == 0
    listed = run("organisation", "list").output
    root_id = listed.split("\t")[0]
    school = run("organisation", "add", "school", "石门小学", "--parent", root_id)
    assert school.exit_code == 0 and "石门小学" in school.output
    staff = run("staff", "add", "周敏", "--sign-in", "zhoumin")
    assert staff.exit_code == 0, staff.output
    teacher = run("person", "add", "李秀兰", "--organisation", school.output.split("\t")[0])
    assert teacher.exit_code == 0 and "https://xuetan.example" in teacher.output

    services = services_of(folder)
    password = staff.output.split("密码：")[1].split("（")[0]
    token = accounts.sign_in("zhoumin", password, address="here", services=services)
    with services.database.reading() as session:
        actor = accounts.authenticate_console(session, token.token, now_ms=services.clock.now_ms())
        people = {person.name: person for person in accounts.list_people(session, OPERATOR)}
        code = accounts.find_sign_in_code(session, people["李秀兰"].id, OPERATOR, services=services)
    assert actor.roles == {"administrator", "trainer"}
    assert people["李秀兰"].organisation_name == "石门小学"
    assert code is not None and code in teacher.output
    services.database.close()


def test_a_pack_is_checked_built_and_listed(folder: Path) -> None:
    source = write_pack(folder / "source")
    checked = run("packs", "check", str(source))
    assert checked.exit_code == 0 and "没有错误" in checked.output
    assert run("organisation", "add", "county", "云溪县").exit_code == 0
    built = run("packs", "build", str(source))
    assert built.exit_code == 0, built.output
    assert f"{SLUG} 第 1 版已发布" in built.output
    assert run("packs", "list").output.startswith(f"{SLUG}\t1\t")


def test_a_pack_with_errors_is_told_by_its_place_and_not_built(folder: Path) -> None:
    source = write_pack(folder / "source")
    (source / "lessons" / "01-first.en.md").unlink()
    run("organisation", "add", "county", "云溪县")
    for command in ("check", "build"):
        answer = run("packs", command, str(source))
        assert answer.exit_code == 1
        assert "lessons/01-first" in answer.output
    assert run("packs", "list").output == ""
    assert run("packs", "check", str(folder / "no-such-folder")).exit_code == 1


def test_the_same_version_with_other_content_is_not_published(folder: Path) -> None:
    run("organisation", "add", "county", "云溪县")
    assert run("packs", "build", str(write_pack(folder / "first"))).exit_code == 0
    answer = run("packs", "build", str(write_pack(folder / "second", single_right="b")))
    assert answer.exit_code == 1
    assert "没有发布" in answer.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("person", "add", "李秀兰", "--role", "owner"),
        ("person", "add", "", "--role", "teacher"),
        ("staff", "add", "周敏", "--sign-in", ""),
        ("organisation", "add", "kingdom", "云溪"),
        ("organisation", "add", "county", "第二个根"),
        ("person", "add", "李秀兰", "--organisation", "A" * 22),
    ],
)
def test_what_is_refused_is_told_in_words_and_changes_nothing(folder: Path, arguments: tuple[str, ...]) -> None:
    run("organisation", "add", "county", "云溪县")
    answer = run(*arguments)
    assert answer.exit_code == 1
    assert answer.output.startswith("没有做成：")
    assert "Traceback" not in answer.output
    services = services_of(folder)
    with services.database.reading() as session:
        assert accounts.list_people(session, OPERATOR) == []
        assert len(accounts.list_organisations(session, OPERATOR)) == 1
    services.database.close()


def test_a_person_needs_an_organisation_first(folder: Path) -> None:
    answer = run("person", "add", "李秀兰")
    assert answer.exit_code == 1
    assert "xuetan organisation add" in answer.output


def test_a_new_epoch_is_begun_by_the_operator_while_nobody_serves(folder: Path) -> None:
    assert run("migrate").exit_code == 0
    first = run("new-epoch")
    assert first.exit_code == 0 and "新的历史已开始" in first.output
    with data_folder_locked(Settings(_env_file=None, data_dir=folder / "data")):
        assert run("new-epoch").exit_code == 1
    assert run("new-epoch").output != first.output


def test_a_pack_needs_an_organisation_first(folder: Path) -> None:
    answer = run("packs", "build", str(write_pack(folder / "source")))
    assert answer.exit_code == 1
    assert "xuetan organisation add" in answer.output


@pytest.mark.parametrize(
    ("told", "is_secure", "is_plain"),
    [
        ({}, False, False),
        ({"public_url": "http://192.168.1.4:8000"}, False, True),
        ({"public_url": "https://xuetan.example"}, True, False),
        ({"public_url": "http://192.168.1.4", "secure_cookies": True}, True, True),
        ({"tls_cert": "cert.pem"}, True, False),
    ],
)
def test_cookies_follow_the_public_address(
    told: dict[str, Any], is_secure: bool, is_plain: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XUETAN_PUBLIC_URL")
    settings = Settings(_env_file=None, **told)
    assert (settings.secure_cookies, settings.is_public_url_plain) == (is_secure, is_plain)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "离线学习伙伴"),
        ("C.UTF-8", "离线学习伙伴"),
        ("zh_CN.UTF-8", "离线学习伙伴"),
        ("en_GB.UTF-8", "offline-first"),
    ],
)
def test_the_terminal_is_answered_in_its_language(monkeypatch: pytest.MonkeyPatch, said: str, text: str) -> None:
    monkeypatch.setenv("LC_ALL", said)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("LANG", raising=False)
    try:
        assert text in CliRunner().invoke(importlib.reload(cli).app, ["--help"]).output
    finally:
        monkeypatch.undo()
        importlib.reload(cli)


def test_every_command_says_what_it_does() -> None:
    for group in ((), ("packs",), ("organisation",), ("person",), ("staff",)):
        answer = run(*group, "--help")
        assert answer.exit_code == 0
        for command in ("demo", "serve", "migrate", "new-epoch") if not group else ():
            assert command in answer.output


def test_an_installation_is_backed_up_and_put_back_by_two_commands(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run("organisation", "add", "county", "云溪县")
    made = run("backup", str(folder / "backups"))
    assert made.exit_code == 0 and "备份好了" in made.output, made.output
    (backup,) = (one for one in (folder / "backups").iterdir() if not one.name.startswith("."))
    refused = run("restore", str(backup))
    assert refused.exit_code == 1 and "没有动它" in refused.output
    told = run("restore", str(folder / "backups"))
    assert told.exit_code == 1 and str(backup) in told.output
    with caplog.at_level(logging.WARNING):
        done = run("restore", str(backup), "--move-aside")
    # Where nothing else is set up, warnings of the log would stand between the words.
    assert caplog.records == []
    assert done.exit_code == 0, done.output
    assert "before-restore-" in done.output and "新的历史已开始" in done.output
    assert "云溪县" in run("organisation", "list").output


def test_a_command_for_what_is_there_makes_nothing_in_a_wrong_folder(folder: Path) -> None:
    file = folder / "some.xtsync"
    file.write_bytes(b"x")
    for command in (("backup", str(folder / "backups")), ("new-epoch",), ("take", str(file))):
        refused = run(*command)
        assert refused.exit_code == 1 and "XUETAN_DATA_DIR" in refused.output, refused.output
    assert not (folder / "data" / "xuetan.sqlite").exists() and not (folder / "backups").exists()


def test_a_disk_that_refuses_is_told_in_words_and_keeps_nothing_half_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("migrate")
    in_the_way = folder / "a-file"
    in_the_way.write_text("")
    refused = run("backup", str(in_the_way / "backups"))
    assert refused.exit_code == 1 and "a-file" in refused.output and "Traceback" not in refused.output

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    # No disk of a test can be filled without rights; what the system says of a full one is this error.
    monkeypatch.setattr(making, "write_durably", full)
    refused = run("backup", str(folder / "backups"))
    assert refused.exit_code == 1 and os.strerror(errno.ENOSPC) in refused.output
    assert [one for one in (folder / "backups").iterdir() if one.is_dir()] == []


def test_a_restore_names_the_hubs_that_are_valid_again(folder: Path) -> None:
    run("organisation", "add", "county", "云溪县")
    services = build_services(Settings(_env_file=None, data_dir=folder / "data"))
    with services.database.transaction() as session:
        place = accounts.list_organisations(session, OPERATOR)[0].id
        stolen, ended, never = (
            hubs.make_hub(session, place, name, actor=OPERATOR, services=services)
            for name in ("被偷的", "停用的", "没用过的")
        )
        for made in (stolen, ended):
            key, file_key = SigningKey.generate().spki, SigningKey.generate().spki
            hubs.enrol_hub(session, made.code, key, file_key, "10.0.0.7", services)
        hubs.revoke_hub(session, ended.hub_id, OPERATOR, services=services)
    run("backup", str(folder / "backups"))
    with services.database.transaction() as session:
        hubs.revoke_hub(session, stolen.hub_id, OPERATOR, services=services)
    services.database.close()
    (backup,) = (one for one in (folder / "backups").iterdir() if not one.name.startswith("."))
    done = run("restore", str(backup), "--move-aside")
    assert done.exit_code == 0, done.output
    assert "中转站“被偷的”（云溪县）" in done.output
    assert "停用的”" not in done.output and never.name not in done.output


def test_a_restore_waits_for_the_server_to_end(folder: Path) -> None:
    run("migrate")
    run("backup", str(folder / "backups"))
    (backup,) = (one for one in (folder / "backups").iterdir() if not one.name.startswith("."))
    with data_folder_locked(Settings(_env_file=None, data_dir=folder / "data")):
        answer = run("restore", str(backup), "--move-aside")
    assert answer.exit_code == 1 and "另一个雪炭" in answer.output
