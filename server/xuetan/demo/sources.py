"""The demo's packs: where their sources lie, building them, and building again what has changed.

Owns the fingerprints that tell whether a folder has changed since it was built. A pack whose content changed under the same version
stays as it was published: phones may have it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from xuetan.accounts.service import OPERATOR
from xuetan.app import build_services, prepare
from xuetan.demo import facts
from xuetan.kernel.services import Services
from xuetan.packs import service as packs
from xuetan.packs.errors import PackSourceInvalidError, PackVersionConflictError
from xuetan.settings import Settings

# Compulsory first; the last is the one that is not given to the class but open to everybody.
SLUGS = ("ethics-two-teacher-school", "multigrade-one-room", "village-reading-ten-books")
BUILD_SECONDS_MAX = 600
_PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (_PACKAGE.parents[1] / "content_packs", _PACKAGE / "content_packs")


class NoSourcesError(RuntimeError):
    """There is no folder of packs' sources, neither in a checkout nor in the installed package."""


class Tell(Protocol):
    """Says a message of the catalogue to whoever started the demo."""

    def __call__(self, key: str, /, **params: object) -> None: ...


def find_sources() -> Path:
    """The folder of the packs' sources: in a checkout, or inside the installed package."""
    found = next((place for place in PLACES if place.is_dir()), None)
    if found is None:
        raise NoSourcesError
    return found


def fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def build(services: Services, slug: str) -> str:
    """Build and publish one pack as it is now; its fingerprint. Jobs must be running."""
    folder = find_sources() / slug
    made_from = fingerprint(folder)
    source = packs.read_source(folder, services)
    with services.database.transaction() as session:
        build_id = packs.request_build(session, services, OPERATOR, source)
    services.jobs.wait_idle(BUILD_SECONDS_MAX)
    with services.database.reading() as session:
        state = packs.get_build(session, OPERATOR, build_id)
    if state.error_code == PackVersionConflictError.code:
        raise PackVersionConflictError(slug, source.version, source.version)
    if state.state != "published":
        raise RuntimeError(f"{slug}: {state.state} {state.error_code}")
    return made_from


def refresh(settings: Settings, tell: Tell) -> None:
    """Publish what has changed since the last start. What cannot be published is said and left as it was."""
    kept = facts.read_kept(settings.data_dir)
    changed = [slug for slug in SLUGS if kept["sources"].get(slug) != fingerprint(find_sources() / slug)]
    if not changed:
        return
    services = build_services(settings)
    prepare(services)
    with jobs_running(services):
        for slug in changed:
            tell("demo.building_pack", slug=slug)
            try:
                kept["sources"][slug] = build(services, slug)
            except PackVersionConflictError as error:
                tell("demo.pack_unchanged_version", slug=slug, version=error.details["version"])
            except PackSourceInvalidError as error:
                tell("cli.pack_not_published", slug=slug, reason=error.findings[0].place)
    services.database.close()
    facts.write_kept(settings.data_dir, kept)


@contextmanager
def jobs_running(services: Services) -> Iterator[None]:
    services.jobs.start()
    try:
        yield
    finally:
        services.jobs.stop()
