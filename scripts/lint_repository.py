"""The repository's own rules, where no ready linter holds them.

Sizes, faces between domains, texts for every error code, documented test ids and dependencies, words that do not belong
here, and tests that cannot fail. Prints each breach with its place and ends with status 1 when there is one.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "server" / "xuetan"
DOMAINS = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {
    "kernel",
    "contracts",
    "migrations",
    "pwa_dist",
    "__pycache__",
}
FACES = {"service", "events", "errors"}
ASSEMBLERS = {"app", "wiring", "migrations", "cli", "__main__"}

PYTHON_LINES_MAX = 400
PYTHON_FUNCTION_LINES_MAX = 60
TYPESCRIPT_LINES_MAX = 250
COMPONENT_LINES_MAX = 200


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [ROOT / name for name in listed.splitlines() if name.endswith(suffixes)]
    return [path for path in paths if path.exists()]


def is_generated(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return bool({"contracts", "generated", "versions"} & set(parts))


def place(path: Path, line: int = 1) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def sizes() -> Iterator[str]:
    for path in tracked(".py", ".ts", ".tsx"):
        if is_generated(path):
            continue
        text = path.read_text(encoding="utf-8")
        count = text.count("\n")
        is_test = ".test." in path.name or bool({"tests", "testing"} & set(path.parts))
        limit = {".py": PYTHON_LINES_MAX, ".ts": TYPESCRIPT_LINES_MAX, ".tsx": COMPONENT_LINES_MAX}[path.suffix]
        if count > limit:
            yield f"{place(path)} has {count} lines, more than {limit}"
        if path.suffix == ".py" and not is_test and "scripts" not in path.parts:
            yield from long_functions(path, text)


def long_functions(path: Path, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > PYTHON_FUNCTION_LINES_MAX:
                yield f"{place(path, node.lineno)} {node.name} has {lines} lines, more than {PYTHON_FUNCTION_LINES_MAX}"


def module_docstrings() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        if "migrations/versions" in str(path) or "pwa_dist" in path.parts:
            continue
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"{place(path)} has no docstring that says what the module owns"


def faces() -> Iterator[str]:
    """Another domain may use a domain's service, events and errors; never its models, queries or rules."""
    for path in PACKAGE.rglob("*.py"):
        here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if here in ASSEMBLERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for domain, module in imported(node):
                if domain in DOMAINS and domain != here and module not in FACES:
                    yield f"{place(path, node.lineno)} reaches past the face of {domain}: {module or 'the package'}"  # type: ignore[attr-defined]


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """(domain, module) pairs named by an import of xuetan.<domain>.<module>."""
    if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("xuetan."):
        parts = node.module.split(".")[1:]
        if len(parts) > 1:
            yield parts[0], parts[1]
        else:
            yield from ((parts[0], alias.name) for alias in node.names)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            parts = alias.name.split(".")
            if parts[0] == "xuetan" and len(parts) > 2:
                yield parts[1], parts[2]


def error_texts() -> Iterator[str]:
    errors = yaml.safe_load((ROOT / "contracts" / "errors.yaml").read_text(encoding="utf-8"))
    texts = yaml.safe_load((ROOT / "contracts" / "messages" / "errors.yaml").read_text(encoding="utf-8"))
    for group, prefix in (("errors", "error"), ("set_aside", "set_aside"), ("pack_refused", "pack_refused")):
        for code in errors[group]:
            if f"{prefix}.{code}" not in texts:
                yield f"contracts/messages/errors.yaml has no text {prefix}.{code}"


def documented_test_ids() -> Iterator[str]:
    documented = (ROOT / "docs" / "driving.md").read_text(encoding="utf-8")
    for path in tracked(".tsx", ".j2", ".html"):
        for match in re.finditer(r'data-testid="([a-z0-9-]+)"', path.read_text(encoding="utf-8")):
            if f"`{match[1]}`" not in documented:
                yield f"{place(path)} has data-testid {match[1]}, which docs/driving.md does not name"


def documented_dependencies() -> Iterator[str]:
    documented = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    package = __import__("json").loads((ROOT / "pwa" / "package.json").read_text(encoding="utf-8"))
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[\[<>=~ ]", requirement)[0] for requirement in wanted]
    names += [*package.get("dependencies", {}), *package.get("devDependencies", {})]
    yield from (
        f"docs/dependencies.md has no sentence on {name}" for name in names if f"`{name.lower()}`" not in documented
    )


def documented_settings() -> Iterator[str]:
    documented = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    for match in re.finditer(r"^    (\w+): .+=", (PACKAGE / "settings.py").read_text(encoding="utf-8"), flags=re.M):
        if f"`XUETAN_{match[1].upper()}`" not in documented and match[1] != "model_config":
            yield f"docs/runbook.md does not name the setting XUETAN_{match[1].upper()}"


def migrations() -> Iterator[str]:
    """One after the other, each named by its revision: two of one number have no order."""
    before = ""
    for path in sorted((PACKAGE / "migrations" / "versions").glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        told = {name: re.search(rf'^{name} = "?(\w+)"?$', text, flags=re.M) for name in ("revision", "down_revision")}
        revision, down = (match[1] if match else "" for match in told.values())
        if revision != path.name[:4]:
            yield f"{place(path)} is revision {revision}"
        if down != (before or "None"):
            yield f"{place(path)} comes after {down}, not after {before}"
        before = revision


FOREIGN_WORDS = re.compile(
    r"(/(?:work|root)/[a-z.]|AI assist"
    + r"ant|language model assist"
    + r"ant|registry\.npmjs|pypi\.org|files\.pythonhosted)"
)
WEAK_TESTS = re.compile(
    r"(mark\.skip|skipif|xfail|pytest\.skip\(|\.skip\(|\.only\(|time\.sleep\("
    r"|wait_for_timeout|waitForTimeout|assert True\b)"
)


def words() -> Iterator[str]:
    for path in tracked(
        ".py", ".ts", ".tsx", ".md", ".toml", ".yaml", ".json", ".j2", ".html", ".css", "Makefile", ".svg"
    ):
        if path == Path(__file__).resolve():
            continue
        is_test = "tests" in path.parts or ".test." in path.name
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if FOREIGN_WORDS.search(line):
                yield f"{place(path, number)} speaks of a machine or a workplace: {line.strip()[:80]}"
            if is_test and WEAK_TESTS.search(line):
                yield f"{place(path, number)} is a test that waits by the clock or cannot fail: {line.strip()[:80]}"


def main() -> None:
    rules = (
        sizes,
        module_docstrings,
        faces,
        error_texts,
        documented_test_ids,
        documented_dependencies,
        documented_settings,
        migrations,
        words,
    )
    breaches = [breach for rule in rules for breach in rule()]
    for breach in breaches:
        print(breach)
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
