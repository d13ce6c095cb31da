"""The command line: what an operator does at the machine itself.

Owns commands, their words and exit statuses; each is a thin call of services, as the operator. Nothing here may be reached over HTTP.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services, prepare
from xuetan.backups import service as backups
from xuetan.backups.errors import BackupError
from xuetan.contracts.limits import XTSYNC_BYTES_MAX
from xuetan.demo import command as demo_command
from xuetan.demo.sources import NoSourcesError
from xuetan.event_log.service import EventLog
from xuetan.hubs import service as hubs
from xuetan.kernel.clock import SystemClock
from xuetan.kernel.errors import AppError
from xuetan.kernel.services import Services
from xuetan.kernel.text import t
from xuetan.packs import service as packs
from xuetan.packs.errors import PackSourceInvalidError
from xuetan.rehearsal.command import PHONES_MAX, PHONES_MIN
from xuetan.rehearsal.telling import run as run_rehearsal
from xuetan.relay import service as relay
from xuetan.serving import (
    CannotListenError,
    FolderInUseError,
    NotStartedError,
    data_folder_locked,
    end_quietly_on_sigterm,
    serve,
)
from xuetan.settings import Settings
from xuetan.sync import service as sync
from xuetan.wiring import hear_of_erasures
from xuetan.workers import WORKERS_MAX, WorkersNeedPostgresError, serve_as_worker, serve_with_workers

BUILD_SECONDS_MAX = 600
PASSWORD_BYTES = 12


def _language() -> str:
    """What the terminal speaks, where it says so; else the product's own language."""
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    if said.startswith("zh") or said.partition(".")[0] in ("", "C", "POSIX"):
        return "zh-Hans"
    return "en"


LANGUAGE = _language()


def _say(key: str, **params: object) -> None:
    typer.echo(t(LANGUAGE, key, **params))


def _help(key: str) -> str:
    return t(LANGUAGE, f"cli.help_{key}")


def _group(key: str) -> typer.Typer:
    return typer.Typer(help=_help(key), no_args_is_help=True)


app = typer.Typer(help=t(LANGUAGE, "cli.about"), no_args_is_help=True, pretty_exceptions_enable=False)
packs_app, organisation_app, person_app, staff_app = (
    _group("packs"),
    _group("organisation"),
    _group("person"),
    _group("staff"),
)
app.add_typer(packs_app, name="packs")
app.add_typer(organisation_app, name="organisation")
app.add_typer(person_app, name="person")
app.add_typer(staff_app, name="staff")

Folders = Annotated[list[Path], typer.Argument(help=_help("folders"))]
Name = Annotated[str, typer.Argument(help=_help("name"))]
OrganisationId = Annotated[str, typer.Option("--organisation", help=_help("organisation_id"))]
Language = Annotated[str, typer.Option(help=_help("language"))]


@app.command(help=_help("demo"))
def demo() -> None:
    end_quietly_on_sigterm()
    with _told_in_words():
        raise typer.Exit(demo_command.run(os.environ, LANGUAGE, typer.echo))


@app.command("serve", help=_help("serve"))
def serve_command(
    migrate: Annotated[bool, typer.Option("--migrate/--no-migrate", help=_help("serve_no_migrate"))] = True,
    workers: Annotated[int, typer.Option(min=1, max=WORKERS_MAX, help=_help("serve_workers"))] = 1,
    upstream: Annotated[str, typer.Option(help=_help("serve_upstream"))] = "",
    hub_code: Annotated[str, typer.Option(help=_help("serve_hub_code"))] = "",
) -> None:
    end_quietly_on_sigterm()
    if upstream:  # Workers read the environment, too.
        os.environ["XUETAN_UPSTREAM"] = upstream
    if hub_code:
        os.environ["XUETAN_HUB_CODE"] = hub_code
    settings = Settings()
    if not settings.has_installation:
        _say("cli.new_installation", path=settings.data_dir.absolute())
    with _told_in_words(), data_folder_locked(settings, alone=not settings.allows_many_processes):
        if settings.is_relay:
            _join_as_hub(settings)
        if workers == 1:
            status = serve(settings, prepare_schema=migrate, on_ready=lambda: _say_serving(settings))
        else:
            status = serve_with_workers(
                settings, workers, prepare_schema=migrate, on_ready=lambda: _say_serving(settings)
            )
    if status == 0:
        _say("cli.stopped")
    raise typer.Exit(status)


