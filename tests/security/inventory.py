"""Who may call what: one row for every address of the server, with the tests that hold it.

A row with `who = DEVICE` or STAFF is knocked at by the tests that are parametrised from this table, so a new address is tested as soon as
it stands here; `test_route_inventory` fails until it does. `path` makes a real address of a guarded thing, `form` what its owner sends.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.security.estate import GUARDED_NAME, PACK, PASSWORD, SMALL_PACK, Estate
from tests.security.routes import EVERYTHING_ELSE, MOUNTED, Route
from tests.simulation.carrying import give
from tests.simulation.events import ENTRY, lesson_opened
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.ids import new_id
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers

ANYBODY = "anybody: it tells and changes nothing of any person"
CODE = "whoever holds a sign-in code"
DEVICE_KEY = "the device that holds the key"
DEVICE = "a device, by its bearer token"
PASSWORD_HOLDER = "staff, by name and password"
STAFF = "staff who see the place it belongs to"
ANY_STAFF = "any staff: packs are public"
HUB = "a hub, by its bearer token"

DOORS = "tests.security.test_device_doors"
CONSOLE = "tests.security.test_console_doors"
ANSWERS = "tests.security.test_answers"
ENROLMENT = "tests.accounts.test_enrolment"
SESSIONS = "tests.accounts.test_sessions"
FILES = "tests.files.test_reading"
PARTS = "tests.sync.test_file_parts"
HUBS = "tests.hubs.test_hub_trust"
PASSWORDS = "tests.accounts.test_console_access"

_PROOFS: dict[str, tuple[str, ...]] = {
    ANYBODY: (f"{ANSWERS}:test_what_anybody_may_ask_for_names_nobody",),
    DEVICE: (f"{DOORS}:test_a_stranger_is_refused", f"{DOORS}:test_a_revoked_device_is_refused_everywhere"),
    STAFF: (
        f"{CONSOLE}:test_who_is_not_signed_in_is_led_to_the_sign_in_page",
        f"{CONSOLE}:test_staff_of_another_place_get_and_change_nothing",
        f"{CONSOLE}:test_who_it_belongs_to_gets_through",
    ),
    ANY_STAFF: (f"{CONSOLE}:test_who_is_not_signed_in_is_led_to_the_sign_in_page",),
}

Path = Callable[[Estate], str]
Form = Callable[[Estate], Mapping[str, Any]]


@dataclass(frozen=True)
class Access:
    """`owner` gets through. `shows_less`: staff of another place get the page, without what they may not see; else they are refused."""

    who: str
    path: Path | None = None
    form: Form = lambda _estate: {}
    files: Form = lambda _estate: {}
    own_proofs: tuple[str, ...] = ()
    shows_less: bool = False
    owner: str = "mayor"

    @property
    def proofs(self) -> tuple[str, ...]:
        return (*_PROOFS.get(self.who, ()), *self.own_proofs)


def _anybody() -> Access:
    return Access(ANYBODY)


def _page(path: str | Path, **more: Any) -> Access:
    return Access(STAFF, (lambda _estate: path) if isinstance(path, str) else path, **more)


def _form(path: str | Path, form: Form = lambda _estate: {}, **more: Any) -> Access:
    return Access(STAFF, (lambda _estate: path) if isinstance(path, str) else path, form, **more)


def _source_archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for file in sorted(SMALL_PACK.rglob("*")):
            if file.is_file():
                archive.writestr(str(file.relative_to(SMALL_PACK)), file.read_bytes())
    return held.getvalue()


def _file_of_records(estate: Estate) -> bytes:
    _person_id, phone = estate.phone_of_someone()
    assert phone.key is not None
    phone.record("lesson_opened/1", lesson_opened())
    reader = estate.county.services.keys.files
    header = FileHeader(1, "transfers", reader.key_id, phone.device_id, "someone", 1, phone.key.spki)
    return make_file(header, encode_transfers(give(phone)), reader.spki, phone.key)


def _device_of_someone(estate: Estate) -> str:
    person_id, phone = estate.phone_of_someone()
    return f"/console/people/{person_id}/devices/{phone.device_id}/revoke"


def _east(estate: Estate) -> str:
    return estate.county.places["east-school-2"]


_ASIDE_PROOFS = (f"{CONSOLE}:test_what_was_set_aside_is_opened_by_who_runs_the_installation_alone",)
_ERASE_PROOFS = ("tests.console.test_erase:test_who_may_read_or_train_there_does_not_erase",)
_STRANGER_PROOFS = (f"{CONSOLE}:test_what_strangers_signed_is_seen_and_decided_by_who_runs_the_installation_alone",)

TABLE: dict[Route, Access] = {
    # what anybody may have
    ("GET", "/healthz"): _anybody(),
    ("GET", "/metrics"): Access(
        "whoever brings the token of the settings",
        own_proofs=("tests.test_metrics:test_without_the_token_there_is_nothing",),
    ),
    ("GET", "/api/openapi.json"): _anybody(),
    ("GET", "/packs/keyring"): _anybody(),
    ("GET", "/packs/s/{manifest}"): _anybody(),
    (MOUNTED, "/packs/b"): _anybody(),
    (MOUNTED, "/console/static"): _anybody(),
    EVERYTHING_ELSE: _anybody(),
    ("GET", "/console"): _anybody(),
    ("GET", "/console/"): _anybody(),
    ("GET", "/console/sign-in"): _anybody(),
    ("GET", "/console/{path:path}"): _anybody(),
    ("POST", "/console/language"): Access(
        ANYBODY, own_proofs=(f"{CONSOLE}:test_a_form_that_is_not_ours_is_refused_before_anybody_is_signed_in",)
    ),
    # phones
    ("POST", "/api/1/enrol"): Access(
        CODE,
        own_proofs=(
            f"{ENROLMENT}:test_a_wrong_code_tells_nothing",
            f"{ENROLMENT}:test_a_revoked_code_opens_nothing_and_its_devices_stay",
            f"{ENROLMENT}:test_guessing_is_stopped_after_some_tries_even_with_the_right_code",
            f"{ENROLMENT}:test_a_revoked_device_gets_nothing_and_its_key_is_spent",
        ),
    ),
    ("POST", "/api/1/session/nonce"): Access(
        DEVICE_KEY, own_proofs=(f"{SESSIONS}:test_a_stranger_gets_neither_nonce_nor_session",)
    ),
    ("POST", "/api/1/session"): Access(
        DEVICE_KEY,
        own_proofs=(
            f"{SESSIONS}:test_a_stranger_gets_neither_nonce_nor_session",
            f"{SESSIONS}:test_a_nonce_belongs_to_one_device",
            f"{SESSIONS}:test_a_nonce_of_ones_own_making_opens_nothing",
            f"{DOORS}:test_the_key_of_another_device_opens_no_session",
        ),
    ),
    ("POST", "/sync/1"): Access(
        DEVICE,
        own_proofs=(
            "tests.security.test_scopes:test_what_a_stranger_pushes_reaches_nobody",
            "tests.security.test_scopes:test_a_phone_pulls_what_is_its_persons_and_nothing_else",
        ),
    ),
    ("GET", "/files/{scope}/{sha256}"): Access(
        DEVICE,
        own_proofs=(
            f"{FILES}:test_a_stranger_learns_nothing_of_a_file_and_brings_none",
            f"{FILES}:test_a_mentor_reads_while_paired_and_not_a_moment_longer",
        ),
    ),
    ("POST", "/files/{scope}/{sha256}"): Access(
        DEVICE,
        own_proofs=(
            f"{FILES}:test_a_stranger_learns_nothing_of_a_file_and_brings_none",
            f"{FILES}:test_that_a_file_is_there_is_told_inside_its_scope_only",
        ),
    ),
    ("PATCH", "/files/{scope}/{sha256}"): Access(
        DEVICE, own_proofs=(f"{FILES}:test_a_stranger_learns_nothing_of_a_file_and_brings_none",)
    ),
    ("POST", "/sync/1/files"): Access(
        DEVICE,
        own_proofs=(
            "tests.sync.test_altered_files:test_an_altered_file_is_refused_and_says_whose_it_was",
            "tests.sync.test_files:test_a_phone_carries_for_others_and_hears_counts_and_a_sealed_receipt",
        ),
    ),
    ("POST", "/sync/1/files/{sha256}"): Access(
        DEVICE,
        own_proofs=(
            f"{PARTS}:test_no_part_is_larger_than_a_part_may_be_and_strangers_bring_none",
            f"{PARTS}:test_two_who_carry_the_same_file_do_not_meet",
        ),
    ),
    # hubs
    ("POST", "/hubs/1/enrol"): Access(
        "whoever holds a hub's code",
        own_proofs=(
            f"{HUBS}:test_a_code_makes_one_hub_and_a_wrong_one_makes_none",
            f"{HUBS}:test_guessing_hub_codes_is_stopped_after_some_tries",
        ),
    ),
    ("POST", "/hubs/1/nonce"): Access(
        "the hub that holds the key",
        own_proofs=(f"{HUBS}:test_without_a_token_the_root_reads_no_body_of_a_hub",),
    ),
    ("POST", "/hubs/1/session"): Access(
        "the hub that holds the key",
        own_proofs=(f"{HUBS}:test_a_key_of_a_hub_that_signs_as_a_phone_does_opens_no_session",),
    ),
    ("POST", "/hubs/1/sync"): Access(
        HUB,
        own_proofs=(
            f"{HUBS}:test_without_a_token_the_root_reads_no_body_of_a_hub",
            f"{HUBS}:test_a_token_of_a_phone_is_none_of_a_hub_and_the_other_way_round",
            f"{HUBS}:test_a_hub_gets_nothing_beyond_its_place_whatever_it_names",
            f"{HUBS}:test_a_revoked_hub_hears_nothing_more_and_phones_are_told",
        ),
    ),
    ("POST", "/hubs/1/files"): Access(
        HUB, own_proofs=(f"{HUBS}:test_without_a_token_the_root_reads_no_body_of_a_hub",)
    ),
    ("POST", "/hubs/1/files/{sha256}"): Access(
        HUB, own_proofs=(f"{HUBS}:test_without_a_token_the_root_reads_no_body_of_a_hub",)
    ),
    ("GET", "/api/1/push/key"): Access(DEVICE),
    ("POST", "/api/1/push/subscription"): Access(
        DEVICE, own_proofs=(f"{DOORS}:test_a_device_subscribes_and_unsubscribes_itself_alone",)
    ),
    ("DELETE", "/api/1/push/subscription"): Access(
        DEVICE, own_proofs=(f"{DOORS}:test_a_device_subscribes_and_unsubscribes_itself_alone",)
    ),
    # the console: in and out
    ("POST", "/console/sign-in"): Access(
        PASSWORD_HOLDER,
        own_proofs=(
            f"{PASSWORDS}:test_a_wrong_name_and_a_wrong_password_are_told_alike",
            f"{PASSWORDS}:test_a_teacher_with_a_password_does_not_get_in",
            f"{PASSWORDS}:test_guessing_one_name_from_many_addresses_is_stopped",
            f"{CONSOLE}:test_a_form_that_is_not_ours_is_refused_before_anybody_is_signed_in",
        ),
    ),
    ("POST", "/console/sign-out"): Access(ANY_STAFF, lambda _estate: "/console/sign-out"),
    # classes
    ("GET", "/console/classes"): _page("/console/classes", shows_less=True),
    ("GET", "/console/classes/new"): _page("/console/classes/new", shows_less=True),
    ("POST", "/console/classes/new"): _form(
        "/console/classes/new",
        lambda estate: {
            "name": "二班",
            "programme": "new",
            "programme_name": "另一个项目",
            "organisation": _east(estate),
        },
    ),
    ("GET", "/console/classes/{cohort_id}"): _page(lambda estate: f"/console/classes/{estate.county.cohort_id}"),
    ("POST", "/console/classes/{cohort_id}/members"): _form(
        lambda estate: f"/console/classes/{estate.county.cohort_id}/members",
        lambda estate: {"person": f"member:{estate.someone()}"},
    ),
    ("POST", "/console/classes/{cohort_id}/members/{person_id}/remove"): _form(
        lambda estate: f"/console/classes/{estate.county.cohort_id}/members/{estate.member()}/remove",
        lambda _estate: {"role": "member"},
    ),
    # packs
    ("GET", "/console/packs"): _page("/console/packs", shows_less=True),
    ("GET", "/console/packs/build"): Access(ANY_STAFF, lambda _estate: "/console/packs/build"),
    ("POST", "/console/packs/build"): _form(
        "/console/packs/build",
        files=lambda _estate: {"archive": ("pack.zip", _source_archive(), "application/zip")},
    ),
    ("GET", "/console/packs/builds/{build_id}"): _page(lambda estate: f"/console/packs/builds/{estate.build_id}"),
    ("POST", "/console/packs/builds/{build_id}/begin"): _form(
        lambda estate: f"/console/packs/builds/{estate.build_id}/begin"
    ),
    ("GET", "/console/packs/builds/{build_id}/progress"): _page(
        lambda estate: f"/console/packs/builds/{estate.build_id}/progress"
    ),
    ("GET", "/console/packs/builds/{build_id}/preview/{lesson_id}"): _page(
        lambda estate: f"/console/packs/builds/{estate.checked_id}/preview/01-stove"
    ),
    ("GET", "/console/packs/{slug}"): _page(f"/console/packs/{PACK}", shows_less=True),
    ("GET", "/console/packs/{slug}/preview/{lesson_id}"): Access(
        ANY_STAFF, lambda _estate: f"/console/packs/{PACK}/preview/01-stove"
    ),
    ("POST", "/console/packs/{slug}/publish"): _form(
        f"/console/packs/{PACK}/publish", lambda estate: {"cohort": estate.county.cohort_id, "note": "读一读"}
    ),
    ("POST", "/console/packs/{slug}/open"): _form(f"/console/packs/{PACK}/open"),
    # people
    ("GET", "/console/people"): _page("/console/people", shows_less=True),
    ("GET", "/console/people/new"): _page("/console/people/new", shows_less=True),
    ("POST", "/console/people/new"): _form(
        "/console/people/new",
        lambda estate: {"name": "新老师", "role": "teacher", "organisation": _east(estate), "language": "zh-Hans"},
    ),
    ("POST", "/console/people/slips"): _form(
        "/console/people/slips", lambda estate: {"person": estate.someone()}, shows_less=True
    ),
    ("GET", "/console/people/{person_id}"): _page(lambda estate: f"/console/people/{estate.guarded_id}"),
    ("GET", "/console/people/{person_id}/entries/{entry_id}"): _page(
        lambda estate: f"/console/people/{estate.guarded_id}/entries/{estate.course_entry}",
        own_proofs=(f"{CONSOLE}:test_journal_entries_are_read_by_whom_the_rule_names_and_nobody_else",),
        owner="trainer",
    ),
    ("GET", "/console/people/{person_id}/entries/{entry_id}/files/{sha256}"): _page(
        lambda estate: f"/console/people/{estate.guarded_id}/entries/{estate.course_entry}/files/{estate.photo}",
        own_proofs=(f"{CONSOLE}:test_a_photo_is_seen_by_whom_its_entry_is_readable_and_nobody_else",),
        owner="trainer",
    ),
    ("POST", "/console/people/{person_id}/code/renew"): _form(
        lambda estate: f"/console/people/{estate.someone()}/code/renew"
    ),
    ("POST", "/console/people/{person_id}/code/revoke"): _form(
        lambda estate: f"/console/people/{estate.someone()}/code/revoke"
    ),
    ("POST", "/console/people/{person_id}/pin/reset"): _form(
        lambda estate: f"/console/people/{estate.someone()}/pin/reset"
    ),
    ("POST", "/console/people/{person_id}/devices/{device_id}/revoke"): _form(_device_of_someone),
    ("POST", "/console/people/{person_id}/roles"): _form(
        lambda estate: f"/console/people/{estate.someone()}/roles",
        lambda estate: {"role": "mentor", "organisation": _east(estate)},
    ),
    ("POST", "/console/people/{person_id}/roles/{grant_id}/end"): _form(
        lambda estate: "/console/people/{}/roles/{}/end".format(*estate.grant_of_someone().split("/"))
    ),
    ("POST", "/console/people/{person_id}/class"): _form(
        lambda estate: f"/console/people/{estate.someone()}/class", lambda estate: {"cohort": estate.county.cohort_id}
    ),
    ("POST", "/console/people/{person_id}/password"): _form(
        lambda estate: f"/console/people/{estate.someone('trainer')}/password",
        lambda _estate: {"sign_in_name": new_id(), "password": PASSWORD},
    ),
    # pairs, sync
    ("GET", "/console/pairs"): _page("/console/pairs", shows_less=True),
    ("POST", "/console/pairs"): _form(
        "/console/pairs", lambda estate: {"mentor": estate.county.id_of("mentor"), "teacher": estate.someone()}
    ),
    ("POST", "/console/pairs/{pair_id}/reads"): _form(
        lambda estate: f"/console/pairs/{estate.pair_of_someone()}/reads", lambda _estate: {"reads": "pairing"}
    ),
    ("POST", "/console/pairs/{pair_id}/end"): _form(lambda estate: f"/console/pairs/{estate.pair_of_someone()}/end"),
    ("GET", "/console/sync"): _page("/console/sync", shows_less=True),
    ("GET", "/console/people/{person_id}/erase"): _page(
        lambda estate: f"/console/people/{estate.someone()}/erase", own_proofs=_ERASE_PROOFS
    ),
    ("POST", "/console/people/{person_id}/erase"): _form(
        lambda estate: f"/console/people/{estate.who_wrote()}/erase",
        lambda _estate: {"reason": "家长要求", "thing": ENTRY},
        own_proofs=_ERASE_PROOFS,
    ),
    ("GET", "/console/sync/aside"): _page("/console/sync/aside", own_proofs=_ASIDE_PROOFS),
    ("GET", "/console/sync/aside/{item_id}"): _page(
        lambda estate: f"/console/sync/aside/{estate.aside_of_someone()}", own_proofs=_ASIDE_PROOFS
    ),
    ("POST", "/console/sync/aside/{item_id}/release"): _form(
        lambda estate: f"/console/sync/aside/{estate.aside_of_someone()}/release", own_proofs=_ASIDE_PROOFS
    ),
    ("POST", "/console/sync/aside/{item_id}/answer"): _form(
        lambda estate: f"/console/sync/aside/{estate.aside_of_someone()}/answer",
        lambda _estate: {"answer": "已经看过了。"},
        own_proofs=_ASIDE_PROOFS,
    ),
    ("GET", "/console/sync/strangers"): _page("/console/sync/strangers", own_proofs=_STRANGER_PROOFS),
    ("GET", "/console/sync/strangers/{item_id}"): _page(
        lambda estate: f"/console/sync/strangers/{estate.stranger_of_someone()}", own_proofs=_STRANGER_PROOFS
    ),
    ("POST", "/console/sync/strangers/{item_id}/accept"): _form(
        lambda estate: f"/console/sync/strangers/{estate.stranger_of_someone()}/accept", own_proofs=_STRANGER_PROOFS
    ),
    ("POST", "/console/sync/strangers/nobodys/throw-away"): _form(
        "/console/sync/strangers/nobodys/throw-away", own_proofs=_STRANGER_PROOFS
    ),
    ("POST", "/console/sync/strangers/{item_id}/throw-away"): _form(
        lambda estate: f"/console/sync/strangers/{estate.stranger_of_someone()}/throw-away",
        own_proofs=_STRANGER_PROOFS,
    ),
    ("GET", "/console/sync/people/{person_id}"): _page(lambda estate: f"/console/sync/people/{estate.guarded_id}"),
    ("GET", "/console/sync/hubs"): _page("/console/sync/hubs", shows_less=True),
    ("POST", "/console/sync/hubs"): _form(
        "/console/sync/hubs", lambda estate: {"name": "中转站", "organisation": _east(estate)}
    ),
    ("POST", "/console/sync/hubs/{hub_id}/revoke"): _form(
        lambda estate: f"/console/sync/hubs/{estate.hub_of_someone()}/revoke"
    ),
    ("GET", "/console/sync/file"): Access(ANY_STAFF, lambda _estate: "/console/sync/file"),
    ("POST", "/console/sync/file"): Access(
        ANY_STAFF,
        lambda _estate: "/console/sync/file",
        files=lambda estate: {"file": ("records.xtsync", _file_of_records(estate), "application/octet-stream")},
    ),
}

GUARDED_WORDS = (GUARDED_NAME,)
