"""`xuetan demo`: makes the demo's data once, brings changed packs up to date, and serves, in one process.

Owns the options and the order. The data is made in a folder beside its place and moved there when it is whole, so a start that was
cut short leaves nothing half made.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from xuetan.demo import facts, making, sources
from xuetan.demo.facts import KeptFacts
from xuetan.demo.sources import Tell
from xuetan.kernel.text import t
from xuetan.serving import data_folder_locked, serve
from xuetan.settings import Settings

DATA = "data"
MAKING = "making"


@dataclass(frozen=True)
class Options:
    """DEMO_DIR, PORT, HOST, PUBLIC_URL, TLS_CERT, TLS_KEY."""

    folder: Path
    host: str
    port: int
    public_url: str
    tls_cert: Path | None
    tls_key: Path | None

    @property
    def base_url(self) -> str:
        """The address to open: as told, else this machine's own."""
        if self.public_url:
            return self.public_url.rstrip("/")
        scheme = "https" if self.tls_cert else "http"
        host = _own_address() if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 (compared, not bound)
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def settings(self, data_folder: Path) -> Settings:
        """Nothing of an installation that may live on this machine is touched: folder and database are the demo's own."""
        return Settings(
            data_dir=data_folder,
            pack_sources_dir=sources.find_sources(),
            database_url="",
            blob_url="",
            public_url=self.base_url,
            host=self.host,
            port=self.port,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            content_origin="",
            secure_cookies=self.base_url.startswith("https:"),
        )


def read_options(environ: Mapping[str, str]) -> Options:
    return Options(
        folder=Path(environ.get("DEMO_DIR") or "demo-data").resolve(),
        host=environ.get("HOST") or "127.0.0.1",
        port=int(environ.get("PORT") or 8700),
        public_url=environ.get("PUBLIC_URL", ""),
        tls_cert=Path(environ["TLS_CERT"]) if environ.get("TLS_CERT") else None,
        tls_key=Path(environ["TLS_KEY"]) if environ.get("TLS_KEY") else None,
    )


def run(environ: Mapping[str, str], language: str, say: Callable[[str], None]) -> int:
    """Make what is missing, then serve until told to stop. Returns the exit status."""
    options = read_options(environ)
    with data_folder_locked(options.settings(options.folder)):
        kept = prepare_data(options, language, say)
        settings = options.settings(options.folder / DATA)
        status = serve(
            settings,
            on_ready=lambda: facts.say_table(
                kept, options.base_url, options.folder, language, say, is_public=bool(options.public_url)
            ),
        )
        if status == 0:
            say(t(language, "cli.stopped"))
        return status


def prepare_data(options: Options, language: str, say: Callable[[str], None]) -> KeptFacts:
    """Make the data, or bring changed packs up to date, and write `demo.json`. The folder is locked by the caller."""
    data = options.folder / DATA
    if data.is_dir():
        sources.refresh(options.settings(data), _teller(language, say))
    else:
        _make(options, language, say)
    kept = facts.read_kept(data)
    facts.write_facts(options.folder, kept, options.base_url, data / "xuetan.sqlite")
    return kept


def _make(options: Options, language: str, say: Callable[[str], None]) -> None:
    unfinished = options.folder / MAKING
    shutil.rmtree(unfinished, ignore_errors=True)
    say(t(language, "demo.making"))
    making.make(options.settings(unfinished), _teller(language, say))
    unfinished.rename(options.folder / DATA)


def _teller(language: str, say: Callable[[str], None]) -> Tell:
    def tell(key: str, /, **params: object) -> None:
        say(t(language, key, **params))

    return tell


def _own_address() -> str:
    """The address of this machine that others on its network see; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
