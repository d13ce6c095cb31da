"""The packs that a hub keeps for its phones: those of the classes it mirrors and those open to all, the newest version of each.

Owns which files are wanted, in which order they come, and how much room they may take. Invariants: nothing is given to phones
that was not verified here by the root's key; what came of a file over a line that died is not fetched twice; an older version
goes when the newer one is whole; records come first, so packs stop where the disk gets full.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import msgspec
from sqlmodel import Session

from xuetan.contracts.manifest import Keyring, Manifest
from xuetan.contracts.rows import PackCard, PackRecalled
from xuetan.event_log import service as event_log
from xuetan.kernel.services import Services
from xuetan.kernel.storage import BlobStore
from xuetan.packs.service import MirroredVersion, mirror
from xuetan.relay.line import Line, NoLineError
from xuetan.relay.state import find_state, get_state

FOLDER = "shelf"
SLICE_BYTES = 256 * 1024
# Far beyond any keyring, signature or manifest.
SMALL_BYTES_MAX = 8 * 1024 * 1024
FREE_BYTES_MIN = 512 * 1024 * 1024
# What the root did not give, or gave otherwise than it was signed.
TRY_AGAIN_MS = 10 * 60_000
# What everybody needs first; tiers that nobody knows yet come last.
TIERS = ("text", "pictures")
log = logging.getLogger("xuetan.relay")


class _File(NamedTuple):
    sha256: str
    bytes: int
    tier: str


class _NotGivenError(Exception):
    """The root has no such file, or it is not what was signed."""


def shelf_blobs(services: Services) -> BlobStore:
    """Where the packs of a hub lie: always on its own disk."""
    return BlobStore(services.settings.data_dir / FOLDER)


class Shelf:
    """Fetches from the root what is wanted and not here. One thread at a time."""

    def __init__(self, services: Services, line: Line) -> None:
        self._services = services
        self._line = line
        self._blobs = shelf_blobs(services)
        self._begun = services.settings.data_dir / FOLDER / ".begun"
        self._begun.mkdir(parents=True, exist_ok=True)
        self._not_before_ms: dict[str, int] = {}

    def fetch(self) -> bool:
        """One small step; True when another may follow at once. NoLineError."""
        with self._services.database.reading() as session:
            cards = read_cards(session)
            kept = mirror.list_mirrored(session)
            blobs = mirror.list_mirrored_blobs(session)
        for card in cards:
            if card.manifest not in kept and self._may_try(card.manifest):
                return self._try(card.manifest, partial(self._fetch_version, card))
        manifests = {card.manifest: self._manifest(card.manifest) for card in cards if card.manifest in kept}
        self._mark_whole(manifests, kept, blobs)
        for file in self._files_in_order(cards, manifests):
            if file.sha256 not in blobs and self._may_try(file.sha256):
                return self._try(file.sha256, partial(self._fetch_slice, file))
        self._clear(cards, manifests, kept, blobs)
        return False

    def _files_in_order(self, cards: list[PackCard], manifests: dict[str, Manifest]) -> Iterator[_File]:
        """The bundles that fit: of all packs the text first, of equals what everybody must study, then the smaller."""
        files = [
            (_rank(bundle.tier), not card.compulsory, bundle.bytes, _File(bundle.blob, bundle.bytes, bundle.tier))
            for card in cards
            if (manifest := manifests.get(card.manifest)) is not None
            for bundle in manifest.bundles
        ]
        room = self._services.settings.hub_packs_mb * 1_000_000
        for _rank_of, _compulsory, size, file in sorted(files):
            room -= size
            if room < 0:
                return
            yield file

    def _may_try(self, sha256: str) -> bool:
        return self._not_before_ms.get(sha256, 0) <= self._services.clock.now_ms()

    def _try(self, sha256: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except _NotGivenError as error:
            log.warning("a file of a pack is not to be had: %s", error)
            self._not_before_ms[sha256] = self._services.clock.now_ms() + TRY_AGAIN_MS
        return True

    def _fetch_version(self, card: PackCard) -> None:
        manifest = self._fetch_small(f"/packs/b/{card.manifest}")
        signature = self._fetch_small(f"/packs/s/{card.manifest}")
        version = mirror.open_mirrored(self._keyring(), card, manifest, signature)
        if version is None:
            version = mirror.open_mirrored(self._fetch_keyring(), card, manifest, signature)
        if version is None or self._blobs.put(manifest) != card.manifest:
            raise _NotGivenError(f"manifest of {card.slug} {card.version}")
        with self._services.database.transaction() as session:
            mirror.put_mirrored(session, version, manifest)

    def _keyring(self) -> Keyring:
        with self._services.database.reading() as session:
            state = get_state(session)
        kept = mirror.open_root_keyring(state.keyring.encode(), state.root_key) if state.keyring else None
        return kept or self._fetch_keyring()

    def _fetch_keyring(self) -> Keyring:
        """The root's list as it is now, kept for phones."""
        signed = self._fetch_small("/packs/keyring")
        with self._services.database.transaction() as session:
            state = get_state(session)
            before = mirror.open_root_keyring(state.keyring.encode(), state.root_key) if state.keyring else None
            keyring = mirror.open_root_keyring(signed, state.root_key, before.version if before else 0)
            if keyring is None:
                raise _NotGivenError("the list of publishers")
            state.keyring = signed.decode()
            session.add(state)
        return keyring

    def _fetch_small(self, path: str) -> bytes:
        status, body = self._line.get(path, SMALL_BYTES_MAX)
        if status != 200:
            raise _NotGivenError(f"{path}: {status}")
        return body

    def _fetch_slice(self, file: _File) -> None:
        """What comes next of a file; at its end the file takes its place."""
        begun = self._begun / file.sha256
        done = begun.stat().st_size if begun.exists() else 0
        if done < file.bytes:
            if shutil.disk_usage(self._begun).free < FREE_BYTES_MIN + file.bytes - done:
                raise _NotGivenError("the disk is full")
            with begun.open("ab") as opened:
                count = min(SLICE_BYTES, file.bytes - done)
                status = self._line.fetch(f"/packs/b/{file.sha256}", done, count, opened.write)
            if status != 206:
                raise _NotGivenError(f"{file.sha256}: {status}")
            if begun.stat().st_size == done:
                raise NoLineError("nothing came")
        if begun.stat().st_size < file.bytes:
            return
        if not self._blobs.adopt(begun, file.sha256):
            raise _NotGivenError(f"{file.sha256} is another file")
        with self._services.database.transaction() as session:
            mirror.put_mirrored_blob(session, file.sha256, mirror.BUNDLE_TYPE, file.bytes)

    def _mark_whole(self, manifests: dict[str, Manifest], kept: dict[str, MirroredVersion], blobs: set[str]) -> None:
        whole = [one for one, manifest in manifests.items() if not kept[one].is_whole and _has_text(manifest, blobs)]
        if whole:
            with self._services.database.transaction() as session:
                for one in whole:
                    mirror.mark_whole(session, one, self._services.clock.now_ms())

    def _manifest(self, sha256: str) -> Manifest:
        return msgspec.json.decode(self._blobs.get(sha256), type=Manifest)

    def _clear(
        self, cards: list[PackCard], manifests: dict[str, Manifest], kept: dict[str, MirroredVersion], blobs: set[str]
    ) -> None:
        """All that is wanted and could be had is here: what nobody asks for any more goes. An older version stays while the
        newer one cannot be had."""
        replaced = {kept[one].slug for one, manifest in manifests.items() if _has_text(manifest, blobs)}
        asked = {card.slug for card in cards}
        old = {
            one
            for one, version in kept.items()
            if one not in manifests and (version.slug in replaced or version.slug not in asked)
        }
        stays = {one: manifests.get(one) or self._manifest(one) for one in kept if one not in old}
        files = stays.keys() | {bundle.blob for manifest in stays.values() for bundle in manifest.bundles}
        gone = blobs - files
        if old or gone:
            with self._services.database.transaction() as session:
                mirror.drop_mirrored(session, old, gone)
            for sha256 in gone:
                self._blobs.remove(sha256)
        for begun in self._begun.iterdir():
            if begun.name not in files:
                begun.unlink()


def read_cards(session: Session) -> list[PackCard]:
    """The newest card of each pack in what this hub mirrors, without those that were recalled; before it joined, none."""
    if find_state(session) is None:
        return []
    recalled = {(one.slug, one.version) for one in event_log.read_mirrored_rows(session, "pack_recalled", PackRecalled)}
    newest: dict[str, PackCard] = {}
    for card in event_log.read_mirrored_rows(session, "pack", PackCard):
        known = newest.get(card.slug)
        if (card.slug, card.version) not in recalled and (known is None or known.version < card.version):
            newest[card.slug] = card
    return [newest[slug] for slug in sorted(newest)]


def _has_text(manifest: Manifest, blobs: set[str]) -> bool:
    return all(one.blob in blobs for one in manifest.bundles if one.tier == TIERS[0])


def _rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else len(TIERS)
