"""Writes the Python and TypeScript faces of `contracts/`.

Owns `server/xuetan/contracts/`, `pwa/src/contracts/` and `pwa/src/i18n/generated/`, which nobody edits. With
`--check` it writes nothing and fails when a file is not in step.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from segment_coding import python_coding, ts_coding
from segment_dictionary import NOTICE, python_dictionary, ts_dictionary

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
PYTHON = ROOT / "server" / "xuetan" / "contracts"
TYPESCRIPT = ROOT / "pwa" / "src" / "contracts"
MESSAGES = ROOT / "pwa" / "src" / "i18n" / "generated"
LANGUAGES = ("zh-Hans", "en")
SCHEMAS = ("events", "rows", "sync", "manifest", "quiz")


class OneOfEach(yaml.SafeLoader):
    """YAML in which a key that stands twice is a fault: the first one would be dropped with no word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            keys = [key.value for key, _ in node.value]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise SystemExit(f"{node.start_mark.name}: {', '.join(twice)} stands twice")
        return mapping


def load(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, OneOfEach)


# ---------------------------------------------------------------- Python


def python_structs(schema: dict[str, Any]) -> str:
    """msgspec structs for one schema file, through datamodel-code-generator."""
    definitions = schema["$defs"]
    document = {
        "$schema": schema["$schema"],
        "title": schema["title"] + "Document",
        "type": "object",
        "properties": {f"d{index}": {"$ref": f"#/$defs/{key}"} for index, key in enumerate(definitions)},
        "$defs": definitions,
    }
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "schema.json", Path(folder) / "out.py"
        source.write_text(json.dumps(document), encoding="utf-8")
        subprocess.run(
            [
                sys.executable,
                "-m",
                "datamodel_code_generator",
                "--input",
                str(source),
                "--input-file-type",
                "jsonschema",
                "--output",
                str(target),
                "--output-model-type",
                "msgspec.Struct",
                "--target-python-version",
                "3.11",
                "--disable-timestamp",
                "--use-standard-collections",
                "--use-union-operator",
                "--enum-field-as-literal",
                "all",
                "--custom-file-header",
                f'"""{NOTICE}"""',
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        text = target.read_text(encoding="utf-8")
    # The wrapping document exists only to make the generator reach every definition.
    return re.sub(r"\n\n\nclass \w+Document\(.*?(?=\n\n\n|\Z)", "", text, flags=re.S).rstrip() + "\n"


def python_constants(limits: dict[str, int]) -> str:
    lines = [f'"""{NOTICE}"""', ""]
    lines += [f"{key.upper()} = {value}" for key, value in limits.items()]
    return "\n".join(lines) + "\n"


def python_event_kinds(kinds: dict[str, Any]) -> str:
    names = sorted({kind["payload"] for kind in kinds.values()})
    lines = [
        f'"""{NOTICE}"""',
        "",
        "from typing import NamedTuple",
        "",
        "import msgspec",
        "",
        "from xuetan.contracts.events import (",
    ]
    lines += [f"    {name}," for name in names]
    lines += [
        ")",
        "",
        "",
        "class EventKind(NamedTuple):",
        "    payload: type[msgspec.Struct]",
        "    scope: str",
        "    by: frozenset[str]",
        "",
        "",
        "EVENT_KINDS: dict[str, EventKind] = {",
    ]
    for kind, spec in kinds.items():
        by = ", ".join(f'"{role}"' for role in spec["by"])
        lines.append(f'    "{kind}": EventKind({spec["payload"]}, "{spec["scope"]}", frozenset({{{by}}})),')
    return "\n".join([*lines, "}"]) + "\n"


def python_row_kinds(kinds: dict[str, Any]) -> str:
    names = sorted({kind["body"] for kind in kinds.values()})
    lines = [
        f'"""{NOTICE}"""',
        "",
        "from typing import NamedTuple",
        "",
        "import msgspec",
        "",
        "from xuetan.contracts.rows import (",
    ]
    lines += [f"    {name}," for name in names]
    lines += [
        ")",
        "",
        "",
        "class RowKind(NamedTuple):",
        "    body: type[msgspec.Struct]",
        "    scopes: frozenset[str]",
        "",
        "",
        "ROW_KINDS: dict[str, RowKind] = {",
    ]
    for kind, spec in kinds.items():
        scopes = ", ".join(f'"{scope}"' for scope in spec["scopes"])
        lines.append(f'    "{kind}": RowKind({spec["body"]}, frozenset({{{scopes}}})),')
    return "\n".join([*lines, "}"]) + "\n"


def python_scopes(scopes: dict[str, Any]) -> str:
    lines = [f'"""{NOTICE}"""', "", "SCOPE_ROLES: dict[str, frozenset[str]] = {"]
    for name, spec in scopes.items():
        roles = ", ".join(f'"{role}"' for role in spec["roles"])
        lines.append(f'    "{name}": frozenset({{{roles}}}),')
    return "\n".join([*lines, "}"]) + "\n"


def python_errors(errors: dict[str, Any]) -> str:
    lines = [
        f'"""{NOTICE}"""',
        "",
        "from typing import Literal, NamedTuple",
        "",
        'Retry = Literal["never", "later", "after_sign_in", "after_update"]',
        "",
        "",
        "class ErrorCode(NamedTuple):",
        "    status: int",
        "    retry: Retry",
        "",
        "",
        "ERROR_CODES: dict[str, ErrorCode] = {",
    ]
    lines += [
        f'    "{code}": ErrorCode({spec["status"]}, "{spec["retry"]}"),' for code, spec in errors["errors"].items()
    ]
    lines += ["}", "", "SET_ASIDE_CODES: frozenset[str] = frozenset(", "    {"]
    lines += [f'        "{code}",' for code in errors["set_aside"]]
    lines += ["    }", ")", ""]
    return "\n".join(lines)


# ---------------------------------------------------------------- TypeScript


def ts_type(schema: dict[str, Any]) -> str:
    """A TypeScript type for the subset of JSON Schema that the contracts use; anything else is an error."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(ts_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        item = ts_type(schema["items"]) if "items" in schema else "unknown"
        return f"({item})[]" if " " in item else f"{item}[]"
    if kind == "object":
        if "properties" in schema:
            return ts_object(schema)
        extra = schema.get("additionalProperties")
        return f"Record<string, {ts_type(extra) if isinstance(extra, dict) else 'unknown'}>"
    simple = {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
        None: "unknown",
    }
    return simple[kind]


def ts_object(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    fields = [
        f"  {json.dumps(name) if not name.isidentifier() else name}{'' if name in required else '?'}: {ts_type(spec)};"
        for name, spec in schema["properties"].items()
    ]
    return "{\n" + "\n".join(fields) + "\n}"


def ts_schema(schema: dict[str, Any]) -> str:
    parts = [f"/** {NOTICE} */"]
    for name, spec in schema["$defs"].items():
        if "properties" in spec:
            parts.append(f"export interface {name} {ts_object(spec)}")
        else:
            parts.append(f"export type {name} = {ts_type(spec)};")
    return "\n\n".join(parts) + "\n"


def ts_vocabularies(contracts: dict[str, Any]) -> str:
    kinds, rows = contracts["event_kinds"]["kinds"], contracts["row_kinds"]["kinds"]
    payloads = sorted({spec["payload"] for spec in kinds.values()})
    bodies = sorted({spec["body"] for spec in rows.values()})
    lines = [
        f"/** {NOTICE} */",
        f"import type {{ {', '.join(payloads)} }} from './events';",
        f"import type {{ {', '.join(bodies)} }} from './rows';",
        "",
    ]
    lines += [
        "export interface EventPayloads {",
        *[f"  '{kind}': {spec['payload']};" for kind, spec in kinds.items()],
        "}",
        "export type EventKind = keyof EventPayloads;",
        "",
        "export interface RowBodies {",
        *[f"  {kind}: {spec['body']};" for kind, spec in rows.items()],
        "}",
        "export type RowKind = keyof RowBodies;",
        "",
    ]
    lines += ["export type ScopeRole = 'owner' | 'member' | 'mentor' | 'trainer';", ""]
    lines += ["export type Retry = 'never' | 'later' | 'after_sign_in' | 'after_update';"]
    for name, title in (("errors", "ErrorCode"), ("set_aside", "SetAsideCode"), ("pack_refused", "PackRefusedCode")):
        codes = contracts["errors"][name]
        lines.append(f"export type {title} = {' | '.join(repr(code) for code in codes)};")
    return "\n".join(lines) + "\n"


def ts_limits(limits: dict[str, int]) -> str:
    return (
        "\n".join([f"/** {NOTICE} */", *[f"export const {key.upper()} = {value};" for key, value in limits.items()]])
        + "\n"
    )


# ---------------------------------------------------------------- messages


def load_messages() -> dict[str, dict[str, Any]]:
    """area -> key -> {language: text or plural forms}; every key in every language, no key twice."""
    areas: dict[str, dict[str, Any]] = {}
    seen: dict[str, str] = {}
    for path in sorted((CONTRACTS / "messages").glob("*.yaml")):
        entries = load(path) or {}
        for key, texts in entries.items():
            missing = [language for language in LANGUAGES if not texts.get(language)]
            if missing:
                raise SystemExit(f"{path.name}: {key} has no {', '.join(missing)}")
            if key in seen:
                raise SystemExit(f"{path.name}: {key} stands in {seen[key]} already")
            seen[key] = path.name
        areas[path.stem] = entries
    return areas


def catalogue(areas: dict[str, dict[str, Any]], language: str, wanted: Any) -> dict[str, Any]:
    return {
        key: texts[language]
        for area, entries in areas.items()
        if wanted(area)
        for key, texts in sorted(entries.items())
    }


def is_phone_main(area: str) -> bool:
    """What sign-in and Today say; everything else comes with the screens that need it."""
    return area.startswith(("shared_words", "phone_main"))


def is_phone_screens(area: str) -> bool:
    return area.startswith(("shared", "errors", "phone")) and not is_phone_main(area)


def is_server(area: str) -> bool:
    return area.startswith(("shared", "errors", "console", "cli"))


def ts_messages(entries: dict[str, Any]) -> str:
    body = json.dumps(entries, ensure_ascii=False, indent=1)
    return f"/** {NOTICE} */\nimport type {{ Messages }} from './keys';\n\nexport const messages: Messages = {body};\n"


def message_files(areas: dict[str, dict[str, Any]]) -> dict[Path, str]:
    files: dict[Path, str] = {}
    for language in LANGUAGES:
        text = json.dumps(catalogue(areas, language, is_server), ensure_ascii=False, indent=1, sort_keys=True)
        files[PYTHON / "messages" / f"{language}.json"] = text + "\n"
    keys = sorted(
        key for area, entries in areas.items() if is_phone_main(area) or is_phone_screens(area) for key in entries
    )
    union = "\n".join(f"  | {json.dumps(key)}" for key in keys) or "  never"
    files[MESSAGES / "keys.ts"] = (
        f"/** {NOTICE} */\nexport type MessageKey =\n{union};\n\n"
        "export type Message = string | { [plural: string]: string };\n"
        "export type Messages = { [key in MessageKey]?: Message };\n"
    )
    files[MESSAGES / "zh-hans-main.ts"] = ts_messages(catalogue(areas, "zh-Hans", is_phone_main))
    files[MESSAGES / "zh-hans-screens.ts"] = ts_messages(catalogue(areas, "zh-Hans", is_phone_screens))
    files[MESSAGES / "en.ts"] = ts_messages(
        catalogue(areas, "en", lambda area: is_phone_main(area) or is_phone_screens(area))
    )
    return files


def generate() -> dict[Path, str]:
    contracts = {
        name: load(CONTRACTS / f"{name}.yaml")
        for name in ("event_kinds", "row_kinds", "scopes", "errors", "limits", "segment_coding", "segment_dictionary")
    }
    files: dict[Path, str] = {
        PYTHON / "__init__.py": f'"""What server and phones agree on. {NOTICE}"""\n',
        PYTHON / "limits.py": python_constants(contracts["limits"]),
        PYTHON / "event_kinds.py": python_event_kinds(contracts["event_kinds"]["kinds"]),
        PYTHON / "row_kinds.py": python_row_kinds(contracts["row_kinds"]["kinds"]),
        PYTHON / "segment_coding.py": python_coding(contracts),
        PYTHON / "segment_dictionary.py": python_dictionary(contracts),
        PYTHON / "scopes.py": python_scopes(contracts["scopes"]["scopes"]),
        PYTHON / "error_codes.py": python_errors(contracts["errors"]),
        TYPESCRIPT / "limits.ts": ts_limits(contracts["limits"]),
        TYPESCRIPT / "segment-coding.ts": ts_coding(contracts),
        TYPESCRIPT / "segment-dictionary.ts": ts_dictionary(contracts),
        TYPESCRIPT / "vocabularies.ts": ts_vocabularies(contracts),
    }
    for name in SCHEMAS:
        schema = load(CONTRACTS / "schemas" / f"{name}.schema.yaml")
        files[PYTHON / f"{name}.py"] = python_structs(schema)
        files[TYPESCRIPT / f"{name}.ts"] = ts_schema(schema)
    return files | message_files(load_messages())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not in step")
    arguments = parser.parse_args()
    files = generate()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments.check:
        if stale:
            names = "\n  ".join(str(path.relative_to(ROOT)) for path in stale)
            raise SystemExit(f"not in step with contracts/ (run: make contracts):\n  {names}")
        return
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    print(f"{len(files)} files in step, {len(stale)} written")


if __name__ == "__main__":
    main()