@app.command("serve-worker", hidden=True)
def serve_worker(listener_fd: int, ready_fd: int) -> None:
    end_quietly_on_sigterm()
    with _told_in_words():
        raise typer.Exit(serve_as_worker(Settings(), listener_fd, ready_fd))


def _join_as_hub(settings: Settings) -> None:
    """At the first start of a hub: enrol with its root, and tell the operator's password once."""
    with _services() as services:
        if relay.has_joined(services):
            return
        code = settings.hub_code or typer.prompt(t(LANGUAGE, "cli.hub_code"))
        if not relay.join_in_words(services, code, LANGUAGE, _say):
            raise typer.Exit(1)


def _say_serving(settings: Settings) -> None:
    address = settings.public_url.rstrip("/")
    key = "cli.serving_hub" if settings.is_relay else "cli.serving"
    _say(key, address=address, listening=f"{settings.host}:{settings.port}")
    for note in settings.address_notes:
        _say(note, address=address)


@app.command(help=_help("migrate"))
def migrate() -> None:
    with _told_in_words(), _services() as services:
        _say("cli.migrated", path=services.database.backend.shown_as)


@app.command("new-epoch", help=_help("new_epoch"))
def new_epoch() -> None:
    with _told_in_words(), data_folder_locked(Settings()), _services(found=True) as services:
        assert isinstance(services.log, EventLog)
        _say("cli.new_epoch", epoch=services.log.begin_new_epoch())


@app.command(help=_help("backup"))
def backup(target: Annotated[Path, typer.Argument(help=_help("backup_target"))]) -> None:
    with _told_in_words(), _services(found=True) as services:
        assert isinstance(services.log, EventLog)
        # Founded when it is first asked for; a backup of an installation that never served names one, too.
        _epoch = services.log.epoch
        made = backups.make_backup(services, target)
    _say("cli.backup_made", path=made.path, events=made.events, files=made.files, size=f"{made.bytes / 1e6:.1f}")
    if made.broken_streams:
        _say("cli.backup_broken", count=made.broken_streams)


@app.command(help=_help("restore"))
def restore(
    source: Annotated[Path, typer.Argument(help=_help("restore_source"))],
    move_aside: Annotated[bool, typer.Option("--move-aside", help=_help("restore_move_aside"))] = False,
) -> None:
    with _told_in_words(), data_folder_locked(settings := Settings()):
        done = backups.restore(settings, SystemClock(), source, move_aside=move_aside, prepare=hear_of_erasures)
    if done.moved_aside is not None:
        _say("cli.restore_aside", path=done.moved_aside)
    made = datetime.fromtimestamp(done.made_ms / 1000, settings.zone).strftime("%Y-%m-%d %H:%M")
    _say("cli.restored", made=made, events=done.events, path=settings.data_dir, epoch=done.epoch)
    for key, values in done.tell_of_erasures():
        _say(key, **values)
    for name, (then, now) in sorted(done.changed_settings.items()):
        _say("cli.restore_setting", name=f"XUETAN_{name.upper()}", then=then, now=now)
    with _told_in_words(), _services() as services, services.database.reading() as session:
        for hub in hubs.list_valid_hubs(session, OPERATOR):
            _say("cli.restore_hub", name=hub.name, place=hub.organisation_name)


@app.command(help=_help("rehearse"))
def rehearse(
    phones: Annotated[int, typer.Option(min=PHONES_MIN, max=PHONES_MAX, help=_help("rehearse_phones"))] = 20,
    days: Annotated[int, typer.Option(min=1, max=366, help=_help("rehearse_days"))] = 30,
    seed: Annotated[int, typer.Option(help=_help("rehearse_seed"))] = 1,
) -> None:
    raise typer.Exit(run_rehearsal(Settings(), LANGUAGE, phones=phones, days=days, seed=seed))


