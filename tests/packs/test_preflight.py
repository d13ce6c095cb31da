"""Every rule of preflight: what is wrong, in which file, on which line, and that the build stops or goes on."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.packs.conftest import Edit
from xuetan.kernel.text import LANGUAGES, Catalogue
from xuetan.packs import service as packs
from xuetan.packs.errors import PackSourceInvalidError
from xuetan.packs.findings import Finding

ROOT = Path(__file__).parents[2]
QUESTIONS = "questions/01-stove.yaml"
LESSON = "lessons/01-stove.md"
SIDECAR = "media/stove.toml"

# (file, old text, new text) -> (code, where it is found, line)
ERRORS: dict[str, tuple[tuple[str, str, str], tuple[str, str, int]]] = {
    "unknown field": (("pack.toml", "hours = 0.5", "hours = 0.5\nhuors = 1"), ("field_unknown", "pack.toml", 13)),
    "missing field": (("pack.toml", "hours = 0.5\n", ""), ("field_missing", "pack.toml", 1)),
    "other format": (("pack.toml", "xuetan-source/1", "xuetan-source/9"), ("field_not_one_of", "pack.toml", 1)),
    "bad slug": (("pack.toml", '"small-pack"', '"Small Pack"'), ("field_malformed", "pack.toml", 2)),
    "no number": (("pack.toml", "version = 1", 'version = "1"'), ("field_not_number", "pack.toml", 3)),
    "no date": (("pack.toml", "date = 2026-11-20", 'date = "soon"'), ("field_not_date", "pack.toml", 4)),
    "no list": (("pack.toml", 'topics = ["stove"]', 'topics = "stove"'), ("field_not_list", "pack.toml", 10)),
    "no yes or no": (("pack.toml", "compulsory = false", "compulsory = 0"), ("field_not_yes_no", "pack.toml", 9)),
    "no names": (("pack.toml", "[title]", "[title_]"), ("field_missing", "pack.toml", 1)),
    "language twice": (
        ("pack.toml", '["zh-Hans", "en"]', '["zh-Hans", "en", "en"]'),
        ("language_twice", "pack.toml", 0),
    ),
    "expired before": (
        ("pack.toml", "hours = 0.5", "hours = 0.5\nexpires = 2020-01-01"),
        ("expires_before_date", "pack.toml", 0),
    ),
    "title in one language": (
        ("pack.toml", 'en = "A lesson by the stove"', ""),
        ("translation_missing", "pack.toml", 0),
    ),
    "title in a third language": (
        ("pack.toml", 'en = "A lesson by the stove"', 'en = "A"\nug = "B"'),
        ("translation_not_declared", "pack.toml", 0),
    ),
    "broken toml": (("pack.toml", "version = 1", "version = one"), ("toml_malformed", "pack.toml", 3)),
    "empty text": (("pack.toml", '["雪炭编写组"]', '[" "]'), ("field_empty", "pack.toml", 7)),
    "no front matter": ((LESSON, "---\ntitle", "title"), ("front_matter_missing", LESSON, 1)),
    "bare colon": ((LESSON, "title: 生火", "title: 生火: 一课"), ("yaml_malformed", LESSON, 2)),
    "text read as a time": ((LESSON, "when: 明天第一节课前", "when: 8:20"), ("field_not_text", LESSON, 9)),
    "no minutes": ((LESSON, "minutes: 4", "minutes: 0"), ("field_out_of_bounds", LESSON, 3)),
    "raw html": ((LESSON, "孩子们到得早", "孩子们<b>到得早</b>"), ("raw_html", LESSON, 15)),
    "html comment": ((LESSON, "> “这间", "<!-- x -->\n\n> “这间"), ("raw_html", LESSON, 25)),
    "heading too high": ((LESSON, "## 先看风", "# 先看风"), ("heading_too_high", LESSON, 17)),
    "web link": ((LESSON, "(02-ash.md)", "(https://example.org)"), ("link_outside", LESSON, 32)),
    "script link": ((LESSON, "(02-ash.md)", "(javascript:alert)"), ("link_outside", LESSON, 32)),
    "bare address": ((LESSON, "[收灰](02-ash.md)", "<http://example.org>"), ("link_outside", LESSON, 32)),
    "picture of the web": ((LESSON, "media/stove.svg", "http://example.org/a.png"), ("picture_outside", LESSON, 23)),
    "picture out of the folder": ((LESSON, "media/stove.svg", "media/../../a.svg"), ("picture_outside", LESSON, 23)),
    "picture out of the folder, coded": (
        (LESSON, "media/stove.svg", "media/%2e%2e/a.svg"),
        ("picture_outside", LESSON, 23),
    ),
    "picture that is not there": ((LESSON, "media/stove.svg", "media/fire.svg"), ("picture_missing", LESSON, 23)),
    "alias": ((QUESTIONS, "- id: stove-01", "- &a\n  id: stove-01"), ("yaml_alias", QUESTIONS, 1)),
    "tag": ((QUESTIONS, "answer: 50", "answer: !!python/name:os.system 50"), ("yaml_tag", QUESTIONS, 44)),
    "key twice": ((QUESTIONS, "answer: 50", "answer: 50\n  answer: 51"), ("key_twice", QUESTIONS, 45)),
    "unquoted true": ((QUESTIONS, '"true":', "true:"), ("key_not_text", QUESTIONS, 37)),
    "unknown kind": ((QUESTIONS, "kind: ordering", "kind: sorting"), ("question_kind_unknown", QUESTIONS, 78)),
    "no kind": ((QUESTIONS, "kind: ordering\n", "\n"), ("question_without_kind", QUESTIONS, 78)),
    "unknown field of a question": (
        (QUESTIONS, "tolerance: 0", "tolerence: 0"),
        ("field_unknown", QUESTIONS, 45),
    ),
    "difficulty": ((QUESTIONS, "difficulty: 3", "difficulty: 4"), ("field_out_of_bounds", QUESTIONS, 80)),
    "id taken": ((QUESTIONS, "id: stove-02", "id: ash-01"), ("question_id_taken", "questions/02-ash.yaml", 1)),
    "choice id taken": ((QUESTIONS, "- id: b", "- id: a"), ("part_id_taken", QUESTIONS, 1)),
    "two right of a single": (
        (QUESTIONS, 'text: {zh-Hans: "添煤", en: "Coal"}', 'text: {zh-Hans: "添煤", en: "Coal"}\n      correct: true'),
        ("single_needs_one_correct", QUESTIONS, 1),
    ),
    "choices that read alike": ((QUESTIONS, '"The flue"', '"Coal"'), ("part_text_taken", QUESTIONS, 1)),
    "stem in one language": ((QUESTIONS, ', en: "What comes first?"', ""), ("translation_missing", QUESTIONS, 1)),
    "too few pairs": (
        (QUESTIONS, '    - id: p3\n      left: {zh-Hans: "大家", en: "Everyone"}\n', "    - id: p3\n"),
        ("field_missing", QUESTIONS, 71),
    ),
    "broken drawing": (("media/stove.svg", "</g>", ""), ("drawing_malformed", "media/stove.svg", 0)),
    "doctype": (("media/stove.svg", "<svg", "<!DOCTYPE svg><svg"), ("drawing_has_doctype", "media/stove.svg", 0)),
    "no size": (("media/stove.svg", 'viewBox="0 0 480 300"', ""), ("drawing_without_size", "media/stove.svg", 0)),
}

WARNINGS: dict[str, tuple[tuple[str, str, str], tuple[str, str, int]]] = {
    "broken link": ((LESSON, "02-ash.md", "09-snow.md"), ("link_broken", LESSON, 32)),
    "heading jump": ((LESSON, "## 先看风", "#### 先看风"), ("heading_jump", LESSON, 17)),
    "open emphasis": ((LESSON, "**打开烟道。** 手", "**打开烟道。**手"), ("emphasis_not_closed", LESSON, 19)),
    "minutes": ((LESSON, "minutes: 4", "minutes: 20"), ("minutes_off", LESSON, 0)),
    "minutes differ": ((LESSON, "minutes: 4", "minutes: 5"), ("minutes_differ", LESSON, 0)),
    "no licence": ((SIDECAR, 'licence = "CC-BY-SA-4.0"', ""), ("licence_missing", SIDECAR, 0)),
    "no source": ((SIDECAR, 'source = "Drawn for this pack"', ""), ("source_missing", SIDECAR, 0)),
    "no alt in the sidecar": ((SIDECAR, ', en = "A stove and its pipe"', ""), ("sidecar_alt_missing", SIDECAR, 0)),
    "no feedback": (
        (QUESTIONS, '      feedback: {zh-Hans: "对，先有风。", en: "Yes, air first."}\n', ""),
        ("feedback_missing", QUESTIONS, 1),
    ),
    "drawing cleaned": (
        ("media/stove.svg", "</g>", '</g><script>alert("x")</script>'),
        ("drawing_cleaned", "media/stove.svg", 0),
    ),
    "drawing with words": (
        ("media/stove.svg", "</g>", "</g><text>炉</text>"),
        ("drawing_has_text", "media/stove.svg", 0),
    ),
    "text over budget": (("pack.toml", "text = 60000", "text = 6000"), ("over_budget", "pack.toml", 0)),
    "pictures over budget": (("pack.toml", "pictures = 60000", "pictures = 60"), ("over_budget", "pack.toml", 0)),
}


def findings_of(folder: Path, build: Callable[[Path], packs.BuiltPack]) -> tuple[Finding, ...]:
    try:
        return build(folder).findings
    except PackSourceInvalidError as invalid:
        return invalid.findings


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_names_its_place_and_stops_the_build(case: str, folder: Path, edit: Edit, build: Build) -> None:
    change, expected = ERRORS[case]
    edit(*change)
    with pytest.raises(PackSourceInvalidError) as refused:
        build(folder)
    found = [(one.code, one.file, one.line) for one in refused.value.findings if one.severity == "error"]
    assert expected in found


@pytest.mark.parametrize("case", WARNINGS)
def test_a_warning_names_its_place_and_lets_the_build_go_on(case: str, folder: Path, edit: Edit, build: Build) -> None:
    change, expected = WARNINGS[case]
    edit(*change)
    found = [(one.code, one.file, one.line) for one in build(folder).findings]
    assert expected in found
    assert {one.severity for one in build(folder).findings} == {"warning"}


def test_the_small_pack_has_nothing_to_find(folder: Path, build: Build) -> None:
    assert build(folder).findings == ()


def test_checking_a_folder_says_all_that_a_build_would_and_raises_nothing(
    folder: Path, tmp_path: Path, edit: Edit
) -> None:
    edit("pack.toml", "text = 60000", "text = 6000")
    edit("media/stove.svg", "</g>", "</g><script/>")
    (folder / "media" / "link.svg").symlink_to(folder / "pack.toml")
    found = {(one.severity, one.code) for one in packs.check_folder(folder)}
    assert found == {("error", "symbolic_link")}
    (folder / "media" / "link.svg").unlink()
    found = {(one.severity, one.code) for one in packs.check_folder(folder)}
    assert found == {("warning", "over_budget"), ("warning", "drawing_cleaned")}
    assert packs.check_folder(tmp_path / "nowhere")[0].code == "folder_missing"


def test_missing_and_unexpected_files_are_named(folder: Path, build: Build) -> None:
    (folder / "lessons" / "02-ash.en.md").unlink()
    (folder / "lessons" / "03-Snow.md").write_text("x", encoding="utf-8")
    (folder / "lessons" / "02-ash.fr.md").write_text("x", encoding="utf-8")
    (folder / "lessons" / "02-ash.zh-Hans.md").write_text("x", encoding="utf-8")
    (folder / "questions" / "07-nothing.yaml").write_text("[]", encoding="utf-8")
    (folder / "media" / "alone.toml").write_text("", encoding="utf-8")
    (folder / "media" / "stove.png").write_bytes(b"")
    (folder / "notes.docx").write_bytes(b"")
    found = {(one.code, one.file) for one in findings_of(folder, build)}
    assert found >= {
        ("edition_missing", "lessons/02-ash.en.md"),
        ("file_unexpected", "lessons/03-Snow.md"),
        ("language_not_declared", "lessons/02-ash.fr.md"),
        ("default_language_suffix", "lessons/02-ash.zh-Hans.md"),
        ("questions_without_lesson", "questions/07-nothing.yaml"),
        ("sidecar_without_picture", "media/alone.toml"),
        ("media_name_taken", "media/stove.svg"),
        ("file_unexpected", "notes.docx"),
    }


def test_what_desktops_leave_behind_is_no_fault(folder: Path, build: Build) -> None:
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "media" / "Thumbs.db").write_bytes(b"\0")
    (folder / "media" / "._stove.svg").write_bytes(b"\0")
    assert build(folder).findings == ()


def test_an_unused_picture_is_named_and_left_out(folder: Path, build: Build, edit: Edit) -> None:
    (folder / "media" / "spare.svg").write_bytes((folder / "media" / "stove.svg").read_bytes().replace(b"150", b"151"))
    built = build(folder)
    assert ("picture_unused", "media/spare.svg") in {(one.code, one.file) for one in built.findings}
    assert [kind for kind in built.blobs.values() if kind.startswith("image/")] == ["image/svg+xml"]


def test_a_picture_without_any_description_is_named(folder: Path, build: Build, edit: Edit) -> None:
    edit(LESSON, "![炉子，烟囱通向窗外，旁边一张小凳]", "![]")
    assert build(folder).findings == ()
    edit(SIDECAR, 'zh-Hans = "炉子和烟囱", ', "")
    assert {one.code for one in build(folder).findings} == {"alt_missing", "sidecar_alt_missing"}


def test_a_lesson_without_questions_or_card_is_named(folder: Path, build: Build, edit: Edit) -> None:
    (folder / "questions" / "02-ash.yaml").unlink()
    text = (folder / "lessons" / "02-ash.md").read_text(encoding="utf-8")
    text = re.sub(r"try_out:.*?(?=---)", "", text, flags=re.S)
    (folder / "lessons" / "02-ash.md").write_text(text, encoding="utf-8")
    codes = {one.code for one in build(folder).findings}
    assert codes == {"lesson_without_questions", "try_out_missing"}


def test_a_pack_without_lessons_or_licences_file_is_named(folder: Path, build: Build) -> None:
    for file in [*(folder / "lessons").iterdir(), *(folder / "questions").iterdir()]:
        file.unlink()
    (folder / "LICENSES.md").unlink()
    assert "no_lessons" in {one.code for one in findings_of(folder, build)}


def test_text_that_is_not_utf8_or_holds_control_characters_is_refused(folder: Path, build: Build) -> None:
    (folder / "lessons" / "01-stove.md").write_bytes("---\ntitle: 生火\n".encode("gb18030"))
    (folder / "lessons" / "02-ash.md").write_bytes(b"---\ntitle: a\x00b\n---\nx\n")
    found = {(one.code, one.file, one.line) for one in findings_of(folder, build)}
    assert ("not_utf8", "lessons/01-stove.md", 2) in found
    assert ("control_character", "lessons/02-ash.md", 2) in found


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(folder: Path, build: Build) -> None:
    before = build(folder).manifest
    for file in [*(folder / "lessons").iterdir(), *(folder / "questions").iterdir()]:
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert build(folder).manifest == before


def test_every_finding_has_words_in_every_language_and_all_its_parameters() -> None:
    catalogue = Catalogue.load()
    files = [
        yaml.safe_load(one.read_text(encoding="utf-8")) for one in (ROOT / "contracts" / "messages").glob("*.yaml")
    ]
    known = {key.removeprefix("preflight.") for texts in files for key in texts if key.startswith("preflight.")}
    used = set()
    for module in (ROOT / "server" / "xuetan" / "packs").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known:
                used.add(node.value)
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("error", "warn")
            ):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(node.func.value, ast.Name):
                    assert node.func.value.id != "findings" or first.value in known, first.value
    assert used == known
    for language in LANGUAGES:
        assert all(catalogue.has(f"preflight.{code}") for code in known), language


@pytest.mark.parametrize("case", [*ERRORS, *WARNINGS])
def test_every_finding_can_be_put_into_words(case: str, folder: Path, edit: Edit, build: Build) -> None:
    edit(*(ERRORS | WARNINGS)[case][0])
    for finding in findings_of(folder, build):
        for language in LANGUAGES:
            assert "{" not in packs.describe_finding(finding, language)


Build = Callable[[Path], packs.BuiltPack]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    from xuetan.kernel.storage import BlobStore
    from xuetan.packs.builds import build_in_one_go
    from xuetan.packs.findings import Findings
    from xuetan.packs.source_files import read_folder

    blobs = BlobStore(tmp_path_factory.mktemp("blobs"))

    def build_folder(folder: Path) -> packs.BuiltPack:
        findings = Findings()
        built = build_in_one_go(read_folder(folder, findings), "key", blobs, findings)
        if built is None:
            raise PackSourceInvalidError(findings.in_reading_order())
        return built

    return build_folder
