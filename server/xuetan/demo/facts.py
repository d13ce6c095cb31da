"""What a person or a program needs to know to use the demo: `demo.json`, and one table for the terminal.

Owns the shape of both. The facts that must survive (people, codes, password) are kept inside the data folder; `demo.json` is written
anew at each start, because the address and the folder may be others than last time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict
from unicodedata import east_asian_width
from urllib.parse import urlsplit

import segno

from xuetan.accounts import service as accounts
from xuetan.kernel.storage import write_durably
from xuetan.kernel.text import t

FACTS_FILE = "demo.json"
KEPT_FILE = "demo-facts.json"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ConsoleFacts(TypedDict):
    sign_in: str
    password: str


class PersonFacts(TypedDict, total=False):
    """`mentor_id` stands with teachers only."""

    id: str
    role: str
    name: str
    code: str
    mentor_id: str


class KeptFacts(TypedDict):
    """What was decided when the demo was made. `sources`: the fingerprint of each pack's folder when it was last built."""

    console: ConsoleFacts
    people: list[PersonFacts]
    packs: list[str]
    sources: dict[str, str]


def read_kept(data_folder: Path) -> KeptFacts:
    kept: KeptFacts = json.loads((data_folder / KEPT_FILE).read_text(encoding="utf-8"))
    return kept


def write_kept(data_folder: Path, kept: KeptFacts) -> None:
    write_durably(data_folder / KEPT_FILE, _json(kept), mode=0o600)


def write_facts(folder: Path, kept: KeptFacts, base_url: str, database: Path) -> None:
    """Write `demo.json`, whole or not at all."""
    facts = {
        "base_url": base_url,
        "console": kept["console"],
        "people": kept["people"],
        "packs": kept["packs"],
        "database": str(database),
    }
    write_durably(folder / FACTS_FILE, _json(facts), mode=0o600)


def say_table(
    kept: KeptFacts, base_url: str, folder: Path, language: str, say: Callable[[str], None], *, is_public: bool
) -> None:
    """The one table; below it, what a phone needs. `is_public`: the address was chosen for phones (PUBLIC_URL)."""
    console = kept["console"]
    rows = [
        (t(language, "demo.row_phone"), f"{base_url}/"),
        (t(language, "demo.row_console"), f"{base_url}/console/"),
        ("", t(language, "demo.row_console_account", **console)),
        *(
            (t(language, f"demo.row_{person['role']}"), f"{_padded(person['name'], 10)} {person['code']}")
            for person in kept["people"]
        ),
        (t(language, "demo.row_data"), str(folder)),
    ]
    width = max(_width(name) for name, _ in rows)
    say("")
    say(f"  {t(language, 'demo.title')}")
    say(f"  {'─' * (width + 2 + max(_width(text) for _, text in rows))}")
    for name, text in rows:
        say(f"  {_padded(name, width)}  {text}")
    say("")
    _say_how_a_phone_gets_in(kept, base_url, language, say, is_public=is_public)
    say(f"  {t(language, 'demo.stop')}")


def is_secure(base_url: str) -> bool:
    """Where browsers allow a service worker: https, or this machine itself."""
    parts = urlsplit(base_url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def _say_how_a_phone_gets_in(
    kept: KeptFacts, base_url: str, language: str, say: Callable[[str], None], *, is_public: bool
) -> None:
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not is_secure(base_url):
        say(f"  {t(language, 'demo.insecure', address=base_url)}")
        return
    if parts.scheme != "https":
        say(f"  {t(language, 'demo.adb', port=port, address=base_url)}")
    if not is_public:
        return
    for role in ("teacher", "mentor"):
        person = next(one for one in kept["people"] if one["role"] == role)
        say(f"  {t(language, 'demo.qr', name=person['name'])}")
        say(_qr(accounts.sign_in_link(base_url, person["code"])))


def _qr(link: str) -> str:
    """A QR of half blocks: two modules in one character."""
    rows = [list(row) for row in segno.make(link, error="m", micro=False).matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("  " + "".join(blocks[one, two] for one, two in zip(*pair, strict=True)) for pair in pairs)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))