@app.command("take", help=_help("take"))
def take(
    files: Annotated[list[Path], typer.Argument(help=_help("take_files"), exists=True, dir_okay=False)],
    receipts: Annotated[Path | None, typer.Option(help=_help("take_receipts"), file_okay=False)] = None,
) -> None:
    refused = 0
    with _told_in_words(), _services(found=True) as services:
        for file in files:
            refused += not _take(services, file, receipts)
    raise typer.Exit(1 if refused else 0)


def _take(services: Services, file: Path, receipts: Path | None) -> bool:
    """Take one file in; False when it was refused. The next one is looked at all the same."""
    try:
        with file.open("rb") as opened:
            taken = sync.take_file(services, opened.read(XTSYNC_BYTES_MAX + 1))
    except AppError as error:
        typer.echo(f"{file.name}  {t(LANGUAGE, f'error.{error.code}', **error.message_params)}")
        return False
    _say("cli.taken", name=taken.name, taken=taken.taken, known=taken.known, aside=taken.aside)
    if not taken.is_done:
        _say("cli.taken_not_all", name=taken.name)
    if receipts is not None and taken.receipt is not None:
        receipts.mkdir(parents=True, exist_ok=True)
        (receipts / f"{taken.device_id}-{file.stem}-receipts.xtsync").write_bytes(taken.receipt)
    return True


@packs_app.command("check", help=_help("packs_check"))
def check_packs(folders: Folders) -> None:
    bad = 0
    for folder in folders:
        findings = packs.check_folder(folder)
        for finding in findings:
            word = t(LANGUAGE, f"cli.finding_{finding.severity}")
            typer.echo(f"{folder.name}/{finding.place}  {word}  {packs.describe_finding(finding, LANGUAGE)}")
        errors = sum(finding.severity == "error" for finding in findings)
        if errors:
            bad += 1
            _say("cli.pack_has_errors", folder=folder.name, count=errors)
        else:
            _say("cli.pack_is_good", folder=folder.name)
    raise typer.Exit(1 if bad else 0)


@packs_app.command("build", help=_help("packs_build"))
def build_packs(folders: Folders) -> None:
    with _told_in_words(), _services() as services:
        _root_id(services)
        refused = sum(not _build(folder, services) for folder in folders)
    raise typer.Exit(1 if refused else 0)


@packs_app.command("list", help=_help("packs_list"))
def list_packs() -> None:
    with _told_in_words(), _services() as services, services.database.reading() as session:
        for view in packs.list_packs(session, OPERATOR):
            if view.is_newest:
                typer.echo(f"{view.slug}\t{view.version}\t{view.card['title'].get(LANGUAGE, view.slug)}")


@organisation_app.command("add", help=_help("organisation_add"))
def add_organisation(
    kind: Annotated[str, typer.Argument(help=_help("organisation_kind"))],
    name: Annotated[str, typer.Argument(help=_help("organisation_name"))],
    parent: Annotated[str, typer.Option(help=_help("organisation_parent"))] = "",
) -> None:
    with _told_in_words(), _services() as services, services.database.transaction() as session:
        now_ms = services.clock.now_ms()
        added = accounts.create_organisation(session, parent or None, kind, name, actor=OPERATOR, now_ms=now_ms)
    typer.echo(f"{added.id}\t{added.kind}\t{added.name}")


@organisation_app.command("list", help=_help("organisation_list"))
def list_organisations() -> None:
    with _told_in_words(), _services() as services, services.database.reading() as session:
        for one in accounts.list_organisations(session, OPERATOR):
            typer.echo(f"{one.id}\t{one.kind}\t{'  ' * one.depth}{one.name}")


@person_app.command("add", help=_help("person_add"))
def add_person(
    name: Name,
    role: Annotated[str, typer.Option(help=_help("role"))] = "teacher",
    organisation: OrganisationId = "",
    language: Language = "zh-Hans",
) -> None:
    with _told_in_words(), _services() as services, services.database.transaction() as session:
        place = organisation or _root_id(services)
        person = accounts.create_person(session, place, name, language, [role], actor=OPERATOR, services=services)
        code = accounts.issue_sign_in_code(session, person.id, OPERATOR, services=services)
    _say("cli.person_added", name=person.name, code=code, address=services.settings.public_url.rstrip("/"))


