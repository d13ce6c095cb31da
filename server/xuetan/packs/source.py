"""A source as a whole: its files sorted into pack, lessons, questions and media, each parsed strictly.

Owns the layout of `content_packs/<slug>/` and turning faults of fields into findings with file, line and field.
Does not own what holds between the parts (`preflight`) nor how they are built. Pure: bytes in, values and findings
out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from xuetan.packs import limits
from xuetan.packs.documents import Document, FieldPath, parse_toml, parse_yaml, read_text
from xuetan.packs.findings import Findings
from xuetan.packs.source_files import SourceFiles
from xuetan.packs.source_schema import QUESTION_KINDS, LessonMeta, MediaMeta, PackMeta, Question

PACK_FILE = "pack.toml"
LICENCES_FILE = "LICENSES.md"
LESSON_FILE = re.compile(r"lessons/(\d{2}-[a-z0-9][a-z0-9-]{0,59})(?:\.([A-Za-z-]+))?\.md\Z")
QUESTIONS_FILE = re.compile(r"questions/(\d{2}-[a-z0-9][a-z0-9-]{0,59})\.yaml\Z")
MEDIA_FILE = re.compile(r"media/([a-z0-9][a-z0-9-]{0,63})\.(svg|png|jpg|jpeg|webp)\Z")
SIDECAR_FILE = re.compile(r"media/([a-z0-9][a-z0-9-]{0,63})\.toml\Z")

_QUESTIONS: TypeAdapter[list[Question]] = TypeAdapter(list[Question])
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True)
class LessonEdition:
    file: str
    meta: LessonMeta
    body: str
    body_line: int


@dataclass(frozen=True)
class Lesson:
    """`editions` by language, without those that could not be read; `files` by language, all of them; `questions`
    with the lines they begin on."""

    lesson_id: str
    files: dict[str, str]
    editions: dict[str, LessonEdition]
    questions: tuple[Question, ...]
    questions_file: str
    question_lines: tuple[int, ...]


@dataclass(frozen=True)
class Medium:
    """`file` is the path by which lessons refer to it."""

    file: str
    data: bytes
    meta: MediaMeta
    sidecar: str


@dataclass(frozen=True)
class PackSource:
    meta: PackMeta
    lessons: tuple[Lesson, ...]
    media: dict[str, Medium]
    has_licences_file: bool

    @property
    def languages(self) -> list[str]:
        return self.meta.languages


def parse_source(files: SourceFiles, findings: Findings) -> PackSource | None:
    """The whole source, or None when pack.toml itself cannot be understood."""
    meta = _parse_pack(files, findings)
    if meta is None:
        return None
    names = _sort_names(files, meta, findings)
    questions = {stem: _parse_questions(files[file], file, findings) for stem, file in names.questions.items()}
    lessons = []
    for lesson_id, editions_files in sorted(names.lessons.items()):
        editions = {}
        for language, file in editions_files.items():
            edition = _parse_lesson(files[file], file, findings)
            if edition is not None:
                editions[language] = edition
        found, lines = questions.get(lesson_id, ((), ()))
        lessons.append(Lesson(lesson_id, editions_files, editions, found, names.questions.get(lesson_id, ""), lines))
    media = {}
    for stem, file in sorted(names.media.items()):
        sidecar = names.sidecars.get(stem, "")
        media[file] = Medium(file, files[file], _parse_sidecar(files, sidecar, findings), sidecar)
    return PackSource(meta, tuple(lessons), media, LICENCES_FILE in files)


def _parse_pack(files: SourceFiles, findings: Findings) -> PackMeta | None:
    if PACK_FILE not in files:
        findings.error("file_missing", PACK_FILE)
        return None
    text = read_text(files[PACK_FILE], PACK_FILE, findings)
    document = parse_toml(text, PACK_FILE, findings) if text is not None else None
    return _validate(PackMeta, document, PACK_FILE, findings) if document is not None else None


@dataclass
class _Names:
    """Paths by what they are: lessons by id and language, the others by stem."""

    lessons: dict[str, dict[str, str]]
    questions: dict[str, str]
    media: dict[str, str]
    sidecars: dict[str, str]


def _sort_names(files: SourceFiles, meta: PackMeta, findings: Findings) -> _Names:
    names = _Names({}, {}, {}, {})
    for file in files:
        if file not in (PACK_FILE, LICENCES_FILE):
            _sort_name(names, file, meta, findings)
    for stem, file in names.questions.items():
        if stem not in names.lessons:
            findings.error("questions_without_lesson", file, lesson=f"lessons/{stem}.md")
    for stem, file in names.sidecars.items():
        if stem not in names.media:
            findings.error("sidecar_without_picture", file)
    if len(names.lessons) > limits.LESSONS_MAX:
        findings.error("too_many_lessons", "", limit=limits.LESSONS_MAX)
    if not names.lessons:
        findings.error("no_lessons", "")
    return names


def _sort_name(names: _Names, file: str, meta: PackMeta, findings: Findings) -> None:
    if match := LESSON_FILE.match(file):
        _sort_lesson(names, match, file, meta, findings)
    elif match := QUESTIONS_FILE.match(file):
        names.questions[match[1]] = file
    elif match := SIDECAR_FILE.match(file):
        names.sidecars[match[1]] = file
    elif match := MEDIA_FILE.match(file):
        if match[1] in names.media:
            findings.error("media_name_taken", file, other=names.media[match[1]])
        names.media[match[1]] = file
    else:
        findings.error("file_unexpected", file)


def _sort_lesson(names: _Names, match: re.Match[str], file: str, meta: PackMeta, findings: Findings) -> None:
    default = meta.languages[0]
    language = match[2] or default
    if match[2] == default:
        findings.error("default_language_suffix", file, language=default, name=f"lessons/{match[1]}.md")
    elif language not in meta.languages:
        findings.error("language_not_declared", file, language=language)
    else:
        names.lessons.setdefault(match[1], {})[language] = file


def _parse_lesson(data: bytes, file: str, findings: Findings) -> LessonEdition | None:
    text = read_text(data, file, findings)
    if text is None:
        return None
    match = re.match(r"---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", text, flags=re.S)
    if not match:
        findings.error("front_matter_missing", file, 1)
        return None
    document = parse_yaml(match[1], file, findings, first_line=2)
    meta = _validate(LessonMeta, document, file, findings) if document is not None else None
    if meta is None:
        return None
    return LessonEdition(file, meta, text[match.end() :], text.count("\n", 0, match.end()) + 1)


def _parse_questions(data: bytes, file: str, findings: Findings) -> tuple[tuple[Question, ...], tuple[int, ...]]:
    text = read_text(data, file, findings)
    document = parse_yaml(text, file, findings) if text is not None else None
    if document is None:
        return (), ()
    try:
        questions = _QUESTIONS.validate_python(document.value)
    except ValidationError as error:
        _report(error, document, file, findings)
        return (), ()
    if not questions:
        findings.warn("lesson_without_questions", file)
    if len(questions) > limits.QUESTIONS_PER_LESSON_MAX:
        findings.error("too_many_questions", file, limit=limits.QUESTIONS_PER_LESSON_MAX)
        return (), ()
    return tuple(questions), tuple(document.line_of((index,)) for index in range(len(questions)))


def _parse_sidecar(files: SourceFiles, file: str, findings: Findings) -> MediaMeta:
    text = read_text(files[file], file, findings) if file else None
    document = parse_toml(text, file, findings) if text is not None else None
    meta = _validate(MediaMeta, document, file, findings) if document is not None else None
    return meta or MediaMeta()


def _validate(model: type[_M], document: Document, file: str, findings: Findings) -> _M | None:
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        _report(error, document, file, findings)
        return None


def _report(error: ValidationError, document: Document, file: str, findings: Findings) -> None:
    for fault in error.errors(include_url=False, include_input=False):
        path = tuple(_source_path(fault["loc"]))
        code, params = _explain(fault["type"], fault.get("ctx", {}))
        findings.error(code, file, document.line_of(path), _dotted(path, document.value), **params)


def _dotted(path: FieldPath, value: object) -> str:
    """A field's name for people: counted from 1, and a question by its id where it has one."""
    names = [str(part + 1) if isinstance(part, int) else part for part in path]
    if path and isinstance(path[0], int) and isinstance(value, list) and isinstance(value[path[0]], dict):
        told = value[path[0]].get("id")
        names[0] = told if isinstance(told, str) and told else names[0]
    return ".".join(names)


