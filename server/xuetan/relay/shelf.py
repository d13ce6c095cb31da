"""The packs that a hub keeps for its phones: those of the classes it mirrors and those open to all, the newest version of each.

Owns which files are wanted, in which order they come, and how much room they may take. Invariants: nothing is given to phones
that was not verified here by the root's key; what came of a file over a line that died is not fetched twice; an older version
goes when the newer one is whole; records come first, so packs stop where the disk gets full.
"""

import logging
import shutil
from collections.abc import Callable
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
from xuetan.relay.line import Line, NoLineError, TooLargeError
from xuetan.relay.state import find_state, get_state

FOLDER = "shelf"
SLICE_BYTES = 256 * 1024
# Far beyond any keyring, signature or manifest.
SMALL_BYTES_MAX = 8 * 1024 * 1024
FREE_BYTES_MIN = 512 * 1024 * 1024
# After what the root did not give, or gave otherwise than it was signed; after a line that died; each time twice as long.
TRY_AGAIN_MS, REST_MS = 10 * 60_000, 60_000
DAY_MS = KEYRING_ASKED_MS = 24 * 60 * 60_000
# What no class has any more; it may have it again, and after the root was put back nobody has anything until the mirror is made anew.
UNASKED_KEPT_MS = 30 * DAY_MS
KEYRING_PATH = "/packs/keyring"
# What is put off besides single files.
ALL = "all"
# What everybody needs first; tiers that nobody knows yet come last.
TIERS = ("text", "pictures")
log = logging.getLogger("xuetan.relay")


class _File(NamedTuple):
    sha256: str
    bytes: int