@staff_app.command("add", help=_help("staff_add"))
def add_staff(
    name: Name,
    sign_in: Annotated[str, typer.Option(help=_help("sign_in"))],
    role: Annotated[list[str], typer.Option(help=_help("staff_role"))] = ["administrator", "trainer"],  # noqa: B006
    organisation: OrganisationId = "",
    language: Language = "zh-Hans",
) -> None:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with _told_in_words(), _services() as services, services.database.transaction() as session:
        place = organisation or _root_id(services)
        person = accounts.create_person(session, place, name, language, role, actor=OPERATOR, services=services)
        accounts.set_password(session, person.id, sign_in, password, actor=OPERATOR, services=services)
    address = services.settings.public_url.rstrip("/")
    _say("cli.staff_added", name=person.name, address=address, sign_in=sign_in, password=password)


@contextmanager
def _services(*, found: bool = False) -> Iterator[Services]:
    """The services of the installation that the settings name, its schema up to date, nothing started. `found`: only of one that is
    there, for a command that would make an empty one in a wrong folder and find nothing amiss."""
    settings = Settings()
    if found and not settings.has_installation:
        _say("cli.no_installation", path=settings.data_dir.absolute())
        raise typer.Exit(1)
    services = build_services(settings)
    prepare(services)
    try:
        yield services
    finally:
        services.database.close()


# The sentence of each refusal, and what the error fills in.
_WORDS: dict[type[Exception], tuple[str, str]] = {
    FolderInUseError: ("cli.folder_in_use", "path"),
    WorkersNeedPostgresError: ("cli.workers_need_postgresql", ""),
    CannotListenError: ("cli.cannot_listen", "address"),
    NotStartedError: ("cli.not_started", ""),
    NoSourcesError: ("demo.no_packs", ""),
}


@contextmanager
def _told_in_words() -> Iterator[None]:
    """What a service refuses is told in words, with status 1; anything else is a fault of ours and shows its trace."""
    try:
        yield
    except BackupError as error:
        _say(error.key, **error.params)
        raise typer.Exit(1) from error
    except tuple(_WORDS) as error:
        key, name = _WORDS[type(error)]
        _say(key, **({name: error} if name else {}))
        raise typer.Exit(1) from error
    except OSError as error:
        _say("cli.disk_refused", path=error.filename or Settings().data_dir, reason=error.strerror or error)
        raise typer.Exit(1) from error
    except AppError as error:
        reason = t(LANGUAGE, f"error.{error.code}", **error.message_params)
        fields = ", ".join(error.details.get("fields", ()))
        _say("cli.refused", reason=f"{reason} ({fields})" if fields else reason)
        raise typer.Exit(1) from error


def _root_id(services: Services) -> str:
    with services.database.reading() as session:
        root_id = accounts.find_root_id(session)
    if root_id is None:
        _say("cli.no_root")
        raise typer.Exit(1)
    return root_id


def _build(folder: Path, services: Services) -> bool:
    """Build and publish one pack; True when it is published. Works beside a running server, which then does the work."""
    try:
        source = packs.read_source(folder, services)
    except PackSourceInvalidError as error:
        for finding in error.findings:
            typer.echo(f"{folder.name}/{finding.place}  {packs.describe_finding(finding, LANGUAGE)}")
        _say("cli.pack_not_published", slug=folder.name, reason=t(LANGUAGE, f"error.{error.code}"))
        return False
    with services.database.transaction() as session:
        build_id = packs.request_build(session, services, OPERATOR, source)
    services.jobs.start()
    try:
        services.jobs.wait_idle(BUILD_SECONDS_MAX)
    finally:
        services.jobs.stop()
    with services.database.reading() as session:
        build = packs.get_build(session, OPERATOR, build_id)
        if build.state != "published":
            _say("cli.pack_not_published", slug=source.slug, reason=t(LANGUAGE, f"error.{build.error_code}"))
            return False
        sizes = [-(-tier["bytes"] // 1000) for tier in packs.get_pack_card(session, source.slug)["tiers"]]
    _say("cli.pack_published", slug=source.slug, version=source.version, text_kb=sizes[0], all_kb=sizes[-1])
    return True
