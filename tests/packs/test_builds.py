"""Building and publishing: a durable job that tells how far it is, and versions that never change under their name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packs.conftest import Edit
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR, StaffActor
from xuetan.kernel.errors import ForbiddenError, NotFoundError
from xuetan.kernel.services import Services
from xuetan.packs import service as packs
from xuetan.packs.builds import Build
from xuetan.packs.errors import PackSourceInvalidError, PackVersionConflictError
from xuetan.packs.events import PackPublished

Publish = Callable[[Path], packs.BuildView]


def request(services: Services, actor: StaffActor, folder: Path) -> str:
    source = packs.read_source(folder, services)
    with services.database.transaction() as session:
        return packs.request_build(session, services, actor, source)


def trainer_of(organisation_id: str) -> StaffActor:
    place = frozenset((organisation_id,))
    return StaffActor("trainer", organisation_id, "培训者", "zh-Hans", administers=frozenset(), trains=place)


def test_a_build_publishes_what_it_made_and_its_signature(publish: Publish, folder: Path, services: Services) -> None:
    view = publish(folder)
    assert (view.state, view.stage, view.error_code, view.findings) == ("published", "ended", None, ())
    with services.database.reading() as session:
        card = packs.get_pack_card(session, "small-pack")
        manifest = packs.get_manifest(session, services.blobs, "small-pack")
        signature = json.loads(packs.get_signature(session, card["manifest"]))
    assert card["manifest"] == view.manifest
    assert manifest.publisher == signature["key_id"] == services.keys.publisher.key_id
    assert [lesson.id for lesson in manifest.lessons] == ["01-stove", "02-ash"]
    assert "p0" in packs.get_page(services.blobs, manifest, "02-ash", "en")


def test_warnings_are_published_with_the_pack(publish: Publish, folder: Path, edit: Edit) -> None:
    edit("pack.toml", "text = 60000", "text = 6000")
    edit("media/stove.svg", "</g>", "</g><script/>")
    view = publish(folder)
    assert view.state == "published"
    assert {one.code for one in view.findings} == {"drawing_cleaned", "over_budget"}


def test_publishing_the_same_again_changes_nothing(publish: Publish, folder: Path, services: Services) -> None:
    first, second = publish(folder), publish(folder)
    assert (second.state, second.manifest) == ("published", first.manifest)
    with services.database.reading() as session:
        assert len(packs.list_packs(session, OPERATOR)) == 1


def test_other_content_under_a_published_version_is_refused(
    publish: Publish, folder: Path, edit: Edit, services: Services
) -> None:
    first = publish(folder)
    edit("lessons/02-ash.md", "过一夜再倒", "过两夜再倒")
    second = publish(folder)
    assert (second.state, second.error_code) == ("refused", "pack_version_conflict")
    with services.database.reading() as session:
        assert packs.get_pack_card(session, "small-pack")["manifest"] == first.manifest


def test_the_next_version_supersedes_and_the_old_one_stays_readable(
    publish: Publish, folder: Path, edit: Edit, services: Services
) -> None:
    told: list[PackPublished] = []
    services.database.handlers.register(PackPublished, lambda _session, event: told.append(event))
    first = publish(folder)
    edit("pack.toml", "version = 1", "version = 2")
    second = publish(folder)
    assert [(one.version, one.supersedes) for one in told] == [(1, None), (2, 1)]
    with services.database.reading() as session:
        assert packs.get_pack_card(session, "small-pack")["manifest"] == second.manifest
        assert packs.get_pack_card(session, "small-pack", 1)["manifest"] == first.manifest
        listed = packs.list_packs(session, OPERATOR)
    assert [(one.version, one.is_newest) for one in listed] == [(2, True), (1, False)]


def test_a_version_below_the_newest_is_refused_at_once(
    publish: Publish, folder: Path, edit: Edit, services: Services
) -> None:
    edit("pack.toml", "version = 1", "version = 7")
    publish(folder)
    edit("pack.toml", "version = 7", "version = 3")
    with pytest.raises(PackVersionConflictError) as refused:
        request(services, OPERATOR, folder)
    assert refused.value.details == {"slug": "small-pack", "version": 3, "newest": 7}


def test_a_source_with_errors_is_refused_before_anything_is_on_file(
    services: Services, county: str, folder: Path, edit: Edit
) -> None:
    edit("pack.toml", "hours = 0.5\n", "")
    with pytest.raises(PackSourceInvalidError) as refused:
        packs.read_source(folder, services)
    assert refused.value.details["findings"][0]["field"] == "hours"
    with services.database.reading() as session:
        assert packs.list_builds(session, OPERATOR) == []


def test_a_drawing_that_cannot_be_cleaned_refuses_the_build_with_its_reason(
    publish: Publish, folder: Path, edit: Edit
) -> None:
    edit("media/stove.svg", "</g>", "")
    view = publish(folder)
    assert (view.state, view.error_code) == ("refused", "pack_source_invalid")
    assert [(one.severity, one.code, one.file) for one in view.findings] == [
        ("error", "drawing_malformed", "media/stove.svg")
    ]


def test_changes_to_the_folder_after_the_request_do_not_touch_the_build(
    services: Services, county: str, folder: Path, edit: Edit
) -> None:
    build_id = request(services, OPERATOR, folder)
    edit("lessons/02-ash.md", "过一夜再倒", "过两夜再倒")
    services.jobs.start()
    try:
        services.jobs.wait_idle(30)
    finally:
        services.jobs.stop()
    with services.database.reading() as session:
        assert packs.get_build(session, OPERATOR, build_id).state == "published"
        manifest = packs.get_manifest(session, services.blobs, "small-pack")
    assert "过一夜再倒" in packs.get_page(services.blobs, manifest, "02-ash", "zh-Hans")


def test_a_watcher_sees_stage_and_progress_grow(
    publish: Publish, folder: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, int]] = []
    note = Build._note

    def watched(self: Build, *args: object) -> None:
        note(self, *args)  # type: ignore[arg-type]
        with services.database.reading() as session:
            (view,) = packs.list_builds(session, OPERATOR)
        seen.append((view.stage, view.done, view.total))

    monkeypatch.setattr(Build, "_note", watched)
    publish(folder)
    assert [one[:3] for one in seen if one[0] in ("media", "lessons")] == [
        ("media", 0, 1),
        ("media", 1, 1),
        ("lessons", 1, 2),
        ("lessons", 2, 2),
    ]
    assert [one[0] for one in seen][-2:] == ["compress", "publish"]


def test_a_build_that_our_own_fault_ends_says_so(
    publish: Publish, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Build, "assemble", broken)
    view = publish(folder)
    assert (view.state, view.error_code) == ("failed", "internal_error")


def test_a_stranger_sees_no_build_and_takes_over_no_pack(
    publish: Publish, folder: Path, services: Services, county: str
) -> None:
    view = publish(folder)
    with services.database.transaction() as session:
        school = accounts.create_organisation(session, county, "school", "石板小学", actor=OPERATOR, now_ms=2)
    stranger = trainer_of(school.id)
    with services.database.reading() as session:
        assert packs.list_builds(session, stranger) == []
        with pytest.raises(NotFoundError):
            packs.get_build(session, stranger, view.build_id)
        assert [one.slug for one in packs.list_packs(session, stranger)] == ["small-pack"]
    with pytest.raises(ForbiddenError):
        request(services, stranger, folder)


def test_a_trainer_publishes_for_their_own_organisation(services: Services, county: str, folder: Path) -> None:
    with services.database.transaction() as session:
        school = accounts.create_organisation(session, county, "school", "石板小学", actor=OPERATOR, now_ms=2)
    trainer = trainer_of(school.id)
    build_id = request(services, trainer, folder)
    with services.database.reading() as session:
        assert packs.get_build(session, trainer, build_id).state == "waiting"
    nobody = StaffActor("x", school.id, "x", "zh-Hans", frozenset(), frozenset())
    with pytest.raises(ForbiddenError):
        request(services, nobody, folder)
    with services.database.reading() as session, pytest.raises(ForbiddenError):
        packs.list_packs(session, nobody)


def test_what_is_not_published_is_not_found(services: Services, county: str) -> None:
    with services.database.reading() as session:
        for look_up in (
            lambda: packs.get_pack_card(session, "nothing"),
            lambda: packs.get_manifest(session, services.blobs, "nothing"),
            lambda: packs.get_signature(session, "0" * 64),
            lambda: packs.get_build(session, OPERATOR, "nothing"),
        ):
            with pytest.raises(NotFoundError):
                look_up()


def test_a_source_that_its_sender_may_not_publish_leaves_nothing_behind(services: Services, folder: Path) -> None:
    nobody = StaffActor("x", "elsewhere", "x", "zh-Hans", frozenset(), frozenset())
    with pytest.raises(ForbiddenError):
        packs.read_source(folder, services, nobody)
    assert not list((services.settings.data_dir / "blobs").rglob("*/*"))