def _source_path(location: FieldPath) -> Iterator[str | int]:
    """Where the fault is in the file: without the names by which the union of questions is told apart."""
    for position, part in enumerate(location):
        is_family = position == 1 and isinstance(location[0], int) and part in (*QUESTION_KINDS, "choice")
        if part != "[key]" and not is_family:
            yield part


_SIMPLE_FAULTS = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_type": "field_not_text",
    "string_unicode": "field_not_text",
    "dict_type": "field_not_mapping",
    "model_type": "field_not_mapping",
    "model_attributes_type": "field_not_mapping",
    "list_type": "field_not_list",
    "int_type": "field_not_number",
    "int_from_float": "field_not_number",
    "float_type": "field_not_number",
    "finite_number": "field_not_number",
    "bool_type": "field_not_yes_no",
    "date_type": "field_not_date",
    "date_from_datetime_inexact": "field_not_date",
    "value_error": "field_empty",
    "string_pattern_mismatch": "field_malformed",
}


def _explain(kind: str, context: dict[str, Any]) -> tuple[str, dict[str, object]]:
    """Our code, and what its text needs, for each kind of fault that the models can find."""
    kinds = ", ".join(QUESTION_KINDS)
    if kind in _SIMPLE_FAULTS:
        return _SIMPLE_FAULTS[kind], {}
    if kind == "union_tag_not_found":
        return "question_without_kind", {"kinds": kinds}
    if kind == "union_tag_invalid":
        return "question_kind_unknown", {"kind": context["tag"], "kinds": kinds}
    if kind == "literal_error":
        return "field_not_one_of", {"allowed": context["expected"]}
    bound = ", ".join(f"{key} {value}" for key, value in context.items() if key != "error")
    return "field_out_of_bounds", {"bound": bound or kind}