class _Stock(NamedTuple):
    """What is here: versions and their manifests by the manifest's hash, and all files."""

    versions: dict[str, MirroredVersion]
    manifests: dict[str, Manifest]
    blobs: set[str]


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
        self._folder = services.settings.data_dir / FOLDER
        self._begun = self._folder / ".begun"
        self._begun.mkdir(parents=True, exist_ok=True)
        self._failures: dict[str, int] = {}
        self._not_before_ms: dict[str, int] = {}
        self._unasked_ms: dict[str, int] = {}

    def fetch(self) -> bool:
        """One small step; True when another may follow at once. Raises nothing: whatever is wrong with packs, records go on,
        and packs rest for a while that grows."""
        if not self._may_try(ALL):
            return False
        try:
            is_left = self._step()
        except NoLineError as error:
            log.info("packs wait for a better line: %s", error)
        except Exception:
            log.exception("packs could not be fetched")
        else:
            self._failures.pop(ALL, None)
            return is_left
        self._put_off(ALL, REST_MS)
        return False

    def _step(self) -> bool:
        with self._services.database.reading() as session:
            cards, recalled = read_cards(session)
            kept, listed = mirror.list_mirrored(session), mirror.list_mirrored_blobs(session)
        stock = self._take_stock(kept, listed, recalled)
        if cards and self._may_try(KEYRING_PATH):
            return self._try(KEYRING_PATH, self._fetch_keyring)
        wanted = {card.manifest: stock.manifests[card.manifest] for card in cards if card.manifest in stock.manifests}
        fitting = self._fitting(cards, wanted)
        self._clear(stock, cards, fitting)
        self._mark_whole(stock)
        for card in cards:
            if card.manifest not in wanted and self._may_try(card.manifest):
                return self._try(card.manifest, partial(self._fetch_version, card))
        for file in fitting:
            if file.sha256 not in stock.blobs and self._may_try(file.sha256):
                return self._try(file.sha256, partial(self._fetch_slice, file))
        return False

    def _take_stock(self, kept: dict[str, MirroredVersion], listed: set[str], recalled: set[tuple[str, int]]) -> _Stock:
        """What is listed and here, without what was recalled or signed by a publisher who is trusted no more. A file may be
        gone: an operator made room."""
        revoked = self._revoked()
        blobs = {sha256 for sha256 in listed if self._blobs.has(sha256)}
        versions = {one: version for one, version in kept.items() if one in blobs}
        lost = listed - blobs
        if lost or len(versions) < len(kept):
            log.warning("%d files of packs are gone from %s; they are fetched anew", len(lost), self._folder)
            with self._services.database.transaction() as session:
                mirror.drop_mirrored(session, kept.keys() - versions.keys(), lost)
        versions = {
            one: version
            for one, version in versions.items()
            if (version.slug, version.version) not in recalled and version.key_id not in revoked
        }
        manifests = {one: msgspec.json.decode(self._blobs.get(one), type=Manifest) for one in versions}
        return _Stock(versions, manifests, blobs)

    def _fitting(self, cards: list[PackCard], wanted: dict[str, Manifest]) -> list[_File]:
        """The bundles for which there is room: of all packs the text first, of equals what everybody must study, then the
        smaller."""
        files = {
            (_rank(bundle.tier), not card.compulsory, bundle.bytes, _File(bundle.blob, bundle.bytes))
            for card in cards
            if card.manifest in wanted
            for bundle in wanted[card.manifest].bundles
        }
        room = self._services.settings.hub_packs_mb * 1_000_000
        found: list[_File] = []
        for _, _, size, file in sorted(files):
            if size <= room:
                room -= size
                found.append(file)
        return found

    def _may_try(self, what: str) -> bool:
        left_ms = self._not_before_ms.get(what, 0) - self._services.clock.now_ms()
        # Longer than any wait is: the clock was put right.
        return not 0 < left_ms <= DAY_MS

    def _put_off(self, what: str, ms: int) -> None:
        """Each time longer than the time before, up to a day: wrong bytes cost as much as right ones."""
        failures = self._failures[what] = self._failures.get(what, 0) + 1
        self._not_before_ms[what] = self._services.clock.now_ms() + min(ms * 2 ** (failures - 1), DAY_MS)

    def _try(self, what: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except (_NotGivenError, TooLargeError) as error:
            log.warning("a file of a pack is not to be had: %s", error)
            self._put_off(what, TRY_AGAIN_MS)
        except NoLineError:
            # Others first, next time: this one may be too large for such a line.
            self._not_before_ms[what] = self._services.clock.now_ms() + REST_MS
            raise
        return True

    def _fetch_version(self, card: PackCard) -> None:
        manifest = self._fetch_small(f"/packs/b/{card.manifest}")
        signature = self._fetch_small(f"/packs/s/{card.manifest}")
        keyring = self._kept_keyring()
        version = mirror.open_mirrored(keyring, card, manifest, signature) if keyring is not None else None
        if version is None:
            version = mirror.open_mirrored(self._fetch_keyring(), card, manifest, signature)
        if version is None or self._blobs.put(manifest) != card.manifest:
            raise _NotGivenError(f"manifest of {card.slug} {card.version}")
        with self._services.database.transaction() as session:
            mirror.put_mirrored(session, version, manifest)

    def _kept_keyring(self) -> Keyring | None:
        with self._services.database.reading() as session:
            state = find_state(session)
        if state is None or state.keyring is None:
            return None
        return mirror.open_root_keyring(state.keyring.encode(), state.root_key)

    def _fetch_keyring(self) -> Keyring:
        """The root's list as it is now, kept for phones."""
        signed = self._fetch_small(KEYRING_PATH)
        with self._services.database.transaction() as session:
            state = get_state(session)
            before = mirror.open_root_keyring(state.keyring.encode(), state.root_key) if state.keyring else None
            keyring = mirror.open_root_keyring(signed, state.root_key, before.version if before else 0)
            if keyring is None:
                raise _NotGivenError("the list of publishers")
            state.keyring = signed.decode()
            session.add(state)
        self._failures.pop(KEYRING_PATH, None)
        self._not_before_ms[KEYRING_PATH] = self._services.clock.now_ms() + KEYRING_ASKED_MS
        return keyring

    def _fetch_small(self, path: str) -> bytes:
        status, body = self._line.get(path, SMALL_BYTES_MAX)
        if status != 200:
            raise _NotGivenError(f"{path}: {status}")
        return body

    def _fetch_slice(self, file: _File) -> None:
        """What comes next of a file; at its end the file takes its place."""
        if self._blobs.has(file.sha256):
            # It came before the power went.
            self._list(file)
            return
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
        self._list(file)

    def _list(self, file: _File) -> None:
        with self._services.database.transaction() as session:
            mirror.put_mirrored_blob(session, file.sha256, mirror.BUNDLE_TYPE, file.bytes)

    def _mark_whole(self, stock: _Stock) -> None:
        changed = {
            one: _has_text(stock.manifests[one], stock.blobs)
            for one, version in stock.versions.items()
            if version.is_whole != _has_text(stock.manifests[one], stock.blobs)
        }
        if changed:
            with self._services.database.transaction() as session:
                for one, is_whole in changed.items():
                    mirror.mark_whole(session, one, self._services.clock.now_ms() if is_whole else 0)

    def _clear(self, stock: _Stock, cards: list[PackCard], fitting: list[_File]) -> None:
        """What is no stock goes, and an older version when the text of the newer one is here, what there is no room for, and, after a
        while, what nobody asks for."""
        wanted = {card.manifest for card in cards}
        replaced = {
            version.slug
            for one, version in stock.versions.items()
            if one in wanted and _has_text(stock.manifests[one], stock.blobs)
        }
        asked = {card.slug for card in cards}
        kept = self._kept_unasked(stock, asked, fitting)
        for one, version in list(stock.versions.items()):
            if one not in wanted and (version.slug in replaced or (version.slug not in asked and one not in kept)):
                del stock.versions[one], stock.manifests[one]
        needed = set(stock.versions) | {file.sha256 for file in fitting}
        for one, manifest in stock.manifests.items():
            if one not in wanted:
                needed |= {bundle.blob for bundle in manifest.bundles}
        gone = stock.blobs - needed
        with self._services.database.reading() as session:
            dropped = mirror.list_mirrored(session).keys() - stock.versions.keys()
        if dropped or gone:
            with self._services.database.transaction() as session:
                mirror.drop_mirrored(session, dropped, gone)
            stock.blobs.difference_update(gone)
        for file in (*self._folder.glob("??/*"), *self._begun.iterdir()):
            if file.name not in needed:
                file.unlink(missing_ok=True)

    def _kept_unasked(self, stock: _Stock, asked: set[str], fitting: list[_File]) -> set[str]:
        """Manifests of what nobody asks for since a short while, as far as there is room beside what is asked for."""
        now_ms = self._services.clock.now_ms()
        slugs = {version.slug for version in stock.versions.values()} - asked
        since = self._unasked_ms = {slug: min(now_ms, self._unasked_ms.get(slug, now_ms)) for slug in slugs}
        room = self._services.settings.hub_packs_mb * 1_000_000 - sum(file.bytes for file in fitting)
        if shutil.disk_usage(self._folder).free < FREE_BYTES_MIN:
            room = 0
        kept = set()
        for one, version in sorted(stock.versions.items(), key=lambda item: (-since.get(item[1].slug, 0), item[0])):
            size = sum(bundle.bytes for bundle in stock.manifests[one].bundles if bundle.blob in stock.blobs)
            if version.slug in slugs and now_ms - since[version.slug] < UNASKED_KEPT_MS and size <= room:
                room -= size
                kept.add(one)
        return kept

    def _revoked(self) -> set[str]:
        keyring = self._kept_keyring()
        return set(keyring.revoked) if keyring is not None else set()


def read_cards(session: Session) -> tuple[list[PackCard], set[tuple[str, int]]]:
    """The newest card of each pack in what this hub mirrors that was not recalled, and what was; before it joined, nothing."""
    if find_state(session) is None:
        return [], set()
    recalled = {(one.slug, one.version) for one in event_log.read_mirrored_rows(session, "pack_recalled", PackRecalled)}
    newest: dict[str, PackCard] = {}
    for card in event_log.read_mirrored_rows(session, "pack", PackCard):
        known = newest.get(card.slug)
        if (card.slug, card.version) not in recalled and (known is None or known.version < card.version):
            newest[card.slug] = card
    return [newest[slug] for slug in sorted(newest)], recalled


def _has_text(manifest: Manifest, blobs: set[str]) -> bool:
    return all(one.blob in blobs for one in manifest.bundles if one.tier == TIERS[0])


def _rank(tier: str) -> int:
    return TIERS.index(tier) if tier in TIERS else len(TIERS)
