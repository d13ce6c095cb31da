"""Strict YAML and TOML: plain values, each with the line it stands on.

Owns parsing of the structured files of a source. Does not know their fields. Refuses what a data file has no use
for and an attacker has: anchors, aliases, merge keys, tags, duplicate keys, deep or vast nesting.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

import yaml

from xuetan.packs import limits
from xuetan.packs.findings import Findings

FieldPath = tuple[str | int, ...]
_PLAIN = ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in _PLAIN}


@dataclass
class Document:
    """A parsed file: its value and the line of every field, by path."""

    value: Any
    lines: dict[FieldPath, int] = field(default_factory=dict)

    def line_of(self, path: FieldPath) -> int:
        """The line of this field, or of the nearest thing around it that has one."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return self.lines.get((), 0)


class _RefusedError(Exception):
    def __init__(self, code: str, line: int, **params: object) -> None:
        super().__init__(code)
        self.code, self.line = code, line
        self.params = {name: str(value) for name, value in params.items()}


def read_text(data: bytes, file: str, findings: Findings) -> str | None:
    """UTF-8 text with LF line ends and without a byte order mark, or None with the reason reported."""
    if len(data) > limits.TEXT_FILE_BYTES_MAX:
        findings.error("text_too_large", file, limit=limits.TEXT_FILE_BYTES_MAX)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        findings.error("not_utf8", file, data.count(b"\n", 0, error.start) + 1)
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    forbidden = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", text)
    if forbidden:
        findings.error("control_character", file, text.count("\n", 0, forbidden.start()) + 1)
        return None
    return text


def parse_yaml(text: str, file: str, findings: Findings, *, first_line: int = 1) -> Document | None:
    """`first_line` is the line of the file on which `text` begins."""
    offset = first_line
    try:
        _refuse_machinery(text, offset)
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            document = Document(None, {(): offset})
            if node is not None:
                document.value = _plain(loader, node, (), document.lines, offset)
        finally:
            loader.dispose()
    except _RefusedError as refused:
        findings.add_error(refused.code, file, refused.line, refused.params)
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        findings.error("yaml_malformed", file, mark.line + offset if mark else offset, problem=error.problem or "")
        return None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        findings.error("yaml_malformed", file, offset, problem=type(error).__name__)
        return None
    return document


def _refuse_machinery(text: str, offset: int) -> None:
    """Before anything is built: walk the events, which cost memory only one at a time."""
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        line = event.start_mark.line + offset if event.start_mark else offset
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError("yaml_alias", line)
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
        if depth > limits.DOCUMENT_DEPTH_MAX or nodes > limits.DOCUMENT_NODES_MAX:
            raise _RefusedError("document_too_deep", line)


def _plain(loader: yaml.SafeLoader, node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int], offset: int) -> Any:
    line = node.start_mark.line + offset
    lines[path] = line
    if node.tag not in PLAIN_TAGS:
        raise _RefusedError("yaml_tag", line, tag=node.tag)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*path, index), lines, offset) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(loader, node, path, lines, offset)
    return loader.construct_object(node)


def _plain_mapping(
    loader: yaml.SafeLoader, node: yaml.MappingNode, path: FieldPath, lines: dict[FieldPath, int], offset: int
) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + offset
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
            raise _RefusedError("key_not_text", line, key=str(key_node.value))
        key = str(key_node.value)
        if key in value:
            raise _RefusedError("key_twice", line, key=key)
        value[key] = _plain(loader, value_node, (*path, key), lines, offset)
        lines[(*path, key)] = line
    return value


def parse_toml(text: str, file: str, findings: Findings) -> Document | None:
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        findings.error("toml_malformed", file, int(line[1]) if line else 0, problem=str(error))
        return None
    return Document(value, _toml_lines(text))


def _toml_lines(text: str) -> dict[FieldPath, int]:
    """Lines of keys, found by looking at the text: the standard library's parser does not tell."""
    lines: dict[FieldPath, int] = {(): 1}
    table: FieldPath = ()
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*\[([A-Za-z0-9_.-]+)\]", line)
        key = re.match(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*=", line)
        if header:
            table = tuple(header[1].split("."))
            lines.setdefault(table, number)
        elif key:
            lines.setdefault((*table, key[1]), number)
    return lines
